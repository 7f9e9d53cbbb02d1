"""Every account: the boundary of all roles, the keys, the bucket of access logs, the policies that all share."""

from typing import Any

from aws_cdk import aws_iam as iam
from fmops_constructs import names
from fmops_constructs.buckets import AccessLogsBucket
from fmops_constructs.iam import allow, deny
from fmops_constructs.keys import Key, for_logs

from stacks import principals, shared_policies
from stacks.base import FoundationStack
from stacks.features import HOLDS_DATA


class Baseline(FoundationStack):
    """Boundary, keys and access logs of one account."""

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        self._boundary()
        self._keys_of_the_account()
        if self.environment_.account_type in HOLDS_DATA:
            AccessLogsBucket(self, "AccessLogs", organization_id=self.foundation.organization.id)
        shared_policies.add(self, self.features, self.foundation)

    def _boundary(self) -> None:
        """The most that any role of the foundation can ever do, whatever its policies say."""
        iam.ManagedPolicy(
            self,
            "Boundary",
            managed_policy_name=names.BOUNDARY,
            description="The most that any role of the foundation can do",
            document=iam.PolicyDocument(
                statements=[
                    iam.PolicyStatement(not_actions=["account:*", "iam:*", "organizations:*"], resources=["*"]),
                    allow("iam:GetRole", "iam:PassRole", on=f"arn:aws:iam::{self.account}:role{names.ROLE_PATH}*"),
                    deny(*principals.NEVER, on="*"),
                ]
            ),
        )

    def _keys_of_the_account(self) -> None:
        users = principals.data_key_users(self.foundation, self.environment_)
        data = Key(self, "DataKey", purpose="data", description="Data at rest in this account", users=users)
        logs = Key(
            self,
            "LogsKey",
            purpose="logs",
            description="Logs of this account",
            statements=[for_logs(self.account, self.region)],
        )
        self.publish("DataKeyArn", names.DATA_KEY_ARN, data.key_arn)
        self.publish("LogsKeyArn", names.LOGS_KEY_ARN, logs.key_arn)
