"""The page and the file of cells are what the matrix makes of them. Each check has a twin."""

from typing import Any

from foundation.access import Matrix, current
from stacks import access_cells, access_page
from tests.assemblies import ROOT, example
from tests.docs.pages import rows

PAGE = ROOT / "docs" / "access.md"
CELLS = ROOT / "docs" / "access-cells.json"


def test_the_page_is_made_from_the_matrix() -> None:
    assert PAGE.read_text(encoding="utf-8") == access_page.text(), "run: python -m stacks.access_page > docs/access.md"


def test_the_cells_are_made_from_the_matrix() -> None:
    made = access_cells.text(access_cells.cells(example()))
    assert CELLS.read_text(encoding="utf-8") == made, "run: python -m stacks.access_cells > docs/access-cells.json"


def test_a_flipped_cell_is_another_page() -> None:
    document: dict[str, Any] = current().model_dump(by_alias=True)
    document["personas"]["risk"]["may"] = {}
    assert access_page.text(Matrix.model_validate(document)) != access_page.text()


def test_every_cell_is_on_the_page() -> None:
    matrix = current()
    shown = rows(PAGE.read_text(encoding="utf-8"), "in")
    signs = [sign for _, _, *row in shown for sign in row]
    assert len(signs) == len(matrix.cells())
    assert signs.count("·") == sum(cell.effect == "deny" for cell in matrix.cells())
    assert signs.count("**approves**") == sum(cell.effect == "approve" for cell in matrix.cells())
