"""Paths that open and faults that come with a change; and the command that shows them all."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fmops.commands.verify import command
from fmops.problem import FOUND, INPUT
from fmops.verify import change
from fmops.verify.change import opened
from fmops.verify.change.pairs import Change
from fmops.verify.templates import Template
from fmops.verify.values import World

Resources = dict[str, Any]
PRIVATE = {"Type": "AWS::Lambda::Function", "Properties": {"VpcConfig": {"SubnetIds": ["subnet-0abcdef1"]}}}
PUBLIC = {"Type": "AWS::Lambda::Function", "Properties": {}}


def world(resources: Resources, stack: str = "s") -> World:
    return World([Template(f"{stack}.json", stack, {"Resources": resources}, "111111111111", "eu-west-1")])


def paths(old: Resources, new: Resources) -> list[tuple[str, str]]:
    found = opened.verify(Change.between(world(new, "new"), world(old, "old")))
    return [(finding.rule, finding.logical_id) for finding in found]


def test_a_path_that_opens_is_found() -> None:
    assert paths({"It": PRIVATE}, {"It": PUBLIC}) == [("Change-Path-Lambda-Function", "It")]
    assert paths({}, {"It": PUBLIC}) == [("Change-Path-Lambda-Function", "It")]


def test_one_that_was_open_and_one_that_closes_are_not() -> None:
    assert paths({"It": PUBLIC}, {"It": PUBLIC}) == []
    assert paths({"It": PUBLIC}, {"It": PRIVATE}) == []


def rules(old: Resources, new: Resources) -> set[str]:
    return {finding.rule for finding in change.verify(world(new), world(old))}


def test_what_comes_with_a_change_is_found_and_what_was_there_is_not() -> None:
    volume = {"Type": "AWS::EC2::Volume", "Properties": {"Encrypted": True}}
    plain = {**volume, "Properties": {}}
    assert "Posture-Encryption" in rules({"It": volume}, {"It": plain})
    assert "Posture-Encryption" not in rules({"It": plain}, {"It": plain})
    loop = {"Fn::ForEach::More": ["x", [], {}]}
    assert "Template-Unread" in rules({"It": volume}, {"It": volume, **loop})


OLD = """
Resources:
  Store:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties: {BucketName: one}
  Reader:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: !Sub "${Store.Arn}/*"}]
"""
OPENED = "BucketName: one, PublicAccessBlockConfiguration: {BlockPublicAcls: true}"


def run(folder: Path, new: str, *arguments: str) -> Result:
    (folder / "old.yaml").write_text(OLD)
    (folder / "new.yaml").write_text(new)
    return CliRunner().invoke(command, [str(folder / "new.yaml"), "--against", str(folder / "old.yaml"), *arguments])


def test_no_change_has_no_findings(tmp_path: Path) -> None:
    answer = run(tmp_path, OLD)
    assert answer.exit_code == 0, answer.output
    assert "0 findings, 0 not proven" in answer.output


@pytest.mark.parametrize(
    ("was", "is_", "head"),
    [
        ("BucketName: one", "BucketName: two", "REPLACED   Change-Replaced  new/Store"),
        ("s3:GetObject", "s3:*", "WIDENED    Change-Widened  new/Reader"),
        ("  Store:", "  Shop:", "MOVED      Change-Moved  new/Shop"),
        (
            "BucketName: one",
            "BucketName: one, PublicAccessBlockConfiguration: {BlockPublicAcls: true}",
            "NEW PATH   Change-Path-S3-Bucket",
        ),
    ],
)
def test_each_kind_has_a_word(was: str, is_: str, head: str, tmp_path: Path) -> None:
    answer = run(tmp_path, OLD.replace("${Store", "${Shop" if "Shop" in is_ else "${Store").replace(was, is_))
    assert answer.exit_code == FOUND
    assert head in answer.output


@pytest.mark.parametrize("form", ["json", "sarif", "html"])
def test_in_every_form(form: str, tmp_path: Path) -> None:
    answer = run(tmp_path, OLD.replace("s3:GetObject", "s3:*"), "--format", form)
    assert answer.exit_code == FOUND
    assert "Change-Widened" in answer.output


def test_a_change_can_be_accepted(tmp_path: Path) -> None:
    wider, base = OLD.replace("s3:GetObject", "s3:*"), ["--baseline", str(tmp_path / "base.yaml")]
    run(tmp_path, wider, *base, "--write-baseline", "--reason", "Asked for in the review.")
    assert run(tmp_path, wider, *base).exit_code == 0


def test_older_templates_that_are_not_there_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(OLD)
    answer = CliRunner().invoke(command, [str(tmp_path / "new.yaml"), "--against", str(tmp_path / "absent")])
    assert answer.exit_code == INPUT
    assert "absent" in answer.output


def test_the_example_organisation_against_itself(templates: dict[str, Any]) -> None:
    def whole(spoil: bool = False) -> World:
        bodies = copy.deepcopy(templates)
        if spoil:
            stack = bodies["data-lake-DataLake"]["Resources"]
            bucket = next(key for key, found in stack.items() if found["Type"] == "AWS::S3::Bucket")
            stack["Renamed"] = stack.pop(bucket)
            network = bodies["retail-dev-Network"]["Resources"]
            table = next(key for key, found in network.items() if found["Type"] == "AWS::EC2::RouteTable")
            out = {"RouteTableId": {"Ref": table}, "DestinationCidrBlock": "0.0.0.0/0", "TransitGatewayId": "tgw-1"}
            network["Out"] = {"Type": "AWS::EC2::Route", "Properties": out}
        return World([Template(f"{name}.json", name, body) for name, body in bodies.items()])

    assert list(change.verify(whole(), whole())) == []
    found = {finding.rule for finding in change.verify(whole(spoil=True), whole())}
    assert {"Change-Moved", "Change-Path-Route"} <= found
    assert json.dumps(sorted(found))
