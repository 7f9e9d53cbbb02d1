"""Executions move from stage to stage. Nothing waits here: whatever ends calls `advance`, which decides what is next.

So an approval may take days and a restart. One lock guards all decisions; actions work on threads of their own.
"""

import logging
import socket
import threading
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError, EndpointConnectionError

from fmops.local import events, identity, store
from fmops.local.context import caller, now, scope, spawn
from fmops.local.registry import RESTORED, TABLES, AwsError, Params, table
from fmops.local.services.codecommit import repositories
from fmops.local.services.codepipeline import declaration
from fmops.local.services.codepipeline.actions import WORK, ActionError, Job, resolve

log = logging.getLogger(__name__)

EXECUTIONS, TRANSITIONS = "codepipeline.executions", "codepipeline.transitions"
LIVE = ("InProgress", "Stopping")
LOCK = threading.RLock()
_STATES = {"InProgress": "STARTED", "Abandoned": "ABANDONED", "Cancelled": "CANCELED"}


def executions(pipeline: str) -> list[Params]:
    """A pipeline's executions, oldest first."""
    found = [execution for execution in table(EXECUTIONS).values() if execution["pipelineName"] == pipeline]
    return sorted(found, key=lambda execution: execution["startTime"])


def start(declared: Params, trigger: Params, variables: dict[str, str], overrides: dict[str, str]) -> Params:
    """Starts an execution.

    Args:
        declared: the pipeline; the execution keeps it as it is now.
        trigger: `triggerType` and `triggerDetail`.
        variables: values by name.
        overrides: source action -> revision, instead of the newest.

    Raises:
        AwsError: a variable is unknown or has no value.
    """
    known = {variable["name"]: variable.get("defaultValue") for variable in declared.get("variables", [])}
    if unknown := sorted(set(variables) - set(known)):
        raise AwsError("ValidationException", f"Pipeline {declared['name']} has no variable named {unknown[0]}")
    values = {name: variables.get(name, default) for name, default in known.items()}
    if missing := sorted(name for name, value in values.items() if value is None):
        raise AwsError("ValidationException", f"The variable {missing[0]} has no default: give it a value")
    execution: Params = {
        "pipelineName": declared["name"],
        "pipelineVersion": declared["version"],
        "pipelineExecutionId": str(uuid.uuid4()),
        "status": "InProgress",
        "startTime": now(),
        "lastUpdateTime": now(),
        "trigger": trigger,
        "executionMode": declared["executionMode"],
        "pipeline": declared,
        "variables": values,
        "namespaces": {},
        "sourceOverrides": overrides,
        "sourceRevisions": {},
        "artifactRevisions": [],
        "actions": [],
        "stages": {},
        "stage": declared["stages"][0]["name"],
        "entered": False,
        "attempt": 1.0,
    }
    table(EXECUTIONS)[execution["pipelineExecutionId"]] = execution
    _tell_pipeline(execution, "STARTED")
    spawn(f"pipeline-{declared['name']}", advance, execution["pipelineExecutionId"])
    return execution


def advance(identifier: str) -> None:
    """Does whatever the execution's state allows now."""
    with LOCK:
        execution = table(EXECUTIONS).get(identifier)
        while execution and execution["status"] in LIVE and _step(execution):
            pass


def _step(execution: Params) -> bool:
    """One decision. Returns whether there may be another one."""
    stage = declaration.stage_of(execution["pipeline"], execution["stage"])
    if not execution["entered"]:
        if execution["status"] == "Stopping":
            _end(execution, "Stopped")
            return False
        if not _may_enter(execution):
            return False
        execution["entered"] = True
        _set_stage(execution, "InProgress")
    for order in sorted({action["runOrder"] for action in stage["actions"]}):
        group = [action for action in stage["actions"] if action["runOrder"] == order]
        records = [latest(execution, stage["name"], action["name"]) for action in group]
        states = {record["status"] if record else None for record in records}
        if "InProgress" in states:
            return False
        if states & {"Failed", "Abandoned"}:
            _set_stage(execution, "Failed")
            _end(execution, "Failed")
            return False
        if None in states:
            if execution["status"] == "Stopping":
                _set_stage(execution, "Stopped")
                _end(execution, "Stopped")
                return False
            for action, record in zip(group, records, strict=True):
                if record is None:
                    _begin(execution, stage["name"], action)
            return False
    _set_stage(execution, "Succeeded")
    names = [stage["name"] for stage in execution["pipeline"]["stages"]]
    following = names[names.index(stage["name"]) + 1 :]
    if not following:
        _end(execution, "Succeeded")
        return False
    left = execution["stage"]
    execution.update({"stage": following[0], "entered": False})
    _wake(execution["pipelineName"], left)
    return True


