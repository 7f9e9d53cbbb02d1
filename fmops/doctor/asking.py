"""Asks AWS, and never changes anything: an operation that isn't a reading one is refused before it is sent."""

import dataclasses
import json
import threading
from collections.abc import Iterator
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from fmops.problem import Problem
from fmops.target import ADMIN_ROLE, Target

READING = ("describe_", "get_", "list_")
"""How the names of operations begin that only read."""
DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation")
UNKNOWN = ("404", "501", "InvalidAction", "NotImplemented", "UnknownOperation", "UnknownOperationException")
"""What the embedded AWS says of an operation that it hasn't got."""


class Unasked(Exception):  # noqa: N818 - no answer is a finding, not a failure
    """AWS gave no answer.

    Attributes:
        why: in words, without the place.
        remedy: what makes it answer.
        code: AWS's error code; empty if there was no answer at all.
    """

    def __init__(self, why: str, remedy: str = "", code: str = "") -> None:
        super().__init__(why)
        self.why, self.remedy, self.code = why, remedy, code


class Unreachable(Unasked):
    """An account can't be entered; `detail` holds AWS's own words."""

    def __init__(self, detail: str) -> None:
        super().__init__("the account can't be entered", "See the check `accounts`.")
        self.detail = detail


class Asker(Protocol):
    """Whom the checks ask."""

    @property
    def embedded(self) -> bool:
        """Whether it is the embedded AWS."""

    def ask(self, account: str | None, region: str, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """The whole answer, all its pages.

        Args:
            account: in which to ask; None: with the credentials that the command was started with.
            region: where.
            service: boto3's name of it.
            operation: as boto3's clients name it, e.g. `describe_stacks`.
            parameters: of the operation.

        Raises:
            Unasked: there is no answer.
        """


class Aws:
    """An AWS that is asked each question once."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._lock = threading.RLock()
        self._clients: dict[tuple[str | None, str, str], Any] = {}
        self._sessions: dict[tuple[str | None, str], Any] = {}
        self._answers: dict[tuple[Any, ...], dict[str, Any] | Unasked] = {}

    @property
    def embedded(self) -> bool:
        """Whether it is the embedded AWS."""
        return self.target.endpoint is not None

    def ask(self, account: str | None, region: str, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """See `Asker`."""
        if not operation.startswith(READING):
            raise AssertionError(f"{operation} doesn't begin with {', '.join(READING)}: doctor only reads")
        key = (account, region, service, operation, json.dumps(parameters, sort_keys=True))
        if key not in self._answers:
            try:
                self._answers[key] = self._asked(self._client(account, region, service), operation, parameters)
            except Unasked as why:
                self._answers[key] = why
        found = self._answers[key]
        if isinstance(found, Unasked):
            raise found
        return found

    def _asked(self, client: Any, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        asked = f"{client.meta.service_model.service_name}:{client.meta.method_to_api_mapping[operation]}"
        try:
            if client.can_paginate(operation):
                pages: dict[str, Any] = client.get_paginator(operation).paginate(**parameters).build_full_result()
                return pages
            answer: dict[str, Any] = getattr(client, operation)(**parameters)
        except ClientError as error:
            raise _told(error, asked, embedded=self.embedded) from error
        except BotoCoreError as error:
            raise Unasked(f"{asked} gave no answer: {error}") from error
        return answer

    def _client(self, account: str | None, region: str, service: str) -> Any:
        with self._lock:  # making sessions and clients isn't safe for threads; using them is
            if (account, region) not in self._sessions:
                self._sessions[account, region] = self._entered(account, region)
            session = self._sessions[account, region]
            if isinstance(session, Unasked):
                raise session
            if (account, region, service) not in self._clients:
                self._clients[account, region, service] = self.target.client(session, service)
            return self._clients[account, region, service]

    def _entered(self, account: str | None, region: str) -> Any:
        there = dataclasses.replace(self.target, region=region)
        try:
            return there.base() if account is None else there.administrator(account)
        except Problem as error:
            return Unreachable(error.message)


def _told(error: ClientError, asked: str, *, embedded: bool) -> Unasked:
    code = str(error.response.get("Error", {}).get("Code", ""))
    said = str(error.response.get("Error", {}).get("Message", "")) or str(error)
    if code in DENIED:
        return Unasked(f"no right to ask {asked}", _right(asked), code)
    if embedded and code in UNKNOWN:
        return Unasked(f"the embedded AWS has no {asked}", "Ask the real one: --target aws", code)
    return Unasked(f"{asked} answered {code}: {said}", "", code)


def _right(asked: str) -> str:
    if asked.startswith("organizations:"):
        return "Run it with credentials of the management account, or of a delegated administrator."
    return f"Allow {asked} to {ADMIN_ROLE} in the account."


def listed(answer: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
    """The entries of an answer's list; none where it has none."""
    yield from answer.get(key) or ()
