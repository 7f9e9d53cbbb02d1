"""Preprod and prod: who runs endpoints and who calls them. The endpoints themselves are the projects'."""

from typing import Any, ClassVar

from aws_cdk import aws_iam as iam
from fmops_constructs import names
from fmops_constructs.iam import Policy, Role, allow, exactly, service
from fmops_constructs.names import role_arn

from stacks import break_glass
from stacks.agreed import MODELS, RELEASES
from stacks.application_account import askers
from stacks.base import FoundationStack
from stacks.baseline import Baseline
from stacks.lake_access import foreign_key
from stacks.network import Network
from stacks.shared_policies import RUN_SAGEMAKER


class Hosting(FoundationStack):
    """Roles of a business unit's endpoints and of their callers."""

    requires: ClassVar = (Baseline, Network)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        artifacts = f"arn:aws:s3:::{names.bucket('artifacts', self.tooling, self.region)}"
        serve = Policy(
            self,
            "Serve",
            description="Load models",
            statements=[
                allow("s3:GetObject", on=f"{artifacts}/{MODELS}*"),
                allow("s3:ListBucket", on=artifacts, when={"StringLike": {"s3:prefix": f"{MODELS}*"}}),
                foreign_key(self, self.tooling, "artifacts", "kms:Decrypt"),
                allow(
                    "kms:CreateGrant",
                    "kms:Decrypt",
                    "kms:DescribeKey",
                    "kms:GenerateDataKey",
                    on=self.key(names.DATA_KEY_ARN).key_arn,
                ),
            ],
        )
        invoke = Policy(
            self,
            "Invoke",
            description="Call endpoints",
            statements=[allow("sagemaker:InvokeEndpoint", on=self.arn_of("sagemaker", "endpoint/*"))],
        )
        Role(
            self,
            "HostingRole",
            name="hosting",
            business_unit=self.business_unit,
            description="Runs endpoints",
            trusts=service("sagemaker.amazonaws.com", self.account),
            policies=[serve, self.shared(RUN_SAGEMAKER)],
        )
        Role(
            self,
            "ConsumerRole",
            name="consumer",
            business_unit=self.business_unit,
            description="Calls endpoints, and nothing else",
            trusts=self._callers(),
            policies=[invoke],
        )
        break_glass.add(self)

    def _callers(self) -> iam.IPrincipal:
        """The account's own workloads, the stage's applications; in preprod also the build that tests the endpoint."""
        stage = self.environment_.stage
        others = askers(self.foundation, stage, self.business_unit) if stage else []
        if stage == "preprod":
            others = [*others, role_arn(self.tooling, RELEASES[stage], self.business_unit)]
        return iam.CompositePrincipal(
            iam.AccountPrincipal(self.account), *(exactly(arn.split(":")[4], arn) for arn in others)
        )
