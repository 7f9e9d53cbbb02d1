"""Rights that change rights."""

from typing import Any

from tests.verify.invariants.faults.fault import Fault, if_, org, right
from tests.verify.invariants.parts import BOUNDARY, LAMBDA, OURS, Resources, document, role, statement, trusted, user

RAISE = "Policy-Raise"
ALL_RIGHTS = ("Policy-PassRole", "Policy-Assume", "Policy-Everything")
ROLES = f"arn:aws:iam::{OURS}:role/apps/*"
HARMLESS = statement("iam:Get*", "*")
ADMIN_POLICY = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def _managed(*statements: Any, **properties: Any) -> Resources:
    """A role with a managed policy, and its boundary."""
    return {
        **trusted(LAMBDA, ManagedPolicyArns=[{"Ref": "Policy"}], PermissionsBoundary={"Ref": "Limit"}),
        "Policy": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"PolicyDocument": document(statement("iam:*", "*"))},
        },
        "Limit": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"PolicyDocument": document(*statements), **properties},
        },
    }


def _apart(type: str, *statements: Any, **properties: Any) -> Resources:
    """A role whose policy is a resource of its own."""
    policy = {"Type": type, "Properties": {"PolicyDocument": document(*statements), "PolicyName": "p", **properties}}
    return {**trusted(LAMBDA), "Policy": policy}


def _member(*statements: Any) -> Resources:
    inline = [{"PolicyName": "own", "PolicyDocument": document(*statements)}]
    return {
        "It": {"Type": "AWS::IAM::User", "Properties": {"UserName": "it", "Groups": [{"Ref": "Group"}]}},
        "Group": {"Type": "AWS::IAM::Group", "Properties": {"Policies": inline}},
    }


BOUNDED = org("StringEquals", "iam:PermissionsBoundary", BOUNDARY)
PASS_ALL = ("Policy-PassRole",)
RIGHTS = (
    right("all of IAM", RAISE, statement("iam:*", "*"), HARMLESS, *PASS_ALL),
    right(
        "writes a role's policy", RAISE, statement("iam:PutRolePolicy", ROLES), statement("iam:GetRolePolicy", ROLES)
    ),
    right(
        "writes a policy's version",
        RAISE,
        statement("iam:CreatePolicyVersion", f"arn:aws:iam::{OURS}:policy/own"),
        HARMLESS,
    ),
    right("chooses a policy's version", RAISE, statement("iam:SetDefaultPolicyVersion", "*"), HARMLESS),
    right("changes who is trusted", RAISE, statement("iam:UpdateAssumeRolePolicy", ROLES), HARMLESS),
    right(
        "a star in the action",
        RAISE,
        statement("iam:Put*", "*"),
        statement(
            "iam:Pas*",
            f"arn:aws:iam::{OURS}:role/x",
            when=org("StringEquals", "iam:PassedToService", "sagemaker.amazonaws.com"),
        ),
    ),
    right("in capitals", RAISE, statement("IAM:ATTACHROLEPOLICY", "*"), statement("IAM:LISTROLES", "*")),
    right("all but one service", RAISE, statement("", "*", unaction="s3:*"), statement("s3:Get*", "*"), *ALL_RIGHTS),
    right(
        "roles with a boundary, if it exists",
        RAISE,
        statement("iam:CreateRole", ROLES, when=org("StringEqualsIfExists", "iam:PermissionsBoundary", BOUNDARY)),
        statement("iam:CreateRole", ROLES, when=BOUNDED),
    ),
    right(
        "roles with any boundary",
        RAISE,
        statement("iam:CreateRole", ROLES, when={"Null": {"iam:PermissionsBoundary": "false"}}),
        statement("iam:CreateRole", ROLES, when=BOUNDED),
    ),
    right("takes boundaries off", RAISE, statement("iam:DeleteRolePermissionsBoundary", "*"), HARMLESS),
    right("assigns people", RAISE, statement("sso:*", "*"), statement("sso:List*", "*")),
    right(
        "changes the organisation's policies",
        RAISE,
        statement("organizations:*", "*"),
        statement("organizations:Describe*", "*"),
    ),
    Fault(
        "a denial that forgets one",
        RAISE,
        role(statement("iam:P*", "*"), statement(["iam:PassRole", "iam:PutUserPolicy"], "*", effect="Deny")),
        role(statement("iam:P*", "*"), statement(["iam:PassRole", "iam:Put*"], "*", effect="Deny")),
    ),
    Fault(
        "a denial somewhere only",
        RAISE,
        role(statement("iam:PutRolePolicy", "*"), statement("iam:*", ROLES, effect="Deny")),
        role(statement("iam:PutRolePolicy", "*"), statement("iam:*", "*", effect="Deny")),
    ),
    Fault(
        "another's access keys",
        RAISE,
        user(statement("iam:CreateAccessKey", f"arn:aws:iam::{OURS}:user/*")),
        user(statement("iam:CreateAccessKey", f"arn:aws:iam::{OURS}:user/${{aws:username}}")),
    ),
    Fault(
        "by a group", RAISE, _member(statement("iam:AttachUserPolicy", "*")), _member(statement("iam:ListUsers", "*"))
    ),
    Fault(
        "an administrator's policy",
        RAISE,
        role(ManagedPolicyArns=[ADMIN_POLICY]),
        role(ManagedPolicyArns=[READ_ONLY]),
        frozenset(ALL_RIGHTS),
    ),
    Fault(
        "a boundary that limits nothing",
        RAISE,
        _managed(statement("*", "*")),
        _managed(statement("", "*", unaction="iam:*")),
        frozenset(PASS_ALL),
    ),
    Fault(
        "a boundary dropped",
        RAISE,
        {**_managed(statement("s3:*", "*")), "It": trusted(LAMBDA, ManagedPolicyArns=[{"Ref": "Policy"}])["It"]},
        _managed(statement("s3:*", "*")),
        frozenset(PASS_ALL),
    ),
    Fault(
        "a policy apart",
        RAISE,
        _apart("AWS::IAM::Policy", statement("iam:AttachRolePolicy", "*"), Roles=[{"Ref": "It"}]),
        _apart("AWS::IAM::Policy", HARMLESS, Roles=[{"Ref": "It"}]),
    ),
    Fault(
        "a role's policy apart",
        RAISE,
        _apart("AWS::IAM::RolePolicy", statement("iam:AttachRolePolicy", "*"), RoleName={"Ref": "It"}),
        _apart("AWS::IAM::RolePolicy", HARMLESS, RoleName={"Ref": "It"}),
    ),
    Fault(
        "a condition of the template widens it",
        RAISE,
        role(if_(statement("iam:AttachRolePolicy", "*"), HARMLESS)),
        role(if_(HARMLESS, HARMLESS)),
    ),
)
