"""A project's way to production, followed through AWS's own APIs: build, model pipeline, approvals, promotion."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import boto3
from fmops_constructs import names

from fmops import rollout
from fmops.problem import FAILED, Problem
from fmops.target import Target
from foundation import Foundation

POLL_SECONDS = 0.5
Stage = Literal["dev", "preprod", "prod"]
Progress = Callable[[str], None]
RUNNING = ("InProgress", "Executing", "Stopping")


@dataclass(frozen=True)
class Project:
    """A launched project and the organisation it lives in."""

    target: Target
    foundation: Foundation
    name: names.Project

    @property
    def unit(self) -> str:
        """Its business unit."""
        return self.name.business_unit

    def account(self, stage: Stage) -> str:
        """The account of one of its business unit's stages."""
        return rollout.account(self.foundation, stage, self.unit)

    @property
    def tooling(self) -> str:
        """The account with its repository, pipelines and registry."""
        return rollout.account(self.foundation, "tooling")

    def platform(self, account: str, service: str) -> Any:
        """A client of the platform's, to look at things."""
        return self.target.client(self.target.administrator(account), service)

    def as_person(self, persona: str, person: str | None = None) -> boto3.Session:
        """The session of a person of the business unit in tooling."""
        people = getattr(self.foundation.business_units[self.unit].people, persona.replace("-", "_"))
        return self.target.person(names.role_arn(self.tooling, persona, self.unit), person or people[0])


def poll(what: str, seconds: float) -> Iterator[None]:
    """Yields until the time is up, which is an error."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(POLL_SECONDS)
    raise Problem(
        f"{what} didn't end within {seconds:.0f} s.",
        "Look at it: fmops local status, or the logs of the build.",
        FAILED,
    )


def last_execution(client: Any, pipeline: str) -> str | None:
    """The id of a CodePipeline's newest execution."""
    found = client.list_pipeline_executions(pipelineName=pipeline, maxResults=1)["pipelineExecutionSummaries"]
    return found[0]["pipelineExecutionId"] if found else None


@dataclass(frozen=True)
class Approval:
    """A stage's manual approval that waits: for which execution, under which action, with which token."""

    stage: str
    action: str
    token: str
    execution: str

    def answer(self, client: Any, pipeline: str, status: str, reason: str) -> None:
        """Approves or rejects it, as the client's principal."""
        client.put_approval_result(
            pipelineName=pipeline,
            stageName=self.stage,
            actionName=self.action,
            token=self.token,
            result={"summary": reason, "status": status},
        )


def waiting_approvals(stages: Sequence[Mapping[str, Any]]) -> list[Approval]:
    """The approvals that a pipeline waits for, from its stages' states."""
    return [
        Approval(
            stage["stageName"],
            action["actionName"],
            action["latestExecution"]["token"],
            stage["latestExecution"]["pipelineExecutionId"],
        )
        for stage in stages
        for action in stage.get("actionStates", ())
        if action.get("latestExecution", {}).get("status") == "InProgress" and action["latestExecution"].get("token")
    ]


def wait_for_execution(
    client: Any,
    pipeline: str,
    execution: str,
    progress: Progress,
    *,
    on_approval: Callable[[Approval], None] | None = None,
    seconds: float = 600,
) -> None:
    """Waits until a CodePipeline execution has ended; approvals on the way are handed to `on_approval`.

    Raises:
        Problem: it failed; the message has the failed action's own words.
    """
    status = ""
    for _ in poll(f"{pipeline} {execution}", seconds):
        found = client.get_pipeline_execution(pipelineName=pipeline, pipelineExecutionId=execution)
        status = found["pipelineExecution"]["status"]
        if status not in RUNNING:
            break
        stages = client.get_pipeline_state(name=pipeline)["stageStates"]
        states = [(s["stageName"], s.get("latestExecution", {}).get("status", "").lower()) for s in stages]
        progress(" ▸ ".join(f"{name} {state}" for name, state in states if state))
        if on_approval is not None:
            for approval in waiting_approvals(stages):
                on_approval(approval)
    if status != "Succeeded":
        why = failure(client, pipeline, execution)
        raise Problem(f"{pipeline}: {status}. {why}", "Mend the cause, push, and it runs again.", FAILED)


def failure(client: Any, pipeline: str, execution: str) -> str:
    """What the failed actions of an execution said."""
    details = client.list_action_executions(pipelineName=pipeline, filter={"pipelineExecutionId": execution})[
        "actionExecutionDetails"
    ]
    said = []
    for detail in details:
        if detail["status"] == "Failed":
            result = detail.get("output", {}).get("executionResult", {})
            why = result.get("errorDetails", {}).get("message") or result.get("externalExecutionSummary") or "no reason"
            said.append(f"{detail['stageName']}/{detail['actionName']}: {why}")
    return "; ".join(said) or "No action says why."


def wait_for_build(project: Project, execution: str | None, progress: Progress) -> str:
    """Waits for the build: the given execution, or the first one, which the seed's commit starts by itself."""
    client, pipeline = project.platform(project.tooling, "codepipeline"), project.name.build
    for _ in poll(f"The start of {pipeline}", 60):
        execution = execution or last_execution(client, pipeline)
        if execution:
            break
    assert execution  # noqa: S101 - poll raises otherwise
    wait_for_execution(client, pipeline, execution, progress)
    return execution


