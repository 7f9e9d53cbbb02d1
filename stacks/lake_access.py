"""What a role of another account needs to read the curated zone; the zone's own policy and key name it too."""

from aws_cdk import aws_iam as iam
from fmops_constructs import names
from fmops_constructs.iam import Policy, allow

from constructs import Construct
from stacks.base import FoundationStack
from stacks.data_lake import READABLE


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
            foreign_key(stack, stack.data_lake, "kms:Decrypt"),
        ],
    )


def foreign_key(stack: FoundationStack, account: str, *actions: str) -> iam.PolicyStatement:
    """Use of another account's keys through S3. AWS mints their ids: which of them, their own policies say."""
    return allow(
        *actions,
        on=f"arn:aws:kms:{stack.region}:{account}:key/*",
        when={"StringEquals": {"kms:ViaService": f"s3.{stack.region}.amazonaws.com"}},
    )
