"""The product: what a launch makes in tooling. It makes no IAM role: the foundation made them, per business unit."""

from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_sagemaker as sagemaker
from fmops_constructs import names
from fmops_constructs.catalog import Facts
from fmops_constructs.pipelines import COMMIT, DeliveryPipeline, on_approved_model, on_commit, run
from fmops_constructs.project import ProjectProduct, keep, manifest_beside
from fmops_constructs.training_start import buildspec

from constructs import Construct

PACKAGE, PUSHER = "MODEL_PACKAGE_ARN", "PUSHED_BY"
DEFINED = "Definition"
"""What the build hands to the step that starts the training."""


class TrainDeployRealtime(ProjectProduct):
    """Repository, build pipeline, model registry, promotion pipeline, and the seeding of the repository."""

    manifest: ClassVar = manifest_beside(__file__)

    def __init__(self, scope: Construct, id: str, *, foundation_facts: Facts) -> None:
        super().__init__(scope, id, foundation_facts=foundation_facts)
        registry = self._registry()
        build = self._build_pipeline()
        promotion = self.promotion(
            variable=PACKAGE,
            meaning="The approved version of the model to promote",
            question="Preprod passed with {variable}. Take it to prod?",
            start=on_approved_model(self.project.model_package_group),
            path="$.detail.ModelPackageArn",
            commit="$.detail.MetadataProperties.CommitId",
        )
        self.seed({"dataset": self.value("Dataset")}, after=[registry, build, promotion])
        self.outputs(
            RepositoryUrl=self.repository.attr_clone_url_http,
            BuildPipelineName=build.pipeline.ref,
            PromotionPipelineName=promotion.pipeline.ref,
            ModelPackageGroupArn=registry.attr_model_package_group_arn,
        )

    def _registry(self) -> sagemaker.CfnModelPackageGroup:
        """The registry: dev's pipeline adds versions to it, the stages' endpoints read them, no other account may."""
        group = self.project.model_package_group
        resources = [self.arn("sagemaker", f"model-package{kind}") for kind in (f"-group/{group}", f"/{group}/*")]
        read = ["sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup", "sagemaker:ListModelPackages"]
        statements = [
            {
                "Sid": sid,
                "Effect": "Allow",
                "Principal": {
                    "AWS": [f"arn:{cdk.Aws.PARTITION}:iam::{self.account_of(stage)}:root" for stage in stages]
                },
                "Condition": {"ArnEquals": {"aws:PrincipalArn": [self.role_in(stage, role) for stage in stages]}},
                "Action": actions,
                "Resource": resources,
            }
            for sid, role, stages, actions in (
                ("DevRegisters", "pipeline", ["dev"], ["sagemaker:CreateModelPackage", *read]),
                ("StagesRead", "hosting", ["preprod", "prod"], read),
            )
        ]
        registry = sagemaker.CfnModelPackageGroup(
            self,
            "ModelPackageGroup",
            model_package_group_name=group,
            model_package_group_description="Every model that the project's pipeline registered",
            model_package_group_policy={"Version": "2012-10-17", "Statement": statements},
        )
        self.show_in_studio(registry)
        keep(registry)
        return registry

    def _build_pipeline(self) -> DeliveryPipeline:
        """A commit on main -> the seed's buildspec.yml -> the platform's step, which starts the pipeline in dev."""
        build = self.build(
            "build",
            "buildspec.yml",
            TOOLING_ACCOUNT=cdk.Aws.ACCOUNT_ID,
            DEV_ACCOUNT=self.account_of("dev"),
            ARTIFACTS_KEY_ARN=self.value("ArtifactsKeyArn"),
        )
        train = self.build(
            "train",
            buildspec(),
            BUILD_PIPELINE=self.project.build,
            MODEL_PACKAGE_GROUP=self.arn("sagemaker", f"model-package-group/{self.project.model_package_group}"),
            MODEL_PIPELINE=self.project.model_pipeline,
            BUSINESS_UNIT=self.project.business_unit,
            DEV_ACCOUNT=self.account_of("dev"),
            PARTITION=cdk.Aws.PARTITION,
            SEEDER=names.SEEDER,
            STACK_ID=cdk.Aws.STACK_ID,
        )
        here = {"COMMIT_ID": COMMIT, "EXECUTION_ID": "#{codepipeline.PipelineExecutionId}"}
        stages = {
            "Build": [run(build, "Build", {"COMMIT_ID": COMMIT}, output=DEFINED)],
            "Train": [run(train, "Start", here, on=DEFINED)],
        }
        pipeline = self.pipeline(
            "BuildPipeline",
            self.project.build,
            stages,
            {PUSHER: "Who pushed the commit: the session that the push's event names"},
            {PUSHER: "nobody"},
        )
        pipeline.start_on(
            on_commit(self.repository), role_arn=self.role("events"), variables={PUSHER: "$.detail.callerUserArn"}
        )
        return pipeline
