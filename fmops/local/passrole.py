"""iam:PassRole: whoever gives a role to a service must be allowed to pass it."""

from typing import Any

from ministack import app
from ministack.core import iam_evaluator, router

from fmops.local import context
from fmops.local.registry import AwsError, Model


def _roles(members: Any) -> set[str]:
    """The role ARNs among a request's members, at any depth, by the members' names (`RoleArn`, `serviceRole`)."""
    if isinstance(members, list):
        return set().union(*map(_roles, members)) if members else set()
    if not isinstance(members, dict):
        return set()
    found = set().union(*(_roles(value) for value in members.values())) if members else set()
    for name, value in members.items():
        if name.lower().endswith(("rolearn", "role")) and isinstance(value, str) and ":role/" in value:
            found.add(value)
    return found


def check(service: str, headers: dict[str, str], query: Any, members: Model) -> None:
    """Refuses a request that passes a role which its caller may not pass.

    Raises:
        AwsError: `AccessDeniedException`, in IAM's words.
    """
    roles = _roles(members) if app.AUTH else set()
    key = router.extract_access_key_id(headers, query)
    for role in sorted(roles):
        passed_to = {"iam:PassedToService": f"{service}.amazonaws.com"}
        if iam_evaluator.enforce(key, "iam:PassRole", "iam", context.region(), role, passed_to) is not None:
            what = f"User: {context.caller()} is not authorized to perform: iam:PassRole on resource: {role}"
            raise AwsError(
                "AccessDeniedException", f"{what} because no identity-based policy allows the iam:PassRole action"
            )
