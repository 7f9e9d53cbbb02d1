"""What Bedrock keeps of a call: the invocation log where the account configured one, and CloudWatch's metrics.

Shapes and names are AWS's (Bedrock User Guide, "Monitor model invocation using CloudWatch Logs and Amazon S3" and
"Amazon Bedrock runtime metrics").
"""

import contextlib
import gzip
import json
import logging
import time
import uuid
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from fmops.local import context, identity
from fmops.local.registry import AwsError, Model, Params, operation, table
from fmops.local.services.bedrock.guard import Guard
from fmops.local.services.bedrock.language import Usage
from fmops.local.services.bedrock.models import Target

log = logging.getLogger("fmops.local")
_TABLE, _STREAM, _JSON = "bedrock.logging", "aws/bedrock/modelinvocations", "application/json"


@dataclass(frozen=True)
class Invocation:
    """One answered call: the operation, what was called, request and answer, tokens, and when it began."""

    operation: str
    target: Target
    request: Params
    answer: Any
    usage: Usage
    guard: Guard
    started: float


def _require(there: bool, what: str) -> None:
    if not there:
        raise AwsError("ValidationException", f"Failed to validate permissions for {what}: it does not exist.")


@operation("bedrock", "PutModelInvocationLoggingConfiguration")
def put(parameters: Params) -> Params:
    """Says where invocations are logged. AwsError `ValidationException` when a destination is not there."""
    wanted = parameters["loggingConfig"]
    if "s3Config" in wanted:
        bucket = wanted["s3Config"]["bucketName"]
        names = [row["Name"] for row in identity.client("s3").list_buckets()["Buckets"]]
        _require(bucket in names, f"Amazon S3 bucket {bucket}")
    if "cloudWatchConfig" in wanted:
        group = wanted["cloudWatchConfig"]["logGroupName"]
        found = identity.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        _require(any(row["logGroupName"] == group for row in found), f"log group {group}")
    table(_TABLE)["config"] = wanted
    return {}


@operation("bedrock", "GetModelInvocationLoggingConfiguration")
def get(_: Params) -> Params:
    """Where invocations are logged; empty when they are not."""
    found = table(_TABLE).get("config")
    return {"loggingConfig": found} if found else {}


@operation("bedrock", "DeleteModelInvocationLoggingConfiguration")
def delete(_: Params) -> Params:
    """Ends the logging."""
    table(_TABLE).pop("config", None)
    return {}


def record(done: Invocation) -> None:
    """Logs and counts an answered call, after it: the caller does not wait, and a full disk is not the caller's."""
    entry, latency = _entry(done), (time.monotonic() - done.started) * 1000
    context.spawn("bedrock-invocation", _keep, done, entry, latency)


def _entry(done: Invocation) -> Params:
    texts = (table(_TABLE).get("config") or {}).get("textDataDeliveryEnabled", True)
    asked = {"inputBodyJson": done.request} if texts else {}
    answered = {"outputBodyJson": done.answer} if texts else {}
    metadata = done.request.get("requestMetadata") if isinstance(done.request, dict) else None
    return {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": context.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "accountId": context.account(),
        "identity": {"arn": context.caller()},
        "region": context.region(),
        "requestId": str(uuid.uuid4()),
        "operation": done.operation,
        "modelId": done.target.asked,
        "input": {"inputContentType": _JSON, **asked, "inputTokenCount": done.usage.prompt},
        "output": {"outputContentType": _JSON, **answered, "outputTokenCount": done.usage.completion},
        **({"requestMetadata": metadata} if metadata else {}),
    }


def _keep(done: Invocation, entry: Params, latency: float) -> None:
    config = table(_TABLE).get("config") or {}
    line = json.dumps(entry, default=str)
    if "s3Config" in config:
        _to_s3(config["s3Config"], line)
    if "cloudWatchConfig" in config:
        _to_logs(config["cloudWatchConfig"], line)
    tokens = {"InputTokenCount": done.usage.prompt, "OutputTokenCount": done.usage.completion}
    _count("AWS/Bedrock", {"ModelId": done.target.asked}, {"Invocations": 1, "InvocationLatency": latency, **tokens})
    if done.guard.guardrail is not None:
        count_guardrail(done.guard.guardrail, done.operation, done.guard.intervened)


def _to_s3(where: Params, line: str) -> None:
    """One gzipped file per call, under the key that AWS gives."""
    prefix, moment = where.get("keyPrefix", ""), context.now()
    folder = f"AWSLogs/{context.account()}/BedrockModelInvocationLogs/{context.region()}/{moment:%Y/%m/%d/%H}"
    key = f"{prefix}/{folder}" if prefix else folder
    name = f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03d}Z_{uuid.uuid4().hex[:16]}.json.gz"
    body = gzip.compress(line.encode())
    identity.client("s3").put_object(Bucket=where["bucketName"], Key=f"{key}/{name}", Body=body)


def _to_logs(where: Params, line: str) -> None:
    """As the role that the configuration names; without its permissions nothing is logged, and our own log says so."""
    group = where["logGroupName"]
    try:
        session = identity.service_session(where["roleArn"], "bedrock.amazonaws.com", "BedrockInvocationLogging")
        client = session.client("logs", endpoint_url=identity.ENDPOINT)
        with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
            client.create_log_stream(logGroupName=group, logStreamName=_STREAM)
        event = {"timestamp": int(time.time() * 1000), "message": line}
        client.put_log_events(logGroupName=group, logStreamName=_STREAM, logEvents=[event])
    except (AwsError, ClientError) as error:
        log.warning("Bedrock's invocation log %s could not be written: %s", group, error)


def count_guardrail(guardrail: Model, operation: str, intervened: bool) -> None:
    """Counts a guardrail's use, as CloudWatch shows it."""
    named = {"GuardrailArn": guardrail["GuardrailArn"], "GuardrailVersion": guardrail["Version"]}
    figures = {"Invocations": 1.0, "InvocationsIntervened": float(intervened)}
    _count("AWS/Bedrock/Guardrails", {**named, "Operation": operation}, figures)


def _count(namespace: str, dimensions: dict[str, str], figures: dict[str, float]) -> None:
    named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    rows = [{"MetricName": name, "Dimensions": named, "Value": float(value)} for name, value in figures.items()]
    identity.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=rows)
