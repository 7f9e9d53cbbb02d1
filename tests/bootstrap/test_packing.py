"""Policies fit: in size, in number, and always the same."""

import pytest

from fmops.bootstrap import packing
from fmops.bootstrap.plan import Plan
from fmops.bootstrap.rights import Grant
from fmops.problem import Problem
from tests.bootstrap.reading import filled

ARN = ("arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:*",)


def grants(count: int) -> list[Grant]:
    return [Grant(ARN, (), f"ec2:Action{number:06}") for number in range(count)]


def test_policies_of_every_account_fit(planned: list[Plan]) -> None:
    for plan in planned:
        resources = filled(plan)["Resources"]
        for name, resource in resources.items():
            if resource["Type"] == "AWS::IAM::ManagedPolicy":
                assert packing.size(resource["Properties"]["PolicyDocument"]) <= 6144, name
            if resource["Type"] == "AWS::IAM::Role":
                assert 1 <= len(resource["Properties"]["ManagedPolicyArns"]) <= 10, name


def test_nothing_is_lost_between_policies() -> None:
    policies = packing.pack(grants(600))
    assert len(policies) > 1
    assert all(packing.size(policy) <= packing.SIZE for policy in policies)
    assert [action for policy in policies for s in policy["Statement"] for action in s["Action"]] == [
        grant.action for grant in grants(600)
    ]


def test_more_than_a_role_can_have_is_told() -> None:
    with pytest.raises(Problem, match="a role can have 9"):
        packing.pack(grants(4000))


def test_size_is_of_the_longest_place() -> None:
    policy = packing.pack(grants(1))[0]
    assert "ap-northeast-1" in str(packing.resolved(policy))
    assert packing.size(policy) > len('{"Version":"2012-10-17","Statement":[]}')


def test_no_rights_no_policy() -> None:
    assert packing.pack([]) == []
