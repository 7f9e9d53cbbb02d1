"""Authorisation where ministack has none: actions and resources of the services that we add, and a list of denials."""

import contextvars
import logging
import re
from collections import deque
from collections.abc import Callable
from typing import Any

from ministack.core import iam_actions, iam_evaluator

from fmops.local import context, schemas, shapes, tags, variables, wire
from fmops.local.registry import RESOURCES, Model

log = logging.getLogger("fmops.local")

denials: deque[dict[str, str]] = deque(maxlen=200)
"""The latest refused calls: time, principal, action, resource, why."""

_PARTS: dict[tuple[str, str], tuple[str, ...]] = {
    ("codepipeline", "action"): ("pipelineName", "stageName", "actionName"),
    ("codepipeline", "stage"): ("pipelineName", "stageName"),
    ("codeartifact", "repository"): ("domain", "repository"),
    ("codeartifact", "package"): ("domain", "repository", "format", "namespace", "package"),
    ("sagemaker", "model-package"): ("ModelPackageGroupName", "*"),
}
"""Resource types whose ARN ends in several members of the request."""


def _filled(shape: str, account: str, names: str) -> str:
    for hole, value in (("${Partition}", "aws"), ("${Region}", context.region()), ("${Account}", account)):
        shape = shape.replace(hole, value)
    return shape.replace(".*", names, 1)


def _names(prefix: str, kind: str, members: Model) -> tuple[str, str] | None:
    """Account and the variable part of a resource's ARN, from a request's members."""
    account = str(members.get("domainOwner") or context.account())
    parts = _PARTS.get((prefix, kind))
    if parts is not None:
        found = [part if part == "*" else str(members.get(part) or "") for part in parts]
        if all(found[:2]):
            owner = re.fullmatch(r"arn:[^:]*:[^:]*:[^:]*:(\d{12}):[^/]+/(.+)", found[0])
            return (owner[1], "/".join([owner[2], *found[1:]])) if owner else (account, "/".join(filter(None, found)))
        return None
    bare = kind.replace("-", "")
    value = shapes.lookup(f"{bare}Name", members) or shapes.lookup(f"{bare}Id", members)
    value = value or shapes.lookup(bare, members) or shapes.lookup("name", members) or shapes.lookup("id", members)
    return (account, value) if isinstance(value, str) else None


def kinds_of(prefix: str, operation: str) -> list[str]:
    """The kinds of resource that an action is evaluated on, by IAM's own list."""
    actions = schemas.policies().get(prefix, {}).get("Actions", {})
    return [str(kind).lower() for kind in actions.get(operation.lower(), {}).get("Resources", ())]


def resource_of(service: str, operation: str, members: Model) -> str:
    """The ARN that a call needs permission on, or `*`: by IAM's own list of actions, resource types and ARN formats."""
    prefix = wire.scope_of(service)
    return arn_of(prefix, kinds_of(prefix, operation), members)


def arn_of(prefix: str, kinds: list[str], members: Model) -> str:
    """The ARN of the first of these kinds of resource that the members name, or `*`."""
    spec = schemas.policies().get(prefix, {})
    values = [value for value in members.values() if isinstance(value, str) and value.startswith("arn:")]
    for kind in kinds:
        for shape in spec.get("Resources", {}).get(kind, {}).get("ARNFormats", ()):
            known = re.sub(r"\$\{\w+\}", "[^:]*", shape)
            arn = next((value for value in values if re.fullmatch(known, value)), None)
            names = _names(prefix, kind, members)
            if arn or names:
                return arn or _filled(shape, *(names or ("", "")))
    return "*"


def resources_of(service: str, operation: str, members: Model) -> list[str]:
    """All ARNs that a call needs permission on: as its behaviour says, else by IAM's own data."""
    known = RESOURCES.get((service, operation))
    found = known(members, context.account(), context.region()) if known else resource_of(service, operation, members)
    return [found] if isinstance(found, str) else list(found)


ACTIONS: dict[tuple[str, str], str] = {}
"""IAM's name of an operation's action, where it is another: Converse needs `bedrock:InvokeModel`."""
_further: contextvars.ContextVar[tuple[str, ...]] = contextvars.ContextVar("further_resources", default=())