def _may_enter(execution: Params) -> bool:
    """A stage takes one execution at a time; the next ones queue, or the newest takes the older ones' place."""
    stage, mode = execution["stage"], execution["executionMode"]
    here = [e for e in executions(execution["pipelineName"]) if e["status"] in LIVE and e["stage"] == stage]
    waiting = [e for e in here if not e["entered"]]
    blocked = (execution["pipelineName"], stage) in table(TRANSITIONS)
    occupied = mode != "PARALLEL" and any(e["entered"] for e in here)
    if mode == "SUPERSEDED":
        for older in waiting[:-1]:
            _end(older, "Superseded")
        return execution is waiting[-1] and not blocked and not occupied
    return not blocked and not occupied and (mode == "PARALLEL" or execution is waiting[0])


def _wake(pipeline: str, stage: str) -> None:
    """A stage became free: whoever waits for it may look again."""
    for execution in executions(pipeline):
        if execution["status"] in LIVE and execution["stage"] == stage and not execution["entered"]:
            advance(execution["pipelineExecutionId"])


def latest(execution: Params, stage: str, action: str) -> Params | None:
    """An action's record in the stage's current attempt."""
    records = [r for r in execution["actions"] if (r["stageName"], r["actionName"]) == (stage, action)]
    return records[-1] if records and not records[-1]["retried"] else None


def _begin(execution: Params, stage: str, action: Params) -> None:
    made = {a["name"]: a for record in execution["actions"] for a in record["outputArtifacts"]}
    record: Params = {
        "actionExecutionId": str(uuid.uuid4()),
        "stageName": stage,
        "actionName": action["name"],
        "declared": action,
        "status": "InProgress",
        "startTime": now(),
        "lastUpdateTime": now(),
        "resolvedConfiguration": {},
        "region": action["region"],
        "inputArtifacts": [made[artifact["name"]] for artifact in action["inputArtifacts"] if artifact["name"] in made],
        "outputArtifacts": [],
        "outputVariables": {},
        "retried": False,
    }
    execution["actions"].append(record)
    _tell_action(execution, record)
    spawn(f"action-{execution['pipelineName']}-{action['name']}", _work, execution, record)


def _work(execution: Params, record: Params) -> None:
    """Performs an action to its end, on a thread of its own."""
    kind = record["declared"]["actionTypeId"]
    try:
        namespaces = {
            **execution["namespaces"],
            "variables": execution["variables"],
            "codepipeline": {"PipelineExecutionId": execution["pipelineExecutionId"]},
        }
        record["resolvedConfiguration"] = resolve(record["declared"]["configuration"], namespaces)
        job = Job(execution, record, _session(execution, record["declared"]))
        variables = WORK[kind["category"], kind["provider"]](job)
    except EndpointConnectionError:
        log.info("action %s is left to the next start: the server goes down", record["actionName"])
    except ActionError as error:
        finish(execution, record, "Failed", error=(error.code, error.message))
    except (AwsError, ClientError) as error:
        code = error.code if isinstance(error, AwsError) else error.response["Error"]["Code"]
        refused = code in ("AccessDenied", "AccessDeniedException")
        finish(execution, record, "Failed", error=("PermissionError" if refused else "ConfigurationError", str(error)))
    except Exception as error:
        log.exception("action %s of pipeline %s", record["actionName"], execution["pipelineName"])
        finish(execution, record, "Failed", error=("InternalError", repr(error)))
    else:
        if variables is not None:
            record["outputVariables"] = variables
            finish(execution, record, "Succeeded")


