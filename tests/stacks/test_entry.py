"""How people come in, and networks that are there already: the options that the example leaves out, all at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fmops.bootstrap import rights
from foundation import Foundation
from stacks.application import Application
from tests.assemblies import Templates, example, read, resources
from tests.stacks.conftest import changed

COMPANY = ("10.0.0.0/12", "192.168.0.0/16")
CHOSEN = ("aws.sagemaker.{region}.studio", "sagemaker.api", "sts", "execute-api")
ACCESS: dict[str, Any] = {
    "cidrs": COMPANY,
    "via": "transit-gateway",
    "gateways": {"eu-west-1": "tgw-0123456789abcdef0"},
    "account_types": ("experimentation",),
    "endpoints": CHOSEN,
    "resolver": True,
    "console": True,
}
THERE: dict[str, Any] = {
    "vpc": "vpc-0123456789abcdef0",
    "cidr": "172.16.0.0/20",
    "subnets": {
        "subnet-0123456789abcdef0": {"cidr": "172.16.0.0/24", "zone": "eu-west-1a"},
        "subnet-0123456789abcdef1": {"cidr": "172.16.1.0/24", "zone": "eu-west-1b"},
    },
    "route_tables": ("rtb-0123456789abcdef0",),
}
MADE, GIVEN, APART = "retail-experimentation-Network", "lending-experimentation-Network", "retail-dev-Network"


def with_network(**values: Any) -> Foundation:
    return changed(example(), network={**example().network.model_dump(), **values})


def synthesised(foundation: Foundation, outdir: Path) -> Templates:
    """The templates of three accounts, and no finding that is open."""
    accounts = "retail-experimentation,lending-experimentation,retail-dev"
    app = Application(outdir=outdir, context={"accounts": accounts})
    app.build(foundation)
    assert app.passes()
    return read(outdir)


@pytest.fixture(scope="module")
def entered(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    foundation = with_network(access=ACCESS, existing={"lending-experimentation": THERE})
    return synthesised(foundation, tmp_path_factory.mktemp("entered"))


def of(templates: Templates, stack: str, type_: str) -> list[dict[str, Any]]:
    return [one["Properties"] for _, one in resources({stack: templates[stack]}, type_)]


def endpoints_with(templates: Templates, stack: str, groups: int) -> set[str]:
    """Interface endpoints with so many security groups, by service."""
    return {
        str(one["ServiceName"]).removeprefix("com.amazonaws.eu-west-1.")
        for one in of(templates, stack, "AWS::EC2::VPCEndpoint")
        if len(one.get("SecurityGroupIds", [])) == groups
    }


def test_people_reach_the_chosen_endpoints_and_no_other(entered: Templates) -> None:
    opened = endpoints_with(entered, MADE, 2)
    assert opened == {"aws.sagemaker.eu-west-1.studio", "sagemaker.api", "sts"}  # execute-api isn't needed there
    rules = [one for one in of(entered, MADE, "AWS::EC2::SecurityGroupIngress") if "CidrIp" in one]
    assert {one["CidrIp"] for one in rules} == set(COMPANY)
    https = {str(one["GroupId"]) for one in rules if one["FromPort"] == 443}
    assert len(https) == 1
    assert "Chosen" in https.pop()


def test_an_account_that_people_do_not_come_to_lets_none_in(entered: Templates) -> None:
    assert [one for one in of(entered, APART, "AWS::EC2::SecurityGroupIngress") if "CidrIp" in one] == []
    assert of(entered, APART, "AWS::EC2::TransitGatewayVpcAttachment") == []
    assert of(entered, APART, "AWS::Route53Resolver::ResolverEndpoint") == []


def leads_beyond(templates: Templates) -> Iterator[str]:
    """Routes to other networks than the company's declared ones."""
    for where, route in resources(templates, "AWS::EC2::Route"):
        if route["Properties"].get("DestinationCidrBlock") not in COMPANY:
            yield where


def test_the_network_is_joined_to_the_declared_networks_only(entered: Templates) -> None:
    (attachment,) = of(entered, MADE, "AWS::EC2::TransitGatewayVpcAttachment")
    assert attachment["TransitGatewayId"] == "tgw-0123456789abcdef0"
    assert len(of(entered, MADE, "AWS::EC2::Route")) == len(COMPANY)
    assert list(leads_beyond(entered)) == []


def test_a_route_beyond_would_be_seen(entered: Templates) -> None:
    where, _ = next(resources(entered, "AWS::EC2::Route"))
    stack, _, name = where.partition("/")
    wide = {"Type": "AWS::EC2::Route", "Properties": {"DestinationCidrBlock": "0.0.0.0/0"}}
    spoilt = {**entered, stack: {"Resources": {**entered[stack]["Resources"], name: wide}}}
    assert list(leads_beyond(spoilt)) == [where]


