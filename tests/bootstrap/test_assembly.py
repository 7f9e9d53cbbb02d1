"""What is deployed where, read from a cloud assembly."""

import json
from pathlib import Path
from typing import Any

import pytest

from fmops.bootstrap import assembly
from fmops.problem import Problem

TRUSTS = {"Statement": [{"Principal": {"Service": ["lambda.amazonaws.com"]}}, {"Principal": {"AWS": "1"}}]}


def write(folder: Path, environment: str, template: dict[str, Any], name: str = "retail-dev") -> Path:
    """An assembly with a stage, in which is one stack; written to again, it gets another stage."""
    nested = folder / f"assembly-{name}"
    nested.mkdir(parents=True)
    stack = {
        "type": assembly.STACK,
        "environment": environment,
        "properties": {"templateFile": "t.json", "stackName": f"{name}-Network"},
    }
    stage = {"type": assembly.NESTED, "properties": {"directoryName": nested.name, "displayName": name}}
    manifest = folder / "manifest.json"
    known = json.loads(manifest.read_text())["artifacts"] if manifest.exists() else {}
    manifest.write_text(json.dumps({"artifacts": {**known, nested.name: stage}}))
    (nested / "manifest.json").write_text(json.dumps({"artifacts": {"Stack": stack}}))
    (nested / "t.json").write_text(json.dumps(template))
    return folder


def test_what_a_place_gets(tmp_path: Path) -> None:
    template = {
        "Parameters": {
            "Vpc": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/fmops/network/vpc-id"},
            "Name": {"Type": "String", "Default": "x"},
        },
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUSTS}},
            "Key": {"Type": "AWS::KMS::Key"},
        },
    }
    found = assembly.read(write(tmp_path, "aws://000000000022/eu-west-1", template))
    assert list(found) == [("000000000022", "eu-west-1")]
    contents = found["000000000022", "eu-west-1"]
    assert contents.types == {"AWS::IAM::Role": "retail-dev-Network", "AWS::KMS::Key": "retail-dev-Network"}
    assert contents.services == {"lambda.amazonaws.com"}
    assert contents.parameters == {"/fmops/network/vpc-id"}
    assert contents.environments == ["retail-dev"]


def test_a_second_region_hands_over_the_roles_of_the_first(tmp_path: Path) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUSTS}}
    write(tmp_path, "aws://000000000022/eu-west-1", {"Resources": {"Role": role}})
    write(tmp_path, "aws://000000000022/us-east-1", {}, "retail-dev-us-east-1")
    write(tmp_path, "aws://000000000024/eu-west-1", {}, "retail-prod")
    services = {place: contents.services for place, contents in assembly.read(tmp_path).items()}
    assert services == {
        ("000000000022", "eu-west-1"): {"lambda.amazonaws.com"},
        ("000000000022", "us-east-1"): {"lambda.amazonaws.com"},
        ("000000000024", "eu-west-1"): set(),
    }


def test_products_are_not_deployed_by_these_roles(assembly: Path) -> None:
    from fmops.bootstrap.assembly import read

    assert any("CodePipeline" in file.read_text() for file in assembly.rglob("*.product.template.json"))
    assert not any("AWS::CodePipeline::Pipeline" in contents.types for contents in read(assembly).values())


def test_no_assembly_is_told(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no cloud assembly"):
        assembly.read(tmp_path)


def test_a_stack_for_anywhere_is_told(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="retail-dev-Network is for no account"):
        assembly.read(write(tmp_path, "aws://unknown-account/unknown-region", {}))
