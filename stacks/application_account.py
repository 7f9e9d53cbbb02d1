"""Application accounts: where a business unit's applications run, apart from the models that they ask."""

from typing import Any, ClassVar

from fmops_constructs import names
from fmops_constructs.iam import Policy, Role, allow, service
from fmops_constructs.logs import LogGroup

from foundation import Foundation
from foundation.phases import AccountType
from stacks.base import FoundationStack
from stacks.baseline import Baseline
from stacks.network import Network
from stacks.principals import unit_roles

ASKS: dict[AccountType, AccountType] = {"application-preprod": "preprod", "application-prod": "prod"}
"""Whose endpoints an application asks: those of its own stage; in dev there are none."""


def askers(foundation: Foundation, stage: str, business_unit: str) -> list[str]:
    """The application roles that ask a stage's endpoints."""
    asking = [account_type for account_type, asked in ASKS.items() if asked == stage]
    return [arn for kind in asking for arn in unit_roles(foundation, kind, "application", business_unit)]


class ApplicationFloor(FoundationStack):
    """What each application of a business unit stands on: logs, and the role that asks its models."""

    requires: ClassVar = (Baseline, Network)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        key = self.key(names.DATA_KEY_ARN)
        logs = LogGroup(
            self,
            "Logs",
            name=f"/{names.PREFIX}/application",
            key=self.key(names.LOGS_KEY_ARN),
            keep=self.environment_.production,
        )
        write = Policy(
            self,
            "Write",
            description="Write the application's logs, use its data key",
            statements=[
                allow("logs:CreateLogStream", "logs:PutLogEvents", on=logs.log_group_arn),
                allow("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", on=key.key_arn),
            ],
        )
        Role(
            self,
            "Application",
            name="application",
            business_unit=self.business_unit,
            description="Runs an application's functions",
            trusts=service("lambda.amazonaws.com", self.account),
            policies=[write, *self._ask()],
        )

    def _ask(self) -> list[Policy]:
        """The right to ask the models of the same stage."""
        asked = ASKS.get(self.environment_.account_type)
        consumers = self.roles(asked, "consumer", business_unit=self.business_unit) if asked else []
        if not consumers:
            return []
        statements = [allow("sts:AssumeRole", on=consumers)]
        return [Policy(self, "Ask", description="Ask the stage's models", statements=statements)]
