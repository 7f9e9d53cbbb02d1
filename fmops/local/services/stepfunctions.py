"""Step Functions: ministack walks the states; a task calls AWS here, as the state machine's role and under IAM."""

import contextvars
import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError
from ministack.services import stepfunctions

from fmops.local import identity, shapes
from fmops.local.registry import AwsError

SDK = re.compile(r"arn:aws:states:::aws-sdk:(\w+):(\w+)")
INVOKE = "arn:aws:states:::lambda:invoke"
SERVICES = {"sfn": "stepfunctions", "cloudwatchlogs": "logs", "eventbridge": "events"}
"""The services that Step Functions calls otherwise than botocore does, as far as they are used."""

_execution: contextvars.ContextVar[dict[str, Any]] = contextvars.ContextVar("execution")


def _session() -> boto3.Session:
    """The session of the state machine's role.

    Raises:
        stepfunctions._ExecutionError: the role doesn't exist, or doesn't trust Step Functions.
    """
    execution = _execution.get()
    role = stepfunctions._state_machines[execution["stateMachineArn"]]["roleArn"]
    try:
        return identity.service_session(role, "states.amazonaws.com", execution["name"][:64])
    except AwsError as error:
        raise stepfunctions._ExecutionError("States.Permissions", error.message) from error


def _plain(value: Any) -> Any:
    """A result as JSON has it."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def _called(prefix: str, call: Callable[[], Any]) -> Any:
    """A call's result; an error of the service under the name that Step Functions gives it."""
    try:
        return call()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        name = code if code.endswith("Exception") else f"{code}Exception"
        message = f"{error.response['Error']['Message']} (Service: {prefix}, Status Code: "
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        raise stepfunctions._ExecutionError(f"{prefix}.{name}", f"{message}{status})") from error
    except ParamValidationError as error:
        raise stepfunctions._ExecutionError("States.Runtime", str(error)) from error


def _sdk(service: str, action: str, arguments: dict[str, Any]) -> Any:
    """Any operation of any service that botocore knows."""
    name = SERVICES.get(service, service)
    if name not in shapes.available():
        raise stepfunctions._ExecutionError("States.Runtime", f"There is no service {service}.")
    model, operation = shapes.model(name), action[:1].upper() + action[1:]
    if operation not in model.operation_names:
        raise stepfunctions._ExecutionError("States.Runtime", f"{service} has no operation {action}.")
    shape = model.operation_model(operation).input_shape
    client = _session().client(name, endpoint_url=identity.ENDPOINT)
    asked = shapes.fit(arguments, shape) if shape else {}
    answer = _called(str(model.service_id).replace(" ", ""), lambda: getattr(client, xform_name(operation))(**asked))
    return _plain({key: value for key, value in answer.items() if key != "ResponseMetadata"})


def _invoke(arguments: dict[str, Any]) -> Any:
    """A function's answer; its failure is the task's."""
    client = _session().client("lambda", endpoint_url=identity.ENDPOINT)
    payload = json.dumps(arguments.get("Payload", {})).encode()
    answer = _called("Lambda", lambda: client.invoke(FunctionName=arguments["FunctionName"], Payload=payload))
    result = json.loads(answer["Payload"].read() or b"null")
    if "FunctionError" in answer:
        kind = result.get("errorType", "Lambda.Unknown") if isinstance(result, dict) else "Lambda.Unknown"
        raise stepfunctions._ExecutionError(kind, json.dumps(result))
    return {"StatusCode": answer["StatusCode"], "ExecutedVersion": "$LATEST", "Payload": result}


def install() -> None:
    """Lets each execution know itself, and its tasks call AWS by HTTP."""
    run, invoke = stepfunctions._run_execution, stepfunctions._invoke_resource

    def run_execution(arn: str) -> None:
        _execution.set(stepfunctions._executions[arn])
        run(arn)

    def invoke_resource(resource: str, arguments: Any) -> Any:
        if found := SDK.fullmatch(resource):
            return _sdk(found[1], found[2], arguments)
        return _invoke(arguments) if resource == INVOKE else invoke(resource, arguments)

    stepfunctions._run_execution, stepfunctions._invoke_resource = run_execution, invoke_resource
