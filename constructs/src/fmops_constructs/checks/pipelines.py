"""Rules for the jobs inside a SageMaker pipeline's definition, which CloudFormation sees as one text."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fmops_constructs.checks.rule import Find, Resource, Rule, at, each

PIPELINE = ("AWS::SageMaker::Pipeline",)
BODY = "PipelineDefinition.PipelineDefinitionBody"

Paths = Mapping[str, tuple[str, ...]]
INSIDE: Paths = {
    "Training": ("VpcConfig.Subnets",),
    "Processing": ("NetworkConfig.VpcConfig.Subnets",),
    "Tuning": ("TrainingJobDefinition.VpcConfig.Subnets",),
    "Model": ("VpcConfig.Subnets",),
}
ISOLATED: Paths = {
    "Training": ("EnableNetworkIsolation",),
    "Processing": ("NetworkConfig.EnableNetworkIsolation",),
    "Tuning": ("TrainingJobDefinition.EnableNetworkIsolation",),
    "Model": ("EnableNetworkIsolation",),
}
ENCRYPTED: Paths = {
    "Training": ("OutputDataConfig.KmsKeyId", "ResourceConfig.VolumeKmsKeyId"),
    "Processing": ("ProcessingOutputConfig.KmsKeyId", "ProcessingResources.ClusterConfig.VolumeKmsKeyId"),
    "Transform": ("TransformOutput.KmsKeyId", "TransformResources.VolumeKmsKeyId"),
    "Tuning": (
        "TrainingJobDefinition.OutputDataConfig.KmsKeyId",
        "TrainingJobDefinition.ResourceConfig.VolumeKmsKeyId",
    ),
}
IN_TRANSIT: Paths = {
    "Training": ("EnableInterContainerTrafficEncryption",),
    "Processing": ("NetworkConfig.EnableInterContainerTrafficEncryption",),
    "Tuning": ("TrainingJobDefinition.EnableInterContainerTrafficEncryption",),
}
"""What each type of step must have in its arguments."""


def steps(pipeline: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(path, step) of each step, those inside of conditions too.

    Raises:
        ValueError: the definition is no JSON, or put together at the deployment only, so that nobody can review it.
    """

    def walk(node: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for step in each(node):
            if isinstance(step, Mapping):
                name = f"{path}.{step.get('Name', '?')}"
                yield name, step
                for branch in ("IfSteps", "ElseSteps"):
                    yield from walk(at(step, f"Arguments.{branch}"), f"{name}.{branch}")

    yield from walk(json.loads(_text(pipeline.at(BODY)))["Steps"], BODY)


def _text(body: Any) -> str:
    """The definition's text; what CloudFormation fills in (`Fn::Join`, `Fn::Sub`) stays a placeholder."""
    if isinstance(body, str):
        return body
    if isinstance(body, Mapping) and "Fn::Join" in body:
        separator, parts = body["Fn::Join"]
        return str(separator).join(part if isinstance(part, str) else "deployed" for part in parts)
    if isinstance(body, Mapping) and "Fn::Sub" in body:
        return str(each(body["Fn::Sub"])[0])
    raise ValueError("no text")


def _arguments_have(paths: Paths) -> Find:
    def find(pipeline: Resource) -> Iterator[str]:
        try:
            found = list(steps(pipeline))
        except (ValueError, KeyError, TypeError):
            return  # Pipeline-Readable says so, once
        for name, step in found:
            for path in paths.get(str(step.get("Type")), ()):
                if at(step.get("Arguments"), path) in (None, [], "", False):
                    yield f"{name}.{path}"

    return find


def _is_readable(pipeline: Resource) -> Iterator[str]:
    try:
        list(steps(pipeline))
    except (ValueError, KeyError, TypeError):
        yield BODY


RULES = (
    Rule(
        "Pipeline-Readable",
        PIPELINE,
        _is_readable,
        why="The pipeline's definition is not in the template, so nobody reviews its jobs before they run.",
        source="R42, https://docs.aws.amazon.com/sagemaker/latest/dg/define-pipeline.html",
        remedy="Give the definition as JSON in PipelineDefinition.PipelineDefinitionBody.",
    ),
    Rule(
        "Pipeline-JobsInside",
        PIPELINE,
        _arguments_have(INSIDE),
        why="A job of the pipeline runs in AWS's own network, with a way to the internet.",
        source="R20, https://docs.aws.amazon.com/sagemaker/latest/dg/train-vpc.html",
        remedy="Give the step's arguments a VpcConfig.",
    ),
    Rule(
        "Pipeline-JobsIsolated",
        PIPELINE,
        _arguments_have(ISOLATED),
        why="Code in a job of the pipeline can call out.",
        source="R20, R88, https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html",
        remedy="Set EnableNetworkIsolation in the step's arguments.",
    ),
    Rule(
        "Pipeline-JobsEncrypted",
        PIPELINE,
        _arguments_have(ENCRYPTED),
        why="Volumes and results of a job are encrypted with a key that nobody here governs.",
        source="R5, https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html",
        remedy="Give KmsKeyId for the output and VolumeKmsKeyId for the volumes in the step's arguments.",
    ),
    Rule(
        "Pipeline-JobsTalkEncrypted",
        PIPELINE,
        _arguments_have(IN_TRANSIT),
        why="Containers of one job talk to each other in the clear.",
        source="R5, https://docs.aws.amazon.com/sagemaker/latest/dg/train-encrypt.html",
        remedy="Set EnableInterContainerTrafficEncryption in the step's arguments.",
    ),
)
