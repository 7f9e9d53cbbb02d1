"""Runs a pipeline: a step starts when all that it waits for have succeeded, at most two at once."""

import logging
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from fmops.local import context, identity
from fmops.local.registry import RESTORED, AwsError, table
from fmops.local.services.sagemaker import definition, steps
from fmops.local.services.sagemaker.common import SERVICE_PRINCIPAL, SESSION_NAME, Json, event, everywhere, name_of
from fmops.local.services.sagemaker.definition import Definition, Step
from fmops.local.services.sagemaker.expressions import Scope
from fmops.local.services.sagemaker.steps import Attempt, StepError

log = logging.getLogger(__name__)
TABLE = "sagemaker.executions"
AT_ONCE = 2
FAILED = "Step failure: One or multiple steps failed."
_EXECUTION = "SageMaker Model Building Pipeline Execution Status Change"
_STEP = "SageMaker Model Building Pipeline Execution Step Status Change"


def start(execution: Json) -> None:
    """Runs an execution in the background: the steps that have not succeeded yet."""
    context.spawn(f"pipeline-{name_of(execution['PipelineExecutionArn'])}", _Runner(execution).run)


def status(execution: Json, new: str, reason: str | None = None) -> None:
    """Changes an execution's status and tells the event bus."""
    old, now = execution.get("PipelineExecutionStatus"), context.now()
    execution |= {"PipelineExecutionStatus": new, "LastModifiedTime": now}
    if reason:
        execution["FailureReason"] = reason
    detail = {
        "pipelineExecutionDisplayName": execution["PipelineExecutionDisplayName"],
        "currentPipelineExecutionStatus": new,
        "executionStartTime": execution["CreationTime"],
        "pipelineArn": execution["PipelineArn"],
        "pipelineExecutionArn": execution["PipelineExecutionArn"],
    }
    if old:
        detail["previousPipelineExecutionStatus"] = old
    if new in ("Succeeded", "Failed", "Stopped"):
        detail["executionEndTime"] = now
    event(_EXECUTION, detail, execution["PipelineArn"], execution["PipelineExecutionArn"])