def _session(execution: Params, action: Params) -> boto3.Session:
    """The pipeline role's session; an action's own role is assumed from it, as on AWS."""
    name = execution["pipelineName"][:64]
    own = identity.service_session(execution["pipeline"]["roleArn"], "codepipeline.amazonaws.com", name)
    if not action.get("roleArn"):
        return own
    taken = own.client("sts").assume_role(RoleArn=action["roleArn"], RoleSessionName=name)["Credentials"]
    return identity.session(
        aws_access_key_id=taken["AccessKeyId"],
        aws_secret_access_key=taken["SecretAccessKey"],
        aws_session_token=taken["SessionToken"],
    )


def finish(execution: Params, record: Params, status: str, *, error: tuple[str, str] | None = None) -> None:
    """An action has ended; its execution goes on."""
    with LOCK:
        if record["status"] != "InProgress":
            return  # abandoned meanwhile
        record.update({"status": status, "lastUpdateTime": now()})
        record.setdefault("updatedBy", execution["pipeline"]["roleArn"])
        if error:
            record["errorDetails"] = {"code": error[0], "message": error[1]}
        elif namespace := record["declared"].get("namespace"):
            execution["namespaces"][namespace] = record["outputVariables"]
        _tell_action(execution, record)
        advance(execution["pipelineExecutionId"])


def stop(execution: Params, reason: str, *, abandon: bool) -> None:
    """Stops an execution: at once when abandoned, else when the actions under way are done."""
    with LOCK:
        execution.update({"status": "Stopping", "stopTrigger": {"reason": reason}, "statusSummary": reason})
        _tell_pipeline(execution, "STOPPING")
        if abandon:
            for record in [record for record in execution["actions"] if record["status"] == "InProgress"]:
                record.update({"status": "Abandoned", "lastUpdateTime": now()})
                _tell_action(execution, record)
            if execution["entered"]:
                _set_stage(execution, "Stopped")
            _end(execution, "Stopped")
        advance(execution["pipelineExecutionId"])


def retry(execution: Params, stage: str, mode: str) -> None:
    """Runs a failed stage's failed actions (or all of them) again."""
    with LOCK:
        for record in execution["actions"]:
            if record["stageName"] == stage and (mode == "ALL_ACTIONS" or record["status"] != "Succeeded"):
                record["retried"] = True
        execution["attempt"] += 1
        execution.update({"status": "InProgress", "entered": False})
        execution.pop("statusSummary", None)
        _tell_pipeline(execution, "RESUMED")
        advance(execution["pipelineExecutionId"])


def _set_stage(execution: Params, status: str) -> None:
    execution["stages"][execution["stage"]] = status
    execution["lastUpdateTime"] = now()
    detail = {"stage": execution["stage"], "state": _STATES.get(status, status.upper())}
    _tell(execution, "CodePipeline Stage Execution State Change", detail)


def _end(execution: Params, status: str) -> None:
    entered, stage = execution["entered"], execution["stage"]
    execution.update({"status": status, "lastUpdateTime": now(), "entered": False})
    if status == "Failed":
        failed = [r for r in execution["actions"] if r["status"] == "Failed" and not r["retried"]]
        execution["statusSummary"] = "; ".join(
            f"{record['stageName']}/{record['actionName']}: {record['errorDetails']['message']}" for record in failed
        )
    _tell_pipeline(execution, _STATES.get(status, status.upper()))
    if entered:
        _wake(execution["pipelineName"], stage)


def _tell(execution: Params, detail_type: str, detail: Params) -> None:
    about = {
        "pipeline": execution["pipelineName"],
        "execution-id": execution["pipelineExecutionId"],
        "start-time": f"{execution['startTime']:%Y-%m-%dT%H:%M:%SZ}",
        "version": float(execution["pipelineVersion"]),
        "pipeline-execution-attempt": execution["attempt"],
    }
    events.emit("aws.codepipeline", detail_type, {**about, **detail}, [declaration.arn(execution["pipelineName"])])


def _tell_pipeline(execution: Params, state: str) -> None:
    trigger = execution["trigger"]
    detail = {
        "state": state,
        "execution-trigger": {"trigger-type": trigger["triggerType"], "trigger-detail": trigger["triggerDetail"]},
    }
    _tell(execution, "CodePipeline Pipeline Execution State Change", detail)


