"""Experiment tracking: an MLflow app with a bucket of its own, reached over the private endpoint only."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from fmops_constructs import names
from fmops_constructs.buckets import AccessLogsBucket, PrivateBucket
from fmops_constructs.iam import Policy, Role, allow, service

from constructs import Construct
from stacks.base import FoundationStack

USE = (
    "sagemaker-mlflow:AccessUI",
    "sagemaker-mlflow:CreateExperiment",
    "sagemaker-mlflow:CreateRun",
    "sagemaker-mlflow:DeleteRun",
    "sagemaker-mlflow:GetExperiment",
    "sagemaker-mlflow:GetExperimentByName",
    "sagemaker-mlflow:GetMetricHistory",
    "sagemaker-mlflow:GetRun",
    "sagemaker-mlflow:ListArtifacts",
    "sagemaker-mlflow:LogBatch",
    "sagemaker-mlflow:LogInputs",
    "sagemaker-mlflow:LogMetric",
    "sagemaker-mlflow:LogModel",
    "sagemaker-mlflow:LogParam",
    "sagemaker-mlflow:RestoreRun",
    "sagemaker-mlflow:SearchExperiments",
    "sagemaker-mlflow:SearchRuns",
    "sagemaker-mlflow:SetExperimentTag",
    "sagemaker-mlflow:SetTag",
    "sagemaker-mlflow:UpdateExperiment",
    "sagemaker-mlflow:UpdateRun",
)
"""What a person who experiments does with MLflow. Models are registered by pipelines, in tooling."""


class Tracking(Construct):
    """An MLflow app of a business unit.

    Attributes:
        use: the policy of who tracks experiments.
        logs: where the account's access logs go.
    """

    def __init__(self, stack: FoundationStack, id: str, *, key: kms.IKey) -> None:
        super().__init__(stack, id)
        unit, organization = stack.business_unit, stack.foundation.organization.id
        self.logs = logs = AccessLogsBucket(self, "AccessLogs", organization_id=organization)
        bucket = PrivateBucket(
            self, "Artifacts", purpose="experiments", key=key, logs=logs, organization_id=organization
        )
        arn = f"arn:aws:s3:::{names.bucket('experiments', stack.account, stack.region)}"
        keep = Policy(
            self,
            "Keep",
            description="Keep the artifacts of experiments",
            statements=[
                allow("s3:GetObject", "s3:PutObject", on=f"{arn}/*"),
                allow("s3:ListBucket", on=arn),
                allow("kms:Decrypt", "kms:GenerateDataKey", on=key.key_arn),
            ],
        )
        role = Role(
            self,
            "Role",
            name="tracking",
            business_unit=unit,
            description="Runs MLflow",
            trusts=service("sagemaker.amazonaws.com", stack.account),
            policies=[keep],
        )
        app = sagemaker.CfnMlflowApp(
            self,
            "App",
            name=f"{names.PREFIX}-{unit}",
            artifact_store_uri=f"s3://{bucket.bucket_name}/",
            role_arn=role.role_arn,
            model_registration_mode="AutoModelRegistrationDisabled",
        )
        app.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)  # it holds the experiments
        self.use = Policy(
            self,
            "Use",
            description="Track experiments and look at them",
            statements=[
                allow(*USE, on=app.attr_arn),
                allow("sagemaker:CallMlflowAppApi", "sagemaker:DescribeMlflowApp", on=app.attr_arn),
            ],
        )
