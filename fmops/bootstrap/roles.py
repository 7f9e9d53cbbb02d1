"""The toolkit's four roles: who takes them, what they may do, and the most that they ever can.

Exact actions, from what the CDK CLI and CloudFormation call; the execution role's own rights are in `rights`.
"""

from collections.abc import Iterable, Mapping, Sequence

from fmops.bootstrap.packing import Document, substituted

ACCOUNT = "${AWS::AccountId}"
IAM = "arn:${AWS::Partition}:iam::${AWS::AccountId}:"
STACKS = "arn:${AWS::Partition}:cloudformation:${AWS::Region}:${AWS::AccountId}:"
BUCKET, KEY = "${StagingBucket.Arn}", "${FileAssetsBucketEncryptionKey.Arn}"
KEY_ARN = {"Fn::GetAtt": ["FileAssetsBucketEncryptionKey", "Arn"]}
VERSIONS = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/cdk-bootstrap/${Qualifier}/*"
VIA_S3 = {"StringEquals": {"kms:ViaService": {"Fn::Sub": "s3.${AWS::Region}.amazonaws.com"}}}


def allow(actions: Sequence[str], on: str | Sequence[str], when: Document | None = None) -> Document:
    """A statement that allows exact actions."""
    resources = [substituted(arn) for arn in ([on] if isinstance(on, str) else on)]
    statement: Document = {"Effect": "Allow", "Action": sorted(actions), "Resource": resources}
    return {**statement, "Condition": when} if when else statement


READ_STACKS = (
    "cloudformation:DescribeChangeSet",
    "cloudformation:DescribeEvents",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStackResources",
    "cloudformation:DescribeStacks",
    "cloudformation:GetTemplate",
    "cloudformation:ListChangeSets",
    "cloudformation:ListStackResources",
)
WRITE_STACKS = (
    "cloudformation:ContinueUpdateRollback",
    "cloudformation:CreateChangeSet",
    "cloudformation:CreateStack",
    "cloudformation:DeleteChangeSet",
    "cloudformation:DeleteStack",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:RollbackStack",
    "cloudformation:UpdateStack",
    "cloudformation:UpdateTerminationProtection",
)
ANY_TEMPLATE = ("cloudformation:GetTemplateSummary", "cloudformation:ListStacks", "cloudformation:ValidateTemplate")
OWN_STACKS = (STACKS + "stack/*", STACKS + "changeSet/*")
READ_ASSETS = (
    allow(["s3:GetObject", "s3:GetObjectVersion"], BUCKET + "/*"),
    allow(["s3:GetBucketLocation", "s3:ListBucket"], BUCKET),
    allow(["kms:Decrypt", "kms:DescribeKey"], KEY, VIA_S3),
)
READ_VERSION = allow(["ssm:GetParameter", "ssm:GetParameters"], VERSIONS)

HAND_OVER = allow(
    ["iam:PassRole"],
    "${CloudFormationExecutionRole.Arn}",
    {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
)
ADMINISTRATION = ("account:", "iam:", "organizations:")
"""Services that the boundary opens for single actions only."""

RIGHTS: Mapping[str, Sequence[Document]] = {
    "DeploymentActionRole": (
        allow([*READ_STACKS, *WRITE_STACKS], OWN_STACKS),
        allow(ANY_TEMPLATE, "*"),
        HAND_OVER,
        *READ_ASSETS,
        READ_VERSION,
    ),
    "FilePublishingRole": (
        allow(["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], BUCKET + "/*"),
        allow(["s3:GetBucketLocation", "s3:GetEncryptionConfiguration", "s3:ListBucket"], BUCKET),
        allow(["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], KEY, VIA_S3),
    ),
    "LookupRole": (allow(READ_STACKS, OWN_STACKS), READ_VERSION),
}
"""What the roles may do that the trusted account takes: deploy stacks, upload files, show what is deployed."""
EXECUTION_READS = (*READ_ASSETS, READ_VERSION)
"""What the execution role reads for any stack: code and templates among the assets, the bootstrap's version."""

KEY_ADMINISTRATION = (
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


def trusting(account: str) -> Document:
    """Trust in one account, never on behalf of somebody else (an external id would say so)."""
    principal = {"AWS": {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{account}:root"}}
    itself = {"Null": {"sts:ExternalId": "true"}}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": itself},
            {"Effect": "Allow", "Principal": principal, "Action": "sts:TagSession"},
        ],
    }


def boundary(policies: Iterable[Document]) -> Document:
    """The most that any bootstrap role can do: no identity, account or organisation administration but what is said.

    Of these, what the execution role's policies say, and on the same resources: another policy, attached later, adds
    nothing to it.
    """
    said = [
        {**statement, "Action": administration}
        for policy in policies
        for statement in policy["Statement"]
        if (administration := [action for action in statement["Action"] if action.startswith(ADMINISTRATION)])
    ]
    role = {"Fn::Sub": IAM + f"role/cdk-${{Qualifier}}-cfn-exec-role-{ACCOUNT}-${{AWS::Region}}"}  # by name: no circle
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "NotAction": [f"{service}*" for service in ADMINISTRATION], "Resource": "*"},
            {**HAND_OVER, "Resource": [role]},
            *said,
        ],
    }
