"""Services that pass the network by: each fault is found, each clean twin is not."""

from typing import Any

import pytest

from fmops.verify import network
from fmops.verify.findings import Finding
from fmops.verify.network.openings import TABLE
from fmops.verify.templates import Template
from fmops.verify.values import World
from tests.verify.openings import DOMAINS, FAULTS, Fault

VPC = {
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
    "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"}},
    **{
        reference["Fn::GetAtt"][0]: {
            "Type": "AWS::Route53Resolver::FirewallDomainList",
            "Properties": {"Domains": list(names)},
        }
        for names, reference in DOMAINS.items()
    },
}


def verified(resources: dict[str, Any], **body: Any) -> list[Finding]:
    template = Template("stack.json", "stack", {"Resources": {**VPC, **resources}, **body}, "111111111111", "eu-west-1")
    return list(network.verify(World([template])))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.type)
def test_a_fault_is_found(fault: Fault) -> None:
    found = verified({"It": {"Type": fault.type, "Properties": fault.broken}})
    assert [(finding.logical_id, finding.verdict) for finding in found] == [("It", "found")]
    assert "internet" in " ".join(found[0].path)
    assert found[0].remedy
    assert found[0].source.startswith("https://docs.aws.amazon.com/")


@pytest.mark.parametrize("fault", [one for one in FAULTS if one.clean is not None], ids=lambda fault: fault.type)
def test_its_clean_twin_is_not(fault: Fault) -> None:
    assert verified({"It": {"Type": fault.type, "Properties": fault.clean}}) == []


@pytest.mark.parametrize(
    ("type_", "properties", "why"),
    [
        (
            "AWS::Route53Resolver::FirewallRuleGroup",
            {"FirewallRules": [{"Action": "ALLOW", "FirewallDomainListId": "rslvr-fdl-1"}]},
            "rslvr-fdl-1 is in none of the templates",
        ),
        ("AWS::Route53Resolver::ResolverRule", {"TargetIps": [{"Ip": {"Ref": "Given"}}]}, "given at the launch"),
    ],
)
def test_a_list_or_a_name_server_elsewhere_is_not_proven(type_: str, properties: dict[str, Any], why: str) -> None:
    found = verified({"It": {"Type": type_, "Properties": properties}}, Parameters={"Given": {"Type": "String"}})
    assert [(finding.verdict, why in finding.message) for finding in found] == [("not proven", True)]


def test_every_row_has_a_fault() -> None:
    assert {row.type for row in TABLE} == {fault.type for fault in FAULTS}
    assert len(TABLE) == len({row.type for row in TABLE})


@pytest.mark.parametrize(
    ("properties", "why"),
    [
        ({"VpcConfig": {"SubnetIds": {"Ref": "Given"}}}, "Given is given at the launch"),
        ({"VpcConfig": {"SubnetIds": {"Fn::ImportValue": "elsewhere"}}}, "elsewhere is in none of the templates"),
        ({"VpcConfig": {"Fn::Transform": {"Name": "Macro"}}}, "a macro writes it"),
        ({"VpcConfig": {"Fn::Invented": 1}}, "Fn::Invented is not understood"),
        ({"VpcConfig": {"SubnetIds": {"Ref": "Missing"}}}, "which stack.json doesn't have"),
    ],
)
def test_what_the_template_does_not_tell_is_not_proven(properties: dict[str, Any], why: str) -> None:
    function = {"Type": "AWS::Lambda::Function", "Properties": properties}
    found = verified({"It": function}, Parameters={"Given": {"Type": "List<AWS::EC2::Subnet::Id>"}})
    assert [(finding.verdict, why in finding.message) for finding in found] == [("not proven", True)]
