"""Pipelines and their executions: the API. The definition is checked when a pipeline is made, whoever makes it."""

from typing import Any

from fmops.local import context, identity, store
from fmops.local.registry import Model, lifecycle, operation, table
from fmops.local.services.sagemaker import definition, execution, jobs
from fmops.local.services.sagemaker.common import (
    Json,
    arn,
    check_name,
    invalid,
    listing,
    name_of,
    not_found,
    token,
    user_context,
)

TYPE = "AWS::SageMaker::Pipeline"
_AUTHORS = "sagemaker.pipelines"


def _body(model: Model) -> str:
    """The definition's JSON, from the model itself or from S3."""
    given = model["PipelineDefinition"]
    if "PipelineDefinitionBody" in given:
        return str(given["PipelineDefinitionBody"])
    where = given["PipelineDefinitionS3Location"]
    version = {"VersionId": where["Version"]} if where.get("Version") else {}
    found = identity.client("s3").get_object(Bucket=where["Bucket"], Key=where["Key"], **version)
    return str(found["Body"].read().decode())


@lifecycle(TYPE)
def _changed(model: Model | None, previous: Model | None) -> None:
    if model is None:
        table(_AUTHORS).pop(previous["PipelineName"] if previous else "", None)
        return
    check_name("PipelineName", model["PipelineName"], 256)
    definition.parse(_body(model))
    jobs.role_session(model["RoleArn"])
    authors = table(_AUTHORS).get(model["PipelineName"]) or {"CreatedBy": user_context()}
    table(_AUTHORS)[model["PipelineName"]] = {**authors, "LastModifiedBy": user_context()}


def _pipeline(name_or_arn: str) -> Model:
    found = store.get(TYPE, name_of(name_or_arn))
    if found is None:
        raise not_found(f"Pipeline '{arn('pipeline', name_of(name_or_arn))}' does not exist.")
    return found


def _model(parameters: Json) -> Model:
    """An API request as a model."""
    names = (
        "PipelineName",
        "PipelineDisplayName",
        "PipelineDescription",
        "RoleArn",
        "Tags",
        "ParallelismConfiguration",
    )
    model = {name: parameters[name] for name in names if name in parameters}
    if "PipelineDefinition" in parameters:
        model["PipelineDefinition"] = {"PipelineDefinitionBody": parameters["PipelineDefinition"]}
    elif "PipelineDefinitionS3Location" in parameters:
        where = parameters["PipelineDefinitionS3Location"]
        names_of = {"Bucket": "Bucket", "ObjectKey": "Key", "VersionId": "Version"}
        location = {names_of[name]: value for name, value in where.items()}
        model["PipelineDefinition"] = {"PipelineDefinitionS3Location": location}
    return model


@operation("sagemaker", "CreatePipeline")
def create(parameters: Json) -> Json:
    """Makes a pipeline."""
    name = parameters["PipelineName"]
    if store.get(TYPE, name) is not None:
        raise invalid(
            "Pipeline names must be unique within an AWS account and region. "
            f"Pipeline with name ({name}) already exists."
        )
    try:
        store.create(TYPE, _model(parameters))
    except ValueError as error:
        raise invalid(str(error)) from error
    return {"PipelineArn": arn("pipeline", name)}


@operation("sagemaker", "UpdatePipeline")
def update(parameters: Json) -> Json:
    """Changes a pipeline; executions under way keep the definition that they started with."""
    found = _pipeline(parameters["PipelineName"])
    try:
        store.update(
            TYPE, found["PipelineName"], {**found, **_model({**parameters, "PipelineName": found["PipelineName"]})}
        )
    except ValueError as error:
        raise invalid(str(error)) from error
    return {"PipelineArn": arn("pipeline", found["PipelineName"])}


