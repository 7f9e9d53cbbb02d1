"""Managed policies that the roles of one account share, one per need: what running somewhere takes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from fmops_constructs import names
from fmops_constructs.endpoints import Feature
from fmops_constructs.iam import allow

from foundation import Foundation

DESCRIBE_NETWORK = (
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)
NETWORK_INTERFACE = ("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface")


@dataclass(frozen=True)
class Where:
    """What the statements need to know."""

    account: str
    region: str
    tooling: str

    def arn(self, service: str, resource: str) -> str:
        """An ARN in this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


def _codebuild(here: Where) -> list[iam.PolicyStatement]:
    permission = {"StringEquals": {"ec2:AuthorizedService": "codebuild.amazonaws.com"}}
    return [
        allow(*DESCRIBE_NETWORK, *NETWORK_INTERFACE, on="*"),
        allow("ec2:CreateNetworkInterfacePermission", on=here.arn("ec2", "network-interface/*"), when=permission),
        allow("logs:CreateLogStream", "logs:PutLogEvents", on=here.arn("logs", "log-group:/aws/codebuild/*")),
    ]


def _lambda(here: Where) -> list[iam.PolicyStatement]:
    return [
        allow(*DESCRIBE_NETWORK, *NETWORK_INTERFACE, "ec2:GetSecurityGroupsForVpc", on="*"),
        allow("logs:CreateLogStream", "logs:PutLogEvents", on=here.arn("logs", "log-group:/aws/lambda/fmops-*")),
    ]


def _sagemaker(here: Where) -> list[iam.PolicyStatement]:
    return [
        allow(
            *DESCRIBE_NETWORK,
            *NETWORK_INTERFACE,
            "cloudwatch:PutMetricData",
            "ec2:CreateNetworkInterfacePermission",
            "ec2:DeleteNetworkInterfacePermission",
            "ecr:GetAuthorizationToken",
            on="*",
        ),
        allow(
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
            on=here.arn("logs", "log-group:/aws/sagemaker/*"),
        ),
        allow(
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
            on=f"arn:aws:ecr:{here.region}:{here.tooling}:repository/{names.PREFIX}/*",
        ),
    ]


def _packages(here: Where) -> list[iam.PolicyStatement]:
    def artifacts(resource: str) -> str:
        return f"arn:aws:codeartifact:{here.region}:{here.tooling}:{resource}"

    domain, repository = names.CODEARTIFACT_DOMAIN, names.CODEARTIFACT_REPOSITORY
    return [
        allow("codeartifact:GetAuthorizationToken", on=artifacts(f"domain/{domain}")),
        allow(
            "codeartifact:GetRepositoryEndpoint",
            "codeartifact:ReadFromRepository",
            on=artifacts(f"repository/{domain}/{repository}"),
        ),
        allow(
            "sts:GetServiceBearerToken",
            on="*",
            when={"StringEquals": {"sts:AWSServiceName": "codeartifact.amazonaws.com"}},
        ),
    ]


RUN_CODEBUILD, RUN_LAMBDA, RUN_SAGEMAKER, READ_PACKAGES = (
    "run-codebuild",
    "run-lambda",
    "run-sagemaker",
    "read-packages",
)

TABLE: tuple[tuple[str, frozenset[Feature], str, Callable[[Where], list[iam.PolicyStatement]]], ...] = (
    (RUN_CODEBUILD, frozenset({"delivery"}), "Run builds in the private network", _codebuild),
    (RUN_LAMBDA, frozenset({"delivery"}), "Run functions in the private network", _lambda),
    (
        RUN_SAGEMAKER,
        frozenset({"studio", "model-build", "hosting"}),
        "Run jobs and endpoints in the private network",
        _sagemaker,
    ),
    (READ_PACKAGES, frozenset({"packages"}), "Read packages from the organisation's index", _packages),
)
"""(name, features of which any one calls for it, description, statements)."""


def add(stack: cdk.Stack, features: Iterable[Feature], foundation: Foundation) -> None:
    """Makes the shared policies of an account."""
    here = Where(stack.account, stack.region, foundation.accounts.tooling or stack.account)
    wanted = frozenset(features)
    for name, needs, description, statements in TABLE:
        if needs & wanted:
            iam.ManagedPolicy(
                stack,
                "".join(word.capitalize() for word in name.split("-")),
                managed_policy_name=names.role(name),
                path=names.ROLE_PATH,
                description=description,
                document=iam.PolicyDocument(statements=statements(here)),
            )
