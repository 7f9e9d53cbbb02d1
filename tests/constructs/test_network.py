"""The isolated network: subnets that never move, and groups that lead to endpoints only."""

from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template
from fmops_constructs.network import IsolatedVpc


def network(azs: int, clients: Sequence[str] = ()) -> dict[str, Any]:
    """The resources of a network, by logical id."""
    stack = cdk.Stack(cdk.App(), "Test", env=cdk.Environment(account="000000000011", region="eu-west-1"))
    IsolatedVpc(
        stack,
        "Isolated",
        network=IPv4Network("10.64.16.0/20"),
        azs=azs,
        features=["core"],
        organization_id="o-exampleorgid",
        flow_log_group=logs.LogGroup(stack, "Flow"),
        clients=clients,
    )
    resources: dict[str, Any] = Template.from_stack(stack).to_json()["Resources"]
    return resources


def subnets(resources: dict[str, Any]) -> dict[str, str]:
    return {
        name: resource["Properties"]["CidrBlock"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::EC2::Subnet"
    }


@pytest.mark.parametrize("azs", [2, 3])
def test_one_more_zone_moves_no_subnet(azs: int) -> None:
    before, after = subnets(network(azs)), subnets(network(azs + 1))
    assert len(before) == azs
    assert before.items() < after.items()


def test_routes_are_the_gateways_own() -> None:
    types = {resource["Type"] for resource in network(2).values()}
    assert "AWS::EC2::Route" not in types
    assert "AWS::EC2::VPCEndpoint" in types


def open_or_nameless(resources: dict[str, Any]) -> list[str]:
    """Interface endpoints that a service's usual name does not lead to in some zone, or with another group."""
    group = next(
        name for name, r in resources.items() if r["Type"] == "AWS::EC2::SecurityGroup" and "Endpoints" in name
    )
    everywhere = [{"Fn::GetAtt": [name, "SubnetId"]} for name in subnets(resources)]
    return [
        name
        for name, r in resources.items()
        if r["Type"] == "AWS::EC2::VPCEndpoint"
        and r["Properties"]["VpcEndpointType"] == "Interface"
        and not (
            r["Properties"].get("PrivateDnsEnabled") is True
            and r["Properties"]["SecurityGroupIds"] == [{"Fn::GetAtt": [group, "GroupId"]}]
            and r["Properties"]["SubnetIds"] == everywhere
        )
    ]


def test_the_usual_names_lead_to_the_endpoints_in_every_zone() -> None:
    assert open_or_nameless(network(3)) == []


@pytest.mark.parametrize("spoil", [{"PrivateDnsEnabled": False}, {"SubnetIds": []}, {"SecurityGroupIds": ["sg-1"]}])
def test_an_endpoint_that_is_open_or_nameless_would_be_seen(spoil: dict[str, Any]) -> None:
    resources = network(2)
    name = next(name for name in resources if "KmsEndpoint" in name)
    resources[name]["Properties"].update(spoil)
    assert open_or_nameless(resources) == [name]


def test_only_workloads_reach_the_endpoints() -> None:
    resources = network(2)
    rules = [r["Properties"] for r in resources.values() if r["Type"] == "AWS::EC2::SecurityGroupIngress"]
    (rule,) = rules
    assert (rule["FromPort"], rule["ToPort"], rule["IpProtocol"]) == (443, 443, "tcp")
    assert "SourceSecurityGroupId" in rule
    assert "CidrIp" not in rule


def test_company_networks_reach_the_endpoints_on_their_one_port() -> None:
    clients = ["10.0.0.0/12", "192.168.0.0/16"]
    rules = [
        r["Properties"]
        for r in network(2, clients).values()
        if r["Type"] == "AWS::EC2::SecurityGroupIngress" and "CidrIp" in r["Properties"]
    ]
    assert [rule["CidrIp"] for rule in rules] == clients
    assert {(rule["FromPort"], rule["ToPort"], rule["IpProtocol"]) for rule in rules} == {(443, 443, "tcp")}


def test_workloads_lead_to_endpoints_and_s3_only() -> None:
    resources = network(2)
    workload = next(r for name, r in resources.items() if "Workload" in name and r["Type"] == "AWS::EC2::SecurityGroup")
    (inline,) = workload["Properties"]["SecurityGroupEgress"]
    assert inline["DestinationPrefixListId"] == "pl-6da54004"
    (rule,) = [r["Properties"] for r in resources.values() if r["Type"] == "AWS::EC2::SecurityGroupEgress"]
    assert "DestinationSecurityGroupId" in rule
