"""Roles handed over or taken without being named."""

from typing import Any

from tests.verify.invariants.faults.fault import Fault, org, right
from tests.verify.invariants.faults.rights import RAISE
from tests.verify.invariants.parts import LAMBDA, OURS, ROOT, Resources, assume, document, role, statement, trusted

TO_SAGEMAKER = org("StringEquals", "iam:PassedToService", "sagemaker.amazonaws.com")
NAMED = f"arn:aws:iam::{OURS}:role/training"
PASS = "Policy-PassRole"
ASSUME = "Policy-Assume"
HANDING = (
    right(
        "hands over every role",
        PASS,
        statement("iam:PassRole", "*", when=TO_SAGEMAKER),
        statement("iam:PassRole", NAMED, when=TO_SAGEMAKER),
    ),
    right(
        "hands over any role of the account",
        PASS,
        statement("iam:PassRole", f"arn:aws:iam::{OURS}:role/*", when=TO_SAGEMAKER),
        statement("iam:PassRole", NAMED, when=TO_SAGEMAKER),
    ),
    right(
        "hands over to any service",
        PASS,
        statement("iam:PassRole", NAMED),
        statement("iam:PassRole", NAMED, when=TO_SAGEMAKER),
    ),
    right(
        "hands over to a service, if it exists",
        PASS,
        statement(
            "iam:PassRole", NAMED, when=org("StringEqualsIfExists", "iam:PassedToService", "sagemaker.amazonaws.com")
        ),
        statement("iam:PassRole", NAMED, when=TO_SAGEMAKER),
    ),
    right(
        "hands over to every service of AWS",
        PASS,
        statement("iam:PassRole", NAMED, when=org("StringLike", "iam:PassedToService", "*.amazonaws.com")),
        statement("iam:PassRole", NAMED, when=TO_SAGEMAKER),
    ),
    right(
        "hands over to all but one service",
        PASS,
        statement("iam:PassRole", NAMED, when=org("StringNotEquals", "iam:PassedToService", "ec2.amazonaws.com")),
        statement("iam:PassRole", NAMED, when=TO_SAGEMAKER),
    ),
    right("takes every role", ASSUME, statement("sts:AssumeRole", "*"), statement("sts:AssumeRole", NAMED)),
    right(
        "takes every role of a name",
        ASSUME,
        statement("sts:AssumeRole", "arn:aws:iam::*:role/*"),
        statement("sts:AssumeRole", "arn:aws:iam::*:role/ours-reader"),
    ),
    right(
        "takes any role of the account",
        ASSUME,
        statement("sts:Assume*", f"arn:aws:iam::{OURS}:role/*"),
        statement("sts:Assume*", NAMED),
    ),
    right(
        "everything but IAM", "Policy-Everything", {**statement("*", "*")}, statement("s3:*", "*"), RAISE, PASS, ASSUME
    ),
)


def _admin(*statements: Any, takes: Any = None) -> Resources:
    """An administrator, and a role beside it."""
    admin = trusted(
        takes or LAMBDA, Policies=[{"PolicyName": "all", "PolicyDocument": document(statement("iam:*", "*"))}]
    )
    admin["It"]["Properties"]["RoleName"] = "admin"
    return {**role(*statements), "Admin": admin["It"]}


ADMIN = f"arn:aws:iam::{OURS}:role/admin"
NAMED_ADMIN = {"administrators": [{"arn": ADMIN, "reason": "the platform's own role"}]}
REACHES = (
    Fault(
        "takes the administrator",
        "Policy-Reach",
        _admin(statement("sts:AssumeRole", ADMIN), takes=assume(ROOT)),
        _admin(statement("sts:AssumeRole", NAMED), takes=assume(ROOT)),
        settings=NAMED_ADMIN,
    ),
    Fault(
        "is trusted by the administrator",
        "Policy-Reach",
        _admin(statement("sts:AssumeRole", ADMIN), takes=assume({"AWS": f"arn:aws:iam::{OURS}:role/it"})),
        _admin(statement("sts:AssumeRole", ADMIN), takes=assume({"AWS": NAMED})),
        settings=NAMED_ADMIN,
    ),
    Fault(
        "hands over the administrator",
        "Policy-Reach",
        _admin(statement("iam:PassRole", ADMIN, when=TO_SAGEMAKER)),
        _admin(statement("iam:PassRole", NAMED, when=TO_SAGEMAKER)),
        settings=NAMED_ADMIN,
    ),
)
