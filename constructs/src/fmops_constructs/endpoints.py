"""Which private endpoints a network needs, derived from the features that an account turns on, and their policies.

`TABLE` is the one list. What supports an endpoint policy gets one; what does not is named here, and IAM and security
groups alone guard it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

Feature = Literal[
    "core", "studio", "model-build", "hosting", "delivery", "source", "packages", "catalog", "application"
]
FEATURES: tuple[Feature, ...] = get_args(Feature)


@dataclass(frozen=True)
class Endpoint:
    """One AWS service behind PrivateLink, or one of the gateways.

    Attributes:
        service: what follows `com.amazonaws.<region>.`, or a whole name with `{region}` in it.
        features: an account with any of these needs it.
        reason: why.
        gateway: a gateway endpoint: routes instead of network interfaces.
        policy: the service supports an endpoint policy.
    """

    service: str
    features: frozenset[Feature]
    reason: str
    gateway: bool = False
    policy: bool = True

    def name(self, region: str) -> str:
        """The service's full name in a region."""
        whole = "{region}" in self.service
        return self.service.format(region=region) if whole else f"com.amazonaws.{region}.{self.service}"

    @property
    def id(self) -> str:
        """A construct id, e.g. `SagemakerApi`."""
        words = self.service.replace("{region}.", "").replace("-", ".").split(".")
        return "".join(word.capitalize() for word in words)


def _endpoint(service: str, features: str, reason: str, *, gateway: bool = False, policy: bool = True) -> Endpoint:
    chosen = frozenset(feature for feature in FEATURES if feature in features.split())
    if len(chosen) != len(features.split()):
        raise ValueError(f"{service}: unknown feature in {features!r}")
    return Endpoint(service, chosen, reason, gateway, policy)


TABLE: tuple[Endpoint, ...] = (
    _endpoint("s3", "core", "data, artifacts, image layers, answers of custom resources", gateway=True),
    _endpoint("sts", "core", "assuming roles of other accounts"),
    _endpoint("kms", "core", "customer-managed keys"),
    _endpoint("logs", "core", "logs of jobs, builds, functions"),
    _endpoint("monitoring", "core", "metrics"),
    _endpoint("ssm", "studio model-build delivery application", "parameters that stacks publish"),
    _endpoint("sagemaker.api", "studio model-build hosting delivery", "jobs, pipelines, registry"),
    _endpoint("sagemaker.runtime", "studio hosting delivery application", "invoking endpoints"),
    _endpoint("aws.sagemaker.{region}.studio", "studio", "Studio's own interface"),
    _endpoint("aws.sagemaker.{region}.experiments", "studio", "MLflow"),
    _endpoint("servicecatalog", "studio catalog", "launching products"),
    _endpoint("cloudformation", "delivery catalog", "deploying the stages", policy=False),
    _endpoint("ec2", "studio model-build hosting", "network interfaces of jobs"),
    _endpoint("elasticfilesystem", "studio", "Studio's home volumes"),
    _endpoint("ecr.api", "studio model-build hosting delivery", "images"),
    _endpoint("ecr.dkr", "studio model-build hosting delivery", "images"),
    _endpoint("codeartifact.api", "packages", "package index tokens"),
    _endpoint("codeartifact.repositories", "packages", "packages"),
    _endpoint("codecommit", "source", "repositories"),
    _endpoint("git-codecommit", "source", "git over https"),
    _endpoint("codebuild", "delivery", "builds that start builds"),
    _endpoint("codepipeline", "delivery", "watching and starting pipelines", policy=False),
    _endpoint("events", "delivery", "rules that start pipelines"),
    _endpoint("lambda", "delivery application", "the seed starter; functions of applications"),
    _endpoint("execute-api", "application", "private interfaces of applications"),
    _endpoint("secretsmanager", "application", "secrets of applications"),
)


def needed(features: Iterable[Feature]) -> list[Endpoint]:
    """The endpoints of an account, in the table's order."""
    wanted = frozenset(features)
    return [endpoint for endpoint in TABLE if endpoint.features & wanted]


