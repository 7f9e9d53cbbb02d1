"""Buckets that only the organisation reaches, over TLS, encrypted with a customer-managed key."""

from collections.abc import Sequence
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from constructs import Construct
from fmops_constructs import names

ACCESS_LOGS = "access-logs"


class _OwnBucket(s3.Bucket):
    """What every bucket has in common; `settings` are those of `s3.Bucket`."""

    def __init__(self, scope: Construct, id: str, *, purpose: str, organization_id: str, **settings: Any) -> None:
        stack = cdk.Stack.of(scope)
        super().__init__(
            scope,
            id,
            bucket_name=names.bucket(purpose, stack.account, stack.region),
            versioned=True,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
            **settings,
        )
        self.add_to_resource_policy(_only_organization(self.bucket_arn, organization_id))


class AccessLogsBucket(_OwnBucket):
    """Who read which object of the account's buckets: kept a year, with S3's own encryption, since S3 knows no other.

    It stands in the stack of the buckets that it serves.

    Args:
        organization_id: who may reach it at all.
    """

    def __init__(self, scope: Construct, id: str, *, organization_id: str) -> None:
        super().__init__(
            scope,
            id,
            purpose=ACCESS_LOGS,
            organization_id=organization_id,
            encryption=s3.BucketEncryption.S3_MANAGED,
            lifecycle_rules=[s3.LifecycleRule(expiration=cdk.Duration.days(365))],
        )
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AccessLogs",
                principals=[iam.ServicePrincipal("logging.s3.amazonaws.com")],
                actions=["s3:PutObject"],
                resources=[self.arn_for_objects("*")],
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(scope).account}},
            )
        )


class PrivateBucket(_OwnBucket):
    """A versioned bucket with access logs; the organisation's principals and AWS services acting for it only.

    Args:
        purpose: part of its name, e.g. `artifacts`.
        key: what it is encrypted with.
        logs: who read which object is written there.
        organization_id: who may reach it at all.
        statements: the accesses that its policy gives to other accounts.
        lifecycle: how long its objects are kept, and how.
        lock: for how long no version can be changed or deleted.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        purpose: str,
        key: kms.IKey,
        logs: s3.IBucket,
        organization_id: str,
        statements: Sequence[iam.PolicyStatement] = (),
        lifecycle: Sequence[s3.LifecycleRule] = (),
        lock: s3.ObjectLockRetention | None = None,
    ) -> None:
        super().__init__(
            scope,
            id,
            purpose=purpose,
            organization_id=organization_id,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            object_lock_default_retention=lock,
            lifecycle_rules=[
                s3.LifecycleRule(abort_incomplete_multipart_upload_after=cdk.Duration.days(7)),
                *lifecycle,
            ],
        )
        # Not by server_access_logs_bucket: that wants to change the other bucket's policy, which says it all already.
        cast(s3.CfnBucket, self.node.default_child).logging_configuration = s3.CfnBucket.LoggingConfigurationProperty(
            destination_bucket_name=logs.bucket_name, log_file_prefix=f"{purpose}/"
        )
        if isinstance(logs, AccessLogsBucket) and logs.policy:  # S3 refuses to log where it may not write
            self.node.add_dependency(logs.policy)
        for statement in statements:
            self.add_to_resource_policy(statement)


def _only_organization(bucket_arn: str, organization_id: str) -> iam.PolicyStatement:
    """Denies everyone outside the organisation, but for AWS services that act for one of its accounts."""
    return iam.PolicyStatement(
        sid="OnlyOrganization",
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=["s3:*"],
        resources=[bucket_arn, f"{bucket_arn}/*"],
        conditions={
            "StringNotEquals": {"aws:PrincipalOrgID": organization_id},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    )


def grant(
    sid: str, actions: Sequence[str], *, on: str | Sequence[str], to: Sequence[str], prefix: str | None = None
) -> iam.PolicyStatement:
    """A bucket policy's allowance to exact roles, which need not exist yet.

    Args:
        to: the roles' ARNs.
        prefix: for s3:ListBucket, the keys that may be listed.
    """
    return iam.PolicyStatement(
        sid=sid,
        principals=[iam.AccountPrincipal(account) for account in sorted({arn.split(":")[4] for arn in to})],
        actions=list(actions),
        resources=[on] if isinstance(on, str) else list(on),
        conditions={
            "StringEquals": {"aws:PrincipalArn": sorted(to)},
            **({"StringLike": {"s3:prefix": f"{prefix}*"}} if prefix else {}),
        },
    )
