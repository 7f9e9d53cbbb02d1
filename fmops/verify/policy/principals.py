"""Whom a statement names, and how much that alone grants.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

import re
from typing import Literal

from fmops.verify.policy.documents import PrincipalType, Statement
from fmops.verify.policy.errors import Unproven
from fmops.verify.policy.request import Principal

Strength = Literal["direct", "role", "account"]
"""What an Allow in a resource's policy grants within its account: `direct` is limited by no boundary and no session
policy (users, sessions, services, everybody); `role` is limited by both; `account` hands the decision to the account's
identity policies."""

ACCOUNT = re.compile(r"(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?")
"""An account, as its id or its root's ARN."""

NAMED = re.compile(
    r"arn:aws[a-z-]*:(iam::\d{12}:(role|user)/[^*?]+|sts::\d{12}:(assumed-role|federated-user)/[^*?]+"
    r"|cloudfront::\d{12}:distribution/[^*?]+)|arn:aws:iam::cloudfront:user/[^*?]+"
)
"""A principal of its own, without wildcards: AWS takes none within an ARN here."""


def account_of(value: str, place: str) -> str:
    """The account that a value of `AWS` names, empty where it is a principal's own ARN.

    Raises:
        Unproven: it is neither: an unique id, a wildcard within an ARN.
    """
    found = ACCOUNT.fullmatch(value)
    if found:
        return found[1]
    if NAMED.fullmatch(value):
        return ""
    raise Unproven(place, f"principal {value!r}: neither *, an account, nor the ARN of a role, user or session")


def names(kind: PrincipalType, value: str, principal: Principal, place: str) -> Strength | None:
    """How strongly one value of a Principal element names a principal."""
    if kind == "*":
        return "direct"
    if kind == "Service":
        return "direct" if principal.kind == "service" and principal.id.lower() == value.lower() else None
    if kind == "Federated":
        return "direct" if principal.kind == "web identity" and principal.id == value else None
    if kind == "CanonicalUser":
        return "direct" if principal.kind == "canonical" and principal.id == value else None
    account = account_of(value, place)
    if account:
        return "account" if principal.account == account else None
    if value == principal.session:
        return "direct"
    if principal.account and value == principal.id:
        return "role" if principal.kind == "role" else "direct"
    return None


_ORDER: tuple[Strength, ...] = ("direct", "role", "account")


def strength(statement: Statement, principal: Principal, bounded: bool) -> Strength | None:
    """How strongly a statement speaks about a principal; None where it doesn't.

    Args:
        bounded: whether the principal has a permissions boundary.

    Raises:
        Unproven: NotPrincipal with Deny names some, but not all, of what AWS compares of this principal.
    """
    if statement.principals is None:
        return "direct"
    found = [names(kind, value, principal, statement.place) for kind, value in statement.principals.named]
    if not statement.principals.negated:
        return next((one for one in _ORDER if one in found), None)
    if statement.effect == "Allow":
        return None if any(found) else "direct"
    return None if _spared(statement, principal, found, bounded) else "direct"


def _spared(statement: Statement, principal: Principal, found: list[Strength | None], bounded: bool) -> bool:
    """Whether NotPrincipal with Deny spares a principal: its account, and all that it is in it, must be named."""
    if bounded and principal.kind in ("role", "user"):
        return False
    if not principal.account or principal.kind == "root":
        return any(found)
    own = {"role", "direct"} if principal.kind == "role" and principal.session else {"role"}
    own = {"direct"} if principal.kind != "role" else own
    if ("*", "*") in (statement.principals.named if statement.principals else ()):
        return True
    if not own & set(found):
        return False
    if not {"account", *own} <= set(found):
        raise Unproven(
            statement.place,
            f"NotPrincipal names {principal.id} in part: AWS also compares its account, and of a role the session",
        )
    return True
