"""Starts a project's model pipeline in dev, in the name of the person who caused it.

It runs by itself in a build of the platform's, so it needs boto3 only. Who caused it is read from what AWS recorded:
the push's event (CodeCommit), the start of the pipeline (CodePipeline), or the launch (Service Catalog).
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3

STEPS = ("Condition", "Fail", "Processing", "RegisterModel", "Training")
"""The kinds of steps that a definition may have: none of them calls other services with rights of its own."""

COMMIT, TRAINER, IMAGE = ({"Get": f"Parameters.{name}"} for name in ("Commit", "TrainedBy", "Image"))
ROLE_OR_USER = r"(?:assumed-role/(?P<role>[^/]+)/|user/(?:.*/)?)(?P<name>[^/]+)"
SESSION = re.compile(r"arn:[a-z-]+:(?:sts|iam)::\d{12}:" + ROLE_OR_USER)
REGISTRY = r"(?P<registry>\d{12})\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com"
IMAGE_URI = re.compile(REGISTRY + r"/(?P<repository>[^:@]+):(?P<tag>[^@]+)")

Json = dict[str, Any]


def person(arn: str) -> tuple[str, str]:
    """(role, name) of a session or a user: a person's session is called as its source identity.

    Raises:
        SystemExit: it is neither.
    """
    found = SESSION.fullmatch(arn)
    if found is None:
        raise SystemExit(f"{arn!r} is nobody in whose name a training could run. Push a commit as one of the people.")
    return found["role"] or "", found["name"]


def trainer(execution: Mapping[str, Any], seeder: str, launcher: Any) -> str:
    """Who caused this execution of the build pipeline.

    Args:
        execution: as CodePipeline describes it.
        seeder: the role that makes a project's first commit, on behalf of who launched it.
        launcher: gives the ARN of the session that launched the project.
    """
    trigger = execution["trigger"]
    if trigger["triggerType"] == "CloudWatchEvent":
        values = {one["name"]: one["resolvedValue"] for one in execution["variables"]}
        arn = values["PUSHED_BY"]
    else:
        arn = trigger["triggerDetail"]
    role, name = person(arn)
    return person(launcher())[1] if role == seeder else name


def steps(definition: Json) -> Iterator[Json]:
    """All steps, those within conditions too."""
    queue = list(definition.get("Steps", []))
    while queue:
        step = queue.pop(0)
        yield step
        if step.get("Type") == "Condition":
            arguments = step.get("Arguments", {})
            queue += [*arguments.get("IfSteps", []), *arguments.get("ElseSteps", [])]


def problems(definition: Json, group: str) -> list[str]:
    """Why a definition is not started: what it registers must be bound to this run's commit, trainer and image."""
    declared = {one.get("Name") for one in definition.get("Parameters", [])}
    found = [f"the parameter {name} is missing" for name in ("Commit", "Image", "TrainedBy") if name not in declared]
    for step in steps(definition):
        kind, name, arguments = step.get("Type"), step.get("Name"), step.get("Arguments", {})
        if kind not in STEPS:
            found.append(f"{name}: a step of type {kind} may not run; {', '.join(STEPS)} may")
        wanted: dict[str, list[tuple[tuple[str | int, ...], Any]]] = {
            "Processing": [(("AppSpecification", "ImageUri"), IMAGE)],
            "Training": [(("AlgorithmSpecification", "TrainingImage"), IMAGE)],
            "RegisterModel": [
                (("ModelPackageGroupName",), group),
                (("ModelApprovalStatus",), "PendingManualApproval"),
                (("ModelLifeCycle", "Stage"), "dev"),
                (("ModelLifeCycle", "StageStatus"), "PendingApproval"),
                (("CustomerMetadataProperties", "commit"), COMMIT),
                (("CustomerMetadataProperties", "trained_by"), TRAINER),
                (("InferenceSpecification", "Containers", 0, "Image"), IMAGE),
            ],
        }
        for path, value in wanted.get(str(kind), ()):
            if at(arguments, path) != value:
                found.append(f"{name}: {'.'.join(map(str, path))} must be {json.dumps(value)}")
    return found


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    """The value at a path; None where there is none."""
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def pinned(definition: Json, ecr: Any) -> str:
    """The image that the definition names by a tag, by its digest: what a tag means may change, a digest may not.

    Raises:
        SystemExit: it names none, or the registry has no such image.
    """
    declared = {one["Name"]: one.get("DefaultValue") for one in definition["Parameters"]}
    image = IMAGE_URI.fullmatch(str(declared["Image"]))
    if image is None:
        raise SystemExit(f"The parameter Image is {declared['Image']!r}: it names no image of a registry by its tag.")
    try:
        answer = ecr.describe_images(
            registryId=image["registry"],
            repositoryName=image["repository"],
            imageIds=[{"imageTag": image["tag"]}],
        )
        found = answer["imageDetails"][0]
    except (ecr.exceptions.ImageNotFoundException, IndexError):
        raise SystemExit(f"The registry has no image {image[0]}: ask the platform to publish it.") from None
    return f"{image[0].rpartition(':')[0]}@{found['imageDigest']}"


