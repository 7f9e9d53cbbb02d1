"""Control policies are asked what CloudFormation's role needs; denied is told with the policy and its statement."""

import json
from pathlib import Path
from typing import Any

import pytest
from fmops_constructs.organization import policies, scope

from fmops.bootstrap.plan import Plan
from fmops.doctor import control_policies
from fmops.doctor.asking import Unasked
from tests.assemblies import example
from tests.doctor.telling import ACCOUNT, REGION, Telling, found, scene, stack, told

ROOT, UNIT = "r-abcd", "ou-abcd-11111111"
FULL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
KEY = stack({"Key": ("AWS::KMS::Key", {"KeyPolicy": {}})})


def plan(*actions: str, resource: Any = "*", **condition: Any) -> Plan:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": [resource], **condition}
    return Plan(ACCOUNT, REGION, ("retail-dev",), "", (), ({"Statement": [statement]},), {})


NEEDED = plan("kms:CreateKey", "kms:TagResource", "kms:ScheduleKeyDeletion")


def organisation(*denials: Any, on: str = UNIT, allow: Any = FULL, status: str = "ENABLED") -> Telling:
    """Root, one unit, the account in it; `allow` at each level, the denials at one."""
    documents = {"p-full": [allow], "p-deny": [{"Sid": "Corp", "Effect": "Deny", **one} for one in denials]}
    parents = {ACCOUNT: UNIT, UNIT: ROOT}

    def attached(account: Any, region: str, asked: Any) -> Any:
        full = [{"Id": "p-full", "Name": "FullAWSAccess"}]
        return {"Policies": full + ([{"Id": "p-deny", "Name": "corp"}] if denials and asked["TargetId"] == on else [])}

    def content(account: Any, region: str, asked: Any) -> Any:
        document = {"Version": "2012-10-17", "Statement": documents[asked["PolicyId"]]}
        return {"Policy": {"Content": json.dumps(document)}}

    kind = {"Type": "SERVICE_CONTROL_POLICY", "Status": status}
    return Telling(
        list_roots={"Roots": [{"Id": ROOT, "PolicyTypes": [kind]}]},
        list_parents=lambda account, region, asked: {"Parents": [{"Id": parents[asked["ChildId"]]}]},
        list_policies_for_target=attached,
        describe_policy=content,
    )


def test_full_access_denies_nothing() -> None:
    assert told(control_policies.CHECK, scene(organisation(), KEY, plans=[NEEDED])) == []


@pytest.mark.parametrize("on", [ROOT, UNIT, ACCOUNT])
def test_what_templates_certainly_need_and_never_get_is_a_problem(on: str) -> None:
    aws = organisation({"Action": "kms:Create*", "Resource": "*"}, on=on)
    (finding,) = found(control_policies.CHECK, scene(aws, KEY, plans=[NEEDED]))
    assert finding.verdict == "PROBLEM"
    assert finding.message.startswith("corp (p-deny) Statement[0] (Corp) denies kms:CreateKey to CloudFormation's role")
    assert "cdk-hnb659fds-cfn-exec-role" in finding.remedy


def test_what_they_may_need_is_a_warning() -> None:
    aws = organisation({"Action": "kms:ScheduleKeyDeletion", "Resource": "*"})
    assert [one.verdict for one in found(control_policies.CHECK, scene(aws, KEY, plans=[NEEDED]))] == ["WARNING"]


def test_a_tag_that_must_be_given_denies_in_some_cases() -> None:
    condition = {"Condition": {"Null": {"aws:RequestTag/cost-center": "true"}}}
    aws = organisation({"Action": "kms:CreateKey", "Resource": "*", **condition})
    (finding,) = found(control_policies.CHECK, scene(aws, KEY, plans=[NEEDED]))
    assert finding.verdict == "WARNING"
    assert "in some cases" in finding.message


@pytest.mark.parametrize(
    ("regions", "verdicts"), [(["eu-west-1", "us-east-1"], []), (["us-east-1"], ["PROBLEM", "WARNING"])]
)
def test_a_region_that_is_closed_is_closed_to_it(regions: list[str], verdicts: list[str]) -> None:
    condition = {"Condition": {"StringNotEquals": {"aws:RequestedRegion": regions}}}
    aws = organisation({"Action": "*", "Resource": "*", **condition})
    findings = found(control_policies.CHECK, scene(aws, KEY, plans=[NEEDED]))
    assert [one.verdict for one in findings] == verdicts


