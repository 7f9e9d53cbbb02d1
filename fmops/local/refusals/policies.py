"""Policy documents: their grammar, whom they name, how long they may be."""

import json
import re
from collections.abc import Iterator
from typing import Any

from ministack.services import iam

from fmops.local.registry import AwsError, Params

_ENTITY = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):(role|user)/(?:.*/)?([^/]+)")
_TABLES = {"role": "_roles", "user": "_users"}
_VERSIONS = ("2012-10-17", "2008-10-17")
_ARN = re.compile(r"arn:[^:]+:[^:]*:[^:]*:[^:]*:.+", re.DOTALL)
_ACTION = re.compile(r"[\w-]+:[\w*?]+")


def listed(value: Any) -> list[Any]:
    """A policy's one or many."""
    return value if isinstance(value, list) else [] if value is None else [value]


def parsed(document: Any, code: str = "MalformedPolicyDocument") -> Params:
    """A policy as a template or a request gives it. Raises AwsError when it isn't JSON."""
    try:
        found = json.loads(document) if isinstance(document, str) else document
    except ValueError as error:
        raise AwsError(code, "This policy contains invalid Json") from error
    if not isinstance(found, dict):
        raise AwsError(code, "Syntax errors in policy.")
    return found


def statements(document: Params) -> list[Params]:
    """A policy's statements."""
    return [statement for statement in listed(document.get("Statement")) if isinstance(statement, dict)]


def unknown_principals(document: Params) -> Iterator[str]:
    """The roles and users that a policy names and that do not exist. AWS keeps a principal's id, so it must know it."""
    for statement in statements(document):
        principal = statement.get("Principal")
        for arn in listed(principal.get("AWS")) if isinstance(principal, dict) else ():
            found = _ENTITY.fullmatch(str(arn))
            if found is None or "*" in str(arn):
                continue
            record = getattr(iam, _TABLES[found[2]]).get_scoped(found[1], None, found[3])
            if record is None or record["Arn"] != arn:
                yield str(arn)


def check_grammar(document: Params, *, principal: bool = False) -> None:
    """What IAM says of a policy's form.

    Args:
        principal: it says who may take a role: every statement has a principal and no resource.

    Raises:
        AwsError: `MalformedPolicyDocument`.
    """
    problem = next(_problems(document, principal), None)
    if problem:
        raise AwsError("MalformedPolicyDocument", problem)


def _problems(document: Params, trust: bool) -> Iterator[str]:
    if "Version" in document and document["Version"] not in _VERSIONS:
        yield "The policy must contain a valid version string"
    if not statements(document):
        yield "Syntax errors in policy."
    for statement in statements(document):
        yield from _statement_problems(statement, trust)


def _statement_problems(statement: Params, trust: bool) -> Iterator[str]:
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield "Missing required field Effect"
    if not {"Action", "NotAction"} & statement.keys():
        yield "Missing required field Action"
    if trust and "Principal" not in statement:
        yield "Missing required field Principal"
    if trust and {"Resource", "NotResource"} & statement.keys():
        yield "Has prohibited field Resource"
    if not trust and {"Principal", "NotPrincipal"} & statement.keys():
        yield "Policy document should not specify a principal."
    if not trust and not {"Resource", "NotResource"} & statement.keys():
        yield "Missing required field Resource"
    for action in map(str, listed(statement.get("Action")) + listed(statement.get("NotAction"))):
        if action != "*" and not _ACTION.fullmatch(action):
            yield f"Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc. ({action})"
    for resource in map(str, listed(statement.get("Resource")) + listed(statement.get("NotResource"))):
        if resource != "*" and not _ARN.fullmatch(resource):
            yield f'Resource {resource} must be in ARN format or "*".'


def size(document: Any) -> int:
    """A policy's length as IAM counts it: without white space outside of strings."""
    return len(json.dumps(parsed(document), separators=(",", ":")))
