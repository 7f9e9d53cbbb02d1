"""The executions' API: start, look, approve, stop, retry."""

from fmops.local import events, store
from fmops.local.context import caller, now
from fmops.local.registry import AwsError, Params, operation, table
from fmops.local.services.codepipeline import engine
from fmops.local.services.codepipeline.declaration import TYPE, find, stage_of

TOKENS = "codepipeline.tokens"


def _shown(row: Params, *names: str) -> Params:
    return {name: row[name] for name in names if row.get(name) is not None}


def _execution(params: Params) -> Params:
    find(params["pipelineName"])
    found = table(engine.EXECUTIONS).get(params["pipelineExecutionId"])
    if found is None or found["pipelineName"] != params["pipelineName"]:
        message = f"Pipeline '{params['pipelineName']}' has no execution with id '{params['pipelineExecutionId']}'"
        raise AwsError("PipelineExecutionNotFoundException", message)
    return found  # type: ignore[no-any-return]


@operation("codepipeline", "StartPipelineExecution")
def start_pipeline_execution(params: Params) -> Params:
    """Starts an execution; the same token means the same execution."""
    declared = find(params["name"])
    token = (params["name"], params.get("clientRequestToken"))
    if token[1] and token in table(TOKENS):
        return {"pipelineExecutionId": table(TOKENS)[token]}
    rule = events.STARTED_BY.get(token[1] or "")
    trigger = {
        "triggerType": "CloudWatchEvent" if rule else "StartPipelineExecution",
        "triggerDetail": rule or caller(),
    }
    values = {variable["name"]: variable["value"] for variable in params.get("variables", [])}
    overrides = {revision["actionName"]: revision["revisionValue"] for revision in params.get("sourceRevisions", [])}
    made = engine.start(declared, trigger, values, overrides)["pipelineExecutionId"]
    if token[1]:
        table(TOKENS)[token] = made
    return {"pipelineExecutionId": made}


@operation("codepipeline", "GetPipelineExecution")
def get_pipeline_execution(params: Params) -> Params:
    execution = _execution(params)
    shown = _shown(
        execution,
        *("pipelineName", "pipelineVersion", "pipelineExecutionId", "status", "statusSummary"),
        *("artifactRevisions", "trigger", "executionMode"),
    )
    variables = [{"name": name, "resolvedValue": value} for name, value in execution["variables"].items()]
    return {"pipelineExecution": {**shown, "variables": variables, "executionType": "STANDARD"}}


@operation("codepipeline", "ListPipelineExecutions")
def list_pipeline_executions(params: Params) -> Params:
    find(params["pipelineName"])
    stage = params.get("filter", {}).get("succeededInStage", {}).get("stageName")
    rows = []
    for execution in reversed(engine.executions(params["pipelineName"])):
        if stage and execution["stages"].get(stage) != "Succeeded":
            continue
        shown = _shown(
            execution,
            *("pipelineExecutionId", "status", "statusSummary", "startTime", "lastUpdateTime", "trigger"),
            *("stopTrigger", "executionMode"),
        )
        summaries = {revision["revisionId"]: revision["revisionSummary"] for revision in execution["artifactRevisions"]}
        revisions = [
            {"actionName": name, "revisionId": identifier, "revisionSummary": summaries.get(identifier, "")}
            for name, identifier in execution["sourceRevisions"].items()
        ]
        rows.append({**shown, "sourceRevisions": revisions, "executionType": "STANDARD"})
    return _page(rows, params, "pipelineExecutionSummaries")


def _page(rows: list[Params], params: Params, member: str) -> Params:
    begin, most = int(params.get("nextToken") or 0), int(params.get("maxResults") or 100)
    more = {"nextToken": str(begin + most)} if begin + most < len(rows) else {}
    return {member: rows[begin : begin + most], **more}


@operation("codepipeline", "ListActionExecutions")
def list_action_executions(params: Params) -> Params:
    find(params["pipelineName"])
    wanted = params.get("filter", {})
    only = wanted.get("pipelineExecutionId") or wanted.get("latestInPipelineExecution", {}).get("pipelineExecutionId")
    rows = [
        _detail(execution, record)
        for execution in engine.executions(params["pipelineName"])
        if only in (None, execution["pipelineExecutionId"])
        for record in execution["actions"]
    ]
    return _page(sorted(rows, key=lambda row: row["startTime"], reverse=True), params, "actionExecutionDetails")


def _detail(execution: Params, record: Params) -> Params:
    declared = record["declared"]
    result = {
        **_shown(record, "externalExecutionId", "externalExecutionUrl", "errorDetails", "logStreamARN"),
        **({"externalExecutionSummary": record["summary"]} if record.get("summary") else {}),
    }
    return {
        "pipelineExecutionId": execution["pipelineExecutionId"],
        "pipelineVersion": execution["pipelineVersion"],
        **_shown(record, "actionExecutionId", "stageName", "actionName", "startTime", "lastUpdateTime", "updatedBy"),
        "status": record["status"],
        "input": {
            **_shown(declared, "actionTypeId", "configuration", "roleArn", "region", "namespace"),
            **_shown(record, "resolvedConfiguration", "inputArtifacts"),
        },
        "output": {**_shown(record, "outputArtifacts", "outputVariables"), "executionResult": result},
    }


@operation("codepipeline", "GetPipelineState")
def get_pipeline_state(params: Params) -> Params:
    """Each stage with its latest execution, each action with its latest record."""
    declared = find(params["name"])
    created, updated = store.times(TYPE, store.get(TYPE, params["name"]) or {})
    executions = engine.executions(params["name"])
    return {
        "pipelineName": declared["name"],
        "pipelineVersion": declared["version"],
        "stageStates": [_stage_state(declared["name"], stage, executions) for stage in declared["stages"]],
        "created": created,
        "updated": updated,
    }


