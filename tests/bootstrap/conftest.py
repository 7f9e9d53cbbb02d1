"""The bootstrap plans of the example organisation."""

from pathlib import Path
from typing import Any

import pytest

from fmops.bootstrap import apply
from fmops.bootstrap.plan import Plan, plans
from tests.assemblies import example


@pytest.fixture(scope="session")
def official() -> dict[str, Any]:
    """The CDK CLI's own template. Copy before you change it."""
    return apply.official()


@pytest.fixture(scope="session")
def planned(assembly: Path, official: dict[str, Any]) -> list[Plan]:
    """A plan for each account and region."""
    return plans(assembly, example(), official)
