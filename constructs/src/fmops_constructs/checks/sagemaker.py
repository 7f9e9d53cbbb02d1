"""Rules for SageMaker's models, endpoints, feature groups, clusters and single jobs."""

from collections.abc import Iterator

from fmops_constructs.checks.policies import statements
from fmops_constructs.checks.rule import Resource, Rule, every, must_be, must_have, where

MODEL = ("AWS::SageMaker::Model",)
ENDPOINT_CONFIG = ("AWS::SageMaker::EndpointConfig",)
PROCESSING_JOB = ("AWS::SageMaker::ProcessingJob",)
IN_A_VPC = "https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html"


def _not_promotable(group: Resource) -> Iterator[str]:
    """A policy of a model package group that names a role as principal, or allows all actions."""
    for statement in statements(group):
        everything = statement.allows and any(action in ("*", "sagemaker:*") for action in statement.actions)
        if everything or any(":role/" in str(principal) for principal in statement.principals):
            yield statement.path


RULES = (
    Rule(
        "SageMaker-ModelInside",
        MODEL,
        must_have("VpcConfig.Subnets", "VpcConfig.SecurityGroupIds"),
        why="The model's container runs in AWS's own network, with a way to the internet.",
        source=f"R20, {IN_A_VPC}",
        remedy="Give VpcConfig with isolated subnets and the workloads' security group.",
    ),
    Rule(
        "SageMaker-ModelIsolated",
        MODEL,
        must_be("EnableNetworkIsolation", True),
        why="Code that came with a model can call out.",
        source="R20, https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html",
        remedy="Set EnableNetworkIsolation; SageMaker itself brings the model and takes the logs.",
    ),
    Rule(
        "SageMaker-EndpointEncrypted",
        ENDPOINT_CONFIG,
        every(
            must_have("KmsKeyId"),
            where("DataCaptureConfig", must_have("DataCaptureConfig.KmsKeyId")),
            where("AsyncInferenceConfig", must_have("AsyncInferenceConfig.OutputConfig.KmsKeyId")),
        ),
        why="Volumes, captured requests or answers are encrypted with a key that nobody here governs.",
        source="R5, https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html",
        remedy="Give KmsKeyId; also in DataCaptureConfig and AsyncInferenceConfig.OutputConfig where they are used.",
    ),
    Rule(
        "SageMaker-FeaturesEncrypted",
        ("AWS::SageMaker::FeatureGroup",),
        every(
            where("OfflineStoreConfig", must_have("OfflineStoreConfig.S3StorageConfig.KmsKeyId")),
            where("OnlineStoreConfig", must_have("OnlineStoreConfig.SecurityConfig.KmsKeyId")),
        ),
        why="Features are data, encrypted with a key that nobody here governs.",
        source="R5, https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-security.html",
        remedy="Give KmsKeyId to each store.",
    ),
    Rule(
        "SageMaker-ClusterInside",
        ("AWS::SageMaker::Cluster",),
        must_have("VpcConfig.Subnets", "VpcConfig.SecurityGroupIds"),
        why="The cluster's nodes stand in AWS's own network, with a way to the internet.",
        source="R20, https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites.html",
        remedy="Give VpcConfig with isolated subnets.",
    ),
    Rule(
        "SageMaker-JobInside",
        PROCESSING_JOB,
        every(
            must_have("NetworkConfig.VpcConfig.Subnets"),
            must_be("NetworkConfig.EnableNetworkIsolation", True),
            must_be("NetworkConfig.EnableInterContainerTrafficEncryption", True),
        ),
        why="The job can call out, or its containers talk in the clear.",
        source="R20, https://docs.aws.amazon.com/sagemaker/latest/dg/process-vpc.html",
        remedy="Give NetworkConfig: VpcConfig, EnableNetworkIsolation, EnableInterContainerTrafficEncryption.",
    ),
    Rule(
        "SageMaker-JobEncrypted",
        PROCESSING_JOB,
        must_have("ProcessingOutputConfig.KmsKeyId", "ProcessingResources.ClusterConfig.VolumeKmsKeyId"),
        why="Volumes and results are encrypted with a key that nobody here governs.",
        source="R5, https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html",
        remedy="Give KmsKeyId for the output and VolumeKmsKeyId for the volumes.",
    ),
    Rule(
        "SageMaker-GroupPromotable",
        ("AWS::SageMaker::ModelPackageGroup",),
        _not_promotable,
        why="A role as principal, or all actions, make a group's models impossible to share with other stages.",
        source="R44, https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-ram.html",
        remedy="Name accounts as principals, roles by aws:PrincipalArn, and exact actions.",
    ),
)
