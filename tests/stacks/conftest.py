"""A foundation that is quick to synthesise."""

from typing import Any

import pytest

from foundation import Foundation
from tests.assemblies import example


@pytest.fixture(scope="session")
def first_phase() -> Foundation:
    """The example organisation in the first phase: a data lake and an experimentation account."""
    return changed(example(), phase="initial", accounts={"data_lake": "000000000012"})


def changed(foundation: Foundation, **values: Any) -> Foundation:
    """A copy of a foundation with other values, validated."""
    return Foundation.model_validate({**foundation.model_dump(), **values})
