"""Accounts, regions and partitions in templates, and services that a new account can't open."""

from typing import Any

import pytest
from fmops_constructs.checks.services import CLOSED

from fmops.verify.findings import Finding
from fmops.verify.posture import literals, services, tagging
from fmops.verify.templates import Template
from fmops.verify.values import World

HERE = ("111111111111", "eu-west-1")


def template(value: Any, place: tuple[str, str] = ("", ""), name: str = "stack") -> Template:
    resources = {"It": {"Type": "AWS::IAM::Role", "Properties": {"Given": value}}}
    return Template(f"{name}.json", name, {"Resources": resources}, *place)


def rules(*templates: Template) -> list[str]:
    return sorted(finding.rule.removeprefix("Posture-") for finding in literals.verify(World(templates)))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("arn:aws:sqs:eu-west-1:111111111111:queue", ["Account", "Partition", "Region"]),
        ("arn:aws:s3:::bucket", ["Partition"]),
        ({"Fn::Sub": "arn:${AWS::Partition}:s3:::bucket"}, []),
        ({"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:queue"}, []),
        ("https://sqs.eu-west-1.amazonaws.com/", ["Region"]),
        ("222222222222.dkr.ecr.eu-west-1.amazonaws.com/image", ["Account", "Region"]),
        ({"Deep": [{"Down": "arn:aws-cn:sqs:cn-north-1:111111111111:q"}]}, ["Account", "Partition", "Region"]),
        ("the region eu-west-1 in a text", []),
        ("*", []),
    ],
)
def test_a_template_for_no_place_names_none(value: Any, expected: list[str]) -> None:
    assert rules(template(value)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("arn:aws:sqs:eu-west-1:111111111111:queue", []),
        ("arn:aws:sqs:eu-west-1:222222222222:queue", []),  # another of the assembly's accounts
        ("arn:aws:sqs:eu-west-1:333333333333:queue", ["Account"]),
        ("arn:aws:sqs:ap-south-1:111111111111:queue", ["Region"]),
        ("arn:aws:bedrock:eu-north-1::foundation-model/a", []),  # where a profile leads: nobody's account
        ("arn:aws:acm:us-east-1:111111111111:certificate/a", []),
        ("arn:aws-cn:s3:::bucket", ["Partition"]),
        ("arn:aws:organizations::999999999999:organization/o-1", []),
        ("763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch", []),
    ],
)
def test_a_template_for_a_place_names_those_of_its_assembly(value: Any, expected: list[str]) -> None:
    other = template("", ("222222222222", "eu-west-1"), "other")
    assert rules(template(value, HERE), other) == expected


def test_a_partition_follows_from_the_region() -> None:
    assert [literals.partition(region) for region in ("eu-west-1", "cn-north-1", "us-gov-west-1", "")] == [
        "aws",
        "aws-cn",
        "aws-us-gov",
        "",
    ]


def made(type: str, properties: dict[str, Any] | None = None) -> World:
    return World([Template("s.json", "s", {"Resources": {"It": {"Type": type, "Properties": properties or {}}}})])


def closed(world: World) -> list[Finding]:
    return list(services.verify(world))


@pytest.mark.parametrize("pattern", [name for name in services.closed() if " " not in name])
def test_a_closed_service_is_named_with_what_to_use(pattern: str) -> None:
    (finding,) = closed(made(pattern.replace("*", "Thing")))
    assert services.closed()[pattern] in finding.remedy


@pytest.mark.parametrize("entry", [name for name in services.closed() if " " in name])
def test_a_closed_setting_is_named_where_it_is_used(entry: str) -> None:
    type, setting = entry.split()
    assert [finding.path for finding in closed(made(type, {setting: {}}))] == [(setting,)]
    assert closed(made(type)) == []


def test_what_is_open_is_not_closed() -> None:
    for type in ("AWS::BedrockAgentCore::Runtime", "AWS::SageMaker::Domain", "AWS::Bedrock::AgentRuntime"):
        assert closed(made(type)) == []


def test_the_constructs_and_the_verifier_name_the_same_services() -> None:
    """The verifier imports nothing of ours, so that it has a list of its own."""
    assert {name for name in services.closed() if " " not in name} == CLOSED.keys()


@pytest.mark.parametrize(
    ("type", "properties", "lacks"),
    [
        ("AWS::SQS::Queue", {"Tags": [{"Key": "owner", "Value": "me"}]}, []),
        ("AWS::SQS::Queue", {"Tags": [{"Key": "other", "Value": "me"}]}, ["owner"]),
        ("AWS::SQS::Queue", {}, ["owner"]),
        ("AWS::SSM::Parameter", {"Tags": {"owner": "me"}}, []),
        ("AWS::SSM::Parameter", {"Tags": {"other": "me"}}, ["owner"]),
        ("AWS::EC2::Route", {}, []),  # has no tags
        ("Custom::Thing", {}, []),
    ],
)
def test_tags_are_asked_of_what_can_carry_them(type: str, properties: dict[str, Any], lacks: list[str]) -> None:
    found = list(tagging.verify(made(type, properties), ["owner"]))
    assert [finding.path[0] for finding in found] == lacks
    assert list(tagging.verify(made(type, properties), [])) == []


def test_tags_that_are_not_told_are_not_proven() -> None:
    (finding,) = tagging.verify(made("AWS::SQS::Queue", {"Tags": {"Ref": "Given"}}), ["owner"])
    assert finding.verdict == "not proven"
