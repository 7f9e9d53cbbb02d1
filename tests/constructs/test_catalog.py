"""Discovery: a folder is a product, without being registered anywhere."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fmops_constructs.catalog import Facts, Product, discover

from tests.assemblies import ROOT, Templates

PRODUCT = "from fmops_constructs.catalog import Product\n\n\nclass {name}(Product):\n    pass\n"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty catalog folder, importable as `shelf`."""
    root = tmp_path / "shelf"
    root.mkdir()
    (root / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield root
    for module in [name for name in sys.modules if name.partition(".")[0] == "shelf"]:
        del sys.modules[module]


def add(root: Path, folder: str, code: str) -> None:
    (root / folder).mkdir()
    (root / folder / "__init__.py").touch()
    (root / folder / "template.yaml").write_text(f"name: {folder.replace('_', '-')}\nversion: 1.0.0\n")
    (root / folder / "product.py").write_text(code)


def test_a_folder_is_a_product(shelf: Path) -> None:
    assert discover(shelf) == []
    add(shelf, "b_second", PRODUCT.format(name="Second"))
    add(shelf, "a_first", PRODUCT.format(name="First"))
    found = discover(shelf)
    assert [folder.name for folder in found] == ["a-first", "b-second"]
    assert [folder.product().__name__ for folder in found] == ["First", "Second"]
    assert all(issubclass(folder.product(), Product) for folder in found)


@pytest.mark.parametrize("code", ["", PRODUCT.format(name="A") + PRODUCT.format(name="B")])
def test_a_module_with_no_or_two_products_is_refused(shelf: Path, code: str) -> None:
    add(shelf, "wrong", code)
    with pytest.raises(TypeError, match="exactly one subclass of Product"):
        discover(shelf)[0].product()


def test_a_folder_without_product_is_not_offered(shelf: Path) -> None:
    (shelf / "draft").mkdir()
    (shelf / "draft" / "template.yaml").write_text("name: draft\n")
    assert discover(shelf) == []


def test_the_portfolio_holds_every_folder(templates: Templates) -> None:
    products = [
        resource["Properties"]["Name"]
        for resource in templates["governance-Catalog"]["Resources"].values()
        if resource["Type"] == "AWS::ServiceCatalog::CloudFormationProduct"
    ]
    assert sorted(products) == [folder.name for folder in discover(ROOT / "templates")] != []


def test_facts_are_plain_data() -> None:
    facts = Facts("o-exampleorgid", "eu-west-1", "1", "2", {"retail": {"dev": "3"}})
    assert facts.business_units["retail"]["dev"] == "3"