def record(principal: str, resource: str, action: str, why: str) -> None:
    """Keeps a refusal for the status, and logs it."""
    told = {"principal": principal, "action": action, "resource": resource, "why": why}
    denials.append({"time": context.now().isoformat(), **told})
    log.warning("denied: %(principal)s may not %(action)s on %(resource)s (%(why)s)", told)


LIMITS: Callable[..., Any] = lambda *_: None  # noqa: E731 - `outer_limits` puts its own here
"""What refuses a call that the principal's and the resource's policies allow."""


CONTEXT: dict[str, Callable[[str, Model], Model]] = {}
"""Per service: condition keys of its own, from an operation and its members."""
_context: contextvars.ContextVar[Model] = contextvars.ContextVar("service_context", default={})  # noqa: B039 - never changed


def forget() -> None:
    """Drops what the request at hand said of resources and condition keys: what is asked next is another question."""
    _further.set(())
    _context.set({})


def _parameters(members: Model, account: str, region: str) -> list[str]:
    return [f"arn:aws:ssm:{region}:{account}:parameter/{name.lstrip('/')}" for name in members.get("Names", ())]


def _stream(members: Model, account: str, region: str) -> str:
    group = f"arn:aws:logs:{region}:{account}:log-group:{members.get('logGroupName', '')}"
    return f"{group}:log-stream:{members.get('logStreamName', '')}"


RESOURCES["ssm", "GetParameters"] = RESOURCES["ssm", "DeleteParameters"] = _parameters  # ministack: on `*`
RESOURCES["logs", "CreateLogStream"] = RESOURCES["logs", "PutLogEvents"] = _stream  # ministack: on the group


def _requested(service: str, args: tuple[Any, ...]) -> wire.Call | None:
    method, path, headers = args[:3]
    return wire.call_of(service, method, path, headers)


def install() -> None:
    """Hooks ministack's extraction of actions and resources, and its decision."""
    tags.install()
    variables.install()
    services = (*shapes.NAMESPACES, *(service for service, _ in RESOURCES))
    ours = {name for service in services for name in (service, wire.scope_of(service))}  # ministack says either
    for service in ours:
        iam_actions.SERVICE_TO_IAM_NAMESPACE.setdefault(service, service)
    action_of, arn_of, enforce = iam_actions.extract_iam_action, iam_actions.extract_resource_arn, iam_evaluator.enforce

    def extract_iam_action(service: str, *args: Any) -> Any:
        call = _requested(service, args) if service in ours else None
        if call is None:
            return action_of(service, *args)
        return f"{wire.scope_of(service)}:{ACTIONS.get((call.service, call.operation), call.operation)}"

    def extract_resource_arn(service: str, *args: Any) -> Any:
        if service in CONTEXT and service not in ours:
            asked = wire.requested(service, *args[:5])
            found = CONTEXT[service](asked.operation, wire.members_of(asked, *args[:5])) if asked else {}
            _context.set(found)
        call = _requested(service, args) if service in ours else None
        if call is None or call.operation not in shapes.model(call.service).operation_names:
            return arn_of(service, *args)
        if call.service not in wire.services() and (call.service, call.operation) not in RESOURCES:
            return arn_of(service, *args)  # ministack's service, and it knows this operation's resource
        method, path, headers, body, query = args[:5]
        members = wire.members_of(call, method, path, headers, body, query)
        first, *others = resources_of(call.service, call.operation, members) or ["*"]
        _further.set(tuple(others))
        _context.set(CONTEXT[call.service](call.operation, members) if call.service in CONTEXT else {})
        return first

    def decide(
        key: str, action: str, service: str, region: str, resource_arn: str = "*", service_context: Any = None
    ) -> Any:
        denied, arn = None, resource_arn
        if service in ours or service in CONTEXT:
            service_context = {**(service_context or {}), **_context.get()}
        for arn in (resource_arn, *(_further.get() if service in ours else ())):
            denied = enforce(key, action, service, region, resource_arn=arn, service_context=service_context)
            denied = denied or LIMITS(key, service, action, arn, service_context or {})
            if denied is not None:
                break
        if denied is not None:
            why = getattr(denied, "reason", "") or getattr(denied, "message", "")
            record(context.caller(), arn, action, str(why))
        return denied

    iam_actions.extract_iam_action, iam_actions.extract_resource_arn = extract_iam_action, extract_resource_arn
    iam_evaluator.enforce = decide
