"""The traceability page: every test it names exists, every requirement stands once. Each check has a twin."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.assemblies import ROOT
from tests.docs.pages import rows

PAGE = ROOT / "docs" / "traceability.md"
TEST = re.compile(r"`([\w/.-]+\.py)::(\w+)(?:\[([\w-]+)\])?`")
STATE = re.compile(r"done|in part: \S.*")
NONE = "none yet"
LAST_REQUIREMENT, LAST_SLIDE = 108, 58


@functools.cache
def names(file: Path) -> frozenset[str]:
    """The functions that a file defines."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def missing(cell: str) -> Iterator[str]:
    """What a cell names and nobody wrote: a file, a test in it, or the function that a test is given as its case."""
    for path, test, case in TEST.findall(cell):
        known = names(ROOT / path) if (ROOT / path).is_file() else frozenset()
        if not test.startswith("test_") or test not in known or (case and case not in known):
            yield f"{path}::{test}" + (f"[{case}]" if case else "")


def misnumbered(numbers: list[str], prefix: str, last: int) -> Iterator[str]:
    """Numbers that are none, stand twice, or are out of order."""
    before = 0
    for text in numbers:
        number = int(text.removeprefix(prefix)) if re.fullmatch(rf"{prefix}[1-9]\d*", text) else 0
        if not 1 <= number <= last:
            yield f"{text}: not one of {prefix}1 to {prefix}{last}"
        elif number <= before:
            yield f"{text}: twice, or out of order"
        before = max(before, number)


def problems(text: str) -> list[str]:
    """All that is wrong with the page."""
    requirements, slides = rows(text, "requirement"), rows(text, "slide")
    found = [*misnumbered([row[0] for row in requirements], "R", LAST_REQUIREMENT)]
    found += misnumbered([row[0] for row in slides], "", LAST_SLIDE)
    for number, _, state, proof in requirements:
        if not STATE.fullmatch(state):
            found.append(f"{number}: its state is {state!r}; write done, or in part: and what is missing")
        found += [f"{number}: {name} does not exist" for name in missing(proof)]
        left = re.sub(r"(<br>|\s)+", "", TEST.sub("", proof))
        if proof != NONE and (left or not TEST.search(proof)):
            found.append(f"{number}: {proof!r} names no test; write `file::test`, or {NONE}")
        if state == "done" and proof == NONE:
            found.append(f"{number}: done, and nothing proves it")
    return found


def test_the_page_is_right() -> None:
    assert problems(PAGE.read_text(encoding="utf-8")) == []


def page(
    number: str = "R1", state: str = "done", proof: str = "`tests/test_app.py::test_an_unknown_environment_is_named`"
) -> str:
    """A page of one row, and one slide."""
    return (
        "| requirement | what | state | proved by |\n|---|---|---|---|\n"
        f"| {number} | x | {state} | {proof} |\n\n| slide | what | where |\n|---|---|---|\n| 4 | x | y |\n"
    )


def test_a_right_row_passes() -> None:
    assert problems(page()) == []
    assert problems(page(state="in part: half of it", proof=NONE)) == []
    assert problems(page(proof="`tests/stacks/test_private.py::test_holds[no_way_out]`")) == []


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"number": "R0"}, "not one of"),
        ({"number": "R109"}, "not one of"),
        ({"number": "21"}, "not one of"),
        ({"state": "soon"}, "its state is 'soon'"),
        ({"state": "in part"}, "its state is 'in part'"),
        ({"proof": NONE}, "nothing proves it"),
        ({"proof": ""}, "names no test"),
        ({"proof": "by hand"}, "names no test"),
        ({"proof": "`tests/test_gone.py::test_x`"}, "does not exist"),
        ({"proof": "`tests/test_app.py::test_gone`"}, "does not exist"),
        ({"proof": "`tests/assemblies.py::example`"}, "does not exist"),
        ({"proof": "`tests/stacks/test_private.py::test_holds[gone]`"}, "does not exist"),
    ],
)
def test_a_wrong_row_would_be_seen(wrong: dict[str, str], problem: str) -> None:
    assert any(problem in found for found in problems(page(**wrong)))


def test_a_number_that_stands_twice_would_be_seen() -> None:
    row = "| 4 | x | y |\n"
    assert any("4: twice" in found for found in problems(page().replace(row, row + row)))
    assert list(misnumbered(["R2", "R1"], "R", 108)) == ["R1: twice, or out of order"]


def test_a_page_without_its_table_would_be_seen() -> None:
    with pytest.raises(LookupError, match="slide"):
        problems(page().partition("| slide")[0])
