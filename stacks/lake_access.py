"""What a role of another account needs to read the curated zone; the zone's own policy and key name it too."""

from aws_cdk import aws_iam as iam
from fmops_constructs import names
from fmops_constructs.iam import Policy, allow

from constructs import Construct
from stacks.agreed import READABLE
from stacks.base import FoundationStack


def read_curated(scope: Construct, stack: FoundationStack) -> Policy:
    """The policy that reads the lake's curated zone."""
    bucket = f"arn:aws:s3:::{names.bucket(READABLE, stack.data_lake, stack.region)}"
    return Policy(
        scope,
        "ReadCurated",
        description="Read the data lake's curated zone",
        statements=[
            allow("s3:GetObject", on=f"{bucket}/*"),
            allow("s3:ListBucket", on=bucket),
            foreign_key(stack, stack.data_lake, "data", "kms:Decrypt"),
        ],
    )


def foreign_key(stack: FoundationStack, account: str, purpose: str, *actions: str) -> iam.PolicyStatement:
    """Use of another account's key through S3. AWS mints its id, so it is known by the alias that we chose.

    An alias can't be the resource: there it means the alias itself, and never the key.
    """
    return allow(
        *actions,
        on=f"arn:aws:kms:{stack.region}:{account}:key/*",
        when={
            "StringEquals": {"kms:ViaService": f"s3.{stack.region}.amazonaws.com"},
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": names.key_alias(purpose)},
        },
    )
