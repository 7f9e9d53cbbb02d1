"""Where checks are registered, and how they come before ministack's own handling of calls and of template resources."""

import functools
import importlib
import pkgutil
import uuid
from collections.abc import Callable
from typing import Any

from ministack import app
from ministack.core.iam_actions import access_denied_response

from fmops.local import passrole, wire
from fmops.local.registry import AwsError, Params

Check = Callable[[Params], None]
Handler = Callable[..., Any]

CALLS: dict[tuple[str, str], list[Check]] = {}
"""By service and operation: what must hold before the call is made."""
TYPES: dict[str, list[Check]] = {}
"""By resource type: what must hold of its properties before a stack makes or changes the resource."""
_ONLY_NEW: set[Check] = set()

PASSING = {
    ("lambda", "CreateFunction"),
    ("lambda", "UpdateFunctionConfiguration"),
    ("events", "PutTargets"),
    ("states", "CreateStateMachine"),
    ("states", "UpdateStateMachine"),
}
"""Operations of ministack's by which a role is handed to a service."""


def refuses(*what: str, only_new: bool = False) -> Callable[[Check], Check]:
    """Registers the decorated check for operations (`iam:CreateRole`) and resource types (`AWS::IAM::Role`).

    The check gets the members, whose names API and template share, and raises AwsError for what AWS refuses.

    Args:
        only_new: it looks for what exists already, so it isn't made for a resource that a stack changes in place.
    """

    def register(check: Check) -> Check:
        if only_new:
            _ONLY_NEW.add(check)
        for name in what:
            if name.startswith("AWS::"):
                TYPES.setdefault(name, []).append(check)
            else:
                service, _, operation = name.partition(":")
                CALLS.setdefault((service, operation), []).append(check)
        return check

    return register


def told(service: str, error: AwsError, headers: dict[str, str]) -> Any:
    """An error in the service's own protocol."""
    _, answered, body = access_denied_response(
        service, "", "", str(uuid.uuid4()), error_code=error.code, message=error.message, headers=headers
    )
    return error.status, answered, body


def check_resource(resource_type: str, properties: Params, *, new: bool) -> None:
    """Runs the checks of a resource type. Raises AwsError."""
    for check in TYPES.get(resource_type, ()):
        if new or check not in _ONLY_NEW:
            check(properties)


def _checked(service: str, inner: Handler) -> Handler:
    @functools.wraps(inner)
    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
        call = wire.requested(service, method, path, headers, body, query)
        asked = (service, call.operation) if call else ("", "")
        checks = CALLS.get(asked, ())
        if call and (checks or asked in PASSING):
            members = wire.members_of(call, method, path, headers, body, query)
            try:
                for check in checks:
                    check(members)
                if asked in PASSING:
                    passrole.check(service, headers, query, members)
            except AwsError as error:
                return told(service, error, headers)
        return await inner(method, path, headers, body, query)

    return handle


def install() -> None:
    """Imports every module of checks, and puts them before the handlers of their services."""
    package = importlib.import_module(__package__)
    for found in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{__package__}.{found.name}")
        if found.name != "register":
            getattr(module, "install", lambda: None)()
    for service in {service for service, _ in (*CALLS, *PASSING)}:
        app.SERVICE_HANDLERS[service] = _checked(service, app.SERVICE_HANDLERS[service])
