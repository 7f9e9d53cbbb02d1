"""The boundary of the foundation's roles: once per account, limiting, out of reach of who deploys (R27, R28)."""

import copy
from collections.abc import Iterator
from typing import Any

from fmops.bootstrap.boundary import NEVER
from fmops.bootstrap.plan import Plan
from tests.assemblies import as_list
from tests.bootstrap.reading import allowed, filled, policies_of

NAME = "fmops-boundary"
CHANGES = ("CreatePolicy", "CreatePolicyVersion", "DeletePolicy", "DeletePolicyVersion", "SetDefaultPolicyVersion")


def boundaries(plan: Plan) -> list[dict[str, Any]]:
    """The documents of the plan's policies that have the boundary's name."""
    made = (resource["Properties"] for resource in filled(plan)["Resources"].values())
    return [properties["PolicyDocument"] for properties in made if properties.get("ManagedPolicyName") == NAME]


def gives(document: dict[str, Any]) -> Iterator[str]:
    """What a boundary lets through that it must not."""
    statements = document["Statement"]
    denied = [s for s in statements if s["Effect"] == "Deny" and s["Resource"] == "*" and "Condition" not in s]
    allowed_ = [s for s in statements if s["Effect"] == "Allow"]
    yield from set(NEVER) - {action for s in denied for action in as_list(s["Action"])}
    for statement in allowed_:
        yield from {a for a in as_list(statement.get("Action", [])) if a not in ("iam:GetRole", "iam:PassRole")}
        if "NotAction" in statement:
            yield from {"account:*", "iam:*", "organizations:*"} - set(statement["NotAction"])


def test_every_account_has_one_and_at_home_only(planned: list[Plan]) -> None:
    accounts = [plan.account for plan in planned for _ in boundaries(plan)]
    assert sorted(accounts) == sorted({plan.account for plan in planned})
    assert {plan.region for plan in planned if boundaries(plan)} == {"eu-west-1"}
    assert {plan.region for plan in planned} > {"eu-west-1"}


def test_it_lets_through_what_it_should(planned: list[Plan]) -> None:
    assert [list(gives(document)) for plan in planned for document in boundaries(plan)] == [[]] * 15


def test_a_hole_would_be_seen(planned: list[Plan]) -> None:
    (sound,) = boundaries(planned[0])
    for spoil, hole in (
        (lambda s: s[0]["NotAction"].remove("iam:*"), "iam:*"),
        (lambda s: s[1]["Action"].append("iam:CreateUser"), "iam:CreateUser"),
        (lambda s: s[2].update(Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}), "ec2:CreateNatGateway"),
    ):
        document = copy.deepcopy(sound)
        spoil(document["Statement"])
        assert hole in list(gives(document))


def test_who_deploys_makes_roles_under_it_and_cannot_change_it(planned: list[Plan]) -> None:
    for plan in planned:
        policies = policies_of(plan, "CloudFormationExecutionRole")
        for change in CHANGES:
            assert not allowed(policies, f"iam:{change}", f"arn:aws:iam::{plan.account}:policy/{NAME}")
    makers = [plan for plan in planned if "AWS::IAM::ManagedPolicy" in plan.types]
    for plan in makers:
        policies = policies_of(plan, "CloudFormationExecutionRole")
        assert allowed(policies, "iam:CreatePolicyVersion", f"arn:aws:iam::{plan.account}:policy/fmops/other")
    assert len(makers) == len(planned) == 16