def _tell_action(execution: Params, record: Params) -> None:
    result = {
        "external-execution-id": record.get("externalExecutionId"),
        "external-execution-url": record.get("externalExecutionUrl"),
        "external-execution-summary": record.get("errorDetails", {}).get("message") or record.get("summary"),
        "error-code": record.get("errorDetails", {}).get("code"),
    }
    detail = {
        "stage": record["stageName"],
        "action": record["actionName"],
        "action-execution-id": record["actionExecutionId"],
        "state": _STATES.get(record["status"], record["status"].upper()),
        "type": record["declared"]["actionTypeId"],
        "region": record["region"],
        "execution-result": {name: value for name, value in result.items() if value},
        "input-artifacts": record["inputArtifacts"],
        "output-artifacts": record["outputArtifacts"],
    }
    _tell(execution, "CodePipeline Action Execution State Change", detail)


def set_transitions(pipeline: str, disabled: list[Params]) -> None:
    """Disables the inbound transitions that the pipeline's template names."""
    for transition in disabled:
        disable_transition(pipeline, transition["StageName"], transition["Reason"])


def disable_transition(pipeline: str, stage: str, reason: str) -> None:
    """Executions wait before the stage until the transition is enabled."""
    changed = {"enabled": False, "disabledReason": reason, "lastChangedBy": caller(), "lastChangedAt": now()}
    table(TRANSITIONS)[pipeline, stage] = changed


def enable_transition(pipeline: str, stage: str) -> None:
    """Lets whoever waits before the stage enter."""
    with LOCK:
        table(TRANSITIONS).pop((pipeline, stage), None)
        _wake(pipeline, stage)


def start_when_created(declared: Params) -> None:
    """A new pipeline runs at once, unless a variable has no value yet."""
    if all("defaultValue" in variable for variable in declared.get("variables", [])):
        start(declared, {"triggerType": "CreatePipeline", "triggerDetail": caller()}, {}, {})


def forget(pipeline: str) -> None:
    """A deleted pipeline's executions go with it."""
    with LOCK:
        for execution in executions(pipeline):
            for record in execution["actions"]:
                record["status"] = "Abandoned" if record["status"] == "InProgress" else record["status"]
            table(EXECUTIONS).pop(execution["pipelineExecutionId"], None)
        for key in [key for key in table(TRANSITIONS) if key[0] == pipeline]:
            table(TRANSITIONS).pop(key, None)


def _poll(repository: str, branch: str) -> None:
    """Starts pipelines whose source action polls: CodePipeline's default, and what event rules replace."""
    for model in store.list_(declaration.TYPE):
        declared = declaration.to_api(model)
        for action in declared["stages"][0]["actions"]:
            wanted = action["configuration"]
            polls = wanted.get("PollForSourceChanges", "true").lower() == "true"
            if polls and (wanted.get("RepositoryName"), wanted.get("BranchName")) == (repository, branch):
                start(declared, {"triggerType": "PollForSourceChanges", "triggerDetail": action["name"]}, {}, {})


def _settle() -> None:
    """After a restart: actions under way have failed and say why; approvals and queued executions go on."""
    message = "The embedded AWS was restarted while the action ran: retry the stage"
    resumed: list[tuple[str, str, str]] = []
    rows: list[tuple[tuple[str, str, str], Any]] = TABLES[EXECUTIONS].all_items() if EXECUTIONS in TABLES else []
    for key, execution in rows:
        for record in execution["actions"] if execution["status"] in LIVE else ():
            if record["status"] == "InProgress" and not record.get("token"):
                record.update({"status": "Failed", "lastUpdateTime": now(), "updatedBy": "embedded AWS"})
                record["errorDetails"] = {"code": "InternalError", "message": message}
        if execution["status"] in LIVE:
            resumed.append(key)
    if resumed:
        threading.Thread(target=_resume, args=(resumed,), name="resume-pipelines", daemon=True).start()


def _resume(keys: list[tuple[str, str, str]]) -> None:
    where = urlsplit(identity.ENDPOINT)
    for _ in range(300):  # actions call back over HTTP: first the server must listen
        with socket.socket() as probe:
            if probe.connect_ex((str(where.hostname), where.port or 80)) == 0:
                break
        time.sleep(0.1)
    for account_id, region_name, identifier in keys:
        with scope(account_id, region_name):
            advance(identifier)


RESTORED.append(_settle)
repositories.MOVED.append(_poll)