class _Runner:
    """One execution under way."""

    def __init__(self, execution: Json) -> None:
        self.execution = execution
        self.definition: Definition = definition.parse(execution["Definition"])
        self.rows: dict[str, Json] = execution["Steps"]
        self.session: Any = None

    def run(self) -> None:
        """To the end: Succeeded, Failed or Stopped."""
        try:
            role = self.execution["RoleArn"]
            self.session = identity.service_session(role, SERVICE_PRINCIPAL, SESSION_NAME)
            self._run_steps()
        except AwsError as error:
            status(self.execution, "Failed", error.message)
            return
        except Exception as error:
            log.exception("%s failed", self.execution["PipelineExecutionArn"])
            status(self.execution, "Failed", f"InternalServerError: {error!r}")
            return
        if self._stopping:
            status(self.execution, "Stopped")
        elif self._failed:
            status(self.execution, "Failed", FAILED)
        else:
            status(self.execution, "Succeeded")

    @property
    def _stopping(self) -> bool:
        return bool(self.execution["PipelineExecutionStatus"] == "Stopping")

    @property
    def _failed(self) -> bool:
        return any(row["StepStatus"] == "Failed" for row in self.rows.values())

    def _run_steps(self) -> None:
        parallel = self.execution.get("ParallelismConfiguration", {}).get("MaxParallelExecutionSteps", AT_ONCE)
        running: dict[Future[None], str] = {}
        with ThreadPoolExecutor(min(parallel, AT_ONCE)) as pool:
            while True:
                if not (self._stopping or self._failed):
                    for step in self._ready():
                        self.rows[step.name] = {"StepName": step.name, "StepType": step.type, "StepStatus": "Starting"}
                        running[pool.submit(copy_context().run, self._step, step)] = step.name
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    running.pop(future)
                    future.result()

    def _ready(self) -> list[Step]:
        return [step for name, step in self.definition.steps.items() if name not in self.rows and self._may_start(step)]

    def _may_start(self, step: Step) -> bool:
        if any(self.rows.get(other, {}).get("StepStatus") != "Succeeded" for other in step.after):
            return False
        return step.branch is None or self.rows[step.branch[0]]["Properties"]["Outcome"] == step.branch[1]

    def _scope(self) -> Scope:
        ended = {name: row["Properties"] for name, row in self.rows.items() if "Properties" in row}
        now, execution = context.now().isoformat(), self.execution
        variables = {
            "PipelineName": name_of(execution["PipelineArn"]),
            "PipelineArn": execution["PipelineArn"],
            "PipelineExecutionId": name_of(execution["PipelineExecutionArn"]),
            "PipelineExecutionArn": execution["PipelineExecutionArn"],
            "StartDateTime": execution["CreationTime"].isoformat(),
            "CurrentDateTime": now,
        }
        read = steps.document(self.session, self.definition.steps, ended)
        return Scope(execution["Parameters"], variables, ended, read)

    def _step(self, step: Step) -> None:
        row = self.rows[step.name]
        row |= {"StartTime": context.now(), "StepStatus": "Executing", "AttemptCount": 1}
        row |= {f"Step{name}": step.body[name] for name in ("DisplayName", "Description") if step.body.get(name)}
        self._tell(row, "Starting")
        try:
            attempt = Attempt(step, self._scope(), self.session, self.execution["PipelineExecutionArn"], row)
            row["Properties"] = steps.RUN[step.type](attempt)
            ended = "Succeeded"
        except Exception as error:  # noqa: BLE001 - whatever it is, the step has failed and says why
            row["FailureReason"] = _reason(error)
            ended = "Failed"
        if self._stopping and ended == "Failed":
            ended = "Stopped"
            row.pop("FailureReason")
        row |= {"StepStatus": ended, "EndTime": context.now()}
        self._tell(row, "Executing")

    def _tell(self, row: Json, previous: str) -> None:
        names = {"StartTime": "stepStartTime", "EndTime": "stepEndTime", "FailureReason": "failureReason"}
        detail = {
            "stepName": row["StepName"],
            "stepType": row["StepType"],
            "previousStepStatus": previous,
            "currentStepStatus": row["StepStatus"],
            "pipelineArn": self.execution["PipelineArn"],
            "pipelineExecutionArn": self.execution["PipelineExecutionArn"],
            "metadata": {
                kind[0].lower() + kind[1:]: {key[0].lower() + key[1:]: value for key, value in told.items()}
                for kind, told in row.get("Metadata", {}).items()
            },
            **{told: row[name] for name, told in names.items() if name in row},
        }
        event(_STEP, detail, detail["pipelineArn"], detail["pipelineExecutionArn"])


def _reason(error: Exception) -> str:
    """Why a step failed, as ListPipelineExecutionSteps tells it."""
    if isinstance(error, StepError):
        return str(error)
    if isinstance(error, ClientError):
        return f"ClientError: {error.response['Error']['Message']}"
    if isinstance(error, (BotoCoreError, ValueError)):
        return f"ClientError: {error}"
    log.exception("a pipeline's step failed", exc_info=error)
    return f"InternalServerError: {error!r}"


def _settle() -> None:
    """Executions that a server's end cut short have failed."""
    for account, region, execution in everywhere(TABLE):
        if execution["PipelineExecutionStatus"] in ("Executing", "Stopping"):
            reason = "InternalServerError: the embedded AWS stopped while the pipeline ran"
            for row in execution["Steps"].values():
                if row["StepStatus"] in ("Starting", "Executing", "Stopping"):
                    row |= {"StepStatus": "Failed", "FailureReason": reason, "EndTime": context.now()}
            with context.scope(account, region):
                status(execution, "Failed", reason)


table(TABLE)
RESTORED.append(_settle)
