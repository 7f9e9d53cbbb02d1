"""Tooling, per business unit: the roles of its pipelines and builds."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from fmops_constructs import names
from fmops_constructs.iam import OF_OWN_UNIT, Policy, Role, allow, deny, service

from constructs import Construct
from stacks.agreed import MODELS, RELEASES
from stacks.base import FoundationStack
from stacks.baseline import Baseline
from stacks.shared_policies import READ_PACKAGES, READ_REGISTRY, RUN_CODEBUILD, USE_NETWORK
from stacks.tooling import Tooling

CDK_ROLES = ("deploy", "file-publishing", "lookup")


class Delivery(FoundationStack):
    """How a commit becomes a run in dev, and an approved model a deployment: one set of roles per business unit."""

    requires: ClassVar = (Baseline, Tooling)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        self._bucket = f"arn:aws:s3:::{names.bucket('artifacts', self.account, self.region)}"
        self._pipeline_artifacts = Policy(
            self,
            "PipelineArtifacts",
            description="Hand artifacts from stage to stage of a delivery pipeline, and never touch a model",
            statements=[
                allow("s3:GetBucketLocation", "s3:GetBucketVersioning", on=self._bucket),
                allow("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", on=f"{self._bucket}/*"),
                deny("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject", on=f"{self._bucket}/{MODELS}*"),
                allow(
                    "kms:Decrypt",
                    "kms:DescribeKey",
                    "kms:GenerateDataKey",
                    on=self.key(names.ARTIFACTS_KEY_ARN).key_arn,
                ),
            ],
        )
        self._run_pipeline = Policy(
            self,
            "RunPipeline",
            description="Take a commit from a repository and run the project's builds",
            statements=[
                allow(
                    "codecommit:CancelUploadArchive",
                    "codecommit:GetBranch",
                    "codecommit:GetCommit",
                    "codecommit:GetRepository",
                    "codecommit:GetUploadArchiveStatus",
                    "codecommit:UploadArchive",
                    on=self.arn_of("codecommit", "*"),
                    when=OF_OWN_UNIT,
                ),
                allow(
                    "codebuild:BatchGetBuilds",
                    "codebuild:StartBuild",
                    "codebuild:StopBuild",
                    on=self.arn_of("codebuild", "project/*"),
                    when=OF_OWN_UNIT,
                ),
            ],
        )
        self._builds = [
            *(self.shared(name) for name in (USE_NETWORK, RUN_CODEBUILD, READ_PACKAGES)),
            self._pipeline_artifacts,
        ]
        for unit in self.foundation.business_units:
            scope = Construct(self, unit)
            cdk.Tags.of(scope).add(names.UNIT_TAG, unit)
            self._pipeline_role(scope)
            self._build_role(scope, unit)
            for stage in RELEASES:
                self._release_role(scope, unit, stage)

    def _pipeline_role(self, scope: Construct) -> None:
        policies = [self._run_pipeline, self._pipeline_artifacts]
        self._role(
            scope, "delivery", "codepipeline", "Runs the delivery pipelines of a business unit's projects", policies
        )

    def _build_role(self, scope: Construct, unit: str) -> None:
        start = Policy(
            scope,
            "StartModelPipeline",
            description="Publish code and start the model pipeline in dev",
            statements=self._assume(self.roles("dev", "start-pipeline", business_unit=unit)),
        )
        description = "Builds a commit: tests, code upload, start of the model pipeline in dev"
        self._role(scope, "build", "codebuild", description, [start, *self._builds])

    def _release_role(self, scope: Construct, unit: str, stage: Literal["preprod", "prod"]) -> None:
        """Deploys to one stage; the one of preprod also tests what it deployed."""
        account = self.foundation.account(stage, unit)
        if account is None:
            return
        name = RELEASES[stage]
        roles = [f"arn:aws:iam::{account}:role/cdk-hnb659fds-{kind}-role-{account}-{self.region}" for kind in CDK_ROLES]
        testers = self.roles("preprod", "consumer", business_unit=unit) if stage == "preprod" else []
        release = Policy(
            scope,
            f"Release{stage.title()}",
            description=f"Deploy an approved model to {stage}",
            statements=self._assume([*roles, *testers]),
        )
        policies = [release, self.shared(READ_REGISTRY), *self._builds]
        self._role(scope, name, "codebuild", f"Deploys approved models to {stage}", policies)

    def _role(
        self, scope: Construct, name: str, runner: str, description: str, policies: Sequence[iam.IManagedPolicy]
    ) -> None:
        """A role of the unit that `scope` stands for, taken by one AWS service."""
        Role(
            scope,
            f"{name.title().replace('-', '')}Role",
            name=name,
            business_unit=scope.node.id,
            description=description,
            trusts=service(f"{runner}.amazonaws.com", self.account),
            policies=policies,
        )

    @staticmethod
    def _assume(roles: list[str]) -> list[iam.PolicyStatement]:
        return [allow("sts:AssumeRole", on=roles)] if roles else []
