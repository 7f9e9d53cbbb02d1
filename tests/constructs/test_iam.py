"""Roles: who is trusted, and under what conditions."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from fmops_constructs import iam

ACCOUNT = "000000000011"


@pytest.fixture
def stack() -> cdk.Stack:
    app = cdk.App(context={"@aws-cdk/core:enablePartitionLiterals": True})
    return cdk.Stack(app, "Test", env=cdk.Environment(account=ACCOUNT, region="eu-west-1"))


def trust(stack: cdk.Stack) -> list[dict[str, Any]]:
    """The statements of the one role's trust policy."""
    roles = Template.from_stack(stack).find_resources("AWS::IAM::Role")
    (role,) = roles.values()
    assert role["Properties"]["Path"] == "/fmops/"
    assert role["Properties"]["PermissionsBoundary"] == f"arn:aws:iam::{ACCOUNT}:policy/fmops-boundary"
    found: list[dict[str, Any]] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    return found


def test_a_service_acts_for_this_account_only(stack: cdk.Stack) -> None:
    iam.Role(stack, "R", name="x", description="x", trusts=iam.service("codebuild.amazonaws.com", ACCOUNT))
    (statement,) = trust(stack)
    assert statement["Principal"] == {"Service": "codebuild.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_another_accounts_role_is_named_by_account_and_exact_arn(stack: cdk.Stack) -> None:
    role = "arn:aws:iam::000000000022:role/fmops/fmops-retail-build"
    iam.Role(stack, "R", name="x", description="x", trusts=iam.exactly("000000000022", role))
    (statement,) = trust(stack)
    assert statement["Principal"] == {"AWS": "arn:aws:iam::000000000022:root"}
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalArn": [role]}}


def test_people_name_themselves(stack: cdk.Stack) -> None:
    iam.PersonaRole(
        stack,
        "R",
        name="x",
        description="x",
        account=ACCOUNT,
        persons=["cy", "bo"],
        policies=[],
        business_unit="retail",
    )
    statements = trust(stack)
    conditions = {statement["Action"]: statement["Condition"]["StringEquals"] for statement in statements}
    named = {"sts:SourceIdentity": ["bo", "cy"]}
    assert conditions == {
        "sts:AssumeRole": {**named, "sts:RoleSessionName": "${sts:SourceIdentity}"},
        "sts:SetSourceIdentity": named,
    }


def test_passing_a_role_names_the_service() -> None:
    statement = iam.pass_role("sagemaker.amazonaws.com", "arn:aws:iam::000000000022:role/x").to_statement_json()
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
