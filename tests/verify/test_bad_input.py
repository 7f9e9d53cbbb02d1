"""Templates that aren't as CloudFormation has them: read as far as they go, the rest not proven, never a crash."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops.commands.verify import command
from fmops.problem import FOUND, INPUT
from fmops.verify import change, verify
from fmops.verify.findings import Finding
from fmops.verify.templates import Template
from fmops.verify.values import World

BUCKET = {"Type": "AWS::S3::Bucket"}


def found(body: Any) -> list[Finding]:
    return list(verify(World([Template("t.json", "t", body)])))


def named(value: Any) -> dict[str, Any]:
    return {"Resources": {"A": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": value}}}}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"Resources": []}, "Resources is no mapping"),
        ({"Resources": {"A": "text"}}, "Resources.A is no mapping"),
        ({"Resources": {"A": {**BUCKET, "Properties": [1]}}}, "Resources.A.Properties is no mapping"),
        ({"Resources": {"A": {"Type": 5}}}, "Resources.A.Type is no str"),
        ({"Resources": {"A": {**BUCKET, "Metadata": "x"}}}, "Resources.A.Metadata is no mapping"),
        ({"Resources": {"A": BUCKET}, "Outputs": [1]}, "Outputs is no mapping"),
        ({"Resources": {"A": BUCKET}, "Outputs": {"A": {"Export": "x"}}}, "Outputs.A.Export is no mapping"),
        ({"Resources": {"A": BUCKET}, "Parameters": {"P": None}}, "Parameters.P is no mapping"),
        ({"Resources": {"A": BUCKET}, "Parameters": {"P": {"AllowedValues": 5}}}, "AllowedValues is no list"),
        ({"Resources": {"A": BUCKET}, "Mappings": {"A": 5}}, "Mappings.A is no mapping"),
    ],
)
def test_what_has_the_wrong_shape_is_not_proven(body: Any, says: str) -> None:
    assert any(f.verdict == "not proven" and says in f.message for f in found(body))


@pytest.mark.parametrize(
    "body",
    [
        {"Resources": {"A": BUCKET}, "Outputs": None, "Parameters": None, "Mappings": None, "Conditions": None},
        {"Resources": {5: BUCKET}},
        {"Resources": {"A": {**BUCKET, "Properties": None}}},
    ],
)
def test_what_is_empty_is_no_mistake(body: Any) -> None:
    assert [f for f in found(body) if f.rule == "Template-Unread"] == []


FUNCTIONS = (
    *("Ref", "Fn::GetAtt", "Fn::Join", "Fn::Sub", "Fn::ImportValue", "Fn::Select", "Fn::Split", "Fn::If"),
    *("Fn::FindInMap", "Fn::Cidr"),
)


@pytest.mark.parametrize("function", [*FUNCTIONS, "Fn::Invented"])
@pytest.mark.parametrize("argument", ["x", 5, None, [], [5], {}, {"a": 1}, [[], {}], [{"Ref": "X"}, ["a", None]]])
def test_a_function_that_is_written_wrongly_does_no_harm(function: str, argument: Any) -> None:
    found(named({function: argument}))


def test_what_leads_back_to_itself_is_not_proven() -> None:
    parameter = {"P": {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "a"}}
    resources = {
        "A": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "a", "Value": {"Ref": "P"}}},
        "F": {"Type": "AWS::Lambda::Function", "Properties": {"VpcConfig": {"SubnetIds": {"Ref": "P"}}}},
    }
    rules = {(f.rule, f.verdict) for f in found({"Resources": resources, "Parameters": parameter})}
    assert ("Network-Lambda-Function", "not proven") in rules


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from(["A", "*", "0.0.0.0/0", "arn:aws:s3:::b"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*FUNCTIONS, "Statement", "Effect", "Action", "Resource", "Principal", "Condition", "Key"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)
TYPES = (
    "AWS::EC2::Route AWS::EC2::NetworkAclEntry AWS::IAM::Role AWS::IAM::ManagedPolicy AWS::KMS::Key "
    "AWS::S3::BucketPolicy AWS::Lambda::Function AWS::Lambda::Permission AWS::SageMaker::Pipeline "
    "AWS::EC2::VPCEndpoint Custom::Thing"
)
NAMES = (
    "RouteTableId DestinationCidrBlock GatewayId AssumeRolePolicyDocument Policies ManagedPolicyArns PolicyDocument "
    "KeyPolicy VpcConfig Principal Action PipelineDefinition ServiceToken PermissionsBoundary"
)
RESOURCES = st.dictionaries(
    st.sampled_from(["A", "B"]),
    st.fixed_dictionaries(
        {
            "Type": st.sampled_from(TYPES.split()),
            "Properties": st.dictionaries(st.sampled_from(NAMES.split()), JSON, max_size=3),
        }
    ),
    max_size=2,
)


@settings(max_examples=60, deadline=None)
@given(old=RESOURCES, new=RESOURCES)
def test_whatever_a_template_holds_it_is_verified(old: Any, new: Any) -> None:
    found({"Resources": new})
    worlds = [World([Template("t.json", "t", {"Resources": side})]) for side in (new, old)]
    list(change.verify(*worlds))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", INPUT),
        ("[1, 2]", INPUT),
        ("Resources:\n", INPUT),
        ("Resources: []\n", FOUND),
        (json.dumps({"Resources": {"A": None}}), FOUND),
        ("Resources: {A: &a {Type: AWS::SSM::Parameter, Properties: *a}}", INPUT),
    ],
)
def test_the_command_ends_with_a_word(content: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(content)
    answer = CliRunner().invoke(command, [str(tmp_path / "t.yaml")])
    assert answer.exit_code == code, answer.output
    assert answer.exception is None or isinstance(answer.exception, SystemExit)
