"""Governance: a portfolio per business unit, whose products are the folders of templates/, shared with tooling.

A business unit's people reach its own portfolio only, and there a product can be launched for that unit only: IAM knows
no key for a product's parameters, but Service Catalog checks a template constraint before it launches (docs/adr/0013).

Tooling accepts the share and says there who may launch: a pattern of names that holds in every account would let anyone
launch who can make a role of such a name.
"""

import json
from pathlib import Path
from typing import Any, ClassVar

import aws_cdk as cdk
from aws_cdk import aws_servicecatalog as servicecatalog
from fmops_constructs import names
from fmops_constructs.catalog import Facts, Product, TemplateFolder, discover, republished

from constructs import Construct
from foundation import Foundation
from foundation.addressing import OF_BUSINESS_UNIT
from stacks import access
from stacks.base import FoundationStack
from stacks.features import APPLICATIONS
from stacks.launching import LaunchRole

TEMPLATES = Path(__file__).parents[1] / "templates"


def facts_of(foundation: Foundation) -> Facts:
    """What products may know about a foundation."""
    return Facts(
        organization_id=foundation.organization.id,
        region=foundation.regions.home,
        tooling=foundation.account("tooling") or "",
        data_lake=foundation.account("data-lake") or "",
        business_units={
            name: {kind: account for kind in OF_BUSINESS_UNIT if (account := foundation.account(kind, name))}
            for name in foundation.business_units
        },
        # The families of foundation models that an application may use in all its stages.
        models=tuple(line.family for line in foundation.models if set(line.account_types) >= APPLICATIONS),
        approvers={
            name: [persona for persona in access.approvers() if getattr(unit.people, persona)]
            for name, unit in foundation.business_units.items()
        },
    )


def offered(folder: TemplateFolder, facts: Facts, unit: str) -> bool:
    """Whether a business unit has what a project of the template needs."""
    return folder.product().offered_to(facts, unit)


class Catalog(FoundationStack):
    """The portfolios, and the products that each holds."""

    requires: ClassVar = (LaunchRole,)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        facts = facts_of(self.foundation)
        products = [(folder, self._product(folder, facts)) for folder in discover(TEMPLATES)]
        for unit in self.foundation.business_units:
            self._portfolio(unit, [(f.name, product) for f, product in products if offered(f, facts, unit)])

    def _portfolio(self, unit: str, products: list[tuple[str, servicecatalog.CloudFormationProduct]]) -> None:
        scope = Construct(self, unit)
        cdk.Tags.of(scope).add(names.UNIT_TAG, unit)
        portfolio = servicecatalog.CfnPortfolio(
            scope,
            "Portfolio",
            display_name=names.portfolio(unit),
            provider_name=self.foundation.organization.name,
            description=f"Projects that {unit} can launch",
        )
        servicecatalog.CfnPortfolioShare(scope, "ShareWithTooling", portfolio_id=portfolio.ref, account_id=self.tooling)
        for name, product in products:
            self._member(Construct(scope, name), portfolio, product, unit)
        cdk.CfnOutput(
            self,
            f"PortfolioId{unit}",
            value=portfolio.ref,
            description=f"What tooling accepts as the share for {unit}",
        )

    def _member(
        self,
        scope: Construct,
        portfolio: servicecatalog.CfnPortfolio,
        product: servicecatalog.CloudFormationProduct,
        unit: str,
    ) -> None:
        """A product in a portfolio: launched there with the launch role, and for the portfolio's unit only."""
        both = {"portfolio_id": portfolio.ref, "product_id": product.product_id}
        member = servicecatalog.CfnPortfolioProductAssociation(scope, "InPortfolio", **both)
        launch = servicecatalog.CfnLaunchRoleConstraint(
            scope,
            "LaunchRole",
            **both,
            local_role_name=names.LAUNCH_ROLE,
            description="Launched with the role of this name in the launching account",
        )
        own = {
            "Assert": {"Fn::Equals": [{"Ref": "BusinessUnit"}, unit]},
            "AssertDescription": f"BusinessUnit must be {unit}",
        }
        only = servicecatalog.CfnLaunchTemplateConstraint(
            scope,
            "OwnUnitOnly",
            **both,
            rules=json.dumps({"OwnUnitOnly": {"Assertions": [own]}}),
            description=f"What {unit} launches is {unit}'s",
        )
        for constraint in (launch, only):
            constraint.add_resource_dependency(member)

    def _product(self, folder: TemplateFolder, facts: Facts) -> servicecatalog.CloudFormationProduct:
        stack = folder.product()(self, f"{folder.name}-template", foundation_facts=facts)
        product = servicecatalog.CloudFormationProduct(
            self,
            folder.name,
            product_name=folder.name,
            owner=self.foundation.organization.name,
            description=" ".join(str(folder.manifest["description"]).split()),
            product_versions=[
                *self._earlier(folder, stack),
                servicecatalog.CloudFormationProductVersion(
                    product_version_name=str(folder.manifest["version"]),
                    cloud_formation_template=servicecatalog.CloudFormationTemplate.from_product_stack(stack),
                ),
            ],
        )
        cdk.Tags.of(product).add("sagemaker:studio-visibility", "true")
        return product

    def _earlier(self, folder: TemplateFolder, current: Product) -> list[servicecatalog.CloudFormationProductVersion]:
        """Versions that stay: a project of theirs can be updated, and a launch can ask for them."""
        kept = Path(cdk.Stage.of(self).outdir) / "released"  # type: ignore[union-attr] # every stack is in a stage
        found = []
        for version, released in folder.released.items():
            kept.mkdir(parents=True, exist_ok=True)
            file = kept / f"{folder.name}-{version}.json"
            file.write_text(republished(released, current), encoding="utf-8")
            template = servicecatalog.CloudFormationTemplate.from_asset(str(file))
            found.append(
                servicecatalog.CloudFormationProductVersion(
                    product_version_name=version, cloud_formation_template=template
                )
            )
        return found
