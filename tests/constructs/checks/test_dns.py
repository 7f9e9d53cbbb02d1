"""What one resource's properties don't tell: a list of everything that is allowed, half of a fence."""

from typing import Any

import pytest
from fmops_constructs.checks.rule import Template
from fmops_constructs.checks.rules import RULES

from tests.constructs.checks.cases import FENCE, LISTED, OTHERS

BY_ID = {rule.id: rule for rule in RULES}
ALL = {"Type": "AWS::Route53Resolver::FirewallDomainList", "Properties": {"Domains": ["*"]}}
BLOCK = {"Action": "BLOCK", "FirewallDomainListId": OTHERS, "Priority": 9}


def found(rules: list[dict[str, Any]]) -> bool:
    """Whether a group of firewall rules is found to let others through."""
    group = {"Type": "AWS::Route53Resolver::FirewallRuleGroup", "Properties": {"FirewallRules": rules}}
    return bool(list(BY_ID["Dns-OthersBlocked"].findings(Template("t", {"Group": group, "All": ALL}))))


def test_what_is_not_listed_is_blocked() -> None:
    assert not found([LISTED, BLOCK])


@pytest.mark.parametrize(
    "rules",
    [
        [LISTED],
        [LISTED, {**BLOCK, "Action": "ALERT"}],
        [LISTED, BLOCK, {"Action": "ALLOW", "FirewallDomainListId": OTHERS, "Priority": 1}],
        [LISTED, {**BLOCK, "Qtype": "TXT"}],
        [LISTED, {**BLOCK, "FirewallDomainListId": "rslvr-fdl-2"}],
    ],
    ids=["no block", "an alert only", "everything allowed too", "one kind of record only", "another list"],
)
def test_what_lets_others_through_is_found(rules: list[dict[str, Any]]) -> None:
    assert found(rules)


@pytest.mark.parametrize("half", FENCE)
def test_half_a_fence_is_none(half: str) -> None:
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
    template = Template("t", {"It": vpc, half: FENCE[half]})
    assert [name for name, _ in BY_ID["Dns-Fenced"].findings(template)] == ["It"]
