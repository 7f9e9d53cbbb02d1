"""Customer-managed keys whose policy names exactly who may use them."""

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from constructs import Construct
from fmops_constructs import names
from fmops_constructs.iam import When

Statement = Mapping[str, Any]
"""A statement as IAM writes it. A key's policy goes to CDK in one piece: each statement of its own would be a call."""

USE = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
GRANT = ("kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant")
ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)


class Key(kms.Key):
    """A rotating key: the account administers it and cannot use it; the named roles use it.

    Args:
        purpose: the alias is `alias/fmops/<purpose>`.
        users: ARNs of the roles that may encrypt and decrypt, of any account; they need not exist yet.
        statements: what else its policy says, for AWS services that use it in their own name.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        purpose: str,
        description: str,
        users: Sequence[str] = (),
        statements: Sequence[Statement] = (),
    ) -> None:
        stack = cdk.Stack.of(scope)
        account = stack.account
        # CloudFormation makes the resources that are encrypted with the key; for that it may grant, not read.
        deployer = f"arn:aws:iam::{account}:role/cdk-hnb659fds-cfn-exec-role-{account}-{stack.region}"
        policy = [
            administration(account),
            self._statement(
                "GrantsForResources",
                GRANT,
                account,
                {
                    "Bool": {"kms:GrantIsForAWSResource": "true"},
                    "StringEquals": {"aws:PrincipalArn": sorted({deployer, *self._of(account, users)})},
                },
            ),
            *statements,
        ]
        for owner in sorted({account, *(arn.split(":")[4] for arn in users)}):
            arns = self._of(owner, users)
            if arns:
                condition = {"StringEquals": {"aws:PrincipalArn": arns}}
                policy.append(self._statement(f"UseFrom{owner}", USE, owner, condition))
        super().__init__(
            scope,
            id,
            alias=names.key_alias(purpose),
            description=description,
            enable_key_rotation=True,
            policy=iam.PolicyDocument.from_json({"Version": "2012-10-17", "Statement": policy}),
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )

    @staticmethod
    def _of(account: str, arns: Sequence[str]) -> list[str]:
        return sorted(arn for arn in arns if arn.split(":")[4] == account)

    @staticmethod
    def _statement(sid: str, actions: Sequence[str], account: str, conditions: When) -> Statement:
        return _allow(sid, actions, {"AWS": f"arn:aws:iam::{account}:root"}, conditions)


def administration(account: str) -> Statement:
    """Lets the key's account administer it, and not use it."""
    return _allow("Administration", ADMINISTRATION, {"AWS": f"arn:aws:iam::{account}:root"}, {})


def for_logs(account: str, region: str) -> Statement:
    """Lets CloudWatch Logs encrypt this account's log groups."""
    actions = [
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
    ]
    groups = f"arn:aws:logs:{region}:{account}:log-group:*"
    condition = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}}
    return _allow("Logs", actions, {"Service": f"logs.{region}.amazonaws.com"}, condition)


def _allow(sid: str, actions: Sequence[str], principal: Mapping[str, str], conditions: When) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": principal,
        "Action": list(actions),
        "Resource": "*",
        **({"Condition": conditions} if conditions else {}),
    }
