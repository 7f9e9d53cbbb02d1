"""Tooling, per business unit: the roles of its pipelines and builds."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from fmops_constructs import lifecycle, names
from fmops_constructs.iam import OF_OWN_UNIT, Policy, Role, allow, deny, service
from fmops_constructs.names import RELEASE_PASSED, RELEASE_SOURCE

from constructs import Construct
from foundation.phases import AccountType, Stage
from stacks.agreed import APPLICATION_RELEASES, MODELS, RELEASES, TESTED
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
        self._learn_trainer = Policy(
            self,
            "LearnTrainer",
            description="Learn who caused a training, and which image it runs",
            statements=[
                allow(
                    "codepipeline:GetPipelineExecution",
                    on=self.arn_of("codepipeline", f"*{names.BUILD_SUFFIX}"),
                    when=OF_OWN_UNIT,
                ),
                allow("ecr:DescribeImages", on=self.arn_of("ecr", f"repository/{names.IMAGES}")),
                allow(
                    "servicecatalog:SearchProvisionedProducts",
                    on="*",
                    when={"StringEquals": {"servicecatalog:accountLevel": "self"}},
                ),
            ],
        )
        self._moves = {
            stage: Policy(
                self,
                f"Move{stage.title()}",
                description=f"Say how an approved model stands in {stage}",
                statements=[
                    allow(
                        "sagemaker:UpdateModelPackage",
                        on=self.arn_of("sagemaker", "model-package/*"),
                        when=lifecycle.when_moved(stage),
                    )
                ],
            )
            for stage in RELEASES
        }
        self._builds = [
            *(self.shared(name) for name in (USE_NETWORK, RUN_CODEBUILD, READ_PACKAGES)),
            self._pipeline_artifacts,
        ]
        for unit in self.foundation.business_units:
            scope = Construct(self, unit)
            cdk.Tags.of(scope).add(names.UNIT_TAG, unit)
            self._pipeline_role(scope)
            self._build_role(scope, unit)
            self._train_role(scope, unit)
            for released in RELEASES:
                self._release_role(scope, unit, released)
            for stage in APPLICATION_RELEASES:
                self._application_release_role(scope, unit, stage)

    def _pipeline_role(self, scope: Construct) -> None:
        policies = [self._run_pipeline, self._pipeline_artifacts]
        self._role(
            scope, "delivery", "codepipeline", "Runs the delivery pipelines of a business unit's projects", policies
        )

    def _build_role(self, scope: Construct, unit: str) -> None:
        """Runs the repository's code, so it starts nothing."""
        read = Policy(
            scope,
            "ReadDev",
            description="Read what dev publishes: its network and its key",
            statements=self._assume(self.roles("dev", "read-platform", business_unit=unit)),
        )
        description = "Builds a commit: tests, code upload, the model pipeline's definition"
        self._role(scope, "build", "codebuild", description, [read, *self._builds])

    def _train_role(self, scope: Construct, unit: str) -> None:
        """Runs the platform's own program, which says in whose name the model pipeline starts."""
        starters = self.roles("dev", "start-pipeline", business_unit=unit)
        if not starters:
            return
        start = Policy(
            scope,
            "StartModelPipeline",
            description="Start the model pipeline in dev in the name of who caused it",
            statements=[allow("sts:AssumeRole", "sts:SetSourceIdentity", on=starters)],
        )
        shared = [self.shared(name) for name in (USE_NETWORK, RUN_CODEBUILD)]
        description = "Starts model pipelines in dev, in the name of who pushed or launched"
        policies = [start, self._learn_trainer, *shared, self._pipeline_artifacts]
        self._role(scope, "train", "codebuild", description, policies)

    def _application_release_role(self, scope: Construct, unit: str, stage: Stage) -> None:
        """Deploys applications to one stage; before prod it also tests what it deployed; dev's offers it onwards."""
        account_type: AccountType = f"application-{stage}"  # type: ignore[assignment] # the three are account types
        account = self.foundation.account(account_type, unit)
        if account is None:
            return
        name = APPLICATION_RELEASES[stage]
        testers = self.roles(account_type, "tester", business_unit=unit) if stage in TESTED else []
        statements = self._assume([*self._cdk_roles(account), *testers])
        if stage == "dev":
            statements.append(self._offer())
        release = Policy(
            scope,
            f"ReleaseApplication{stage.title()}",
            description=f"Deploy an application to {stage}",
            statements=statements,
        )
        self._role(scope, name, "codebuild", f"Deploys applications to {stage}", [release, *self._builds])

    def _offer(self) -> iam.PolicyStatement:
        """The right to say that a release has passed dev: an event, which starts the project's promotion."""
        return allow(
            "events:PutEvents",
            on=self.arn_of("events", "event-bus/default"),
            when={"StringEquals": {"events:source": RELEASE_SOURCE, "events:detail-type": RELEASE_PASSED}},
        )

    def _cdk_roles(self, account: str) -> list[str]:
        return [f"arn:aws:iam::{account}:role/cdk-hnb659fds-{kind}-role-{account}-{self.region}" for kind in CDK_ROLES]

    def _release_role(self, scope: Construct, unit: str, stage: Literal["preprod", "prod"]) -> None:
        """Deploys to one stage; the one of preprod also tests what it deployed."""
        account = self.foundation.account(stage, unit)
        if account is None:
            return
        name = RELEASES[stage]
        testers = self.roles("preprod", "consumer", business_unit=unit) if stage == "preprod" else []
        release = Policy(
            scope,
            f"Release{stage.title()}",
            description=f"Deploy an approved model to {stage}",
            statements=self._assume([*self._cdk_roles(account), *testers]),
        )
        policies = [release, self._moves[stage], self.shared(READ_REGISTRY), *self._builds]
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
