"""Accounts, regions and partitions written into a template: it deploys to one place only, or reaches into another's.

A template that is for one place (a cloud assembly says so) may name that place and the others of its assembly: CDK
writes them on purpose. One that is for no place in particular may name none.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fmops.verify.findings import Finding
from fmops.verify.posture.settings import finding
from fmops.verify.templates import Resource, Template
from fmops.verify.values import World

SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html"
ARN = re.compile(r"arn:(aws[a-z-]*):([a-z0-9-]+):([a-z0-9-]*):([0-9]{12}|)(?=:)")
HOST = re.compile(r"(?:([0-9]{12})\.dkr\.ecr\.|\.)([a-z]{2}(?:-[a-z]+)+-[0-9])\.amazonaws\.com")
REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]")
PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b"}
"""How the regions of the other partitions begin; all others are `aws`."""
GLOBAL = ("us-east-1",)
"""Where AWS's global services are: CloudFront's certificates, billing, Route 53."""

NAMES_OF_OTHERS = ("organizations",)
"""Services whose ARNs carry an account that nobody chose: an organisation's names its management account."""
OWNED_BY_AWS = {
    "127311923021": "load balancers' logs, us-east-1",
    "141502667606": "SageMaker's own algorithms, eu-west-1",
    "156460612806": "load balancers' logs, eu-west-1",
    "246618743249": "SageMaker's own algorithms, us-west-2",
    "257758044811": "SageMaker's own algorithms, us-east-2",
    "492215442770": "SageMaker's own algorithms, eu-central-1",
    "683313688378": "SageMaker's own algorithms, us-east-1",
    "763104351884": "Deep Learning Containers, most regions",
}
"""Accounts of AWS's own; https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html"""


class Literal(NamedTuple):
    """What a text names, where it does."""

    partition: str
    region: str
    account: str
    text: str


class Named(NamedTuple):
    """One thing that shouldn't be written there."""

    rule: str
    what: str
    remedy: str


def verify(world: World) -> Iterator[Finding]:
    """A finding for each property that names a place which its template shouldn't know."""
    accounts = {template.account for template in world.templates if template.account}
    regions = {template.region for template in world.templates if template.region}
    for template in world.templates:
        place = _Place(template, accounts, regions)
        for resource in template.resources.values():
            for path, literal in _literals(resource.properties):
                yield from (_finding(resource, path, literal, named) for named in place.named(literal))


class _Place:
    """Where a template is for, and what it may name therefore."""

    def __init__(self, template: Template, accounts: set[str], regions: set[str]) -> None:
        self.template, self.accounts, self.regions = template, accounts, regions

    def named(self, literal: Literal) -> Iterator[Named]:
        template = self.template
        if not template.account and literal.account:
            yield Named("Account", f"account {literal.account}", "Use AWS::AccountId, or a parameter.")
        elif literal.account and literal.account not in self.accounts | OWNED_BY_AWS.keys():
            yield Named(
                "Account",
                f"account {literal.account}, which no template is for",
                "Take the account from the configuration, or verify its templates too.",
            )
        if literal.region and literal.region not in (template.region, *GLOBAL):
            if not template.region:
                yield Named("Region", f"region {literal.region}", "Use AWS::Region, or a parameter.")
            elif literal.account and literal.region not in self.regions:
                yield Named(
                    "Region", f"region {literal.region}, which no template is for", "Use the template's own region."
                )
        if literal.partition and literal.partition != partition(template.region):
            yield Named("Partition", f"partition {literal.partition}", "Use AWS::Partition.")


def partition(region: str) -> str:
    """A region's partition; nothing for no region."""
    return next((name for start, name in PARTITIONS.items() if region.startswith(start)), "aws" if region else "")


def _finding(resource: Resource, path: str, literal: Literal, named: Named) -> Finding:
    return finding(
        f"Posture-{named.rule}",
        resource,
        f"{resource} ({resource.type}) names {named.what}: {literal.text}.",
        named.remedy,
        (path, literal.text),
        requirement="R4",
        source=SOURCE,
    )


def _literals(node: Any, path: str = "Properties") -> Iterator[tuple[str, Literal]]:
    """Each text of a resource that names a place, by its path."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from _literals(value, f"{path}.{name}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _literals(value, f"{path}.{number}")
    elif isinstance(node, str):
        for part, service, region, account in (match.groups() for match in ARN.finditer(node)):
            if service in NAMES_OF_OTHERS:
                account = ""
            given = region if REGION.fullmatch(region) else ""
            yield path, Literal(part, given, account, f"arn:{part}:…:{region}:{account}:")
        for match in HOST.finditer(node):
            account, region = match.groups()
            yield path, Literal("", region, account or "", match[0].lstrip("."))
