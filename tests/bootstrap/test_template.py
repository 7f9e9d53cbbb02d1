"""The bootstrap template: private, bounded, trusting one account, and still one that the CDK CLI takes."""

import copy
import json
import os
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from fmops.bootstrap import template
from fmops.bootstrap.plan import BODY, Plan
from fmops.problem import Problem
from tests.assemblies import EXAMPLE, ROOT, as_list
from tests.bootstrap.reading import filled, statements

TOOLING = "000000000011"
BOUNDARIES = ("BootstrapBoundary", "FoundationBoundary")


def roles(plan: Plan) -> dict[str, dict[str, Any]]:
    return {n: r["Properties"] for n, r in filled(plan)["Resources"].items() if r["Type"] == "AWS::IAM::Role"}


def test_no_administrator_and_no_wildcard(planned: list[Plan]) -> None:
    for plan in planned:
        assert "AdministratorAccess" not in json.dumps(plan.template)
        assert "ReadOnlyAccess" not in json.dumps(plan.template)
        for name, statement in statements(plan):
            assert [action for action in as_list(statement.get("Action")) if "*" in action] == [], name
            limits = name in BOUNDARIES and statement["Resource"] == "*" and statement["Effect"] == "Allow"
            assert ("NotAction" in statement) == limits, name


def test_the_official_template_would_be_refused(official: dict[str, Any]) -> None:
    assert "AdministratorAccess" in json.dumps(official)
    assert "ReadOnlyAccess" in json.dumps(official)


def test_every_role_has_the_boundary_and_managed_policies_only(planned: list[Plan]) -> None:
    for plan in planned:
        assert len(roles(plan)) == 4
        assert {r["Type"] for r in plan.template["Resources"].values()} >= {"AWS::IAM::ManagedPolicy"}
        assert "AWS::IAM::Policy" not in {r["Type"] for r in plan.template["Resources"].values()}
        for role in roles(plan).values():
            assert role["PermissionsBoundary"] == {"Ref": "BootstrapBoundary"}
            assert "Policies" not in role


def taken_away(document: dict[str, Any], action: str, resources: list[str]) -> bool:
    """Whether a boundary takes an action away that a policy gives."""
    first, *others = document["Statement"]
    if not any(fnmatchcase(action, pattern) for pattern in first["NotAction"]):
        return False
    return not any(action in other["Action"] and set(resources) <= set(other["Resource"]) for other in others)


def test_the_boundary_takes_nothing_away_that_is_given(planned: list[Plan]) -> None:
    for plan in planned:
        document = filled(plan)["Resources"]["BootstrapBoundary"]["Properties"]["PolicyDocument"]
        given = [
            (action, statement["Resource"])
            for name, statement in statements(plan)
            if name not in BOUNDARIES
            for action in statement["Action"]
        ]
        assert [entry for entry in given if taken_away(document, *entry)] == []
        assert taken_away(document, "iam:CreateUser", ["*"])
        assert taken_away(document, "organizations:LeaveOrganization", ["*"])


def test_only_tooling_is_trusted(planned: list[Plan]) -> None:
    for plan in planned:
        for name, role in roles(plan).items():
            for statement in role["AssumeRolePolicyDocument"]["Statement"]:
                assert statement["Principal"] == (
                    {"Service": "cloudformation.amazonaws.com"}
                    if name == "CloudFormationExecutionRole"
                    else {"AWS": f"arn:aws:iam::{TOOLING}:root"}
                )


def test_without_tooling_an_account_trusts_itself(official: dict[str, Any]) -> None:
    built = template.build(official, [], trust=None, home=True)
    trust = built["Resources"]["LookupRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}


def test_the_bucket_is_private_and_has_a_key_of_its_own(planned: list[Plan]) -> None:
    for plan in planned:
        resources = plan.template["Resources"]
        bucket = resources["StagingBucket"]["Properties"]
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {
            "SSEAlgorithm": "aws:kms",
            "KMSMasterKeyID": {"Fn::GetAtt": ["FileAssetsBucketEncryptionKey", "Arn"]},
        }
        assert resources["FileAssetsBucketEncryptionKey"]["Properties"]["EnableKeyRotation"] is True
        assert '"AWS": "*"' not in json.dumps(resources["FileAssetsBucketEncryptionKey"])


def test_what_the_cli_relies_on_is_there(planned: list[Plan], official: dict[str, Any]) -> None:
    for plan in planned:
        found = plan.template
        assert found["Outputs"]["BootstrapVersion"] == official["Outputs"]["BootstrapVersion"]
        assert found["Resources"]["CdkBootstrapVersion"] == official["Resources"]["CdkBootstrapVersion"]
        assert found["Parameters"]["Qualifier"] == official["Parameters"]["Qualifier"]
        assert set(found["Outputs"]) >= {"BucketName", "BucketDomainName", "FileAssetKeyArn"}
        for role in ("DeploymentActionRole", "FilePublishingRole", "LookupRole", "CloudFormationExecutionRole"):
            ours, theirs = (t["Resources"][role]["Properties"]["RoleName"] for t in (found, official))
            assert ours == theirs


def test_a_template_fits_into_a_first_bootstrap(planned: list[Plan]) -> None:
    assert max(len(json.dumps(plan.template)) for plan in planned) <= BODY


def test_the_stamp_follows_the_content(planned: list[Plan], official: dict[str, Any]) -> None:
    one = planned[0]
    assert template.stamp(template.build(official, one.policies, trust=TOOLING, home=True)) == one.stamp
    assert template.stamp(template.build(official, one.policies, trust="000000000099", home=True)) != one.stamp
    assert template.stamp(template.build(official, one.policies[:1], trust=TOOLING, home=True)) != one.stamp


def test_more_rights_replace_no_policy(official: dict[str, Any]) -> None:
    few, more = (template.build(official, [{"Statement": []}] * parts, trust=None, home=True) for parts in (1, 3))
    named = {
        name: [resource["Properties"][key] for key in ("ManagedPolicyName", "Description")]  # both create-only
        for name, resource in few["Resources"].items()
        if resource["Type"] == "AWS::IAM::ManagedPolicy"
    }
    assert len(named) > 2
    for name, create_only in named.items():
        properties = more["Resources"][name]["Properties"]
        assert [properties[key] for key in ("ManagedPolicyName", "Description")] == create_only


def test_accounts_with_the_same_contents_have_the_same_template(planned: list[Plan]) -> None:
    stages = {name: plan for plan in planned for name in plan.environments}
    assert stages["retail-preprod"].stamp == stages["retail-prod"].stamp
    assert stages["retail-preprod"].stamp != stages["retail-dev"].stamp


def test_another_official_template_is_told(official: dict[str, Any]) -> None:
    changed = copy.deepcopy(official)
    del changed["Resources"]["StagingBucket"]
    with pytest.raises(Problem, match="StagingBucket") as caught:
        template.build(changed, [], trust=TOOLING, home=True)
    assert "template.py" in caught.value.remedy


def test_same_bytes_with_other_hash_seeds(planned: list[Plan], assembly: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from foundation import load; import json\n"
        "from fmops.bootstrap import apply, plan\n"
        "found = plan.plans(Path(sys.argv[1]), load(Path(sys.argv[2])), apply.official())\n"
        "print(json.dumps([p.template for p in found]))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script, str(assembly), str(EXAMPLE)],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == json.dumps([plan.template for plan in planned])
