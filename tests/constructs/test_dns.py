"""What a network may look up: a list, then nothing; and all of it on record."""

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template
from fmops_constructs.dns import DnsFirewall, QueryLog

RESOLVER = "AWS::Route53Resolver::"
AWS = ("*.s3.eu-west-1.amazonaws.com", "sts.eu-west-1.amazonaws.com")


def made(zones: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
    """Resources by type and then by logical id."""
    stack = cdk.Stack(cdk.App(), "Test", env=cdk.Environment(account="000000000011", region="eu-west-1"))
    DnsFirewall(stack, "Firewall", vpc_id="vpc-1", aws=AWS, zones=zones)
    QueryLog(stack, "Log", vpc_id="vpc-1", group=logs.LogGroup(stack, "Queries"))
    found: dict[str, dict[str, Any]] = {}
    for name, resource in Template.from_stack(stack).to_json()["Resources"].items():
        found.setdefault(resource["Type"].removeprefix(RESOLVER), {})[name] = resource["Properties"]
    return found


def answer(resources: dict[str, dict[str, Any]], host: str) -> str:
    """What the firewall does with a host's name: the action of the first rule whose list has it."""
    lists = {name: one["Domains"] for name, one in resources["FirewallDomainList"].items()}
    (group,) = resources["FirewallRuleGroup"].values()
    for rule in sorted(group["FirewallRules"], key=lambda rule: int(rule["Priority"])):
        domains = lists[rule["FirewallDomainListId"]["Fn::GetAtt"][0]]
        if any(one in ("*", host) or (one.startswith("*.") and host.endswith(one[1:])) for one in domains):
            return str(rule["Action"])
    return "no rule"


@pytest.mark.parametrize(
    ("host", "does"),
    [
        ("sts.eu-west-1.amazonaws.com", "ALLOW"),
        ("bucket.s3.eu-west-1.amazonaws.com", "ALLOW"),
        ("wiki.corp.example.com", "ALLOW"),
        ("corp.example.com", "ALLOW"),
        ("example.com", "BLOCK"),
        ("secret.tunnel.example.net", "BLOCK"),
        ("iam.amazonaws.com", "BLOCK"),
    ],
)
def test_what_is_listed_is_answered_and_nothing_else(host: str, does: str) -> None:
    assert answer(made(["corp.example.com"]), host) == does


def test_without_zones_the_company_has_no_list() -> None:
    assert len(made()["FirewallDomainList"]) == 2
    assert answer(made(), "corp.example.com") == "BLOCK"


def test_only_where_aws_names_lead_is_trusted() -> None:
    (group,) = made(["corp.example.com"])["FirewallRuleGroup"].values()
    trust = [rule.get("FirewallDomainRedirectionAction") for rule in group["FirewallRules"]]
    assert trust == ["TRUST_REDIRECTION_DOMAIN", "INSPECT_REDIRECTION_DOMAIN", None]


def test_both_are_the_networks() -> None:
    resources = made()
    (firewall,) = resources["FirewallRuleGroupAssociation"].values()
    (log,) = resources["ResolverQueryLoggingConfigAssociation"].values()
    assert (firewall["VpcId"], log["ResourceId"]) == ("vpc-1", "vpc-1")
    (config,) = resources["ResolverQueryLoggingConfig"].values()
    assert "Queries" in str(config["DestinationArn"])
