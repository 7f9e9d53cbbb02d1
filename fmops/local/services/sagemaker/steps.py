"""What each type of pipeline step does: the call that it makes with the pipeline's role, and what it leaves behind."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore import xform_name

from fmops.local import context
from fmops.local.services.sagemaker import containers, jobs
from fmops.local.services.sagemaker.common import Json, name_of, token
from fmops.local.services.sagemaker.definition import STEP_TYPES, Step
from fmops.local.services.sagemaker.expressions import Scope


class StepError(Exception):
    """A step came to a bad end; the text is its FailureReason."""


@dataclass
class Attempt:
    """One step being run.

    Args:
        session: of the pipeline's role: IAM decides what the step may do.
        row: what ListPipelineExecutionSteps shows; `Metadata` is filled here.
    """

    step: Step
    scope: Scope
    session: Any
    execution_arn: str
    row: Json

    @property
    def client(self) -> Any:
        """SageMaker as the pipeline's role."""
        return self.session.client("sagemaker")

    def job_name(self) -> str:
        """`pipelines-<execution id>-<step>-<random>`, 63 characters at most."""
        head, tail = f"pipelines-{name_of(self.execution_arn)}-", f"-{token(10)}"
        return head + self.step.name.replace("_", "-")[: 63 - len(head) - len(tail)].strip("-") + tail

    def call(self, request: str, **more: Any) -> Json:
        """Makes the step's request."""
        arguments = {**self.scope.value(self.step.arguments), **more}
        found: Json = getattr(self.client, xform_name(request))(**arguments)
        return found


def _job(attempt: Attempt) -> Json:
    kind = jobs.KINDS[attempt.step.type]
    name = attempt.job_name()
    found = attempt.call(f"Create{kind.name}Job", **{kind.member("Name"): name})[kind.member("Arn")]
    attempt.row["Metadata"] = {f"{kind.name}Job": {"Arn": found}}
    jobs.wait(found)
    ended: Json = getattr(attempt.client, xform_name(f"Describe{kind.name}Job"))(**{kind.member("Name"): name})
    if ended[kind.member("Status")] != "Completed":
        reason = ended.get("FailureReason") or ended.get("ExitMessage") or f"the job is {ended[kind.member('Status')]}"
        raise StepError(
            f"ClientError: {reason}" if not reason.startswith(("ClientError", "AlgorithmError")) else reason
        )
    ended.pop("ResponseMetadata", None)
    return ended


def _register(attempt: Attempt) -> Json:
    given = attempt.scope.value(attempt.step.arguments)
    origin = {"GeneratedBy": attempt.execution_arn, **given.get("MetadataProperties", {})}
    made = attempt.call("CreateModelPackage", MetadataProperties=origin)["ModelPackageArn"]
    attempt.row["Metadata"] = {"RegisterModel": {"Arn": made}}
    return {**given, "ModelPackageArn": made, "ModelPackageName": made, "ModelPackageVersion": int(name_of(made))}


def _model(attempt: Attempt) -> Json:
    name = attempt.job_name()
    made = attempt.call("CreateModel", ModelName=name)["ModelArn"]
    attempt.row["Metadata"] = {"Model": {"Arn": made}}
    return {**attempt.scope.value(attempt.step.arguments), "ModelName": name, "ModelArn": made}


def _condition(attempt: Attempt) -> Json:
    outcome = all(attempt.scope.holds(condition) for condition in attempt.step.arguments["Conditions"])
    attempt.row["Metadata"] = {"Condition": {"Outcome": str(outcome)}}
    return {"Outcome": outcome}


def _fail(attempt: Attempt) -> Json:
    message = str(attempt.scope.value(attempt.step.arguments.get("ErrorMessage", "")))
    attempt.row["Metadata"] = {"Fail": {"ErrorMessage": message}}
    raise StepError(message)


def _lambda(attempt: Attempt) -> Json:
    function = attempt.scope.value(attempt.step.body["FunctionArn"])
    payload = json.dumps(attempt.scope.value(attempt.step.arguments))
    answer = attempt.session.client("lambda").invoke(FunctionName=function, Payload=payload)
    told = json.loads(answer["Payload"].read() or "{}")
    attempt.row["Metadata"] = {"Lambda": {"Arn": function}}
    if answer.get("FunctionError"):
        raise StepError(f"ClientError: Lambda {function} failed: {json.dumps(told)}")
    outputs = {out["OutputName"]: told.get(out["OutputName"]) for out in attempt.step.body.get("OutputParameters", ())}
    attempt.row["Metadata"]["Lambda"]["OutputParameters"] = [{"Name": k, "Value": str(v)} for k, v in outputs.items()]
    return {"OutputParameters": outputs}


RUN: dict[str, Callable[[Attempt], Json]] = {
    "Processing": _job,
    "Training": _job,
    "RegisterModel": _register,
    "Model": _model,
    "Condition": _condition,
    "Fail": _fail,
    "Lambda": _lambda,
}
"""Step type -> runs it to its end; the properties that other steps may refer to."""
assert RUN.keys() == STEP_TYPES.keys()  # noqa: S101 - two tables of one language


def document(session: Any, steps: dict[str, Step], properties: dict[str, Json]) -> Callable[[Any], Any]:
    """Reads the JSON that `Std:JsonGet` looks into, as the pipeline's role: of (step, property file) or an S3 URI."""

    def read(where: Any) -> Any:
        if isinstance(where, tuple):
            step, name = where
            if step not in properties:
                raise ValueError(f"Steps.{step}.PropertyFiles.{name} has no value: the step has not run")
            file = next(f for f in steps[step].body["PropertyFiles"] if f["PropertyFileName"] == name)
            outputs = properties[step].get("ProcessingOutputConfig", {}).get("Outputs", ())
            output = next((out for out in outputs if out["OutputName"] == file["OutputName"]), None)
            if output is None:
                raise ValueError(f"property file {name}: step {step} has no output {file['OutputName']}")
            where = f"{output['S3Output']['S3Uri'].rstrip('/')}/{file['FilePath']}"
        target = context.state_folder() / "sagemaker" / f"property-{token(12)}.json"
        try:
            containers.fetch(session.client("s3"), *containers.split(where), target)
            return json.loads(target.read_text())
        finally:
            target.unlink(missing_ok=True)

    return read