def test_only_the_companys_networks_ask_the_resolver(entered: Templates) -> None:
    (endpoint,) = of(entered, MADE, "AWS::Route53Resolver::ResolverEndpoint")
    assert (endpoint["Direction"], len(endpoint["IpAddresses"])) == ("INBOUND", 2)
    ((group,),) = [one["Fn::GetAtt"][:1] for one in endpoint["SecurityGroupIds"]]
    rules = [
        (one["CidrIp"], one["IpProtocol"], one["FromPort"])
        for one in of(entered, MADE, "AWS::EC2::SecurityGroupIngress")
        if one["GroupId"] == {"Fn::GetAtt": [group, "GroupId"]}
    ]
    assert sorted(rules) == sorted((cidr, protocol, 53) for cidr in COMPANY for protocol in ("tcp", "udp"))
    properties = entered[MADE]["Resources"][group]["Properties"]
    assert [one["CidrIp"] for one in properties["SecurityGroupEgress"]] == ["127.0.0.1/32"]


def test_the_console_is_there_with_policies(entered: Templates) -> None:
    policies = {
        str(one["ServiceName"]).rpartition(".")[2]: one.get("PolicyDocument")
        for one in of(entered, MADE, "AWS::EC2::VPCEndpoint")
    }
    assert policies["console"]
    assert policies["signin"]
    assert "console-static" in policies
    assert "*.console.aws.amazon.com" in str(of(entered, MADE, "AWS::Route53Resolver::FirewallDomainList"))
    assert "console" not in endpoints_with(entered, APART, 1)


def test_a_network_that_is_there_gets_no_second_one(entered: Templates) -> None:
    made = {one["Type"] for _, one in resources({GIVEN: entered[GIVEN]})}
    assert made & {"AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::RouteTable"} == set()
    endpoints = of(entered, GIVEN, "AWS::EC2::VPCEndpoint")
    assert {one["VpcId"] for one in endpoints} == {THERE["vpc"]}
    interfaces = [one for one in endpoints if one["VpcEndpointType"] == "Interface"]
    assert all(one["SubnetIds"] == [*THERE["subnets"]] for one in interfaces)
    gateways = [one for one in endpoints if one["VpcEndpointType"] == "Gateway"]
    assert [one["RouteTableIds"] for one in gateways] == [[*THERE["route_tables"]]] * 2
    (log,) = of(entered, GIVEN, "AWS::EC2::FlowLog")
    (firewall,) = of(entered, GIVEN, "AWS::Route53Resolver::FirewallRuleGroupAssociation")
    assert log["ResourceId"] == firewall["VpcId"] == THERE["vpc"]
    published = {one["Name"]: one["Value"] for one in of(entered, GIVEN, "AWS::SSM::Parameter")}
    assert published["/fmops/network/vpc-id"] == THERE["vpc"]
    assert published["/fmops/network/subnet-ids"] == ",".join(THERE["subnets"])


def test_others_stay_as_they_were(entered: Templates, templates: Templates) -> None:
    before, after = templates[APART]["Resources"], entered[APART]["Resources"]
    opened = {name for name in before if name not in after}
    assert all("EndpointsFrom" in name for name in opened)
    assert all(after[name] == before[name] for name in after)


def test_a_private_gateway_joins_one_network(tmp_path: Path) -> None:
    access = {
        "cidrs": COMPANY,
        "via": "virtual-private-gateway",
        "gateways": {"retail-experimentation": "vgw-0123456789abcdef0"},
    }
    made = synthesised(with_network(access=access), tmp_path)
    (attachment,) = of(made, MADE, "AWS::EC2::VPCGatewayAttachment")
    assert attachment["VpnGatewayId"] == "vgw-0123456789abcdef0"
    assert {one["GatewayId"] for one in of(made, MADE, "AWS::EC2::Route")} == {"vgw-0123456789abcdef0"}
    assert of(made, GIVEN, "AWS::EC2::VPCGatewayAttachment") == []
    assert list(leads_beyond(made)) == []


def test_an_endpoint_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    foundation = with_network(access={"cidrs": COMPANY, "endpoints": ("s3",)})
    with pytest.raises(LookupError, match=r'network.access.endpoints: "s3" has no interface endpoint. Choose of'):
        synthesised(foundation, tmp_path)


@pytest.mark.parametrize(
    "type_",
    [
        "AWS::EC2::Route",
        "AWS::EC2::TransitGatewayVpcAttachment",
        "AWS::EC2::VPCGatewayAttachment",
        "AWS::Route53Resolver::ResolverEndpoint",
    ],
)
def test_the_deployment_may_make_what_the_options_add(type_: str) -> None:
    """A type whose rights nobody can tell would stop the bootstrap."""
    assert rights.actions(type_, "eu-west-1", "Network")
