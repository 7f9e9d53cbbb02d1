"""Tooling: what launches the projects that business units ask for from their experimentation accounts."""

from typing import Any, ClassVar

from fmops_constructs import names
from fmops_constructs.iam import Policy, allow
from fmops_constructs.provisioning.infrastructure import Provisioner

from stacks.base import FoundationStack
from stacks.baseline import Baseline
from stacks.network import Network
from stacks.principals import requesters
from stacks.shared_policies import USE_NETWORK


class Provisioning(FoundationStack):
    """The provisioner, with a topic of requests per business unit."""

    requires: ClassVar = (Baseline, Network)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        launch = Policy(
            self,
            "Launch",
            description="Launch what the catalog offers, change and end what it launched",
            statements=[
                allow("servicecatalog:ProvisionProduct", on="*"),
                allow(
                    "servicecatalog:DescribeProvisionedProduct",
                    "servicecatalog:DescribeRecord",
                    "servicecatalog:GetProvisionedProductOutputs",
                    "servicecatalog:TerminateProvisionedProduct",
                    "servicecatalog:UpdateProvisionedProduct",
                    on="*",
                    when={"StringEquals": {"servicecatalog:roleLevel": "self"}},
                ),
                allow("ssm:GetParameters", on=self.parameters()),
            ],
        )
        Provisioner(
            self,
            "Provisioner",
            requesters={
                unit: roles for unit in self.foundation.business_units if (roles := requesters(self.foundation, unit))
            },
            key=self.key(names.DATA_KEY_ARN),
            logs_key=self.key(names.LOGS_KEY_ARN),
            launch=launch,
            run_function=[self.shared(USE_NETWORK)],
            place=self.place(vpc=False),
        )
