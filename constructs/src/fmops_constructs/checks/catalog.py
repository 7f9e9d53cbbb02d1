"""Rules for the catalog: how products are launched, and what they may make."""

import json
import re
from collections.abc import Iterator

from fmops_constructs.checks.rule import Resource, Rule, each, every, must_have, must_not_have

ACCOUNT = re.compile(r"(?<![0-9A-Za-z])[0-9]{12}(?![0-9A-Za-z])")
REGION = re.compile(r"(?<![a-z0-9])[a-z]{2}(?:-[a-z]+)+-[1-9](?![0-9a-z])")
STUDIO = {"Key": "sagemaker:studio-visibility", "Value": "true"}


def _not_in_studio(product: Resource) -> Iterator[str]:
    if STUDIO not in each(product.at("Tags")):
        yield "Tags"


def _launched_with_own_rights(association: Resource) -> Iterator[str]:
    """No launch role constraint for the same product in the same portfolio."""
    both = ("PortfolioId", "ProductId")
    constraints = (
        Resource(logical_id, association.template)
        for logical_id, other in association.template.resources.items()
        if other.get("Type") == "AWS::ServiceCatalog::LaunchRoleConstraint"
    )
    if not any(all(one.at(key) == association.at(key) for key in both) for one in constraints):
        yield "ProductId"


def _in_a_product(resource: Resource) -> Iterator[str]:
    if resource.template.is_product:
        yield ""


def _knows_its_place(resource: Resource) -> Iterator[str]:
    """A product's resource with an account, a region or a partition in its text."""
    if resource.template.is_product:
        for name, value in resource.properties.items():
            text = json.dumps(value)
            if "arn:aws" in text or ACCOUNT.search(text) or REGION.search(text):
                yield name


def _anybody_of_a_name(association: Resource) -> Iterator[str]:
    if association.at("PrincipalType") == "IAM_PATTERN" and "*" in str(association.at("PrincipalARN")):
        yield "PrincipalARN"


RULES = (
    Rule(
        "Catalog-LaunchRole",
        ("AWS::ServiceCatalog::PortfolioProductAssociation",),
        _launched_with_own_rights,
        why="Without a launch constraint, whoever launches needs every right that the product's resources take.",
        source="R71, https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-launch.html",
        remedy="Add an AWS::ServiceCatalog::LaunchRoleConstraint for the product in its portfolio.",
    ),
    Rule(
        "Catalog-LocalRole",
        ("AWS::ServiceCatalog::LaunchRoleConstraint",),
        every(must_have("LocalRoleName"), must_not_have("RoleArn")),
        why="A role's ARN holds in one account; a shared portfolio is launched in others.",
        source="R71, https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-launch.html",
        remedy="Set LocalRoleName, and no RoleArn.",
    ),
    Rule(
        "Catalog-StudioVisibility",
        ("AWS::ServiceCatalog::CloudFormationProduct",),
        _not_in_studio,
        why="Studio shows no product without the tag.",
        source="R71, https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates-custom.html",
        remedy="Tag the product with sagemaker:studio-visibility: true.",
    ),
    Rule(
        "Catalog-PrincipalPattern",
        ("AWS::ServiceCatalog::PortfolioPrincipalAssociation",),
        _anybody_of_a_name,
        why="Whoever can make a role of such a name can launch, in every account that the portfolio is shared with.",
        source="R71, https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_portfolios_sharing.html",
        remedy="Name exact roles.",
    ),
    Rule(
        "Catalog-NoIdentity",
        ("AWS::IAM::*",),
        _in_a_product,
        why="A launch that makes roles needs the right to make roles, and then has every right.",
        source="docs/adr/0001-launches-create-no-iam.md, R27",
        remedy="Use a role that the foundation made: fmops_constructs.names.role_arn.",
    ),
    Rule(
        "Catalog-Literal",
        ("*",),
        _knows_its_place,
        why="A product is launched in accounts and regions that its template cannot know.",
        source="R4, https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html",
        remedy="Use AWS::AccountId, AWS::Region and AWS::Partition, a mapping, or a parameter.",
    ),
)
