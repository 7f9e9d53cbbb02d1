"""The contract of template folders: ours keep it, and each breach is found."""

import shutil
from pathlib import Path

import pytest

from fmops.catalog.lint import lint

ROOT = Path(__file__).parents[2]
FOLDER = "ml_train_deploy_realtime"
IGNORED = shutil.ignore_patterns("__pycache__", ".*_cache", "build")


@pytest.fixture
def catalog(tmp_path):
    """A catalog of two folders: ours, and a copy under another name."""
    shutil.copytree(ROOT / "templates" / FOLDER, tmp_path / FOLDER, ignore=IGNORED)
    shutil.copytree(tmp_path / FOLDER, tmp_path / "other_template")
    manifest = tmp_path / "other_template" / "template.yaml"
    manifest.write_text(manifest.read_text().replace("name: ml-train-deploy-realtime", "name: other-template"))
    return tmp_path


def test_the_catalog_keeps_its_contract(catalog):
    assert lint(ROOT / "templates") == []
    assert lint(catalog) == []


@pytest.mark.parametrize(
    ("breach", "file", "words"),
    [
        (lambda seed: (seed.parent / "product.py").unlink(), "product.py", "It is missing"),
        (lambda seed: (seed.parent / "README.md").unlink(), "README.md", "a picture"),
        (lambda seed: shutil.rmtree(seed / "tests"), "seed/tests", "It is missing"),
        (lambda seed: (seed / "ci" / "package_index.py").write_text("print()"), "package_index.py", "It differs from"),
        (lambda seed: (seed / "steps" / "train.py").rename(seed / "steps" / "train.py.jinja"), ".jinja", "Only README"),
        (
            lambda seed: (seed / "copier.yml").write_text("project: {type: str}"),
            "copier.yml",
            "business_unit: The seed",
        ),
        (lambda seed: (seed.parent / "template.yaml").write_text("name: x"), "template.yaml", "title"),
    ],
)
def test_a_breach_is_found(catalog, breach, file, words):
    breach(catalog / "other_template" / "seed")
    found = lint(catalog)
    assert any(file in str(problem.file) and words in str(problem) for problem in found), found
