"""Types that no table knows are not taken to be safe: not proven, and why."""

from typing import Any

import pytest

from fmops.verify import schemas
from fmops.verify.network import unlisted
from fmops.verify.network.openings import TABLE
from fmops.verify.templates import Template
from fmops.verify.values import World


def said(*resources: tuple[str, dict[str, Any]], **body: Any) -> list[tuple[str, str]]:
    made = {f"It{n}": {"Type": type, "Properties": properties} for n, (type, properties) in enumerate(resources)}
    template = Template("t.json", "s", {"Resources": made, **body}, "111111111111", "eu-west-1")
    return [(finding.logical_id, finding.message) for finding in unlisted.verify(World([template]))]


@pytest.mark.parametrize("type", ["AWS::ECS::ExpressGatewayService", "AWS::MediaLive::Channel", "AWS::PCS::Cluster"])
def test_network_settings_that_no_table_knows_are_not_proven(type: str) -> None:
    ((logical_id, message),) = said((type, {}))
    assert logical_id == "It0"
    assert "network settings" in message
    assert "not proven" in message


KNOWN = ("AWS::SSM::Parameter", "AWS::EC2::Subnet", "AWS::Lambda::Function", "AWS::FSx::Volume")


@pytest.mark.parametrize("type", KNOWN)
def test_what_is_known_or_has_none_is_not_named(type: str) -> None:
    assert said((type, {})) == []


def test_a_type_that_aws_has_not_is_not_proven() -> None:
    assert "no type of AWS's" in said(("Acme::Store::Box", {}))[0][1]
    assert "no type of AWS's" in said(("AWS::S3::Buckett", {}))[0][1]


FUNCTION = ("AWS::Lambda::Function", {"FunctionName": "maker"})


def test_a_custom_resource_is_as_safe_as_its_function() -> None:
    assert (
        "none of the templates" in said(("Custom::Thing", {"ServiceToken": "arn:aws:lambda:r:1:function:other"}))[0][1]
    )
    assert "none of the templates" in said(("Custom::Thing", {}))[0][1]
    for token in ("arn:aws:lambda:r:1:function:maker", {"Fn::GetAtt": ["It1", "Arn"]}):
        assert said(("Custom::Thing", {"ServiceToken": token}), FUNCTION) == []
    place = {"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${Account}:function:maker"}
    given = {"Account": {"Type": "String"}}
    assert said(("AWS::CloudFormation::CustomResource", {"ServiceToken": place}), FUNCTION, Parameters=given) == []


def test_exceptions_are_types_of_awss_and_needed() -> None:
    known = {row.type for row in TABLE}
    types = schemas.all_types()
    for pattern in unlisted.WITHIN:
        matched = [type for type in types if unlisted.fnmatchcase(type, pattern)]
        assert matched, f"{pattern} names no type"
        assert set(matched) - known, f"{pattern} has rows already"


def test_every_row_of_the_table_is_a_type_of_awss() -> None:
    assert [row.type for row in TABLE if schemas.load(row.type) is None] == ["AWS::Serverless::Function"]
