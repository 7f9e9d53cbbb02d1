"""What all of SageMaker's operations share: ARNs, names, listings, who did it, events."""

import re
import secrets
import string
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import sts

from fmops.local import context, events, persistence
from fmops.local.registry import TABLES, AwsError

Json = dict[str, Any]
SERVICE_PRINCIPAL = "sagemaker.amazonaws.com"
SESSION_NAME = "SageMaker"


def arn(kind: str, name: str, account: str | None = None) -> str:
    """An ARN of the current region: `arn:aws:sagemaker:eu-west-1:111122223333:pipeline/churn`."""
    return f"arn:aws:sagemaker:{context.region()}:{account or context.account()}:{kind}/{name}"


def name_of(name_or_arn: str) -> str:
    """The last part of an ARN, or the name itself."""
    return name_or_arn.rsplit("/", 1)[-1]


def token(length: int) -> str:
    """Lower-case letters and digits, as in an execution's id."""
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(length))


def not_found(what: str) -> AwsError:
    """SageMaker's answer for something that does not exist."""
    return AwsError("ResourceNotFound", what)


def invalid(why: str) -> AwsError:
    """SageMaker's answer for input that it refuses."""
    return AwsError("ValidationException", why)


def user_context() -> Json:
    """CreatedBy and LastModifiedBy: who calls, with the source identity of a role's session that has one."""
    caller, session = context.caller(), sts._sessions.get(iam_evaluator._verified_key.get()) or {}
    who = {"Arn": caller, "PrincipalId": session.get("UserId") or name_of(caller)}
    source = session.get("SourceIdentity")
    return {"IamIdentity": {**who, "SourceIdentity": source} if source else who}


def everywhere(name: str) -> list[tuple[str, str, Json]]:
    """The rows of a table in all accounts and regions, each with those two."""
    return [(account, region, row) for (account, region, _), row in TABLES[name].all_items()]


def listing(rows: Iterable[Json], parameters: Json, target: str, *, time: str = "CreationTime", name: str = "") -> Json:
    """A page of a List* answer: filtered and sorted by the members that SageMaker's List operations share.

    Args:
        target: the member of the answer that holds the rows.
        time, name: the rows' members for the creation time and the name.
    """
    after = parameters.get("CreationTimeAfter") or parameters.get("CreatedAfter")
    before = parameters.get("CreationTimeBefore") or parameters.get("CreatedBefore")
    part = parameters.get("NameContains", "").lower()
    found = [
        row
        for row in rows
        if (after is None or row[time] > after)
        and (before is None or row[time] < before)
        and part in str(row.get(name, "")).lower()
    ]
    key = name if parameters.get("SortBy") == "Name" and name else time
    found.sort(key=lambda row: row[key], reverse=parameters.get("SortOrder", "Descending") == "Descending")
    try:
        start = int(parameters.get("NextToken") or 0)
    except ValueError:
        raise invalid("Invalid NextToken") from None
    end = start + int(parameters.get("MaxResults") or 100)
    return {target: found[start:end]} | ({"NextToken": str(end)} if end < len(found) else {})


def check_name(member: str, value: str, longest: int = 63) -> None:
    """Refuses a name that SageMaker's pattern does not allow."""
    if not re.fullmatch(rf"[a-zA-Z0-9](-*[a-zA-Z0-9]){{0,{longest - 1}}}", value) or len(value) > longest:
        pattern = f"[a-zA-Z0-9](-*[a-zA-Z0-9]){{0,{longest - 1}}}"
        raise invalid(
            f"1 validation error detected: Value '{value}' at '{member[0].lower() + member[1:]}' failed to satisfy "
            f"constraint: Member must satisfy regular expression pattern: {pattern}"
        )


def event(detail_type: str, detail: Json, *resources: str) -> None:
    """Tells the current account's event bus, times in the form that SageMaker's events have (UTC, ISO).

    Every change of state comes through here, so the state is saved soon after: a killed server loses little.
    """
    events.emit("aws.sagemaker", detail_type, plain(detail), resources)
    persistence.request_save()


def plain(value: Any) -> Any:
    """A value with its times as text."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value
