"""The training pipeline as plain data: preprocess, train, evaluate and, if the model is good enough, register.

The form is SageMaker's pipeline definition (schema version 2020-12-01). What is known only while it runs is said by an
expression: `{"Get": ...}`, `{"Std:Join": ...}`, `{"Std:JsonGet": ...}`.

The platform starts it and says three parameters: the commit, who trains, and the image by its digest. It refuses a
definition that registers a model which is not bound to them.
"""

from typing import Any

from fmops_constructs import names

from pipeline.card import model_card
from pipeline.settings import Accounts, Network, Project, Training

Json = dict[str, Any]

INPUT = "/opt/ml/processing/input"
OUTPUT = "/opt/ml/processing/output"
COMMIT = {"Get": "Parameters.Commit"}
TRAINER = {"Get": "Parameters.TrainedBy"}
IMAGE = {"Get": "Parameters.Image"}
DATA = {"Get": "Parameters.Data"}
ARTIFACT = {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}


def join(*values: Any) -> Json:
    """One string from parts, some of them expressions."""
    return {"Std:Join": {"On": "", "Values": list(values)}}


def measured(path: str) -> Json:
    """A value of evaluation.json."""
    return {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Evaluation"}, "Path": path}}


def written(step: str, output: str) -> Json:
    """Where a processing step put an output."""
    return {"Get": f"Steps.{step}.ProcessingOutputConfig.Outputs['{output}'].S3Output.S3Uri"}


class Builder:
    """Makes the steps; holds what they have in common: names, network, keys and roles."""

    def __init__(self, project: Project, training: Training, accounts: Accounts, network: Network) -> None:
        self.project, self.training, self.accounts, self.network = project, training, accounts, network
        self.code = f"s3://{accounts.artifacts_bucket}/code/{project.name}/"

    def role(self, name: str) -> str:
        return names.role_arn(self.accounts.dev, name, self.project.business_unit)

    def vpc(self) -> Json:
        return {"Subnets": self.network.subnets, "SecurityGroupIds": [self.network.security_group]}

    def resources(self, step: str) -> Json:
        job = self.training.jobs[step]
        return {
            "InstanceCount": 1,
            "InstanceType": job["instance_type"],
            "VolumeSizeInGB": job["volume_gb"],
            "VolumeKmsKeyId": self.network.data_key,
        }

    def stop_after(self, step: str) -> Json:
        return {"MaxRuntimeInSeconds": 60 * self.training.jobs[step]["minutes"]}

    def processing(self, step: str, script: str, inputs: Json, outputs: list[str], arguments: list[Any]) -> Json:
        """Arguments of a processing job that runs a script of steps/ on inputs (S3 address by name)."""
        inputs = {"code": join(self.code, COMMIT, "/steps"), **inputs}
        return {
            "RoleArn": self.role("processing"),
            "AppSpecification": {
                "ImageUri": IMAGE,
                "ContainerEntrypoint": ["python3", f"{INPUT}/code/{script}"],
                "ContainerArguments": [*arguments, "--target", self.training.target],
            },
            "ProcessingInputs": [
                {
                    "InputName": name,
                    "S3Input": {
                        "S3Uri": address,
                        "LocalPath": f"{INPUT}/{name}",
                        "S3DataType": "S3Prefix",
                        "S3InputMode": "File",
                        "S3DataDistributionType": "FullyReplicated",
                    },
                }
                for name, address in inputs.items()
            ],
            "ProcessingOutputConfig": {
                "KmsKeyId": self.network.data_key,
                "Outputs": [
                    {
                        "OutputName": name,
                        "S3Output": {
                            "S3Uri": join(
                                f"s3://{self.accounts.ml_bucket}/{self.project.name}/runs/",
                                {"Get": "Execution.PipelineExecutionId"},
                                f"/{name}",
                            ),
                            "LocalPath": f"{OUTPUT}/{name}",
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                    for name in outputs
                ],
            },
            "ProcessingResources": {"ClusterConfig": self.resources(step)},
            "StoppingCondition": self.stop_after(step),
            "NetworkConfig": {
                "EnableNetworkIsolation": True,
                "EnableInterContainerTrafficEncryption": True,
                "VpcConfig": self.vpc(),
            },
        }

    def preprocess(self) -> Json:
        outputs = ["train", "validation", "test", "dataset"]
        arguments = ["--input", f"{INPUT}/data", "--output", OUTPUT, "--source", DATA]
        return {
            "Name": "Preprocess",
            "Type": "Processing",
            "Arguments": self.processing("preprocess", "preprocess.py", {"data": DATA}, outputs, arguments),
        }

    def train(self) -> Json:
        """The code comes as a channel, since a job without network cannot fetch it."""
        channels = {
            "code": join(self.code, COMMIT, "/sourcedir.tar.gz"),
            "train": written("Preprocess", "train"),
            "validation": written("Preprocess", "validation"),
        }
        hyperparameters = {"target": self.training.target, **self.training.hyperparameters}
        return {
            "Name": "Train",
            "Type": "Training",
            "Arguments": {
                "RoleArn": self.role("training"),
                "AlgorithmSpecification": {
                    "TrainingImage": IMAGE,
                    "TrainingInputMode": "File",
                    "MetricDefinitions": [{"Name": "validation:auc", "Regex": "validation auc: ([0-9.]+)"}],
                },
                "HyperParameters": {
                    **{name: str(value) for name, value in hyperparameters.items()},
                    "sagemaker_program": "train.py",
                    "sagemaker_submit_directory": "/opt/ml/input/data/code/sourcedir.tar.gz",
                },
                "InputDataConfig": [
                    {
                        "ChannelName": name,
                        "DataSource": {
                            "S3DataSource": {
                                "S3DataType": "S3Prefix",
                                "S3Uri": address,
                                "S3DataDistributionType": "FullyReplicated",
                            }
                        },
                        "InputMode": "File",
                    }
                    for name, address in channels.items()
                ],
                "OutputDataConfig": {
                    "S3OutputPath": f"s3://{self.accounts.artifacts_bucket}/models/{self.project.name}",
                    "KmsKeyId": self.accounts.artifacts_key,
                },
                "ResourceConfig": self.resources("train"),
                "StoppingCondition": self.stop_after("train"),
                "VpcConfig": self.vpc(),
                "EnableNetworkIsolation": True,
                "EnableInterContainerTrafficEncryption": True,
            },
        }

    def evaluate(self) -> Json:
        inputs = {
            "model": ARTIFACT,
            "test": written("Preprocess", "test"),
            "dataset": written("Preprocess", "dataset"),
        }
        arguments = [text for name in inputs for text in (f"--{name}", f"{INPUT}/{name}")]
        arguments += ["--output", f"{OUTPUT}/evaluation"]
        return {
            "Name": "Evaluate",
            "Type": "Processing",
            "Arguments": self.processing("evaluate", "evaluate.py", inputs, ["evaluation"], arguments),
            "PropertyFiles": [
                {"PropertyFileName": "Evaluation", "OutputName": "evaluation", "FilePath": "evaluation.json"}
            ],
        }

    def register(self) -> Json:
        """The model package, in tooling's registry: what is served later is this artifact and no other."""
        group = f"arn:aws:sagemaker:{self.accounts.region}:{self.accounts.tooling}:model-package-group"
        statistics = join(written("Evaluate", "evaluation"), "/evaluation.json")
        return {
            "Name": "Register",
            "Type": "RegisterModel",
            "Arguments": {
                "ModelPackageGroupName": f"{group}/{self.project.names.model_package_group}",
                "ModelPackageDescription": f"{self.project.name}: trained and evaluated by its pipeline",
                "ModelApprovalStatus": "PendingManualApproval",
                "ModelLifeCycle": {"Stage": "dev", "StageStatus": "PendingApproval"},
                "InferenceSpecification": {
                    "Containers": [
                        {
                            "Image": IMAGE,
                            "ModelDataUrl": ARTIFACT,
                            "Environment": {
                                "SAGEMAKER_PROGRAM": "inference.py",
                                "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
                            },
                        }
                    ],
                    "SupportedContentTypes": ["text/csv", "application/json"],
                    "SupportedResponseMIMETypes": ["application/json", "text/csv"],
                    "SupportedRealtimeInferenceInstanceTypes": self.training.serve_on,
                },
                "ModelMetrics": {
                    "ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": statistics}}
                },
                "CustomerMetadataProperties": {
                    "commit": COMMIT,
                    "trained_by": TRAINER,
                    "dataset_id": measured("dataset.id"),
                    "dataset_sha256": measured("dataset.sha256"),
                    "model_sha256": measured("model.sha256"),
                    "auc": join(measured("binary_classification_metrics.auc.value")),
                },
                "MetadataProperties": {"CommitId": COMMIT, "Repository": self.project.names.repository},
                "ModelCard": {
                    "ModelCardContent": model_card(
                        self.training.model_card,
                        data=DATA,
                        dataset=measured("dataset.id"),
                        artifact=ARTIFACT,
                        auc=measured("binary_classification_metrics.auc.value"),
                    ),
                    "ModelCardStatus": "PendingReview",
                },
            },
        }

    def gate(self) -> Json:
        floor = {"Get": "Parameters.MinimumAuc"}
        auc = measured("binary_classification_metrics.auc.value")
        message = join("The model was not registered: its AUC ", auc, " is below the floor of ", floor, ".")
        return {
            "Name": "GoodEnough",
            "Type": "Condition",
            "Arguments": {
                "Conditions": [{"Type": "GreaterThanOrEqualTo", "LeftValue": auc, "RightValue": floor}],
                "IfSteps": [self.register()],
                "ElseSteps": [{"Name": "TooWeak", "Type": "Fail", "Arguments": {"ErrorMessage": message}}],
            },
        }


def definition(project: Project, training: Training, accounts: Accounts, network: Network, data: str) -> Json:
    """The pipeline.

    Args:
        data: S3 folder of the data set; the default of the parameter `Data`.
    """
    builder = Builder(project, training, accounts, network)
    return {
        "Version": "2020-12-01",
        "Metadata": {},
        "Parameters": [
            {"Name": "Commit", "Type": "String"},
            {"Name": "TrainedBy", "Type": "String"},
            {"Name": "Image", "Type": "String", "DefaultValue": accounts.image},
            {"Name": "Data", "Type": "String", "DefaultValue": data},
            {"Name": "MinimumAuc", "Type": "Float", "DefaultValue": training.minimum_auc},
        ],
        "PipelineExperimentConfig": {
            "ExperimentName": {"Get": "Execution.PipelineName"},
            "TrialName": {"Get": "Execution.PipelineExecutionId"},
        },
        "Steps": [builder.preprocess(), builder.train(), builder.evaluate(), builder.gate()],
    }
