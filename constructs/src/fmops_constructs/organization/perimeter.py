"""The perimeter of data: who reaches the organisation's resources. As AWS publishes it, and no stricter.

Stricter would break real work: SageMaker's service-side calls carry neither the network they come from nor that a
service makes them, so a rule on networks is none of these.

Source: https://github.com/aws-samples/data-perimeter-policy-examples (identity_perimeter_rcp), for the actions, too.
"""

from typing import Any

from fmops_constructs.organization.rule import RESOURCE_CONTROL, Rule, Statement
from fmops_constructs.organization.scope import Scope

PUBLISHED = "https://github.com/aws-samples/data-perimeter-policy-examples (identity_perimeter_rcp)"
STORES = ("aoss:*", "ecr:*", "kms:*", "s3:*", "secretsmanager:*", "sqs:*")
SESSIONS = (
    "sts:AssumeRole",
    "sts:DecodeAuthorizationMessage",
    "sts:GetAccessKeyInfo",
    "sts:GetFederationToken",
    "sts:GetServiceBearerToken",
    "sts:GetSessionToken",
    "sts:SetContext",
)
"""Not the ways in by an identity provider: their callers have no organisation."""


def _deny(actions: tuple[str, ...], condition: dict[str, Any]) -> Statement:
    return {"Effect": "Deny", "Principal": "*", "Action": sorted(actions), "Resource": "*", "Condition": condition}


def _outsiders(scope: Scope, _account_type: str) -> list[Statement]:
    theirs: dict[str, Any] = {"aws:PrincipalOrgID": scope.organization}
    if scope.trusted_accounts:
        theirs["aws:PrincipalAccount"] = list(scope.trusted_accounts)
    condition = {"StringNotEqualsIfExists": theirs, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}
    return [_deny((*STORES, *SESSIONS), condition)]


def _deputies(scope: Scope, _account_type: str) -> list[Statement]:
    theirs: dict[str, Any] = {"aws:SourceOrgID": scope.organization}
    if scope.trusted_accounts:
        theirs["aws:SourceAccount"] = list(scope.trusted_accounts)
    condition = {
        "StringNotEqualsIfExists": theirs,
        "Null": {"aws:SourceAccount": "false"},
        "Bool": {"aws:PrincipalIsAWSService": "true"},
    }
    return [_deny((*STORES, "sts:*"), condition)]


def _transport(_scope: Scope, _account_type: str) -> list[Statement]:
    return [_deny(("s3:*", "sqs:*"), {"BoolIfExists": {"aws:SecureTransport": "false"}})]


RULES = (
    Rule(
        "OwnPrincipals",
        "Buckets, keys, secrets, queues, images, vector stores and roles, to everybody outside the organisation, known "
        "or not; AWS services are let through",
        "One careless resource policy doesn't open a store.",
        ("R9", "R90"),
        PUBLISHED,
        _outsiders,
        kind=RESOURCE_CONTROL,
    ),
    Rule(
        "OwnDeputies",
        "The same, to AWS services that act for an account outside the organisation",
        "A service that is let through is let through for our own accounts.",
        ("R9", "R90"),
        PUBLISHED,
        _deputies,
        kind=RESOURCE_CONTROL,
    ),
    Rule(
        "SecureTransport",
        "Buckets and queues, without TLS",
        "What is read on the wire needs no key.",
        ("R6",),
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_examples.html",
        _transport,
        kind=RESOURCE_CONTROL,
    ),
)
