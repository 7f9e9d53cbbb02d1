"""Which private endpoints a network needs, derived from the features that an account turns on.

`TABLE` is the one list: the service, who needs it and why, whether it takes a policy and who says so, the names that
lead to it, and what of AWS's own its policy must let through.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

Feature = Literal[
    "core",
    "studio",
    "model-build",
    "hosting",
    "delivery",
    "source",
    "packages",
    "catalog",
    "application",
    "models",
    "launching",
    "requests",
    "console",
]
FEATURES: tuple[Feature, ...] = get_args(Feature)

Backing = Literal["page", "answer", "nobody"]
"""Who says whether a service takes a policy: its page in AWS's documentation; EC2's own answer to
DescribeVpcEndpointServices, as moto 5.2.5 keeps it; nobody yet."""

DOCUMENTATION = "https://docs.aws.amazon.com/"


@dataclass(frozen=True)
class Owned:
    """Something of AWS's own that a private network cannot do without: AWS signs its URLs, not our principals.

    Attributes:
        sid: the statement's id.
        action: what is done with it.
        bucket: the S3 bucket, with `{region}`, `{compact}` (the region without hyphens) and `{codeartifact}` (the
            account that keeps CodeArtifact's files there).
        feature: only where an account has it.
    """

    sid: str
    action: str
    bucket: str
    feature: Feature = "core"


@dataclass(frozen=True)
class Endpoint:
    """One AWS service behind PrivateLink, or one of the gateways.

    Attributes:
        service: what follows `com.amazonaws.<region>.`, or a whole name with `{region}` in it.
        features: an account with any of these needs it.
        reason: why.
        page: the service's page about its endpoint, below docs.aws.amazon.com; "" where AWS has none.
        gateway: a gateway endpoint: routes instead of network interfaces.
        policy: the service takes an endpoint policy.
        backing: who says so.
        names: the DNS names that lead to it, with `{region}`; none: the usual `<service>.<region>.amazonaws.com`.
        owned: what of AWS's own its policy lets through.
    """

    service: str
    features: frozenset[Feature]
    reason: str
    page: str
    gateway: bool = False
    policy: bool = True
    backing: Backing = "page"
    names: tuple[str, ...] = ()
    owned: tuple[Owned, ...] = ()

    def name(self, region: str) -> str:
        """The service's full name in a region."""
        whole = "{region}" in self.service
        return self.service.format(region=region) if whole else f"com.amazonaws.{region}.{self.service}"

    @property
    def id(self) -> str:
        """A construct id, e.g. `SagemakerApi`."""
        words = self.service.replace("{region}.", "").replace("-", ".").split(".")
        return "".join(word.capitalize() for word in words)

    @property
    def source(self) -> str:
        """AWS's page about it: its own, or else the list of all services behind PrivateLink."""
        return DOCUMENTATION + (self.page or "vpc/latest/privatelink/aws-services-privatelink-support.html")


def row(
    service: str,
    features: str,
    reason: str,
    page: str,
    *names: str,
    gateway: bool = False,
    policy: bool = True,
    backing: Backing = "page",
    owned: tuple[Owned, ...] = (),
) -> Endpoint:
    """A row of the table.

    Args:
        features: separated by spaces.
        names: the DNS names that lead to it, where they are not the usual one.

    Raises:
        ValueError: a feature is unknown.
    """
    chosen = frozenset(feature for feature in FEATURES if feature in features.split())
    if len(chosen) != len(features.split()):
        raise ValueError(f"{service}: unknown feature in {features!r}")
    return Endpoint(service, chosen, reason, page, gateway, policy, backing, names, owned)


S3_OWNED = (
    Owned("ImageLayers", "s3:GetObject", "prod-{region}-starport-layer-bucket"),
    Owned("AnswersOfCustomResources", "s3:PutObject", "cloudformation-custom-resource-response-{compact}"),
    Owned("PackageAssets", "s3:GetObject", "assets-{codeartifact}-{region}", "packages"),
)
"""Layers of images (https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html), answers of custom
resources (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-vpce-bucketnames.html), files of packages
(https://docs.aws.amazon.com/codeartifact/latest/ug/create-s3-gateway-endpoint.html)."""

_S3_NAMES = ("s3.{region}.amazonaws.com", "*.s3.{region}.amazonaws.com", "*.s3-{region}.amazonaws.com")
_SAGEMAKER = "sagemaker/latest/dg/interface-vpc-endpoint.html"
_ECR = "AmazonECR/latest/userguide/vpc-endpoints.html"
_CODEARTIFACT = "codeartifact/latest/ug/create-vpc-endoint-policy.html"
_CODECOMMIT = "codecommit/latest/userguide/codecommit-and-interface-VPC.html"
_BEDROCK = "bedrock/latest/userguide/vpc-interface-endpoints.html"
_CONSOLE = "awsconsolehelpdocs/latest/gsg/trusted-identities.html"

TABLE: tuple[Endpoint, ...] = (
    row(
        "s3",
        "core",
        "data, artifacts, image layers, answers of custom resources",
        "vpc/latest/privatelink/vpc-endpoints-s3.html",
        *_S3_NAMES,
        gateway=True,
        owned=S3_OWNED,
    ),
    row(
        "sts",
        "core",
        "assuming roles of other accounts",
        "IAM/latest/UserGuide/reference_sts_vpc_endpoint_policies.html",
    ),
    row("kms", "core", "customer-managed keys", "kms/latest/developerguide/kms-vpc-endpoint.html"),
    row(
        "logs",
        "core",
        "logs of jobs, builds, functions",
        "AmazonCloudWatch/latest/logs/cloudwatch-logs-and-interface-VPC.html",
    ),
    row("monitoring", "core", "metrics", "AmazonCloudWatch/latest/monitoring/cloudwatch-and-interface-VPC.html"),
    row(
        "ssm",
        "studio model-build delivery application",
        "parameters that stacks publish",
        "systems-manager/latest/userguide/setup-create-vpc.html",
    ),
    row(
        "sagemaker.api",
        "studio model-build hosting delivery",
        "jobs, pipelines, registry",
        _SAGEMAKER,
        "api.sagemaker.{region}.amazonaws.com",
    ),
    row(
        "sagemaker.runtime",
        "studio hosting delivery application",
        "invoking endpoints",
        _SAGEMAKER,
        "runtime.sagemaker.{region}.amazonaws.com",
    ),
    row(
        "aws.sagemaker.{region}.studio",
        "studio",
        "Studio's own interface",
        "sagemaker/latest/dg/studio-interface-endpoint.html",
        "*.studio.{region}.sagemaker.aws",
    ),
    row(
        "aws.sagemaker.{region}.experiments",
        "studio",
        "MLflow",
        "sagemaker/latest/dg/mlflow-private-link-policy.html",
        "{region}.experiments.sagemaker.aws",
        "*.{region}.experiments.sagemaker.aws",
    ),
    row("servicecatalog", "studio catalog requests", "launching products, asking for them", "", backing="answer"),
    row(
        "cloudformation",
        "delivery catalog",
        "deploying the stages",
        "AWSCloudFormation/latest/UserGuide/vpc-interface-endpoints.html",
    ),
    row(
        "ec2",
        "studio model-build hosting",
        "network interfaces of jobs",
        "AWSEC2/latest/UserGuide/interface-vpc-endpoints.html",
    ),
    row(
        "elasticfilesystem",
        "studio",
        "Studio's home volumes",
        "efs/latest/ug/efs-vpc-endpoints.html",
        "elasticfilesystem.{region}.amazonaws.com",
        "*.efs.{region}.amazonaws.com",
    ),
    row("ecr.api", "studio model-build hosting delivery", "images", _ECR, "api.ecr.{region}.amazonaws.com"),
    row("ecr.dkr", "studio model-build hosting delivery", "images", _ECR, "*.dkr.ecr.{region}.amazonaws.com"),
    row(
        "codeartifact.api",
        "packages",
        "package index tokens",
        _CODEARTIFACT,
        "codeartifact.{region}.amazonaws.com",
    ),
    row("codeartifact.repositories", "packages", "packages", _CODEARTIFACT, "*.d.codeartifact.{region}.amazonaws.com"),
    row("codecommit", "source", "repositories", _CODECOMMIT),
    row("git-codecommit", "source", "git over https", _CODECOMMIT),
    row(
        "codebuild",
        "delivery",
        "builds that start builds",
        "codebuild/latest/userguide/use-vpc-endpoints-with-codebuild.html",
    ),
    row(
        "codepipeline",
        "delivery",
        "watching and starting pipelines",
        "codepipeline/latest/userguide/vpc-support.html",
        policy=False,
        backing="answer",
    ),
    row(
        "events",
        "delivery",
        "rules that start pipelines",
        "eventbridge/latest/userguide/eb-related-service-vpc.html",
        backing="answer",
    ),
    row("states", "launching", "starting the provisioner", "step-functions/latest/dg/vpc-endpoints.html"),
    row(
        "lambda",
        "delivery application",
        "the seed starter; functions of applications",
        "lambda/latest/dg/configuration-vpc-endpoints.html",
    ),
    row(
        "execute-api",
        "application delivery",
        "private interfaces of applications, and their tests",
        "apigateway/latest/developerguide/apigateway-vpc-endpoint-policies.html",
        "*.execute-api.{region}.amazonaws.com",
    ),
    row(
        "secretsmanager",
        "application",
        "secrets of applications",
        "secretsmanager/latest/userguide/vpc-endpoint-overview.html",
    ),
    row(
        "dynamodb",
        "core",
        "what applications remember; every network has both gateways, which cost nothing",
        "vpc/latest/privatelink/vpc-endpoints-ddb.html",
        "dynamodb.{region}.amazonaws.com",
        "*.ddb.{region}.amazonaws.com",
        gateway=True,
    ),
    row("bedrock", "models", "invocation logging, guardrails", _BEDROCK),
    row("bedrock-runtime", "models", "asking foundation models", _BEDROCK),
    row(
        "console",
        "console",
        "the console, for people of the company's network",
        _CONSOLE,
        "console.aws.amazon.com",
        "*.console.aws.amazon.com",
    ),
    row(
        "signin",
        "console",
        "signing in to the console",
        _CONSOLE,
        "signin.aws.amazon.com",
        "*.signin.aws.amazon.com",
    ),
    row(
        "console-static",
        "console",
        "what the console's pages are made of",
        "awsconsolehelpdocs/latest/gsg/required-endpoints-dns-configuration.html",
        policy=False,
        backing="nobody",
    ),
)


def needed(features: Iterable[Feature]) -> list[Endpoint]:
    """The endpoints of an account, in the table's order."""
    wanted = frozenset(features)
    return [endpoint for endpoint in TABLE if endpoint.features & wanted]
