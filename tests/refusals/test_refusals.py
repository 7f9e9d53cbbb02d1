"""Each mistake is refused with AWS's error code; its twin, the same attempt put right, passes."""

import importlib
import pkgutil
import re

import pytest
from botocore.exceptions import ClientError

import tests.refusals as folder
from tests.refusals.table import ROWS, Refusal
from tests.refusals.world import StackFailedError, World, told

for _found in pkgutil.iter_modules(folder.__path__):
    if _found.name.startswith("mistakes_"):
        importlib.import_module(f"{folder.__name__}.{_found.name}")

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
