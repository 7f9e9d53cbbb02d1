"""Tooling: each business unit's portfolio, accepted from governance and opened to the unit's people who may launch.

The provisioner, which launches what a unit asks for from its experimentation account, may launch from each.
"""

from typing import Any, ClassVar

from aws_cdk import aws_servicecatalog as servicecatalog
from fmops_constructs import names

from foundation.access import current
from stacks.base import FoundationStack
from stacks.launching import Launching
from stacks.personas import Personas
from stacks.provisioning import Provisioning


class CatalogAccess(FoundationStack):
    """Who may launch the catalog's products.

    Service Catalog takes a principal only once it exists, so the roles come first.
    """

    requires: ClassVar = (Personas, Launching, Provisioning)
    needs: ClassVar = ("portfolio",)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        for unit, business_unit in self.foundation.business_units.items():
            portfolio = self.minted("portfolio", unit)
            accepted = servicecatalog.CfnAcceptedPortfolioShare(self, f"{unit}-accepted", portfolio_id=portfolio)
            roles = {
                role: names.role_arn(self.account, role, unit)
                for role in current().roles_with("launch", "tooling")
                if current().persons(business_unit.people, role)
            }
            for role, arn in {**roles, "provisioner": names.role_arn(self.account, "provisioner")}.items():
                access = servicecatalog.CfnPortfolioPrincipalAssociation(
                    self,
                    f"{unit}-{role}",
                    portfolio_id=portfolio,
                    principal_arn=arn,
                    principal_type="IAM",
                )
                access.add_resource_dependency(accepted)
