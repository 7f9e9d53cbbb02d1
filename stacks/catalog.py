"""Governance: the portfolio, whose products are the folders of templates/, shared with tooling.

Tooling accepts the share and says there who may launch: a pattern of names that holds in every account would let anyone
launch who can make a role of such a name.
"""

from pathlib import Path
from typing import Any, ClassVar

import aws_cdk as cdk
from aws_cdk import aws_servicecatalog as servicecatalog
from fmops_constructs import names
from fmops_constructs.catalog import Facts, TemplateFolder, discover

from foundation.addressing import OF_BUSINESS_UNIT
from stacks.base import FoundationStack
from stacks.features import APPLICATIONS
from stacks.launching import LaunchRole
from stacks.personas import APPROVERS

TEMPLATES = Path(__file__).parents[1] / "templates"


class Catalog(FoundationStack):
    """The portfolio of products."""

    requires: ClassVar = (LaunchRole,)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        self._portfolio = servicecatalog.CfnPortfolio(
            self,
            "Portfolio",
            display_name=names.PORTFOLIO,
            provider_name=self.foundation.organization.name,
            description="Projects that a team can launch",
        )
        servicecatalog.CfnPortfolioShare(
            self, "ShareWithTooling", portfolio_id=self._portfolio.ref, account_id=self.tooling
        )
        facts = self._facts()
        for folder in discover(TEMPLATES):
            self._product(folder, facts)
        cdk.CfnOutput(self, "PortfolioId", value=self._portfolio.ref, description="What tooling accepts as a share")

    def _facts(self) -> Facts:
        return Facts(
            organization_id=self.foundation.organization.id,
            region=self.region,
            tooling=self.tooling,
            data_lake=self.data_lake,
            business_units={
                name: {kind: account for kind in OF_BUSINESS_UNIT if (account := self.foundation.account(kind, name))}
                for name in self.foundation.business_units
            },
            models=self._models(),
            approvers={
                name: [persona for persona in APPROVERS if getattr(unit.people, persona)]
                for name, unit in self.foundation.business_units.items()
            },
        )

    def _models(self) -> tuple[str, ...]:
        """The families of foundation models that an application may use in all its stages."""
        return tuple(line.family for line in self.foundation.models if set(line.account_types) >= APPLICATIONS)

    def _product(self, folder: TemplateFolder, facts: Facts) -> None:
        stack = folder.product()(self, f"{folder.name}-template", foundation_facts=facts)
        product = servicecatalog.CloudFormationProduct(
            self,
            folder.name,
            product_name=folder.name,
            owner=self.foundation.organization.name,
            description=" ".join(str(folder.manifest["description"]).split()),
            product_versions=[
                servicecatalog.CloudFormationProductVersion(
                    product_version_name=str(folder.manifest["version"]),
                    cloud_formation_template=servicecatalog.CloudFormationTemplate.from_product_stack(stack),
                )
            ],
        )
        cdk.Tags.of(product).add("sagemaker:studio-visibility", "true")
        association = servicecatalog.CfnPortfolioProductAssociation(
            self, f"{folder.name}-in-portfolio", portfolio_id=self._portfolio.ref, product_id=product.product_id
        )
        launch = servicecatalog.CfnLaunchRoleConstraint(
            self,
            f"{folder.name}-launch-role",
            portfolio_id=self._portfolio.ref,
            product_id=product.product_id,
            local_role_name=names.LAUNCH_ROLE,
            description="Launched with the role of this name in the launching account",
        )
        launch.add_resource_dependency(association)
