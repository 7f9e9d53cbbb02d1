"""Who may know whom (house.md): which of our packages each of our packages imports."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.assemblies import ROOT

ROOMS = {
    "app": ("app.py",),
    "fmops_constructs": ("constructs/src/fmops_constructs",),
    "foundation": ("foundation",),
    "stacks": ("stacks",),
    "templates": ("templates",),
    "fmops": ("fmops",),
    "fmops.local": ("fmops/local",),
    "fmops.verify": ("fmops/verify",),
    "fmops.catalog": ("fmops/catalog",),
}
"""Our rooms and where they are; a module belongs to the deepest."""

MAY_KNOW: dict[str, set[str]] = {
    "app": {"foundation", "stacks"},
    "fmops_constructs": set(),
    "foundation": set(),
    "stacks": {"fmops_constructs", "foundation"},
    "templates": {"fmops_constructs"},
    "fmops": {
        "fmops.local",
        "fmops.verify",
        "fmops.catalog",
        "foundation",
        "fmops_constructs.names",
        "fmops_constructs.organization",
    },
    "fmops.local": set(),
    "fmops.verify": set(),
    "fmops.catalog": {"fmops_constructs.names", "fmops.problem"},
}
PURE = ("fmops_constructs.names", "fmops_constructs.models", "fmops_constructs.organization")
"""Modules without CDK, so that others than stacks may know them."""


def room_of(module: str) -> str | None:
    """The room of a dotted name: the deepest one whose name it begins with."""
    found = [room for room in ROOMS if module == room or module.startswith(room + ".")]
    return max(found, key=len, default=None)


def imports(source: str) -> Iterator[str]:
    """The dotted names that a source imports, with names taken from packages."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def forbidden(room: str, source: str) -> list[str]:
    """Imports of a source that its room may not have. The package that a room lies in is no secret to it."""
    found = []
    for name in imports(source):
        other = room_of(name)
        if other is None or other == room or other in MAY_KNOW[room] or room.startswith(name + "."):
            continue
        if any(name == known or name.startswith(known + ".") for known in MAY_KNOW[room]):
            continue
        found.append(name)
    return found


def sources(room: str) -> Iterator[Path]:
    """The Python files of a room, without those of a deeper room and without seeds, which are other people's code."""
    deeper = [ROOT / place for other, places in ROOMS.items() if other.startswith(room + ".") for place in places]
    for place in ROOMS[room]:
        path = ROOT / place
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            inside = file.relative_to(ROOT).parts
            if not any(file.is_relative_to(other) for other in deeper) and not {"seed", "runtime", "tests"} & set(
                inside
            ):
                yield file


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_know_only_whom_they_may(room: str) -> None:
    found = {str(file.relative_to(ROOT)): forbidden(room, file.read_text(encoding="utf-8")) for file in sources(room)}
    assert {file: names for file, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("foundation", "from stacks import review"),
        ("foundation", "import fmops_constructs.names"),
        ("fmops_constructs", "from foundation import load"),
        ("fmops", "from stacks.base import FoundationStack"),
        ("fmops", "from fmops_constructs import keys"),
        ("fmops.local", "from fmops.problem import Problem"),
        ("templates", "import stacks"),
        ("stacks", "import app"),
    ],
)
def test_a_forbidden_import_would_be_seen(room: str, source: str) -> None:
    assert forbidden(room, source)


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_import_no_cdk(module: str) -> None:
    place = ROOT / "constructs/src" / Path(*module.split("."))
    found = {
        name
        for file in (sorted(place.glob("*.py")) if place.is_dir() else [place.with_suffix(".py")])
        for name in imports(file.read_text(encoding="utf-8"))
    }
    assert not {name for name in found if name.startswith(("aws_cdk", "constructs"))}
    assert all(name.startswith(PURE) for name in found if name.startswith("fmops_constructs"))


def test_the_constructs_trap_is_not_sprung() -> None:
    """`constructs/__init__.py` would shadow the PyPI package that aws_cdk needs."""
    import constructs

    assert not (ROOT / "constructs" / "__init__.py").exists()
    assert "site-packages" in str(constructs.__file__)
