"""The world of the refusals: one embedded AWS for all rows, with an organisation of three accounts."""

import pytest

from tests.local.conftest import Embedded, embedded
from tests.refusals.world import World

__all__ = ["embedded", "world"]


@pytest.fixture(scope="session")
def world(embedded: Embedded) -> World:
    """One for the session: rows give their resources names of their own."""
    return World(embedded)