def _stage_state(pipeline: str, stage: Params, executions: list[Params]) -> Params:
    name = stage["name"]
    disabled = table(engine.TRANSITIONS).get((pipeline, name))
    state: Params = {
        "stageName": name,
        "inboundTransitionState": dict(disabled) if disabled else {"enabled": True},
        "actionStates": [_action_state(action, name, executions) for action in stage["actions"]],
    }
    if seen := [execution for execution in executions if name in execution["stages"]]:
        state["latestExecution"] = _in_stage(seen[-1], seen[-1]["stages"][name])
    waiting = [e for e in executions if e["status"] in engine.LIVE and e["stage"] == name and not e["entered"]]
    if waiting:
        state["inboundExecution"] = _in_stage(waiting[0], "InProgress")
        state["inboundExecutions"] = [_in_stage(execution, "InProgress") for execution in waiting]
    return state


def _in_stage(execution: Params, status: str) -> Params:
    return {"pipelineExecutionId": execution["pipelineExecutionId"], "status": status, "type": "STANDARD"}


def _action_state(action: Params, stage: str, executions: list[Params]) -> Params:
    records = [
        record
        for execution in executions
        for record in execution["actions"]
        if (record["stageName"], record["actionName"]) == (stage, action["name"])
    ]
    if not records:
        return {"actionName": action["name"]}
    record = max(records, key=lambda record: record["startTime"])
    shown = _shown(
        record,
        *("actionExecutionId", "status", "summary", "externalExecutionId", "externalExecutionUrl", "errorDetails"),
        *("logStreamARN",),
    )
    shown["lastStatusChange"] = record["lastUpdateTime"]
    if "updatedBy" in record and record.get("token"):
        shown["lastUpdatedBy"] = record["updatedBy"]
    if record["status"] == "InProgress" and record.get("token"):
        shown["token"] = record["token"]
    state: Params = {"actionName": action["name"], "latestExecution": shown}
    if action["actionTypeId"]["category"] == "Source" and record["status"] == "Succeeded":
        found = {"revisionId": record["externalExecutionId"], "created": record["lastUpdateTime"]}
        state["currentRevision"] = {**found, "revisionChangeId": record["externalExecutionId"]}
    return state


@operation("codepipeline", "PutApprovalResult")
def put_approval_result(params: Params) -> Params:
    """A person's decision, once per token; who decided is recorded."""
    stage = stage_of(find(params["pipelineName"]), params["stageName"])
    if params["actionName"] not in [action["name"] for action in stage["actions"]]:
        message = f"Stage '{params['stageName']}' does not have an action with name '{params['actionName']}'"
        raise AwsError("ActionNotFoundException", message)
    with engine.LOCK:
        execution, record = _approval(params)
        if record["status"] != "InProgress":
            raise AwsError(
                "ApprovalAlreadyCompletedException", "The approval action has already been approved or rejected."
            )
        result = params["result"]
        record.update({"summary": result["summary"], "updatedBy": caller()})
        if result["status"] == "Approved":
            engine.finish(execution, record, "Succeeded")
        else:
            message = result["summary"] or "The action was rejected."
            engine.finish(execution, record, "Failed", error=("JobFailed", f"Rejected by {caller()}: {message}"))
    return {"approvedAt": now()}


def _approval(params: Params) -> tuple[Params, Params]:
    for execution in engine.executions(params["pipelineName"]):
        for record in execution["actions"]:
            here = (record["stageName"], record["actionName"]) == (params["stageName"], params["actionName"])
            if here and record.get("token") == params["token"]:
                return execution, record
    raise AwsError(
        "InvalidApprovalTokenException", "The approval request token is invalid: GetPipelineState has the current one."
    )


@operation("codepipeline", "StopPipelineExecution")
def stop_pipeline_execution(params: Params) -> Params:
    execution = _execution(params)
    if execution["status"] == "Stopping" and not params.get("abandon"):
        raise AwsError("DuplicatedStopRequestException", "The execution is stopping already.")
    if execution["status"] not in engine.LIVE:
        message = f"The execution is {execution['status']}: only one in progress can be stopped."
        raise AwsError("PipelineExecutionNotStoppableException", message)
    engine.stop(execution, params.get("reason", ""), abandon=bool(params.get("abandon")))
    return {"pipelineExecutionId": params["pipelineExecutionId"]}


@operation("codepipeline", "RetryStageExecution")
def retry_stage_execution(params: Params) -> Params:
    execution = _execution(params)
    stage = stage_of(find(params["pipelineName"]), params["stageName"])["name"]
    seen = [other for other in engine.executions(params["pipelineName"]) if stage in other["stages"]]
    if execution["status"] != "Failed" or execution["stages"].get(stage) != "Failed":
        raise AwsError("StageNotRetryableException", f"Stage {stage} has not failed in this execution.")
    if seen[-1] is not execution:
        raise AwsError("NotLatestPipelineExecutionException", f"Another execution has been in stage {stage} since.")
    engine.retry(execution, stage, params["retryMode"])
    return {"pipelineExecutionId": params["pipelineExecutionId"]}


def _transition(params: Params) -> tuple[str, str]:
    return params["pipelineName"], stage_of(find(params["pipelineName"]), params["stageName"])["name"]


@operation("codepipeline", "DisableStageTransition")
def disable_stage_transition(params: Params) -> Params:
    engine.disable_transition(*_transition(params), params["reason"])
    return {}


@operation("codepipeline", "EnableStageTransition")
def enable_stage_transition(params: Params) -> Params:
    engine.enable_transition(*_transition(params))
    return {}