@dataclass(frozen=True)
class Run:
    """An execution of a model pipeline: its ARN, its status, and its steps as SageMaker lists them."""

    arn: str
    status: str
    steps: Sequence[Mapping[str, Any]]

    @property
    def names(self) -> list[str]:
        """The steps' names, in the order in which they started."""
        return [step["StepName"] for step in self.steps]

    @property
    def package(self) -> str | None:
        """The ARN of the model version that it registered."""
        registered = (step.get("Metadata", {}).get("RegisterModel", {}).get("Arn") for step in self.steps)
        return next(filter(None, registered), None)


def newest_run(client: Any, pipeline: str, since: float) -> Run | None:
    """The newest execution that started at `since` (seconds since the epoch) or later."""
    runs = client.list_pipeline_executions(PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending")
    found = [r for r in runs["PipelineExecutionSummaries"] if r["StartTime"].timestamp() >= since]
    if not found:
        return None
    arn = found[0]["PipelineExecutionArn"]
    status = client.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"]
    steps = client.list_pipeline_execution_steps(PipelineExecutionArn=arn, SortOrder="Ascending")
    return Run(arn, status, steps["PipelineExecutionSteps"])


def wait_for_model(project: Project, since: float, progress: Progress) -> Run:
    """Waits for the end of the model pipeline's newest run in dev, which registers a model version.

    Raises:
        Problem: a step failed, in its own words; or nothing was registered, since the metrics are below the threshold.
    """
    client, pipeline = project.platform(project.account("dev"), "sagemaker"), project.name.model_pipeline
    run = None
    for _ in poll(f"The model pipeline {pipeline}", 900):
        run = newest_run(client, pipeline, since)
        if run is not None:
            progress(" ▸ ".join(f"{s['StepName']} {s['StepStatus'].lower()}" for s in run.steps))
            if run.status not in RUNNING:
                break
    assert run is not None  # noqa: S101 - poll raises otherwise
    if run.status != "Succeeded":
        reasons = "; ".join(f"{s['StepName']}: {s['FailureReason']}" for s in run.steps if s.get("FailureReason"))
        logs = "Its jobs' logs are in /aws/sagemaker of the dev account."
        raise Problem(f"The model pipeline {pipeline}: {run.status}. {reasons}", logs, FAILED)
    if run.package is None:
        why = "its metrics are below the threshold"
        raise Problem(f"The model pipeline {pipeline} registered no model: {why}.", "See evaluation.json.", FAILED)
    return run


def approve_model(project: Project, package: str, reason: str) -> None:
    """The first approval: of the model package, by an ML engineer who has not trained it. It starts the promotion."""
    registry = project.platform(project.tooling, "sagemaker")
    about = registry.describe_model_package(ModelPackageName=package).get("CustomerMetadataProperties", {})
    engineers = project.foundation.business_units[project.unit].people.ml_engineer
    others = [person for person in engineers if person != about.get("trained_by")]
    if not others:
        raise Problem(
            f"{package} was trained by {about.get('trained_by')}, the only ML engineer of {project.unit}.",
            "Who trains cannot approve: name a second ML engineer in foundation.yaml.",
            FAILED,
        )
    client = project.target.client(project.as_person("ml-engineer", others[0]), "sagemaker")
    client.update_model_package(
        ModelPackageArn=package,
        ModelApprovalStatus="Approved",
        ApprovalDescription=reason,
        ModelLifeCycle={"Stage": "dev", "StageStatus": "Approved", "StageDescription": reason},
    )


def provide_image(project: Project, tag: str = "ml-1") -> None:
    """Puts an image into the embedded AWS's registry, once. It runs none: a manifest stands for it, and has a digest.

    On AWS the platform publishes the image that jobs and endpoints run (docs/deploying.md).
    """
    ecr = project.platform(project.tooling, "ecr")
    layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": f"sha256:{'0' * 64}", "size": 0}
    manifest = {"schemaVersion": 2, "config": {**layer, "mediaType": "application/vnd.oci.image.config.v1+json"}}
    with contextlib.suppress(ecr.exceptions.ImageAlreadyExistsException, ecr.exceptions.ImageTagAlreadyExistsException):
        ecr.put_image(repositoryName=names.IMAGES, imageTag=tag, imageManifest=json.dumps({**manifest, "layers": []}))


def promote(project: Project, before: str | None, reason: str, progress: Progress) -> str:
    """Follows the promotion that an approval started, through the approvals for production.

    An older promotion that still waits for its approvals holds the stage: who must approve rejects that one.
    """
    client, pipeline = project.platform(project.tooling, "codepipeline"), project.name.promotion
    approvers = {names.approval(persona): persona for persona in ("product_owner", "risk")}
    execution = before
    for _ in poll(f"The start of {pipeline}", 60):
        execution = last_execution(client, pipeline)
        if execution and execution != before:
            break
    assert execution  # noqa: S101 - poll raises otherwise

    def decide(approval: Approval) -> None:
        ours = approval.execution == execution
        persona = approvers[approval.action].replace("_", "-")
        person = project.target.client(project.as_person(persona), "codepipeline")
        approval.answer(
            person, pipeline, "Approved" if ours else "Rejected", reason if ours else "A newer version follows"
        )

    wait_for_execution(client, pipeline, execution, progress, on_approval=decide)
    return execution
