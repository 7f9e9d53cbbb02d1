"""What the foundation itself does goes through under the organisation's policies: deployments, launches, every role."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from fmops_constructs.organization import RULES
from fmops_constructs.organization.rule import Rule, always, deny

from fmops.bootstrap.plan import Plan, plans
from fmops.verify.estate import read as read_estate
from fmops.verify.templates import read as read_templates
from fmops.verify.values import World
from tests.assemblies import as_list, example
from tests.bootstrap.reading import filled, policies_of
from tests.constructs.organization.asking import SCOPE, Ask, Values, allowed, made
from tests.stacks.conftest import changed
from tests.stacks.test_organization import asking, synthesised

TOOLKIT = {
    "CloudFormationExecutionRole": "cfn-exec",
    "DeploymentActionRole": "deploy",
    "FilePublishingRole": "file-publishing",
    "LookupRole": "lookup",
}
AS_IT_SHOULD: Values = {
    "apigateway:Request/EndpointType": ("PRIVATE",),
    "bedrock:GuardrailIdentifier": "arn:aws:bedrock:eu-west-1:1:guardrail/a:1",
    "codebuild:vpcConfig": "vpc-1",
    "iam:PermissionsBoundary": "arn:aws:iam::000000000001:policy/fmops-boundary",
    "lambda:VpcIds": "vpc-1",
    "ram:RequestedAllowsExternalPrincipals": "false",
    "sagemaker:AppNetworkAccessType": "VpcOnly",
    "sagemaker:InstanceTypes": ("ml.m5.large",),
    "sagemaker:NetworkIsolation": "true",
    "sagemaker:OutputKmsKey": "arn:aws:kms:eu-west-1:1:key/1",
    "sagemaker:VolumeKmsKey": "arn:aws:kms:eu-west-1:1:key/1",
    "sagemaker:VpcSubnets": ("subnet-1",),
}
"""What templates say of what they make; tests/stacks hold that they do."""

WITHHELD = {
    "kms:DisableKey": "keys are enabled: no template turns one off",
    "kms:DisableKeyRotation": "keys rotate",
    "kms:ScheduleKeyDeletion": "keys outlive their stack",
    "s3:PutBucketWebsite": "no bucket is a website",
}
"""Actions of an execution role that no template of ours ever comes to, and why."""


def account_type(account: str) -> str:
    return next(kind for kind, accounts in SCOPE.accounts.items() if account in accounts)


def requests(role: str, account: str, documents: Sequence[Mapping[str, Any]], region: str) -> Iterator[Ask]:
    """A request for each action on each resource that a role's policies allow."""
    kind = account_type(account)
    for document in documents:
        for statement in document["Statement"]:
            if statement["Effect"] != "Allow":
                continue
            for resource in as_list(statement["Resource"]):
                parts = resource.split(":")
                where = parts[3] if len(parts) > 3 and parts[3] not in ("", "*") else region
                for action in as_list(statement["Action"]):
                    context = {**AS_IT_SHOULD, "aws:RequestedRegion": where}
                    yield Ask(action, resource, context, by=role, kind=kind)


def documents(plan: Plan, role: str) -> list[dict[str, Any]]:
    """The policies of one of the bootstrap's roles, wherever they stand."""
    properties = filled(plan)["Resources"][role]["Properties"]
    inline = [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
    return [*inline, *(policies_of(plan, role) if "ManagedPolicyArns" in properties else ())]


@pytest.fixture(scope="session")
def toolkit(planned: list[Plan]) -> list[Ask]:
    """What the bootstrap's roles may do."""
    return [
        asked
        for plan in planned
        for role, name in TOOLKIT.items()
        for asked in requests(
            f"arn:aws:iam::{plan.account}:role/cdk-hnb659fds-{name}-role-{plan.account}-{plan.region}",
            plan.account,
            documents(plan, role),
            plan.region,
        )
    ]


@pytest.fixture(scope="session")
def roles(assembly: Path) -> list[Ask]:
    """What every role of every stack may do, but those for people in no stage's account."""
    estate = read_estate(World(read_templates([assembly])))
    return [
        asked
        for holder in estate.holders
        for written in holder.identity
        for asked in requests(
            holder.arn, holder.account, [reading.narrow for reading in written.readings][:1], "eu-west-1"
        )
    ]


def alike(asked: list[Ask]) -> list[Ask]:
    """One of those that differ in the account's number only: policies are by kind of account."""
    numberless = {
        (ask.kind, re.sub(r"\d{12}", "", ask.by), ask.action, re.sub(r"\d{12}", "", ask.resource)): ask for ask in asked
    }
    return list(numberless.values())


def refused(asked: list[Ask], rules: tuple[Rule, ...] = RULES) -> set[str]:
    """Who is refused what, each once."""
    found = made(rules)
    return {
        f"{ask.by.rpartition('/')[2]} {ask.action} {ask.resource}"
        for ask in alike(asked)
        if ask.action not in WITHHELD and not allowed(ask, found)
    }


def test_deployments_are_let_through(toolkit: list[Ask]) -> None:
    assert len(toolkit) > 1000
    assert refused(toolkit) == set()


def test_roles_are_let_through(roles: list[Ask]) -> None:
    assert len(roles) > 1000
    assert refused(roles) == set()


def test_who_breaks_glass_is_let_through(tmp_path: Path) -> None:
    """In a stage, in one's own name, by that role only."""
    foundation = changed(example(), people_access={"break_glass": {"notify": ("soc@example.com",)}})
    estate = read_estate(World(read_templates([synthesised(foundation, tmp_path / "cdk.out", "retail-prod")])))
    (holder,) = (one for one in estate.holders if one.arn.endswith("break-glass"))
    named: Values = {"aws:SourceIdentity": "ida"}
    asked = [
        ask.but(context={**ask.context, **named})
        for written in holder.identity
        for ask in requests(holder.arn, holder.account, [written.readings[0].narrow], "eu-west-1")
    ]
    assert asked
    assert refused(asked) == set()
    assert refused([ask.but(by=ask.by.replace("break-glass", "hosting")) for ask in asked])


def test_what_is_refused_would_be_seen(toolkit: list[Ask], roles: list[Ask]) -> None:
    rule = Rule("Twin", "", "", (), "", always(deny("logs:CreateLogGroup", "logs:PutLogEvents")))
    assert refused([ask for ask in toolkit if ask.action.startswith("logs:")], (*RULES, rule))
    assert refused(roles, (*RULES, rule))


def test_what_is_withheld_is_had(toolkit: list[Ask]) -> None:
    """An entry that nobody needs any more goes."""
    assert {ask.action for ask in toolkit} >= set(WITHHELD)


def test_tooling_does_not_deploy_to_the_organisation(tmp_path: Path, official: dict[str, Any]) -> None:
    """The stage of the organisation's policies is bootstrapped with rights for them, in trust of nobody else."""
    foundation = asking(example())
    assembly = synthesised(foundation, tmp_path / "cdk.out", "organization,data-lake")
    found = {plan.environments: plan for plan in plans(assembly, foundation, official)}
    assert found["data-lake",].trust == "000000000011"
    own = found["organization",]
    assert own.account == own.trust == "000000000001"
    assert own.types == ("AWS::Organizations::Policy",)
    actions = {action for document in own.policies for s in document["Statement"] for action in s["Action"]}
    assert {action.partition(":")[0] for action in actions} == {"organizations", "ssm"}
