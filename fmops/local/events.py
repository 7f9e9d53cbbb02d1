"""EventBridge's other half: services' own events come in, pipelines and builds are started as rule targets."""

import contextvars
import json
import logging
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from ministack.core.arn import ArnParseError, parse_arn
from ministack.core.responses import new_uuid
from ministack.services import eventbridge

from fmops.local import identity
from fmops.local.context import spawn
from fmops.local.registry import AwsError

log = logging.getLogger(__name__)

Json = dict[str, Any]
_QUEUE: "queue.Queue[tuple[contextvars.Context, Json]]" = queue.Queue()
_WORKER = threading.Lock()
STARTED_BY: dict[str, str] = {}
"""Request tokens under way -> ARN of the rule that sent them: what CodePipeline shows as the trigger's detail."""


def emit(source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str] = ()) -> None:
    """Puts a service's event on the current account's default bus. It returns at once; order is kept.

    Args:
        source: e.g. `aws.codecommit`.
        detail_type: e.g. `CodeCommit Repository State Change`.
        detail: JSON-like.
        resources: ARNs of what the event is about.
    """
    entry = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail), "Resources": list(resources)}
    _QUEUE.put((contextvars.copy_context(), entry))
    if _WORKER.acquire(blocking=False):  # the one worker lives as long as the server
        threading.Thread(target=_deliver_all, name="service-events", daemon=True).start()


def _deliver_all() -> None:
    while True:
        context, entry = _QUEUE.get()
        try:
            context.run(_deliver, entry)
        except Exception:
            log.exception("%s (%s) was not delivered", entry["DetailType"], entry["Source"])


def _deliver(entry: Json) -> None:
    eventbridge._ensure_default_bus()
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


def _start_pipeline(session: Any, resource: str, wanted: Json, rule_arn: str) -> None:
    known = {name: wanted[name] for name in ("variables", "sourceRevisions") if name in wanted}
    token = new_uuid()
    STARTED_BY[token] = rule_arn
    try:
        session.client("codepipeline").start_pipeline_execution(name=resource, clientRequestToken=token, **known)
    finally:
        STARTED_BY.pop(token, None)


def _start_build(session: Any, resource: str, wanted: Json, _rule_arn: str) -> None:
    client = session.client("codebuild")
    members = client.meta.service_model.operation_model("StartBuild").input_shape.members
    known = {name: value for name, value in wanted.items() if name in members and name != "projectName"}
    client.start_build(projectName=resource.removeprefix("project/"), **known)


TARGETS: dict[str, Callable[[Any, str, Json, str], None]] = {"codepipeline": _start_pipeline, "codebuild": _start_build}
"""ARN's service -> starts the target, given a session of its role, the ARN's resource, the input and the rule's ARN."""
_ministack_invoke = eventbridge._invoke_target


def _invoke(target: Json, event: Json, rule: Json, view: Any = None) -> None:
    """ministack's `_invoke_target`, and the targets that it lacks."""
    try:
        arn = parse_arn(target.get("Arn", ""))
    except ArnParseError:
        arn = None
    if arn is None or arn.service not in TARGETS:
        _ministack_invoke(target, event, rule, view)
        return
    payload = _input(target, rule, view or eventbridge._pattern_event_view(event))
    spawn(f"target-{arn.service}", _run, target, arn.service, arn.resource, payload, rule.get("Arn", ""))


def _input(target: Json, rule: Json, view: Any) -> Any:
    if transformer := target.get("InputTransformer"):
        text = eventbridge._apply_input_transformer(transformer, rule, view)
    elif "Input" in target:
        text = target["Input"]
    else:
        value = view.event_with_detail()
        for part in target.get("InputPath", "$").lstrip("$").split("."):
            value = value.get(part, {}) if part else value
        return value
    try:
        return json.loads(text)
    except ValueError:
        return text


def _run(target: Json, service: str, resource: str, payload: Any, rule_arn: str) -> None:
    """Starts the target with its role's permissions; like AWS, a refusal shows in the dead-letter queue only."""
    try:
        session = identity.service_session(target.get("RoleArn", ""), "events.amazonaws.com", "fmops-events")
        TARGETS[service](session, resource, payload if isinstance(payload, dict) else {}, rule_arn)
    except (AwsError, BotoCoreError, ClientError) as error:
        log.warning("rule %s could not start %s: %s", rule_arn, target["Arn"], error)
        if queue_arn := target.get("DeadLetterConfig", {}).get("Arn"):
            _bury(queue_arn, error, payload, rule_arn, target["Arn"])


def _bury(queue_arn: str, error: Exception, payload: Any, rule_arn: str, target_arn: str) -> None:
    code = getattr(error, "code", None) or getattr(error, "response", {}).get("Error", {}).get("Code") or "SDK_CLIENT"
    told = {"RULE_ARN": rule_arn, "TARGET_ARN": target_arn, "ERROR_CODE": code, "ERROR_MESSAGE": str(error)}
    where = parse_arn(queue_arn)
    sqs = identity.client("sqs", where.account_id, where.region)
    sqs.send_message(
        QueueUrl=sqs.get_queue_url(QueueName=where.resource)["QueueUrl"],
        MessageBody=json.dumps(payload),
        MessageAttributes={name: {"DataType": "String", "StringValue": value} for name, value in told.items()},
    )


def install() -> None:
    """Hooks ministack's EventBridge: its dispatcher looks `_invoke_target` up each time."""
    eventbridge._invoke_target = _invoke