def test_iam_is_asked_in_us_east_1() -> None:
    condition = {"Condition": {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}}
    aws = organisation({"Action": "*", "Resource": "*", **condition})
    role = plan("iam:CreateRole", resource={"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/fmops/*"})
    assert told(control_policies.CHECK, scene(aws, KEY, plans=[role])) == []


@pytest.mark.parametrize("pattern", ["arn:aws:iam::*:role/cdk-*-cfn-exec-role-*", "arn:aws:iam::*:role/admin"])
def test_the_deploying_role_may_be_excepted(pattern: str) -> None:
    condition = {"Condition": {"ArnNotLike": {"aws:PrincipalArn": pattern}}}
    aws = organisation({"Action": "kms:*", "Resource": "*", **condition})
    assert bool(found(control_policies.CHECK, scene(aws, KEY, plans=[NEEDED]))) == pattern.endswith("admin")


def test_a_level_that_allows_nothing_denies() -> None:
    aws = organisation(allow={"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"})
    findings = found(control_policies.CHECK, scene(aws, KEY, plans=[NEEDED]))
    assert {one.verdict for one in findings} == {"PROBLEM", "WARNING"}
    assert all("level 1 from the root: nothing there allows it" in one.message for one in findings)


def test_the_conditions_of_a_right_hold_for_its_request() -> None:
    boundary = {"Condition": {"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::1:policy/b"}}}
    aws = organisation(
        {
            "Action": "iam:CreateRole",
            "Resource": "*",
            "Condition": {"StringNotEquals": {"iam:PermissionsBoundary": "arn:aws:iam::1:policy/b"}},
        }
    )
    assert told(control_policies.CHECK, scene(aws, KEY, plans=[plan("iam:CreateRole", **boundary)])) == []
    assert told(control_policies.CHECK, scene(aws, KEY, plans=[plan("iam:CreateRole")])) != []


def test_a_type_that_is_not_enabled_denies_nothing() -> None:
    aws = organisation({"Action": "*", "Resource": "*"}, status="PENDING_DISABLE")
    assert told(control_policies.CHECK, scene(aws, KEY, plans=[NEEDED])) == []


def test_a_policy_that_is_not_understood_proves_nothing() -> None:
    aws = organisation({"Action": "kms:*", "Resource": "*", "Condition": {"NewestOperator": {"aws:x": "y"}}})
    (finding,) = found(control_policies.CHECK, scene(aws, KEY, plans=[NEEDED]))
    assert finding.verdict == "NOT CHECKED"
    assert "NewestOperator" in finding.message


def test_no_right_to_ask_is_not_checked() -> None:
    aws = organisation()
    aws.answers["list_policies_for_target"] = Unasked("no right to ask organizations:ListPoliciesForTarget")
    assert [one.verdict for one in found(control_policies.CHECK, scene(aws, KEY, plans=[NEEDED]))] == ["NOT CHECKED"]


def test_our_own_policies_let_the_whole_example_be_deployed(assembly: Path, planned: list[Plan]) -> None:
    """The foundation's own control policies, attached as they are to be, deny nothing that is certainly needed."""
    from fmops.doctor import scene as scenes

    made = {p.name: p for p in policies(scope(example())) if p.type == control_policies.KIND}
    full = json.dumps({"Version": "2012-10-17", "Statement": [FULL]})

    def attached(account: Any, region: str, asked: Any) -> Any:
        ours = [{"Id": name, "Name": name} for name, one in made.items() if asked["TargetId"] in one.targets]
        return {"Policies": [{"Id": "p-full", "Name": "FullAWSAccess"}, *ours]}

    aws = organisation()
    aws.answers |= {
        "list_parents": {"Parents": [{"Id": ROOT}]},
        "list_policies_for_target": attached,
        "describe_policy": lambda account, region, asked: {
            "Policy": {"Content": made[asked["PolicyId"]].text if asked["PolicyId"] in made else full}
        },
    }
    findings = found(control_policies.CHECK, scenes.read(example(), aws, assembly, planned, ()))
    assert [one for one in findings if one.verdict != "WARNING"] == []
    assert findings, "destroying keys is denied to all: it would be told"
