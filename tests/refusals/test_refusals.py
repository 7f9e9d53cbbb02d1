"""Each mistake is refused with AWS's error code; its twin, the same attempt put right, passes."""

import re

import pytest
from botocore.exceptions import ClientError

from tests.refusals.page import rows
from tests.refusals.table import Refusal
from tests.refusals.world import StackFailedError, World, told

ROWS = rows()
each = pytest.mark.parametrize("row", ROWS, ids=[f"{row.area}-{row.name}" for row in ROWS])


@pytest.mark.e2e
@each
def test_the_mistake_is_refused(world: World, row: Refusal) -> None:
    with pytest.raises((ClientError, StackFailedError)) as caught:
        row.attempt(world, row.wrong)
    code, message = told(caught.value)
    assert code == row.code, message
    assert re.search(row.says, message), message


@pytest.mark.e2e
@each
def test_its_twin_passes(world: World, row: Refusal) -> None:
    row.attempt(world, row.right)


def test_there_are_enough_and_each_is_told_once() -> None:
    assert len(ROWS) >= 40
    assert len({row.mistake for row in ROWS}) == len({(row.area, row.name) for row in ROWS}) == len(ROWS)
    assert all(row.source.startswith("https://docs.aws.amazon.com/") for row in ROWS)
