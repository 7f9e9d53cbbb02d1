"""From grants to managed policies: as few as fit, each within IAM's size limit, always in the same order."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from fmops.bootstrap.rights import Grant
from fmops.problem import Problem

SIZE = 6144
"""Characters of a managed policy without white space (docs.aws.amazon.com/IAM: IAM and STS quotas)."""
PER_ROLE = 9
"""Managed policies for grants: a role can have 10 (IAM's default quota), and one is for what every role reads."""
LONGEST = {
    "AWS::Partition": "aws-us-gov",
    "AWS::Region": "ap-northeast-1",
    "AWS::AccountId": "0" * 12,
    "Qualifier": "q" * 10,
}

Document = dict[str, Any]


def pack(grants: Iterable[Grant]) -> list[Document]:
    """The policies that give the grants.

    Raises:
        Problem: they would be more than a role can have.
    """
    policies: list[list[Grant]] = [[]]
    for grant in grants:
        if policies[-1] and size(document([*policies[-1], grant])) > SIZE:
            policies.append([])
        policies[-1].append(grant)
    if len(policies) > PER_ROLE:
        raise Problem(
            f"The rights of one account take {len(policies)} policies; a role can have {PER_ROLE}.",
            "Give some of the account's stacks a place of their own, or withhold rights in supplement.yaml.",
        )
    return [document(policy) for policy in policies if policy]


def document(grants: Iterable[Grant]) -> Document:
    """One policy: a statement for all actions with the same resources and condition."""
    statements: dict[tuple[Any, Any], list[str]] = {}
    for grant in grants:
        statements.setdefault((grant.resources, grant.condition), []).append(grant.action)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": actions,
                "Resource": [substituted(arn) for arn in resources],
                **({"Condition": condition_block(condition)} if condition else {}),
            }
            for (resources, condition), actions in statements.items()
        ],
    }


def condition_block(condition: Iterable[tuple[str, str, tuple[str, ...]]]) -> Document:
    """A condition as IAM writes it."""
    block: Document = {}
    for operator, key, values in condition:
        found = [substituted(value) for value in values]
        block.setdefault(operator, {})[key] = found[0] if len(found) == 1 else found
    return block


def substituted(text: str) -> str | dict[str, str]:
    """A text for a template: with Fn::Sub where it has something to fill in."""
    return {"Fn::Sub": text} if "${" in text else text


def resolved(node: Any, values: Mapping[str, str] = LONGEST) -> Any:
    """A document with its Fn::Sub filled in, by default with the longest that each can be."""
    if isinstance(node, dict):
        if set(node) == {"Fn::Sub"}:
            return re.sub(r"\$\{([^}]+)\}", lambda found: values[found[1]], node["Fn::Sub"])
        return {key: resolved(value, values) for key, value in node.items()}
    return [resolved(value, values) for value in node] if isinstance(node, list) else node


def size(policy: Document) -> int:
    """Characters as IAM counts them."""
    return len(json.dumps(resolved(policy), separators=(",", ":")))
