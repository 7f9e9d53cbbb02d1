"""A network that a template names by its id is not proven, once; one that a template makes is."""

from typing import Any

from fmops.verify import network
from fmops.verify.findings import Finding
from fmops.verify.templates import Template
from fmops.verify.values import World

VPC = "vpc-0123456789abcdef0"


def verified(vpc: Any, **more: Any) -> list[Finding]:
    """Findings about two endpoints and a group in a network."""
    resources = {
        **{
            name: {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"ServiceName": "s", "VpcId": vpc}}
            for name in ("One", "Two")
        },
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "g", "VpcId": vpc}},
        **more,
    }
    template = Template("stack.json", "stack", {"Resources": resources}, "111111111111", "eu-west-1")
    return list(network.verify(World([template])))


def test_a_network_that_is_there_already_is_not_proven_and_named_once() -> None:
    (found,) = verified(VPC)
    assert (found.rule, found.verdict, found.path[-1]) == ("Network-Given", "not proven", VPC)
    assert "in none of the templates" in found.message


def test_two_of_them_are_two() -> None:
    other = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "g", "VpcId": "vpc-01234567"}}
    assert len(verified(VPC, Other=other)) == 2


def test_one_that_a_template_makes_is_proven() -> None:
    made = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
    assert verified({"Ref": "Made"}, Made=made) == []
    assert verified({"Fn::GetAtt": ["Made", "VpcId"]}, Made=made) == []
