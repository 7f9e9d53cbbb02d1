"""Tooling: the catalog's portfolio, accepted from governance and opened to the personas who may launch from it."""

from typing import Any, ClassVar

from aws_cdk import aws_servicecatalog as servicecatalog
from fmops_constructs import names

from stacks.base import FoundationStack
from stacks.launching import Launching
from stacks.personas import PERSONAS, Personas


class CatalogAccess(FoundationStack):
    """Who may launch the catalog's products.

    Service Catalog takes a principal only once it exists, so the roles come first.
    """

    requires: ClassVar = (Personas, Launching)
    needs: ClassVar = ("portfolio",)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        portfolio = self.minted("portfolio")
        accepted = servicecatalog.CfnAcceptedPortfolioShare(self, "Accepted", portfolio_id=portfolio)
        for unit, business_unit in self.foundation.business_units.items():
            for persona in PERSONAS:
                if persona.launches and getattr(business_unit.people, persona.key):
                    access = servicecatalog.CfnPortfolioPrincipalAssociation(
                        self,
                        f"{unit}-{persona.role}",
                        portfolio_id=portfolio,
                        principal_arn=names.role_arn(self.account, persona.role, unit),
                        principal_type="IAM",
                    )
                    access.add_resource_dependency(accepted)
