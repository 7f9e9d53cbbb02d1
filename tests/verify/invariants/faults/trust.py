"""Roles that outsiders take."""

from typing import Any

from tests.verify.invariants.faults.buckets import OWN_ROLE
from tests.verify.invariants.faults.fault import Fault, org, trust
from tests.verify.invariants.parts import IN_ORG, OTHERS, OURS, ROOT, THEIRS, assume, trusted

GITHUB = {"Federated": f"arn:aws:iam::{OURS}:oidc-provider/token.actions.githubusercontent.com"}
WEB = "sts:AssumeRoleWithWebIdentity"
SUB = "token.actions.githubusercontent.com:sub"
AUD = "token.actions.githubusercontent.com:aud"
COGNITO = {"Federated": "cognito-identity.amazonaws.com"}


def _federation(name: str, who: Any, broken: Any, clean: Any) -> Fault:
    return Fault(name, "Policy-Federation", trusted(assume(who, broken, WEB)), trusted(assume(who, clean, WEB)))


TRUST = (
    trust("everybody takes it", assume({"AWS": "*"}), assume(ROOT)),
    trust(
        "everybody with an id",
        assume({"AWS": "*"}, org("StringEquals", "sts:ExternalId", "x")),
        assume(ROOT, org("StringEquals", "sts:ExternalId", "x")),
    ),
    trust("another account takes it", assume(THEIRS), assume(ROOT)),
    trust("another's role takes it", assume({"AWS": f"arn:aws:iam::{OTHERS}:role/ci"}), assume({"AWS": OWN_ROLE})),
    trust("org if it exists, to take", assume({"AWS": "*"}, org("StringEqualsIfExists")), assume({"AWS": "*"}, IN_ORG)),
    trust(
        "a name in any account, to take",
        assume({"AWS": "*"}, org("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/ci")),
        assume({"AWS": "*"}, org("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OURS}:role/ci")),
    ),
    trust(
        "with a second factor",
        assume({"AWS": "*"}, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        assume(ROOT, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
    ),
    trust(
        "in somebody's name",
        assume({"AWS": "*"}, {"Null": {"sts:SourceIdentity": "false"}}),
        assume(ROOT, {"Null": {"sts:SourceIdentity": "false"}}),
    ),
    _federation(
        "any repository",
        GITHUB,
        org("StringEquals", AUD, "sts.amazonaws.com"),
        {"StringEquals": {AUD: "sts.amazonaws.com", SUB: "repo:ours/it:ref:refs/heads/main"}},
    ),
    _federation("every repository", GITHUB, org("StringLike", SUB, "repo:*"), org("StringLike", SUB, "repo:ours/*")),
    _federation(
        "a repository if it exists",
        GITHUB,
        org("StringEqualsIfExists", SUB, "repo:ours/it:ref:refs/heads/main"),
        org("StringEquals", SUB, "repo:ours/it:ref:refs/heads/main"),
    ),
    _federation(
        "any identity pool",
        COGNITO,
        org("ForAnyValue:StringLike", "cognito-identity.amazonaws.com:amr", "authenticated"),
        org("StringEquals", "cognito-identity.amazonaws.com:aud", "eu-west-1:1"),
    ),
    _federation(
        "any Google app",
        {"Federated": "accounts.google.com"},
        None,
        org("StringEquals", "accounts.google.com:aud", "ours"),
    ),
)