def upsert(sagemaker: Any, name: str, role: str, content: str) -> str:
    """Creates the pipeline or brings it up to date; gives its ARN."""
    request = {"PipelineName": name, "PipelineDefinition": content, "RoleArn": role}
    try:
        sagemaker.describe_pipeline(PipelineName=name)
    except sagemaker.exceptions.ResourceNotFound:
        return str(sagemaker.create_pipeline(**request)["PipelineArn"])
    return str(sagemaker.update_pipeline(**request)["PipelineArn"])


def launched_by(servicecatalog: Any, stack: str) -> str:
    """The session that launched the product whose stack this is."""
    answer = servicecatalog.search_provisioned_products(
        AccessLevelFilter={"Key": "Account", "Value": "self"}, Filters={"SearchQuery": [f"physicalId:{stack}"]}
    )
    found = [one["UserArnSession"] for one in answer["ProvisionedProducts"] if one.get("PhysicalId") == stack]
    if len(found) != 1:
        raise SystemExit(f"Service Catalog does not know who launched {stack}. Push a commit; its author is known.")
    return str(found[0])


def role(here: Mapping[str, str], name: str) -> str:
    """The ARN of one of the business unit's roles in dev, by the foundation's naming."""
    return f"arn:{here['PARTITION']}:iam::{here['DEV_ACCOUNT']}:role/fmops/fmops-{here['BUSINESS_UNIT']}-{name}"


def main() -> None:
    here = os.environ
    session = boto3.Session(region_name=here["AWS_REGION"])
    execution = session.client("codepipeline").get_pipeline_execution(
        pipelineName=here["BUILD_PIPELINE"], pipelineExecutionId=here["EXECUTION_ID"]
    )["pipelineExecution"]
    who = trainer(execution, here["SEEDER"], lambda: launched_by(session.client("servicecatalog"), here["STACK_ID"]))
    content = Path("pipeline.json").read_text(encoding="utf-8")
    definition = json.loads(content)
    if found := problems(definition, here["MODEL_PACKAGE_GROUP"]):
        raise SystemExit("The pipeline's definition is refused; nothing was started.\n  " + "\n  ".join(found))
    image = pinned(definition, session.client("ecr"))
    taken = session.client("sts").assume_role(
        RoleArn=role(here, "start-pipeline"), RoleSessionName=here["MODEL_PIPELINE"], SourceIdentity=who
    )["Credentials"]
    sagemaker = boto3.Session(
        aws_access_key_id=taken["AccessKeyId"],
        aws_secret_access_key=taken["SecretAccessKey"],
        aws_session_token=taken["SessionToken"],
        region_name=here["AWS_REGION"],
    ).client("sagemaker")
    pipeline = upsert(sagemaker, here["MODEL_PIPELINE"], role(here, "pipeline"), content)
    values = {"Commit": here["COMMIT_ID"], "TrainedBy": who, "Image": image}
    started = sagemaker.start_pipeline_execution(
        PipelineName=here["MODEL_PIPELINE"],
        PipelineExecutionDisplayName=f"commit-{here['COMMIT_ID'][:12]}",
        PipelineParameters=[{"Name": name, "Value": value} for name, value in values.items()],
        ClientRequestToken=hashlib.sha256(here["CODEBUILD_BUILD_ID"].encode()).hexdigest(),
    )
    print(f"trained by: {who}\nimage: {image}\npipeline: {pipeline}\nexecution: {started['PipelineExecutionArn']}")


if __name__ == "__main__":
    main()