@operation("sagemaker", "DeletePipeline")
def delete(parameters: Json) -> Json:
    """Deletes a pipeline; its executions are forgotten with it."""
    name = _pipeline(parameters["PipelineName"])["PipelineName"]
    if any(row["PipelineExecutionStatus"] in ("Executing", "Stopping") for row in _executions(name)):
        raise invalid("Cannot delete a pipeline that has an execution in progress.")
    for row in _executions(name):
        table(execution.TABLE).pop(row["PipelineExecutionArn"], None)
    store.delete(TYPE, name)
    return {"PipelineArn": arn("pipeline", name)}


def _described(model: Model) -> Json:
    created, changed = store.times(TYPE, model)
    name = model["PipelineName"]
    runs = [row["CreationTime"] for row in _executions(name)]
    return {
        **{key: value for key, value in model.items() if key not in ("PipelineDefinition", "Tags")},
        "PipelineArn": arn("pipeline", name),
        "PipelineDefinition": _body(model),
        "PipelineDisplayName": model.get("PipelineDisplayName", name),
        "PipelineStatus": "Active",
        "CreationTime": created,
        "LastModifiedTime": changed,
        **({"LastRunTime": max(runs)} if runs else {}),
        **table(_AUTHORS).get(name, {}),
    }


@operation("sagemaker", "DescribePipeline")
def describe(parameters: Json) -> Json:
    """A pipeline as it is."""
    return _described(_pipeline(parameters["PipelineName"]))


@operation("sagemaker", "ListPipelines")
def list_(parameters: Json) -> Json:
    """Pipelines, newest first."""
    prefix = parameters.get("PipelineNamePrefix", "")
    rows = [_described(model) for model in store.list_(TYPE) if model["PipelineName"].startswith(prefix)]
    renamed = [{**row, "LastExecutionTime": row["LastRunTime"]} if "LastRunTime" in row else row for row in rows]
    names = ("PipelineArn", "PipelineName", "PipelineDisplayName", "PipelineDescription", "RoleArn", "CreationTime")
    wanted = (*names, "LastModifiedTime", "LastExecutionTime")
    summaries = [{name: row[name] for name in wanted if name in row} for row in renamed]
    return listing(summaries, parameters, "PipelineSummaries", name="PipelineName")


def _executions(pipeline: str) -> list[Json]:
    prefix = arn("pipeline", pipeline)
    return [row for row in table(execution.TABLE).values() if row["PipelineArn"] == prefix]


def _execution(parameters: Json) -> Json:
    found: Json | None = table(execution.TABLE).get(parameters["PipelineExecutionArn"])
    if found is None:
        raise not_found(f"Pipeline execution '{parameters['PipelineExecutionArn']}' does not exist.")
    return found


def _execution_that_is(parameters: Json, *states: str) -> Json:
    row = _execution(parameters)
    if row["PipelineExecutionStatus"] not in states:
        told = f"Pipeline execution with ARN {row['PipelineExecutionArn']} is {row['PipelineExecutionStatus']}"
        raise invalid(f"{told}: it must be {' or '.join(states)} for this.")
    return row


@operation("sagemaker", "StartPipelineExecution")
def start(parameters: Json) -> Json:
    """Starts a pipeline; a request token that was used before gives the execution that it started."""
    model = _pipeline(parameters["PipelineName"])
    name, asked = model["PipelineName"], parameters.get("ClientRequestToken")
    for known in _executions(name):
        if asked and known.get("Token") == asked:
            return {"PipelineExecutionArn": known["PipelineExecutionArn"]}
    text = _body(model)
    bound = definition.bind(definition.parse(text), parameters.get("PipelineParameters", []))
    pipeline, who, now = arn("pipeline", name), user_context(), context.now()
    parallel = parameters.get("ParallelismConfiguration") or model.get("ParallelismConfiguration")
    row: dict[str, Any] = {
        "PipelineArn": pipeline,
        "PipelineExecutionArn": f"{pipeline}/execution/{token(12)}",
        "PipelineExecutionDisplayName": parameters.get("PipelineExecutionDisplayName")
        or f"execution-{int(now.timestamp() * 1000)}",
        "CreationTime": now,
        "CreatedBy": who,
        "LastModifiedBy": who,
        "Definition": text,
        "Parameters": bound,
        "RoleArn": model["RoleArn"],
        "Token": asked,
        "Steps": {},
    }
    if "PipelineExecutionDescription" in parameters:
        row["PipelineExecutionDescription"] = parameters["PipelineExecutionDescription"]
    if parallel:
        row["ParallelismConfiguration"] = parallel
    table(execution.TABLE)[row["PipelineExecutionArn"]] = row
    execution.status(row, "Executing")
    execution.start(row)
    return {"PipelineExecutionArn": row["PipelineExecutionArn"]}


