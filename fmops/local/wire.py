"""From an HTTP request to an operation and back: routing, parsing and serialising by botocore's models.

moto's protocol code does the parsing and serialising; its backends are not used.
"""

import functools
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlencode

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from botocore.utils import parse_timestamp
from ministack import app
from ministack.core import router
from ministack.core.concurrency import run_reentrant
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import normalize_request
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

from fmops.local import answers, context, eventstream, passrole, shapes
from fmops.local.registry import OPERATIONS, RESOURCES, AwsError, Model

log = logging.getLogger("fmops.local")

Answer = tuple[int, dict[str, str], Any]
"""Status, headers, and a body: bytes, or ministack's StreamingResponse."""
Handler = Callable[[str, str, dict[str, str], bytes, dict[str, list[str]]], Awaitable[Any]]


class Call(NamedTuple):
    """What a request asks for: botocore's service and operation, and the members in its path."""

    service: str
    operation: str
    path_members: dict[str, str]


def scope_of(service: str) -> str:
    """The name in a request's signature: `sagemaker` for `sagemaker-runtime` too."""
    metadata = shapes.model(service).metadata
    return str(metadata.get("signingName", metadata["endpointPrefix"]))


@functools.cache
def services() -> tuple[str, ...]:
    """All services that we answer for, at least in part."""
    return tuple(dict.fromkeys((*shapes.NAMESPACES, *(service for service, _ in OPERATIONS))))


@functools.cache
def family(service: str) -> tuple[str, ...]:
    """The services that a request signed for this one may mean."""
    known = dict.fromkeys((*services(), *(owner for owner, _ in RESOURCES)))  # the latter: to read their requests only
    return tuple(name for name in known if scope_of(name) == scope_of(service))


@functools.cache
def _routes(service: str) -> tuple[tuple[str, str, re.Pattern[str], tuple[str, ...]], ...]:
    """The REST operations of a service, most specific first: name, method, pattern, members."""
    found, model = [], shapes.model(service)
    if not model.metadata["protocol"].startswith("rest"):
        return ()
    for name in model.operation_names:
        http = model.operation_model(name).http
        uri = http["requestUri"].split("?")[0].rstrip("/") or "/"
        members = tuple(re.findall(r"\{([^}+]+)\+?\}", uri))
        parts = re.split(r"(\{[^}]+\})", uri)
        held = {True: "(.+)", False: "([^/]+|arn:.+)"}  # an ARN's slashes come unescaped: the server decodes the path
        pattern = "".join(held["+" in p] if p.startswith("{") else re.escape(p) for p in parts)
        found.append((name, http["method"], re.compile(pattern), members))
    return tuple(sorted(found, key=lambda route: len(route[3])))


def call_of(service: str, method: str, path: str, headers: Mapping[str, str]) -> Call | None:
    """The call that a request makes, or None when no service of the family has it."""
    target = headers.get("x-amz-target", "")
    for name in family(service) or (service,):
        model = shapes.model(name)
        if target:
            if target.split(".")[0] == model.metadata.get("targetPrefix"):
                return Call(name, target.split(".")[-1], {})
            continue
        for operation, verb, pattern, members in _routes(name):
            found = pattern.fullmatch(path.rstrip("/") or "/") if verb == method else None
            if found:
                return Call(name, operation, dict(zip(members, map(unquote, found.groups()), strict=True)))
    return None


_BOTOCORE = {"states": "stepfunctions"}
"""botocore's names of services, where ministack's are the ones they are signed for."""


def requested(service: str, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any) -> Call | None:
    """The call that a request makes, of any protocol: the query ones name their operation in a form."""
    service = _BOTOCORE.get(service, service)
    if service not in shapes.available():
        return None
    if shapes.model(service).metadata["protocol"] not in ("query", "ec2"):
        return call_of(service, method, path, headers)
    name = {**query, **parse_qs(body.decode(errors="replace"))}.get("Action", [""])[0]
    return Call(service, name, {}) if name in shapes.model(service).operation_names else None


def _timestamp(value: Any) -> Any:
    parsed = parse_timestamp(value)
    return parsed.astimezone(UTC)


def members_of(call: Call, method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Model:
    """The members of a request, as botocore names them."""
    operation = get_service_model(call.service).operation_model(call.operation)
    url = f"https://{call.service}.{context.region()}.localhost{path}"
    http = HTTPHeaders()
    for name, value in headers.items():
        http[name] = value
    request = normalize_request(
        AWSPreparedRequest(method, url + ("?" + urlencode(query, doseq=True) if query else ""), http, body, False)
    )
    parser: Any = PROTOCOL_PARSERS[operation.service_model.metadata["protocol"]](operation, timestamp_parser=_timestamp)
    parts = {
        "body": body,
        "headers": request.headers,
        "method": method,
        "url_params": call.path_members,
        "url_path": path,
        "values": request.values,
    }
    return dict(parser.parse(parts) or {})


def _failed(error: AwsError) -> Answer:
    told = {"__type": error.code, "message": error.message, "Message": error.message, **error.members}
    body = json.dumps(told).encode()
    return error.status, {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": error.code}, body


def _perform(call: Call, method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Answer:
    operation = get_service_model(call.service).operation_model(call.operation)
    behaviour = OPERATIONS.get((call.service, call.operation))
    try:
        members = members_of(call, method, path, headers, body, query)
        passrole.check(call.service, headers, query, members)
        if behaviour is not None:
            result = behaviour(members) or {}
            if operation.has_event_stream_output:
                return eventstream.response(operation, result)
        else:
            result = answers.answer(shapes.NAMESPACES.get(call.service, ""), operation, members)
    except AwsError as error:
        return _failed(error)
    except Exception as error:
        log.exception("%s:%s failed", call.service, call.operation)
        return _failed(AwsError("InternalFailure", f"embedded AWS: {error!r}; its log has the traceback", 500))
    reply = get_serializer_class(call.service, operation.service_model.metadata["protocol"])(operation).serialize(
        result
    )
    data = reply["body"]
    # Lower case, so that ministack's `fix_success_content_type` leaves the content type of a model's answer alone.
    answered = {name.lower(): value for name, value in reply["headers"].items()}
    return reply["status_code"], answered, data.encode() if isinstance(data, str) else data


def _handler(service: str, ministack: Handler | None) -> Handler:
    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]) -> Any:
        call = call_of(service, method, path, headers)
        if ministack is not None and (call is None or call[:2] not in OPERATIONS):
            return await ministack(method, path, headers, body, query)
        if call is None or call.operation not in shapes.model(call.service).operation_names:
            wanted = call.operation if call else f"{method} {path}"
            return _failed(AwsError("UnknownOperationException", f"{service} has no operation {wanted}"))
        return await run_reentrant(_perform, call, method, path, headers, body, query)

    return handle


def install() -> None:
    """Puts our handlers into ministack's routing: whole services that it lacks, single operations of those it has."""
    seen: set[str] = set()
    for service in services():
        key = service if service in app.SERVICE_REGISTRY else scope_of(service)
        if key in seen:
            continue
        seen.add(key)
        ministack = app.SERVICE_HANDLERS.get(key)
        app.SERVICE_HANDLERS[key] = _handler(service, ministack)
        if ministack is None:
            prefixes = [shapes.model(name).metadata.get("targetPrefix") for name in family(service)]
            router.SERVICE_PATTERNS[key] = {
                "target_prefixes": [f"{prefix}." for prefix in prefixes if prefix],
                "host_patterns": [rf"^{re.escape(key)}\."],
                "credential_scope": key,
            }
