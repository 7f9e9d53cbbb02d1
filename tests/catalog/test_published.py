"""What is published is held against what the folders promise, and against what AWS takes at most."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fmops_constructs.catalog import discover as folders

from fmops import products
from fmops.catalog import published
from fmops.catalog.discover import discover
from fmops.catalog.lint import lint
from fmops.cli import main_group

ROOT = Path(__file__).parents[2] / "templates"
NAME = "ml-train-deploy-realtime"
TEMPLATE = next(one for one in discover(ROOT) if one.manifest.name == NAME)


@pytest.fixture(scope="module")
def product(assembly: Path) -> dict[str, Any]:
    return products.newest(assembly)[NAME].template


def said(product: dict[str, Any], version: str | None = None) -> list[str]:
    return [
        str(found) for found in published.check(TEMPLATE, version or TEMPLATE.manifest.version, json.dumps(product))
    ]


def test_what_is_published_is_right(assembly: Path) -> None:
    found = products.newest(assembly)
    assert sorted(found) == [template.manifest.name for template in discover(ROOT)]
    assert lint(ROOT, {name: (entry.version, entry.body) for name, entry in found.items()}) == []


def test_requests_in_experimentation_are_no_versions(assembly: Path) -> None:
    found = [(entry.name, entry.version) for entry in products.published(assembly)]
    assert found == [(folder.name, version.name) for folder in folders(ROOT) for version in folder.versions]


def many(kind: str, count: int) -> dict[str, Any]:
    entry = {
        "Parameters": {"Type": "String", "Default": ""},
        "Resources": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
    }
    return {f"X{number}": entry.get(kind, {"Value": "1"}) for number in range(count)}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p: p["Resources"].update(many("Resources", 500)), "resources; AWS takes 500"),
        (lambda p: p["Parameters"].update(many("Parameters", 200)), "parameters; AWS takes 200"),
        (lambda p: p["Outputs"].update(many("Outputs", 200)), "outputs; AWS takes 200"),
        (lambda p: p.update(Metadata={"x": "y" * 1_048_576}), "bytes; AWS takes 1048576"),
        (lambda p: p["Parameters"].pop("Dataset"), "parameters.Dataset: It is not in the product"),
        (lambda p: p["Parameters"].update(Colour={"Type": "String"}), "parameters: The product asks for Colour"),
        (lambda p: p["Parameters"].pop("SageMakerProjectId"), "no parameter SageMakerProjectId"),
        (lambda p: p["Outputs"].pop("RepositoryUrl"), "outputs.RepositoryUrl: It is not in the product"),
    ],
)
def test_a_breach_is_named_with_its_remedy(product: dict[str, Any], change: Any, words: str) -> None:
    assert said(product) == []
    spoilt = json.loads(json.dumps(product))
    change(spoilt)
    assert any(words in line for line in said(spoilt)), said(spoilt)


def test_another_version_than_the_manifests_is_told(product: dict[str, Any]) -> None:
    assert any("0.9.0 is published. Synthesise again" in line for line in said(product, "0.9.0"))


def test_a_folder_that_is_not_published_is_told(assembly: Path, tmp_path: Path) -> None:
    assert any("is not published" in str(found) for found in lint(ROOT, {}))
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "product.py").touch()
    assert [found.message for found in lint(tmp_path)] == ["The manifest is missing."]


def test_the_command_reads_the_assembly(assembly: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(main_group, ["catalog", "lint", "--assembly", str(assembly), "--json"])
    assert (result.exit_code, json.loads(result.output)) == (0, [])
    assert CliRunner().invoke(main_group, ["catalog", "lint", "--assembly", str(tmp_path), "--json"]).exit_code == 1