_INTERNAL = {"Definition", "Parameters", "RoleArn", "Token", "Steps"}


@operation("sagemaker", "DescribePipelineExecution")
def describe_execution(parameters: Json) -> Json:
    """An execution as it is."""
    return {name: value for name, value in _execution(parameters).items() if name not in _INTERNAL}


@operation("sagemaker", "ListPipelineExecutions")
def list_executions(parameters: Json) -> Json:
    """A pipeline's executions, newest first."""
    names = (
        "PipelineExecutionArn",
        "PipelineExecutionStatus",
        "PipelineExecutionDisplayName",
        "PipelineExecutionDescription",
    )
    rows = [
        {"StartTime": row["CreationTime"]}
        | {name: row[name] for name in names if name in row}
        | ({"PipelineExecutionFailureReason": row["FailureReason"]} if "FailureReason" in row else {})
        for row in _executions(_pipeline(parameters["PipelineName"])["PipelineName"])
    ]
    return listing(rows, parameters, "PipelineExecutionSummaries", time="StartTime")


@operation("sagemaker", "ListPipelineExecutionSteps")
def list_steps(parameters: Json) -> Json:
    """The steps that have started, the latest first."""
    rows = [
        {name: value for name, value in row.items() if name not in ("Properties", "StepType")}
        for row in list(_execution(parameters)["Steps"].values())
        if "StartTime" in row
    ]
    return listing(rows, parameters, "PipelineExecutionSteps", time="StartTime")


@operation("sagemaker", "StopPipelineExecution")
def stop(parameters: Json) -> Json:
    """Stops an execution: the jobs that run are stopped, nothing new starts."""
    row = _execution_that_is(parameters, "Executing")
    execution.status(row, "Stopping")
    for step in list(row["Steps"].values()):
        for told in step.get("Metadata", {}) if step["StepStatus"] == "Executing" else ():
            if told.removesuffix("Job") in jobs.KINDS:
                step["StepStatus"] = "Stopping"
                jobs.stop_by_arn(step["Metadata"][told]["Arn"])
    return {"PipelineExecutionArn": row["PipelineExecutionArn"]}


@operation("sagemaker", "RetryPipelineExecution")
def retry(parameters: Json) -> Json:
    """Runs what failed or was stopped again; what succeeded stays."""
    row = _execution_that_is(parameters, "Failed", "Stopped")
    row["Steps"] = {name: step for name, step in row["Steps"].items() if step["StepStatus"] == "Succeeded"}
    row.pop("FailureReason", None)
    execution.status(row, "Executing")
    execution.start(row)
    return {"PipelineExecutionArn": row["PipelineExecutionArn"]}


@operation("sagemaker", "ListPipelineParametersForExecution")
def list_parameters(parameters: Json) -> Json:
    """The values that an execution's parameters have."""
    bound = _execution(parameters)["Parameters"]
    return {"PipelineParameters": [{"Name": name, "Value": str(value)} for name, value in bound.items()]}


@operation("sagemaker", "DescribePipelineDefinitionForExecution")
def describe_definition(parameters: Json) -> Json:
    """The definition that an execution runs."""
    row = _execution(parameters)
    return {"PipelineDefinition": row["Definition"], "CreationTime": row["CreationTime"]}
