"""The table of refusals in docs/embedded-aws.md, from the rows: `python -m tests.refusals.page` writes it."""

import importlib
import pkgutil
from pathlib import Path

import tests.refusals as folder
from tests.refusals.table import ROWS, Refusal

PAGE = Path(__file__).resolve().parents[2] / "docs" / "embedded-aws.md"
BEGIN, END = "<!-- refusals -->", "<!-- /refusals -->"
SAYS = {
    "model": "this error of this operation",
    "list": "this error",
    "rule": "the rule",
}
"""What AWS's page says, by a row's backing; what it doesn't say of the answer is the embedded AWS's only."""


def rows() -> list[Refusal]:
    """All rows, by area, in the order of their modules."""
    for found in pkgutil.iter_modules(folder.__path__):
        if found.name.startswith("mistakes_"):
            importlib.import_module(f"{folder.__name__}.{found.name}")
    return sorted(ROWS, key=lambda row: row.area)


def table() -> str:
    """The table as Markdown."""
    lines = ["| area | mistake | answer | AWS's page says |", "|---|---|---|---|"]
    for row in rows():
        lines.append(f"| {row.area} | {row.mistake} | `{row.code}` | [{SAYS[row.backing]}]({row.source}) |")
    return "\n".join(lines)


def written(page: str) -> str:
    """A page with the table of today between its marks."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{table()}\n{END}{tail}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
