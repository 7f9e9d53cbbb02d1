"""Log groups with a customer-managed key and an end."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from constructs import Construct


class LogGroup(logs.LogGroup):
    """An encrypted log group that keeps a year.

    Args:
        keep: it outlives its stack.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, key: kms.IKey, keep: bool = False) -> None:
        super().__init__(
            scope,
            id,
            log_group_name=name,
            encryption_key=key,
            retention=logs.RetentionDays.ONE_YEAR,
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if keep else cdk.RemovalPolicy.DESTROY,
        )
