"""SageMaker: jobs, models and Studio in a VPC, encrypted with keys of our own, isolated where models are.

Condition keys: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
"""

from fmops_constructs.organization.network import PUBLISHED
from fmops_constructs.organization.rule import Rule, always, deny

KEYS = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html"

IN_VPC = tuple(
    f"sagemaker:{action}"
    for action in (
        "CreateAutoMLJob",
        "CreateAutoMLJobV2",
        "CreateCluster",
        "CreateDomain",
        "CreateHyperParameterTuningJob",
        "CreateModel",
        "CreateNotebookInstance",
        "CreateProcessingJob",
        "CreateTrainingJob",
        "UpdateDomain",
    )
)
"""What takes subnets: AWS's published list without Model Monitor's and Clarify's, which are closed to new accounts."""

LOCAL_STORAGE = (
    "ml.*d.*",
    "ml.*dn.*",
    "ml.g5.*",
    "ml.g6*",
    "ml.inf2.*",
    "ml.p4de.*",
    "ml.p5*",
    "ml.p6*",
    "ml.trn*",
)
"""Instance types whose disks are part of the machine, encrypted by its hardware: a volume key is refused for them.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html (VolumeKmsKeyId)
"""

STUDIO = tuple(
    f"sagemaker:{action}"
    for action in (
        "CreateApp",
        "CreateDomain",
        "CreateNotebookInstance",
        "CreatePresignedDomainUrl",
        "CreatePresignedNotebookInstanceUrl",
        "CreateSpace",
        "CreateUserProfile",
        "StartNotebookInstance",
    )
)

OUTSIDE_STUDIO = (
    "application-dev",
    "application-preprod",
    "application-prod",
    "data-lake",
    "dev",
    "governance",
    "network",
    "preprod",
    "prod",
    "tooling",
)
"""Account types without Studio: all but experimentation."""

RULES = (
    Rule(
        "JobsInVpc",
        "Training, tuning, processing, AutoML, models, clusters, notebooks and domains without subnets",
        "A job without a VPC has the internet.",
        ("R20",),
        PUBLISHED,
        always(deny(*IN_VPC, when={"Null": {"sagemaker:VpcSubnets": "true"}})),
    ),
    Rule(
        "PrivateStudio",
        "Studio with public network access, notebooks with direct internet access or root access",
        "Studio's own network is AWS's, with the internet; the default of both APIs is open.",
        ("R19", "R20"),
        PUBLISHED,
        always(
            deny(
                "sagemaker:CreateDomain",
                "sagemaker:UpdateDomain",
                when={"StringNotEqualsIfExists": {"sagemaker:AppNetworkAccessType": "VpcOnly"}},
            ),
            deny(
                "sagemaker:CreateNotebookInstance",
                when={"StringNotEqualsIfExists": {"sagemaker:DirectInternetAccess": "Disabled"}},
            ),
            deny(
                "sagemaker:CreateNotebookInstance",
                "sagemaker:UpdateNotebookInstance",
                when={"StringEquals": {"sagemaker:RootAccess": "Enabled"}},
            ),
        ),
    ),
    Rule(
        "JobsEncrypted",
        "Jobs, endpoints, notebooks and domains without a key of our own for what they write and keep",
        "AWS's default key can't be taken away from anybody.",
        ("R5", "R20"),
        KEYS,
        always(
            deny(
                "sagemaker:CreateAutoMLJob",
                "sagemaker:CreateAutoMLJobV2",
                "sagemaker:CreateHyperParameterTuningJob",
                "sagemaker:CreateProcessingJob",
                "sagemaker:CreateTrainingJob",
                "sagemaker:CreateTransformJob",
                when={"Null": {"sagemaker:OutputKmsKey": "true"}},
            ),
            deny(
                "sagemaker:CreateDomain",
                "sagemaker:CreateNotebookInstance",
                when={"Null": {"sagemaker:VolumeKmsKey": "true"}},
            ),
            deny(
                "sagemaker:CreateEndpointConfig",
                "sagemaker:CreateHyperParameterTuningJob",
                "sagemaker:CreateProcessingJob",
                "sagemaker:CreateTrainingJob",
                "sagemaker:CreateTransformJob",
                when={
                    "Null": {"sagemaker:VolumeKmsKey": "true"},
                    "ForAnyValue:StringNotLike": {"sagemaker:InstanceTypes": list(LOCAL_STORAGE)},
                },
            ),
        ),
    ),
    Rule(
        "IsolatedModels",
        "Training, tuning and models without network isolation",
        "What is made of the company's data, or answers with it, calls nobody.",
        ("R20", "R88"),
        KEYS,
        always(
            deny(
                "sagemaker:CreateHyperParameterTuningJob",
                "sagemaker:CreateModel",
                "sagemaker:CreateTrainingJob",
                when={"BoolIfExists": {"sagemaker:NetworkIsolation": "false"}},
            )
        ),
        on=("dev", "preprod", "prod"),
    ),
    Rule(
        "NoStudio",
        "Studio domains, profiles, spaces, apps and notebooks outside experimentation",
        "People explore in one place; everywhere else code comes by a pipeline.",
        ("R29",),
        KEYS,
        always(deny(*STUDIO)),
        on=OUTSIDE_STUDIO,
    ),
)