def policy(
    endpoint: Endpoint, *, organization_id: str, region: str, features: Iterable[Feature] = ()
) -> dict[str, Any] | None:
    """The endpoint's policy: the organisation's principals reach the organisation's resources.

    Principals are `*` with conditions, as PrivateLink wants it. An action without a resource has no owner, hence
    `IfExists` for the resource's side.

    Args:
        features: what the account does; some of it needs buckets that AWS owns.
    """
    if not endpoint.policy:
        return None
    own: dict[str, Any] = {
        "Sid": "OwnPrincipalsOwnResources",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "*",
        "Resource": "*",
        "Condition": {
            "StringEquals": {"aws:PrincipalOrgID": organization_id},
            "StringEqualsIfExists": {"aws:ResourceOrgID": organization_id},
        },
    }
    others = _aws_owned_buckets(region, frozenset(features)) if endpoint.service == "s3" else []
    return {"Version": "2012-10-17", "Statement": [own, *others]}


def _aws_owned_buckets(region: str, features: frozenset[Feature]) -> list[dict[str, Any]]:
    """AWS's own buckets that a private network cannot do without; AWS signs their URLs, not our principals."""
    answers = f"cloudformation-custom-resource-response-{region.replace('-', '')}"
    buckets = [
        ("ImageLayers", "s3:GetObject", f"prod-{region}-starport-layer-bucket"),
        ("AnswersOfCustomResources", "s3:PutObject", answers),
    ]
    if "packages" in features and region in CODEARTIFACT_OWNERS:
        buckets.append(("PackageAssets", "s3:GetObject", f"assets-{CODEARTIFACT_OWNERS[region]}-{region}"))
    return [
        {"Sid": sid, "Effect": "Allow", "Principal": "*", "Action": action, "Resource": f"arn:aws:s3:::{bucket}/*"}
        for sid, action, bucket in buckets
    ]


CODEARTIFACT_OWNERS = {
    "ap-northeast-1": "660291247815",
    "ap-south-1": "681137435769",
    "ap-southeast-1": "421485864821",
    "ap-southeast-2": "860415559748",
    "eu-central-1": "769407342218",
    "eu-north-1": "611884512288",
    "eu-south-1": "484130244270",
    "eu-west-1": "438097961670",
    "eu-west-2": "247805302724",
    "eu-west-3": "762466490029",
    "us-east-1": "193858265520",
    "us-east-2": "250872398865",
    "us-west-2": "787052242323",
}
"""AWS's account that keeps CodeArtifact's files per region, wherever there is CodeArtifact.

https://docs.aws.amazon.com/codeartifact/latest/ug/create-s3-gateway-endpoint.html: npm's come from there, pip's don't.
"""

S3_PREFIX_LISTS = {
    "ap-northeast-1": "pl-61a54008",
    "ap-northeast-2": "pl-78a54011",
    "ap-south-1": "pl-78a54011",
    "ap-southeast-1": "pl-6fa54006",
    "ap-southeast-2": "pl-6ca54005",
    "eu-central-1": "pl-6ea54007",
    "eu-west-1": "pl-6da54004",
    "sa-east-1": "pl-6aa54003",
    "us-east-1": "pl-63a5400a",
    "us-east-2": "pl-7ba54012",
    "us-west-1": "pl-6ba54002",
    "us-west-2": "pl-68a54001",
}
"""S3's prefix list per region: constants of AWS (`aws ec2 describe-prefix-lists`) that CloudFormation cannot name."""


def s3_prefix_list(region: str) -> str:
    """S3's prefix list in a region.

    Raises:
        LookupError: it is not in `S3_PREFIX_LISTS` yet.
    """
    if region not in S3_PREFIX_LISTS:
        known = ", ".join(sorted(S3_PREFIX_LISTS))
        raise LookupError(
            f"regions.home: S3's prefix list in {region} is not known, only those of {known}. "
            f"Add it to fmops_constructs/endpoints.py: aws ec2 describe-prefix-lists --region {region}"
        )
    return S3_PREFIX_LISTS[region]
