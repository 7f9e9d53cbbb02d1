"""A project's way to production, followed through AWS's own APIs: build, model pipeline, approvals, promotion."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from fmops_constructs import names

from fmops.problem import FAILED, Problem
from fmops.target import Target
from foundation import Foundation

POLL_SECONDS = 0.5
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

    def account(self, stage: str) -> str:
        """The account of one of its business unit's stages."""
        account = getattr(self.foundation.business_units[self.unit].accounts, stage)
        assert isinstance(account, str)  # noqa: S101 - the config's model says so
        return account

    def platform(self, account: str, service: str) -> Any:
        """A client of the platform's, to look at things."""
        return self.target.client(self.target.administrator(account), service)

    def as_person(self, persona: str, person: str | None = None) -> boto3.Session:
        """The session of a person of the business unit in tooling."""
        people = getattr(self.foundation.business_units[self.unit].people, persona.replace("-", "_"))
        return self.target.person(
            names.role_arn(self.foundation.accounts.tooling, persona, self.unit), person or people[0]
        )


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


def wait_for_execution(
    client: Any, pipeline: str, execution: str, progress: Progress, *, until: str = "", seconds: float = 600
) -> str:
    """Waits until a CodePipeline execution has ended, or until its stage `until` waits for an approval.

    Raises:
        Problem: it failed; the message has the failed action's own words.
    """
    for _ in poll(f"{pipeline} {execution}", seconds):
        status = client.get_pipeline_execution(pipelineName=pipeline, pipelineExecutionId=execution)[
            "pipelineExecution"
        ]["status"]
        stages = client.get_pipeline_state(name=pipeline)["stageStates"]
        current = {s["stageName"]: s.get("latestExecution", {}).get("status", "") for s in stages}
        progress(" ▸ ".join(f"{name} {state.lower()}" for name, state in current.items() if state))
        if until and pending_approval(stages, until, execution):
            return "AwaitingApproval"
        if status not in RUNNING:
            break
    if status != "Succeeded":
        raise Problem(
            f"{pipeline}: {status}. {failure(client, pipeline, execution)}",
            "Mend the cause, push, and it runs again.",
            FAILED,
        )
    return str(status)


def pending_approval(stages: list[Mapping[str, Any]], name: str, execution: str) -> dict[str, str] | None:
    """The stage's approval that waits: its action and token."""
    for stage in stages:
        if stage["stageName"] == name and stage.get("latestExecution", {}).get("pipelineExecutionId") == execution:
            for action in stage.get("actionStates", ()):
                latest = action.get("latestExecution", {})
                if latest.get("status") == "InProgress" and latest.get("token"):
                    return {"action": action["actionName"], "token": latest["token"]}
    return None


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
    client, pipeline = project.platform(project.foundation.accounts.tooling, "codepipeline"), project.name.build
    for _ in poll(f"The start of {pipeline}", 60):
        execution = execution or last_execution(client, pipeline)
        if execution:
            break
    assert execution  # noqa: S101 - poll raises otherwise
    wait_for_execution(client, pipeline, execution, progress)
    return execution


def wait_for_model(project: Project, since: float, progress: Progress) -> dict[str, Any]:
    """Waits for the model pipeline's newest run in dev; gives its steps' names and the model package's ARN."""
    client = project.platform(project.account("dev"), "sagemaker")
    name, run = project.name.model_pipeline, None
    for _ in poll(f"The model pipeline {name}", 900):
        runs = client.list_pipeline_executions(PipelineName=name, SortBy="CreationTime", SortOrder="Descending")[
            "PipelineExecutionSummaries"
        ]
        fresh = [r for r in runs if r["StartTime"].timestamp() >= since]
        run = fresh[0] if fresh else None
        if run is None:
            continue
        steps = client.list_pipeline_execution_steps(
            PipelineExecutionArn=run["PipelineExecutionArn"], SortOrder="Ascending"
        )["PipelineExecutionSteps"]
        progress(" ▸ ".join(f"{s['StepName']}{'' if s['StepStatus'] == 'Succeeded' else ' …'}" for s in steps))
        status = client.describe_pipeline_execution(PipelineExecutionArn=run["PipelineExecutionArn"])[
            "PipelineExecutionStatus"
        ]
        if status not in RUNNING:
            break
    if status != "Succeeded":
        reasons = "; ".join(f"{s['StepName']}: {s['FailureReason']}" for s in steps if s.get("FailureReason"))
        raise Problem(
            f"The model pipeline {name}: {status}. {reasons}",
            "Its jobs' logs are in /aws/sagemaker of the dev account.",
            FAILED,
        )
    arns = [s["Metadata"]["RegisterModel"]["Arn"] for s in steps if "RegisterModel" in s.get("Metadata", {})]
    if not arns:
        raise Problem(
            f"The model pipeline {name} registered no model: its metrics are below the threshold.",
            "See evaluation.json.",
            FAILED,
        )
    return {"steps": [s["StepName"] for s in steps], "package": arns[0], "execution": run["PipelineExecutionArn"]}


def approve_model(project: Project, package: str, reason: str) -> None:
    """The first approval: an ML engineer's, of the model package. It starts the promotion."""
    client = project.target.client(project.as_person("ml-engineer"), "sagemaker")
    client.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved", ApprovalDescription=reason)


def promote(project: Project, before: str | None, reason: str, progress: Progress) -> str:
    """Follows the promotion that an approval started, through the product owner's approval, to production."""
    client, pipeline = project.platform(project.foundation.accounts.tooling, "codepipeline"), project.name.promotion
    execution = before
    for _ in poll(f"The start of {pipeline}", 60):
        execution = last_execution(client, pipeline)
        if execution and execution != before:
            break
    assert execution  # noqa: S101 - poll raises otherwise
    wait_for_execution(client, pipeline, execution, progress, until="Approve")
    waiting = pending_approval(client.get_pipeline_state(name=pipeline)["stageStates"], "Approve", execution)
    assert waiting  # noqa: S101 - that's what was waited for
    owner = project.target.client(project.as_person("product-owner"), "codepipeline")
    owner.put_approval_result(
        pipelineName=pipeline,
        stageName="Approve",
        actionName=waiting["action"],
        token=waiting["token"],
        result={"summary": reason, "status": "Approved"},
    )
    wait_for_execution(client, pipeline, execution, progress)
    return execution
