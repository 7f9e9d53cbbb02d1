"""From statements to as few documents as fit, each within AWS's limits, always in the same order.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from fmops_constructs.organization.rule import Statement

SIZE = 5120
"""Characters of a service or resource control policy. AWS has doubled the first, and the number of policies (15 May
2026: 10,240 and 10): we stay within what each organisation has always had, and leave the rest to the landing zone."""
MANAGEMENT_SIZE = 10_000
"""Characters of a declarative or Bedrock policy."""
PER_TARGET = 5
"""Policies of a kind that a root, unit or account may have attached; one of them is AWS's own FullAWSAccess."""

Document = dict[str, Any]


class TooLargeError(ValueError):
    """What must be said doesn't fit into what AWS takes; the text says which rule, and what to do."""


def text(content: Any) -> str:
    """A policy as AWS counts it: no white space outside of texts."""
    return json.dumps(content, separators=(",", ":"))


def document(statements: Sequence[Statement]) -> Document:
    """One document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def minimised(statement: Statement, sid: str) -> Statement:
    """The same statement in fewer characters: one of a list as itself, no action that another one covers."""
    short: Statement = {"Sid": sid}
    for element, value in statement.items():
        short[element] = _single(_uncovered(value)) if element in ("Action", "NotAction") else _single(value)
    if "Condition" in statement:
        short["Condition"] = {
            operator: {key: _single(value) for key, value in keys.items()}
            for operator, keys in statement["Condition"].items()
        }
    return short


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _uncovered(actions: Sequence[str]) -> list[str]:
    """Actions but those that begin like another one that ends with `*`."""
    prefixes = {action[:-1]: action for action in actions if action.endswith("*")}
    return [a for a in actions if not any(a.startswith(p) and a != whole for p, whole in prefixes.items())]


def pack(statements: Iterable[Statement]) -> list[Document]:
    """Documents that hold the statements, in order.

    Raises:
        TooLargeError: a statement alone is larger than a document may be.
    """
    packed: list[list[Statement]] = [[]]
    for statement in statements:
        if len(text(document([statement]))) > SIZE:
            raise TooLargeError(
                f"{statement['Sid']}: {len(text(document([statement])))} characters, a policy holds {SIZE}. "
                "List fewer models for this kind of account, or give some of them a residency of fewer regions."
            )
        if packed[-1] and len(text(document([*packed[-1], statement]))) > SIZE:
            packed.append([])
        packed[-1].append(statement)
    return [document(found) for found in packed if found]
