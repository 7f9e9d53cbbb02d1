"""The project's pages as text: what they show as commands, as code, as links, as tables."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.assemblies import ROOT

FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def pages() -> list[Path]:
    """Every page that a person reads here; a seed's pages belong to the project that starts from it."""
    found = [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("templates/*/README.md"),
    ]
    return sorted(found)


def blocks(text: str) -> Iterator[str]:
    """Lines of fenced blocks that are no diagram; a line that ends in a backslash goes on in the next."""
    for language, body in FENCE.findall(text):
        if language != "mermaid":
            yield from (line.strip() for line in body.replace("\\\n", " ").splitlines())


def inline(text: str) -> Iterator[str]:
    """What stands between backticks in the prose."""
    yield from CODE.findall(FENCE.sub("", text))


def links(text: str) -> Iterator[str]:
    """Targets of links."""
    yield from LINK.findall(FENCE.sub("", text))


def rows(text: str, first: str) -> list[list[str]]:
    """The cells of every row of the table whose first heading is `first`."""
    table = re.search(rf"^\| {first} \|.*\n\|[-| ]+\|\n((?:\|.*\n?)+)", text, re.MULTILINE)
    if table is None:
        raise LookupError(f"there is no table that begins with {first!r}")
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table[1].splitlines()]
