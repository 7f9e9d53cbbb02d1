"""CloudFormation's execution role can make everything that is deployed to its account, and little else."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from fmops.bootstrap import rights
from fmops.bootstrap.assembly import Contents
from fmops.bootstrap.plan import Plan
from fmops.problem import Problem
from tests.assemblies import Templates
from tests.bootstrap.reading import Policies, allowed, declared, lacking, policies_of, schema, types

EXECUTION = "CloudFormationExecutionRole"


def wanted(resource_type: str, region: str) -> set[str]:
    """What a type takes, in IAM's words, less what is withheld with a reason."""
    data = rights.supplement()
    kind = "Custom::*" if resource_type.startswith("Custom::") else resource_type
    own = declared(resource_type, region) or set(data["types"][kind])
    return {name for action in own for name in data["aliases"].get(action, [action])} - set(data["withheld"])


def test_every_type_of_every_account_can_be_made(planned: list[Plan], templates: Templates) -> None:
    assert len(planned) >= 7
    for plan in planned:
        found = types(plan, templates)
        assert found <= set(plan.types)
        policies = policies_of(plan, EXECUTION)
        for resource_type in plan.types:
            assert (plan.account, resource_type, lacking(policies, wanted(resource_type, plan.region))) == (
                plan.account,
                resource_type,
                [],
            )


def test_a_dropped_action_would_be_named(planned: list[Plan]) -> None:
    policies = copy.deepcopy(policies_of(planned[0], EXECUTION))
    for policy in policies:
        for statement in policy["Statement"]:
            statement["Action"] = [action for action in statement["Action"] if action != "ec2:CreateVpcEndpoint"]
    assert lacking(policies, wanted("AWS::EC2::VPCEndpoint", "eu-west-1")) == ["ec2:CreateVpcEndpoint"]


def test_nothing_is_given_that_no_type_asks_for(planned: list[Plan]) -> None:
    always = {"s3:GetObject", "s3:GetObjectVersion", "s3:GetBucketLocation", "s3:ListBucket", "kms:Decrypt"} | {
        "kms:DescribeKey",
        "ssm:GetParameter",
        "ssm:GetParameters",
    }
    for plan in planned:
        asked = {action.lower() for resource_type in plan.types for action in wanted(resource_type, plan.region)}
        given = {a for policy in policies_of(plan, EXECUTION) for s in policy["Statement"] for a in s["Action"]}
        assert {action for action in given - always if action.lower() not in asked} == set()


def named(templates: Templates, plan: Plan) -> Iterator[tuple[str, str, str]]:
    """(type, action, ARN) of each resource whose name is known at synthesis."""
    place = f"{plan.region}:{plan.account}"
    forms = {
        "AWS::CodeArtifact::Domain": (
            "codeartifact:CreateDomain",
            f"arn:aws:codeartifact:{place}:domain/{{DomainName}}",
        ),
        "AWS::CodeBuild::Project": ("codebuild:CreateProject", f"arn:aws:codebuild:{place}:project/{{Name}}"),
        "AWS::ECR::Repository": ("ecr:CreateRepository", f"arn:aws:ecr:{place}:repository/{{RepositoryName}}"),
        "AWS::IAM::ManagedPolicy": (
            "iam:CreatePolicy",
            f"arn:aws:iam::{plan.account}:policy{{Path}}{{ManagedPolicyName}}",
        ),
        "AWS::IAM::Role": ("iam:CreateRole", f"arn:aws:iam::{plan.account}:role{{Path}}{{RoleName}}"),
        "AWS::KMS::Alias": ("kms:CreateAlias", f"arn:aws:kms:{place}:{{AliasName}}"),
        "AWS::Lambda::Function": ("lambda:CreateFunction", f"arn:aws:lambda:{place}:function:{{FunctionName}}"),
        "AWS::Logs::LogGroup": ("logs:CreateLogGroup", f"arn:aws:logs:{place}:log-group:{{LogGroupName}}"),
        "AWS::S3::Bucket": ("s3:CreateBucket", "arn:aws:s3:::{BucketName}"),
        "AWS::SSM::Parameter": ("ssm:PutParameter", f"arn:aws:ssm:{place}:parameter{{Name}}"),
    }
    defaults = {"Path": "/", "ManagedPolicyName": "minted"}
    for stack, template in templates.items():
        if stack.rpartition("-")[0] not in plan.environments:
            continue
        for resource in template["Resources"].values():
            if resource["Type"] in forms:
                action, form = forms[resource["Type"]]
                yield resource["Type"], action, form.format(**defaults | resource["Properties"])


def out_of_reach(policies: Policies, found: Iterator[tuple[str, str, str]]) -> list[str]:
    return [arn for _, action, arn in found if not allowed(policies, action, arn)]


