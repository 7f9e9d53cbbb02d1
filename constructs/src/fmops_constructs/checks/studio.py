"""Rules for SageMaker Studio and notebooks."""

from fmops_constructs.checks.rule import Rule, every, must_be, must_have

DOMAIN = ("AWS::SageMaker::Domain",)
NOTEBOOK = ("AWS::SageMaker::NotebookInstance",)
STUDIO_IN_A_VPC = "https://docs.aws.amazon.com/sagemaker/latest/dg/studio-notebooks-and-internet-access.html"
IDLE = "DefaultUserSettings.JupyterLabAppSettings.AppLifecycleManagement.IdleSettings.LifecycleManagement"

RULES = (
    Rule(
        "Studio-VpcOnly",
        DOMAIN,
        every(must_be("AppNetworkAccessType", "VpcOnly"), must_have("SubnetIds", "VpcId")),
        why="Studio reaches the internet by AWS's own network.",
        source=f"R19, {STUDIO_IN_A_VPC}",
        remedy="Set AppNetworkAccessType to VpcOnly, with isolated subnets.",
    ),
    Rule(
        "Studio-SecurityGroups",
        DOMAIN,
        must_have("DefaultUserSettings.SecurityGroups"),
        why="Apps without a security group of their own get one that SageMaker makes, which leads anywhere.",
        source=f"R19, {STUDIO_IN_A_VPC}",
        remedy="Name the workloads' security group in DefaultUserSettings.SecurityGroups.",
    ),
    Rule(
        "Studio-Encrypted",
        DOMAIN,
        must_have("KmsKeyId"),
        why="Home volumes hold code and samples of data, encrypted with a key that nobody here governs.",
        source="R5, https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest-studio.html",
        remedy="Set KmsKeyId to the account's data key.",
    ),
    Rule(
        "Studio-IdleShutdown",
        DOMAIN,
        must_be(IDLE, "ENABLED"),
        why="Apps that nobody uses run, and cost, until somebody thinks of them.",
        source="R36, https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-idle-shutdown-setup.html",
        remedy="Enable IdleSettings.LifecycleManagement with a time in minutes.",
    ),
    Rule(
        "Studio-NamesPeople",
        DOMAIN,
        must_be("DomainSettings.ExecutionRoleIdentityConfig", "USER_PROFILE_NAME"),
        why="CloudTrail tells which role called, and not which person.",
        source="R51, https://docs.aws.amazon.com/sagemaker/latest/dg/monitor-user-access.html",
        remedy="Set DomainSettings.ExecutionRoleIdentityConfig to USER_PROFILE_NAME.",
    ),
    Rule(
        "Studio-NotebookInside",
        NOTEBOOK,
        every(must_be("DirectInternetAccess", "Disabled"), must_have("SubnetId", "SecurityGroupIds", "KmsKeyId")),
        why="A notebook instance reaches the internet unless it is told not to, and its volume holds data.",
        source="R20, https://docs.aws.amazon.com/sagemaker/latest/dg/appendix-notebook-and-internet-access.html",
        remedy="Disable DirectInternetAccess and give SubnetId, SecurityGroupIds and KmsKeyId; or use Studio.",
    ),
)
