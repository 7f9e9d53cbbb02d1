"""Managed policies that the roles of one account share, one per need: what running somewhere takes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from fmops_constructs import names
from fmops_constructs.endpoints import Feature
from fmops_constructs.iam import OF_OWN_UNIT, OWN, allow

from foundation import Foundation

DESCRIBE_NETWORK = (
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)
NETWORK_INTERFACE = ("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:GetSecurityGroupsForVpc")
BROWSE = (
    "servicecatalog:DescribeProduct",
    "servicecatalog:DescribeProductView",
    "servicecatalog:DescribeProvisioningParameters",
    "servicecatalog:ListLaunchPaths",
    "servicecatalog:ListProvisioningArtifacts",
    "servicecatalog:SearchProducts",
)
OWN_LAUNCHES = (
    "servicecatalog:DescribeProvisionedProduct",
    "servicecatalog:DescribeRecord",
    "servicecatalog:GetProvisionedProductOutputs",
    "servicecatalog:ListRecordHistory",
    "servicecatalog:ScanProvisionedProducts",
    "servicecatalog:SearchProvisionedProducts",
    "servicecatalog:TerminateProvisionedProduct",
    "servicecatalog:UpdateProvisionedProduct",
)
"""What an end user of Service Catalog does with a product, and with what was launched from it."""


@dataclass(frozen=True)
class Where:
    """What the statements need to know."""

    account: str
    region: str
    tooling: str

    def arn(self, service: str, resource: str) -> str:
        """An ARN in this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


def _network(_: Where) -> list[iam.PolicyStatement]:
    for_builds = {"StringEquals": {"ec2:AuthorizedService": "codebuild.amazonaws.com"}}
    return [
        allow(*DESCRIBE_NETWORK, *NETWORK_INTERFACE, on="*"),
        allow("ec2:CreateNetworkInterfacePermission", on="*", when=for_builds),
    ]


def _codebuild(here: Where) -> list[iam.PolicyStatement]:
    return [
        allow(
            "logs:CreateLogStream", "logs:PutLogEvents", on=here.arn("logs", f"log-group:{names.build_logs('*', OWN)}")
        ),
    ]


def _sagemaker(here: Where) -> list[iam.PolicyStatement]:
    return [
        allow(
            "cloudwatch:PutMetricData",
            "ec2:CreateNetworkInterfacePermission",
            "ec2:DeleteNetworkInterfacePermission",
            "ecr:GetAuthorizationToken",
            *DESCRIBE_NETWORK,
            *NETWORK_INTERFACE,
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
            on=f"arn:aws:ecr:{here.region}:{here.tooling}:repository/{names.IMAGES}",
        ),
    ]


def _registry(here: Where) -> list[iam.PolicyStatement]:
    return [
        allow(
            "sagemaker:DescribeModelPackage",
            "sagemaker:DescribeModelPackageGroup",
            "sagemaker:ListModelPackages",
            on=here.arn("sagemaker", "model-package*"),
            when=OF_OWN_UNIT,
        )
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


def _request_projects(_: Where) -> list[iam.PolicyStatement]:
    """Service Catalog as its end user: who asks for a project follows, changes and ends it, and nobody else's."""
    return [
        allow(*BROWSE, "servicecatalog:ProvisionProduct", on="*"),
        allow(*OWN_LAUNCHES, on="*", when={"StringEquals": {"servicecatalog:userLevel": "self"}}),
    ]


USE_NETWORK, RUN_CODEBUILD, RUN_SAGEMAKER = "use-network", "run-codebuild", "run-sagemaker"
READ_PACKAGES, READ_REGISTRY, REQUEST_PROJECTS = "read-packages", "read-registry", "request-projects"

Statements = Callable[[Where], list[iam.PolicyStatement]]
TABLE: tuple[tuple[str, frozenset[Feature], str, Statements], ...] = (
    (
        USE_NETWORK,
        frozenset({"delivery", "application", "models"}),
        "Have network interfaces in the private network",
        _network,
    ),
    (RUN_CODEBUILD, frozenset({"delivery"}), "Run as a build", _codebuild),
    (
        RUN_SAGEMAKER,
        frozenset({"studio", "model-build", "hosting"}),
        "Run as a job or an endpoint in the private network",
        _sagemaker,
    ),
    (READ_PACKAGES, frozenset({"packages"}), "Read packages from the organisation's index", _packages),
    (READ_REGISTRY, frozenset({"delivery"}), "Read the registry of the own unit's models", _registry),
    (REQUEST_PROJECTS, frozenset({"requests"}), "Ask for projects, and end one's own", _request_projects),
)
"""(name, features of which any one calls for it, description, statements)."""


def add(stack: cdk.Stack, features: Iterable[Feature], foundation: Foundation) -> None:
    """Makes the shared policies of an account."""
    here = Where(stack.account, stack.region, foundation.account("tooling") or stack.account)
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
