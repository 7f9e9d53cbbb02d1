"""Routes out of a subnet: each is found hop by hop, whatever it leads over; private ones and closed ones are not."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from fmops.verify import network
from fmops.verify.findings import Finding
from fmops.verify.templates import Template
from fmops.verify.values import World
from tests.assemblies import Templates

Resources = dict[str, Any]


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::EC2::{kind}", "Properties": properties}


NETWORK: Resources = {
    "Vpc": resource("VPC", CidrBlock="10.0.0.0/16"),
    "Subnet": resource("Subnet", VpcId={"Ref": "Vpc"}, CidrBlock="10.0.0.0/24"),
    "Table": resource("RouteTable", VpcId={"Ref": "Vpc"}),
    "Of": resource("SubnetRouteTableAssociation", SubnetId={"Ref": "Subnet"}, RouteTableId={"Ref": "Table"}),
}
ALL = {"DestinationCidrBlock": "0.0.0.0/0"}


def route(**properties: Any) -> Resources:
    return {"Route": resource("Route", RouteTableId={"Ref": "Table"}, **properties)}


def acl(*entries: dict[str, Any]) -> Resources:
    made = {
        f"Entry{number}": resource("NetworkAclEntry", NetworkAclId={"Ref": "Acl"}, Egress=True, **entry)
        for number, entry in enumerate(entries)
    }
    return {
        "Acl": resource("NetworkAcl", VpcId={"Ref": "Vpc"}),
        "AclOf": resource("SubnetNetworkAclAssociation", SubnetId={"Ref": "Subnet"}, NetworkAclId={"Ref": "Acl"}),
        **made,
    }


def entry(number: int, action: str, cidr: str, protocol: int = -1) -> dict[str, Any]:
    return {"RuleNumber": number, "RuleAction": action, "CidrBlock": cidr, "Protocol": protocol}


DENY_ALL = entry(1, "deny", "0.0.0.0/0")


def verified(*parts: Resources, others: tuple[Template, ...] = (), **body: Any) -> list[Finding]:
    resources = {key: value for part in (NETWORK, *parts) for key, value in part.items()}
    template = Template("net.json", "net", {"Resources": resources, **body}, "111111111111", "eu-west-1")
    return [f for f in network.verify(World([template, *others])) if f.rule == "Network-Route"]


OPEN: dict[str, tuple[Resources, ...]] = {
    "internet gateway": (route(**ALL, GatewayId={"Ref": "Igw"}), {"Igw": resource("InternetGateway")}),
    "internet gateway by id": (route(**ALL, GatewayId="igw-1"),),
    "half of the internet": (route(DestinationCidrBlock="128.0.0.0/1", GatewayId="igw-1"),),
    "one address": (route(DestinationCidrBlock="203.0.114.7/32", GatewayId="igw-1"),),
    "NAT gateway": (route(**ALL, NatGatewayId={"Ref": "Nat"}), {"Nat": resource("NatGateway")}),
    "IPv6": (
        route(DestinationIpv6CidrBlock="::/0", EgressOnlyInternetGatewayId={"Ref": "Out"}),
        {"Out": resource("EgressOnlyInternetGateway")},
    ),
    "transit gateway": (route(**ALL, TransitGatewayId="tgw-1"),),
    "peering": (route(**ALL, VpcPeeringConnectionId="pcx-1"),),
    "an appliance": (route(**ALL, NetworkInterfaceId="eni-1"),),
    "carrier": (route(**ALL, CarrierGatewayId="cagw-1"),),
    "a prefix list of ours": (
        route(DestinationPrefixListId={"Fn::GetAtt": ["List", "PrefixListId"]}, TransitGatewayId="tgw-1"),
        {"List": resource("PrefixList", Entries=[{"Cidr": "10.0.0.0/8"}, {"Cidr": "0.0.0.0/0"}])},
    ),
    "a condition": (route(**ALL, GatewayId={"Fn::If": ["Open", "igw-1", {"Ref": "AWS::NoValue"}]}),),
    "a mapping": (route(DestinationCidrBlock={"Fn::FindInMap": ["To", {"Ref": "Kind"}, "Cidr"]}, GatewayId="igw-1"),),
    "an ACL that denies less": (
        route(**ALL, GatewayId="igw-1"),
        acl(entry(1, "deny", "203.0.113.0/24"), entry(2, "allow", "0.0.0.0/0")),
    ),
    "an ACL that denies too late": (
        route(**ALL, GatewayId="igw-1"),
        acl(entry(1, "allow", "0.0.0.0/0", 6), entry(2, "deny", "0.0.0.0/0")),
    ),
}
BODY: dict[str, Any] = {
    "Parameters": {"Kind": {"Type": "String", "AllowedValues": ["a", "b"]}},
    "Mappings": {"To": {"a": {"Cidr": "10.0.0.0/8"}, "b": {"Cidr": "0.0.0.0/0"}}},
}
CLOSED: dict[str, tuple[Resources, ...]] = {
    "no route": (),
    "private addresses over a transit gateway": (route(DestinationCidrBlock="10.0.0.0/8", TransitGatewayId="tgw-1"),),
    "a private NAT": (
        route(**ALL, NatGatewayId={"Ref": "Nat"}),
        {"Nat": resource("NatGateway", ConnectivityType="private")},
    ),
    "a gateway endpoint": (
        route(DestinationPrefixListId="pl-6da54004", GatewayId={"Ref": "S3"}),
        {"S3": resource("VPCEndpoint", ServiceName="s3")},
    ),
    "a virtual private gateway": (route(**ALL, GatewayId={"Ref": "Vgw"}), {"Vgw": resource("VPNGateway")}),
    "an ACL that denies all": (route(**ALL, GatewayId="igw-1"), acl(DENY_ALL, entry(2, "allow", "0.0.0.0/0"))),
    "an ACL that lets private ones out only": (route(**ALL, GatewayId="igw-1"), acl(entry(1, "allow", "10.0.0.0/8"))),
    "a prefix list of private addresses": (
        route(DestinationPrefixListId={"Ref": "List"}, TransitGatewayId="tgw-1"),
        {"List": resource("PrefixList", Entries=[{"Cidr": "10.0.0.0/8"}])},
    ),
}


@pytest.mark.parametrize("name", OPEN)
def test_a_way_out_is_found(name: str) -> None:
    (finding,) = verified(*OPEN[name], **BODY)
    assert finding.verdict == "found"
    assert finding.path[:2] == ("net/Subnet", "net/Table")
    assert len(finding.path) == 4
    assert finding.requirement == "R12"


@pytest.mark.parametrize("name", CLOSED)
def test_a_closed_one_is_not(name: str) -> None:
    assert verified(*CLOSED[name], **BODY) == []


@pytest.mark.parametrize(
    ("properties", "why"),
    [
        ({**ALL, "GatewayId": {"Ref": "Given"}}, "Given"),
        ({"DestinationCidrBlock": {"Ref": "Given"}, "GatewayId": "igw-1"}, "Given"),
        ({"DestinationPrefixListId": "pl-1", "TransitGatewayId": "tgw-1"}, "pl-1"),
        ({**ALL, "GatewayId": {"Fn::ImportValue": "not-there"}}, "not-there"),
    ],
)
def test_what_is_not_told_is_not_proven(properties: dict[str, Any], why: str) -> None:
    (finding,) = verified(route(**properties), Parameters={"Given": {"Type": "String"}})
    assert finding.verdict == "not proven"
    assert why in " ".join(finding.path)


def test_a_table_that_no_subnet_has_counts_too() -> None:
    loose = {"Loose": resource("RouteTable", VpcId={"Ref": "Vpc"})}
    out = {"Route": resource("Route", RouteTableId={"Ref": "Loose"}, **ALL, GatewayId="igw-1")}
    (finding,) = verified(loose, out)
    assert finding.path == ("net/Loose", "igw-1", "0.0.0.0/0")


def test_another_stack_opens_the_route() -> None:
    exported = {"Table": {"Value": {"Ref": "Table"}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-table"}}}}
    body = {
        "Resources": {
            "Route": resource("Route", RouteTableId={"Fn::ImportValue": "net-table"}, **ALL, GatewayId="igw-1")
        }
    }
    other = Template("other.json", "other", body, "111111111111", "eu-west-1")
    (finding,) = verified(Outputs=exported, others=(other,))
    assert finding.stack == "other"
    assert finding.path == ("net/Subnet", "net/Table", "igw-1", "0.0.0.0/0")


def test_the_example_organisation_has_no_path(templates: Templates) -> None:
    assert list(network.verify(world(templates))) == []


def world(templates: Templates) -> World:
    """The templates as they would be read from cdk.out, all in one place."""
    return World([Template(f"{name}.json", name, body) for name, body in templates.items()])


def opened_route(templates: Templates) -> None:
    stack = templates["retail-dev-Network"]["Resources"]
    table = next(key for key, found in stack.items() if found["Type"] == "AWS::EC2::RouteTable")
    stack["Out"] = resource("Route", RouteTableId={"Ref": table}, **ALL, TransitGatewayId="tgw-1")


def drop(kind: str, setting: str) -> Callable[[Templates], None]:
    def spoil(templates: Templates) -> None:
        found = [r for t in templates.values() for r in t["Resources"].values() if r["Type"] == kind]
        found[0]["Properties"].pop(setting)

    return spoil


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (opened_route, "Network-Route"),
        (drop("AWS::CodeBuild::Project", "VpcConfig"), "Network-CodeBuild-Project"),
        (drop("AWS::Lambda::Function", "VpcConfig"), "Network-Lambda-Function"),
        (drop("AWS::SageMaker::Domain", "AppNetworkAccessType"), "Network-SageMaker-Domain"),
    ],
)
def test_a_hole_in_it_would_be_seen(spoil: Callable[[Templates], None], rule: str, templates: Templates) -> None:
    spoilt = copy.deepcopy(templates)
    spoil(spoilt)
    assert {finding.rule for finding in network.verify(world(spoilt))} == {rule}
