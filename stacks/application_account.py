"""Application accounts: where a business unit's applications run, apart from the models that they ask."""

from collections.abc import Sequence
from typing import Any, ClassVar

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from fmops_constructs import names
from fmops_constructs.iam import Policy, Role, allow, exactly, service
from fmops_constructs.keys import administration
from fmops_constructs.logs import LogGroup
from fmops_constructs.names import role_arn

from foundation import Foundation
from foundation.phases import AccountType
from stacks import break_glass
from stacks.agreed import APPLICATION_RELEASES, TESTED
from stacks.base import FoundationStack
from stacks.baseline import Baseline
from stacks.foundation_models import open_models
from stacks.network import Network
from stacks.principals import unit_roles
from stacks.shared_policies import USE_NETWORK

ASKS: dict[AccountType, AccountType] = {"application-preprod": "preprod", "application-prod": "prod"}
"""Whose endpoints an application asks: those of its own stage; in dev there are none."""


def askers(foundation: Foundation, stage: str, business_unit: str) -> list[str]:
    """The application roles that ask a stage's endpoints."""
    asking = [account_type for account_type, asked in ASKS.items() if asked == stage]
    return [arn for kind in asking for arn in unit_roles(foundation, kind, "application", business_unit)]


class ApplicationFloor(FoundationStack):
    """What each application of a business unit stands on: logs, models, and the roles that run and test it."""

    requires: ClassVar = (Baseline, Network)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        self._data_key = self.key(names.DATA_KEY_ARN)
        logs = LogGroup(
            self,
            "Logs",
            name=names.APPLICATION_LOGS,
            key=self.key(names.LOGS_KEY_ARN),
            keep=self.environment_.production,
        )
        write = Policy(
            self,
            "Write",
            description="Write the application's logs, use its data key",
            statements=[
                allow("logs:CreateLogStream", "logs:PutLogEvents", on=logs.log_group_arn),
                allow("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", on=self._data_key.key_arn),
            ],
        )
        run = [write, self.shared(USE_NETWORK)]
        self._role(
            "Application", "application", "Runs an application's functions", [*run, self._remember(), *self._ask()]
        )
        tokens = self._tokens()
        self._role("Authorizer", "authorizer", "Tells who calls an application", [*run, self._verify(tokens)])
        self._tester(tokens)
        self._access_logs()
        break_glass.add(self)

    def _role(self, id: str, name: str, description: str, policies: Sequence[iam.IManagedPolicy]) -> None:
        Role(
            self,
            id,
            name=name,
            business_unit=self.business_unit,
            description=description,
            trusts=service("lambda.amazonaws.com"),
            policies=policies,
        )

    def _remember(self) -> Policy:
        """An application's own tables, and its own functions, which answer at their leisure."""
        return Policy(
            self,
            "Remember",
            description="Keep what was asked, answered and rated; hand a question to the function that answers it",
            statements=[
                allow(
                    "dynamodb:GetItem",
                    "dynamodb:PutItem",
                    "dynamodb:UpdateItem",
                    on=self.arn_of("dynamodb", "table/fmops-*-messages"),
                ),
                allow("lambda:InvokeFunction", on=self.arn_of("lambda", "function:fmops-*-answer")),
            ],
        )

    def _ask(self) -> list[iam.IManagedPolicy]:
        """The right to ask the models of the same stage, and the foundation models of the allow-list."""
        policies: list[iam.IManagedPolicy] = []
        asked = ASKS.get(self.environment_.account_type)
        consumers = self.roles(asked, "consumer", business_unit=self.business_unit) if asked else []
        if consumers:
            statements = [allow("sts:AssumeRole", on=consumers)]
            policies.append(Policy(self, "Ask", description="Ask the stage's models", statements=statements))
        if self.models:
            policies.append(open_models(self).policy)
        return policies

    def _access_logs(self) -> None:
        """Lets API Gateway write who called which interface: a setting of the account.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
        """
        kinds = (names.APPLICATION_LOGS, "API-Gateway-Execution-Logs_")
        groups = [self.arn_of("logs", f"log-group:{name}*") for name in kinds]
        write = Policy(
            self,
            "WriteAccessLogs",
            description="Write the logs of interfaces",
            statements=[
                allow("logs:DescribeLogGroups", on="*"),
                allow(
                    "logs:CreateLogGroup",
                    "logs:CreateLogStream",
                    "logs:DescribeLogStreams",
                    "logs:FilterLogEvents",
                    "logs:GetLogEvents",
                    "logs:PutLogEvents",
                    on=groups,
                ),
            ],
        )
        role = Role(
            self,
            "AccessLogs",
            name="access-logs",
            description="Writes the logs of interfaces",
            trusts=service("apigateway.amazonaws.com"),
            policies=[write],
        )
        apigateway.CfnAccount(self, "Interfaces", cloud_watch_role_arn=role.role_arn)

    def _tokens(self) -> kms.CfnKey:
        """Signs the tokens of tests. People's tokens are signed by the company's identity provider."""
        key = kms.CfnKey(
            self,
            "TokensKey",
            description="Signs the tokens with which applications are tested",
            key_spec="RSA_2048",
            key_usage="SIGN_VERIFY",
            key_policy={
                "Version": "2012-10-17",
                "Statement": [
                    administration(self.account),
                    self._may("TestersSign", "tester", "kms:DescribeKey", "kms:Sign"),
                    self._may("ApplicationsVerify", "authorizer", "kms:DescribeKey", "kms:GetPublicKey"),
                ],
            },
        )
        key.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        kms.CfnAlias(self, "TokensAlias", alias_name=names.key_alias("tokens"), target_key_id=key.ref)
        self.publish("TokensKeyArn", names.TOKENS_KEY_ARN, key.attr_arn)
        return key

    def _may(self, sid: str, role: str, *actions: str) -> dict[str, Any]:
        return {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{self.account}:root"},
            "Action": list(actions),
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalArn": role_arn(self.account, role, self.business_unit)}},
        }

    def _verify(self, tokens: kms.CfnKey) -> Policy:
        return Policy(
            self,
            "Verify",
            description="Read the key that tests' tokens are verified with",
            statements=[allow("kms:DescribeKey", "kms:GetPublicKey", on=tokens.attr_arn)],
        )

    def _tester(self, tokens: kms.CfnKey) -> None:
        """Who may speak as a test user: the account's administrators; before prod also the build that deployed."""
        stage = self.environment_.stage
        trusts: list[iam.IPrincipal] = [iam.AccountPrincipal(self.account)]
        if stage in TESTED:
            trusts.append(
                exactly(self.tooling, role_arn(self.tooling, APPLICATION_RELEASES[stage], self.business_unit))
            )
        sign = Policy(
            self,
            "Sign",
            description="Sign the tokens of tests, find applications",
            statements=[
                allow("kms:DescribeKey", "kms:Sign", on=tokens.attr_arn),
                allow("ssm:GetParameter", on=self.arn_of("ssm", f"parameter{names.parameter('applications', '*')}")),
            ],
        )
        Role(
            self,
            "Tester",
            name="tester",
            business_unit=self.business_unit,
            description="Speaks as a user of an application, in tests",
            trusts=iam.CompositePrincipal(*trusts),
            policies=[sign],
        )
