"""Where behaviour is registered: operations that act, and what happens when a resource is made, changed or deleted.

A service of the embedded AWS is a module that decorates plain functions. What no function claims, the generic store
answers (`answers`). Functions run on a thread of their own, with the request's account and region as context, so they
may call the embedded AWS back over HTTP.
"""

from collections.abc import Callable, MutableMapping
from typing import Any, Protocol

from ministack.core.responses import AccountRegionScopedDict

Params = dict[str, Any]
Handler = Callable[[Params], Params | None]
Model = dict[str, Any]
"""A resource's properties, named as in its CloudFormation schema."""


class AwsError(Exception):
    """An answer that AWS gives instead of a result.

    Args:
        code: the error code of the service's model, e.g. `ResourceNotFound`.
        message: what the client's exception says.
        status: the HTTP status.
        members: what else the error's shape has.
    """

    def __init__(self, code: str, message: str, status: int = 400, members: Params | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.members = code, message, status, members or {}


class LifecycleHook(Protocol):
    """Called after validation. `previous` is None on creation, `model` is None on deletion.

    On creation and update it may fill read-only properties of `model`; a ValueError or AwsError fails the resource.
    """

    def __call__(self, model: Model | None, previous: Model | None) -> None: ...


ArnsOf = Callable[[Params, str, str], str | list[str]]
"""From a request's members, the account and the region: the ARN or ARNs that IAM evaluates the call on."""

OPERATIONS: dict[tuple[str, str], Handler] = {}
RESOURCES: dict[tuple[str, str], ArnsOf] = {}
"""What a service's operation acts on, where the resource schemas don't tell."""
RESTORED: list[Callable[[], None]] = []
"""Called once at start, after the state is loaded and without an account: what was under way is settled here."""
LIFECYCLE: dict[str, list[LifecycleHook]] = {}
TABLES: dict[str, AccountRegionScopedDict] = {}


def operation(service: str, *names: str) -> Callable[[Handler], Handler]:
    """Registers the decorated function as the answer to a service's operations.

    Args:
        service: botocore's service name, e.g. `sagemaker`.
        names: the operations as the API spells them, e.g. `StartPipelineExecution`.

    The function takes the request's members and returns the response's, both as botocore's shapes name them;
    timestamps are datetimes, blobs are bytes.
    """

    def register(handler: Handler) -> Handler:
        for name in names:
            OPERATIONS[service, name] = handler
        return handler

    return register


def lifecycle(resource_type: str) -> Callable[[LifecycleHook], LifecycleHook]:
    """Registers a hook that acts when a resource of the type is created, updated or deleted."""

    def register(hook: LifecycleHook) -> LifecycleHook:
        LIFECYCLE.setdefault(resource_type, []).append(hook)
        return hook

    return register


def table(name: str) -> MutableMapping[Any, Any]:
    """A named table of the current account and region; it is saved and restored with the rest of the state.

    Values must be picklable and JSON-like (dicts, lists, strings, numbers, datetimes).
    """
    found: MutableMapping[Any, Any] = TABLES.setdefault(name, AccountRegionScopedDict())
    return found