def test_names_are_within_reach(planned: list[Plan], templates: Templates) -> None:
    seen = set()
    for plan in planned:
        assert out_of_reach(policies_of(plan, EXECUTION), named(templates, plan)) == []
        seen |= {resource_type for resource_type, *_ in named(templates, plan)}
    assert len(seen) >= 9


def test_a_name_out_of_reach_would_be_seen(planned: list[Plan]) -> None:
    stray = {"Type": "AWS::IAM::Role", "Properties": {"Path": "/", "RoleName": "stray"}}
    templates = {f"{planned[0].environments[0]}-Stray": {"Resources": {"Role": stray}}}
    found = out_of_reach(policies_of(planned[0], EXECUTION), named(templates, planned[0]))
    assert found == [f"arn:aws:iam::{planned[0].account}:role/stray"]


def test_a_role_is_made_with_the_boundary_only_and_handed_to_known_services(planned: list[Plan]) -> None:
    for plan in planned:
        given = [s for policy in policies_of(plan, EXECUTION) for s in policy["Statement"]]
        for action in ("iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"):
            conditions = [statement["Condition"] for statement in given if action in statement["Action"]]
            bounded = {"iam:PermissionsBoundary": f"arn:aws:iam::{plan.account}:policy/fmops-boundary"}
            # a second region makes no roles: they are the account's
            assert conditions == [{"StringEquals": bounded}] * ("AWS::IAM::Role" in plan.types)
        passing = [s for s in given if "iam:PassRole" in s["Action"]]
        for statement in passing:
            assert statement["Condition"]["StringEquals"]["iam:PassedToService"]
            assert all("role/fmops" in arn for arn in statement["Resource"])
        assert not allowed(policies_of(plan, EXECUTION), "iam:PassRole", f"arn:aws:iam::{plan.account}:role/cdk-x")


def test_data_and_the_bootstrap_itself_are_out_of_reach(planned: list[Plan]) -> None:
    for plan in planned:
        policies = policies_of(plan, EXECUTION)
        for action, arn in {
            "s3:GetObject": f"arn:aws:s3:::fmops-curated-{plan.account}-{plan.region}/rows.csv",
            "s3:PutBucketPolicy": f"arn:aws:s3:::cdk-hnb659fds-assets-{plan.account}-{plan.region}",
            "iam:CreatePolicyVersion": f"arn:aws:iam::{plan.account}:policy/cdk-hnb659fds-boundary-1",
            "iam:DeletePolicy": f"arn:aws:iam::{plan.account}:policy/fmops-boundary",
            "iam:SetDefaultPolicyVersion": f"arn:aws:iam::{plan.account}:policy/fmops-boundary",
            "iam:AttachRolePolicy": f"arn:aws:iam::{plan.account}:role/cdk-hnb659fds-cfn-exec-role-1",
            "ssm:PutParameter": f"arn:aws:ssm:{plan.region}:{plan.account}:parameter/cdk-bootstrap/hnb659fds/version",
        }.items():
            assert not allowed(policies, action, arn)
        assert not allowed(policies, "iam:CreateUser")


def test_seeds_may_deploy_endpoints_in_stages_only(planned: list[Plan]) -> None:
    for plan in planned:
        stage = any(name.endswith(("-preprod", "-prod")) and "-app" not in name for name in plan.environments)
        assert allowed(policies_of(plan, EXECUTION), "sagemaker:CreateEndpoint") == stage


def test_an_unknown_type_is_an_error_that_says_where() -> None:
    contents = Contents(types={"AWS::No::Such": "retail-dev-Odd"})
    with pytest.raises(Problem, match=r"AWS::No::Such \(in retail-dev-Odd\)") as caught:
        rights.grants(contents, "eu-west-1")
    assert "supplement.yaml" in caught.value.remedy


def test_an_unknown_action_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    data: dict[str, Any] = {**rights.supplement(), "aliases": {}}
    monkeypatch.setattr(rights, "supplement", lambda: data)
    with pytest.raises(Problem, match=r"efs:CreateFileSystem.*IAM has no such action"):
        rights.grants(Contents(types={"AWS::SageMaker::Domain": "retail-experimentation-Studio"}), "eu-west-1")


def test_the_supplement_is_needed_and_right() -> None:
    data = rights.supplement()
    for resource_type in data["types"]:
        assert resource_type.endswith("*") or not declared(resource_type, "eu-west-1"), resource_type
    for resource_type in {name for names in data["seeds"].values() for name in names}:
        assert schema(resource_type, "eu-west-1"), resource_type
    for alias, actions in data["aliases"].items():
        assert rights.known(alias) is None, alias
        assert alias == rights.spelled(alias)
        assert all(rights.known(action) is not None for action in actions), alias
    for action in [*data["withheld"], *data["resources"], *data["conditions"]]:
        assert rights.known(action) is not None, action
    assert all(len(reason) > 15 for reason in data["withheld"].values())
    for actions in data["types"].values():
        assert all(rights.known(action) is not None for action in actions)
