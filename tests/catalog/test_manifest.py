"""Manifests: a right one is read, and each mistake is told with its file, line, field and remedy."""

import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from fmops.catalog.discover import CatalogError, discover
from fmops.catalog.manifest import schema

ROOT = Path(__file__).parents[2]
FREE = 'pattern: "^(?!(?:aws|cdk|fmops)(?:-|$))[a-z]+$", description: Name'

GOOD = """\
name: my-template
title: A template
version: 1.0.0
journey: ml
phase: reliable
personas: [data_scientist, product_owner]
what: a repository
description: What it is.
parameters:
  ProjectName: {type: string, pattern: "^(?!(?:aws|cdk|fmops)(?:-|$))[a-z]+$", description: Name of the project}
  BusinessUnit: {type: string, pattern: "^[a-z]+$", description: Whose it is, default: retail}
outputs:
  Url: Where it is
cost: {monthly_usd_idle: 2, basis: Everything, source: "https://aws.amazon.com/", date: 2026-11-24}
"""


def write(root: Path, text: str = GOOD, folder: str = "my_template") -> Path:
    (root / folder).mkdir()
    (root / folder / "template.yaml").write_text(text)
    return root


def test_a_right_manifest_is_read(tmp_path):
    (template,) = discover(write(tmp_path))
    assert (template.manifest.name, template.manifest.cost.monthly_usd_idle) == ("my-template", 2)
    assert template.seed == tmp_path / "my_template" / "seed"


def test_the_catalog_is_right():
    assert "ml-train-deploy-realtime" in [template.manifest.name for template in discover(ROOT / "templates")]


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("version: 1.0.0", "version: 1.0", ":3  version: ", "Put the value in quotes"),
        ("version: 1.0.0", 'version: "1.0"', ":3  version: ", "Three numbers"),
        ("journey: ml", "journey: mlops", ":4  journey: ", "'ml', 'consumer'"),
        ("name: my-template", "name: My_Template", ":1  name: ", "lower-case words"),
        ("title: A template\n", "", ":1  title: ", "Add it."),
        ("title: A template", "titel: A template", ":2  titel: ", "correct its spelling"),
        (
            "[data_scientist, product_owner]",
            "[data_scientist, data_scientist, product_owner]",
            ":6  personas: ",
            "twice",
        ),
        ("[data_scientist, product_owner]", "[]", ":6  personas: ", "at least 1"),
        ("string, pattern: A", "int, pattern: A", ":10  parameters.ProjectName.type: ", "'string'"),
        ("pattern: A", 'pattern: "[a-z]+", description: Name', ":10  parameters.ProjectName.pattern: ", "begin with"),
        (
            "pattern: A",
            'pattern: "^([a-z]+$", description: Name',
            ":10  parameters.ProjectName.pattern: ",
            "no regular expression",
        ),
        ("default: retail", "default: Retail", ":11  parameters.BusinessUnit: ", "does not match pattern"),
        (FREE, 'pattern: "^[a-z-]+$", description: Name', ":9  parameters: ", "lets a reserved name through: aws"),
        ("name: my-template", "name: fmops-template", ":1  name: ", "reserved"),
        ("version: 1.0.0", "version: 1.0.0\nwithdrawn: {1.0.0: It fails}", ":1", "version 1.0.0 is withdrawn"),
        ("version: 1.0.0", "version: 1.0.0\nwithdrawn: {first: It fails}", ":4  withdrawn.first: ", "pattern"),
        ("  ProjectName: ", "  Name: ", ":9  parameters: ", "asks for ProjectName"),
        ("  ProjectName: ", "  project-name: ", ":10  parameters.project-name: ", "pattern"),
        ("https://", "http://", ":14  cost.source: ", "match"),
        ("date: 2026-11-24", "date: yesterday", ":14  cost.date: ", "date"),
        ("monthly_usd_idle: 2", "monthly_usd_idle: -2", ":14  cost.monthly_usd_idle: ", "greater than or equal"),
        ("name: my-template", "name: another", ":1  name: ", "Call the folder another"),
        ("personas: [", "personas: [[", ":7", "no YAML"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path, old, new, place, words):
    old, new = (text.replace("pattern: A", FREE) for text in (old, new))
    assert old in GOOD
    folder = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(CatalogError) as caught:
        discover(folder)
    assert f"template.yaml{place}" in str(caught.value)
    assert words in str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path):
    text = GOOD.replace("journey: ml", "journey: x").replace("title: A template\n", "")
    write(write(tmp_path, text), "- a list", "other")
    with pytest.raises(CatalogError) as caught:
        discover(tmp_path)
    assert len(caught.value.problems) == 3


def test_the_schema_for_editors_agrees():
    yaml = YAML(typ="safe")
    validator = jsonschema.Draft202012Validator(json.loads(json.dumps(schema())))
    manifest = yaml.load((ROOT / "templates" / "ml_train_deploy_realtime" / "template.yaml").read_text())
    manifest["cost"]["date"] = str(manifest["cost"]["date"])
    assert not list(validator.iter_errors(manifest))
    manifest["journey"] = "mlops"
    assert [error.json_path for error in validator.iter_errors(manifest)] == ["$.journey"]


def test_the_schema_in_docs_is_this_one():
    kept = (ROOT / "docs" / "template.schema.json").read_text()
    assert json.loads(kept) == schema(), "python -m fmops.catalog.manifest > docs/template.schema.json"
