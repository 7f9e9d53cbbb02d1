"""Random policies and requests of a small vocabulary, so that allowing and denying are both common.

A case is plain JSON, so that another engine can read it as it stands: `python -m tests.verify.policy.cases 2000`.
"""

import json
import random
import sys
from collections.abc import Iterator
from typing import Any, TypedDict

HOME, AWAY = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{HOME}:role/trainer"
SESSION = f"arn:aws:sts::{HOME}:assumed-role/trainer/nightly"
USER = f"arn:aws:iam::{AWAY}:user/bob"
ORGANISATION = "o-abc123"

ACTIONS = ["s3:GetObject", "s3:PutObject", "sqs:SendMessage"]
ACTION_PATTERNS = ["s3:GetObject", "S3:putobject", "s3:Get*", "s3:*Object", "s3:*", "sqs:*", "*", "sqs:SendMessag?"]
RESOURCES = ["arn:aws:s3:::data-a/x", "arn:aws:s3:::data-b/team/y", "arn:aws:sqs:eu-west-1:111122223333:jobs"]
RESOURCE_PATTERNS = [
    *RESOURCES,
    "*",
    "arn:aws:s3:::data-a/*",
    "arn:aws:s3:::data-*/*",
    "arn:aws:sqs:*:*:jobs",
    "arn:aws:s3:::data-?/*y",
]

SINGLE = {
    "aws:SourceVpce": ["vpce-1", "vpce-2", "vpce-3"],
    "s3:prefix": ["team/a", "team/B", "TEAM/a", "other"],
    "aws:PrincipalTag/team": ["red", "blue", "Red"],
    "aws:SourceArn": ["arn:aws:s3:::data-a", "arn:aws:s3:::data-b", "arn:aws:sqs:eu-west-1:111122223333:jobs"],
    "aws:MultiFactorAuthAge": ["10", "20.5", "300"],
    "aws:TokenIssueTime": ["2026-01-01T00:00:00Z", "2026-06-01T12:00:00Z", "2027-01-01T00:00:00Z"],
    "aws:ViaAWSService": ["true", "false"],
    "aws:SourceIp": ["10.0.0.5", "10.0.1.5", "192.168.1.1"],
}
"""Keys of one value, and what a request may have."""

MANY = {"aws:TagKeys": ["team", "cost", "Team", "owner"]}

OPERATORS = {
    "aws:SourceVpce": [("StringEquals", "StringNotEquals"), ["vpce-1", "vpce-2"]],
    "s3:prefix": [
        ("StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
        ["team/a", "other"],
    ],
    "aws:PrincipalTag/team": [("StringEquals", "StringLike"), ["red", "blue"]],
    "aws:SourceArn": [("ArnLike", "ArnEquals", "ArnNotLike"), ["arn:aws:s3:::data-*", "arn:aws:sqs:*:*:jobs"]],
    "aws:MultiFactorAuthAge": [
        ("NumericLessThan", "NumericGreaterThanEquals", "NumericEquals", "NumericNotEquals"),
        ["10", "20.5", "100"],
    ],
    "aws:TokenIssueTime": [("DateGreaterThan", "DateLessThanEquals", "DateEquals"), ["2026-06-01T12:00:00Z"]],
    "aws:ViaAWSService": [("Bool",), ["true", "false"]],
    "aws:SourceIp": [("IpAddress", "NotIpAddress"), ["10.0.0.0/24", "10.0.0.0/8", "192.168.1.1/32"]],
}


RICH_RESOURCES = [
    "arn:aws:s3:::data-${aws:PrincipalTag/team}/*",
    "arn:aws:s3:::data-a/${s3:prefix, 'x'}",
    "arn:aws:s3:*",
]
RICH_CONDITIONS = [
    {"StringEquals": {"s3:prefix": "team/${aws:PrincipalTag/team}"}},
    {"StringNotEquals": {"aws:PrincipalTag/team": ["${s3:prefix}", "red"]}},
    {"StringLike": {"aws:SourceVpce": "${aws:SourceVpce}"}},
    {"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["team", "cost"]}},
    {"ForAllValues:StringNotLike": {"aws:TagKeys": "t*"}},
    {"ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": "Team"}},
    {
        "ForAllValues:StringEquals": {"aws:PrincipalTag/team": ["red", "blue"]},
        "Null": {"aws:PrincipalTag/team": "false"},
    },
    {"ArnNotEqualsIfExists": {"aws:PrincipalArn": [ROLE, "arn:aws:iam::*:role/*"]}},
    {"StringEquals": {"aws:PrincipalOrgID": ORGANISATION}},
    {"NumericLessThanIfExists": {"aws:MultiFactorAuthAge": 20}},
]
"""What only a rich case has: policy variables, negated set operators, the principal's keys, a number as JSON has it."""


class Case(TypedDict):
    """One request and the policies that have a say; documents are JSON as AWS takes them."""

    principal: str
    session: str
    account: str
    organisation: str
    action: str
    resource: str
    context: dict[str, str | list[str]]
    identity: list[dict[str, Any]]
    boundary: dict[str, Any] | None
    scps: list[dict[str, Any]]
    resource_policy: dict[str, Any] | None
    endpoint: dict[str, Any] | None
    session_policy: dict[str, Any] | None
    rcps: list[dict[str, Any]]


def some(random_: random.Random, values: list[str]) -> list[str]:
    """One or two of them."""
    return random_.sample(values, min(len(values), random_.choice([1, 1, 2])))


def condition(random_: random.Random, rich: bool) -> dict[str, Any]:
    """A Condition block of one or two clauses."""
    block: dict[str, Any] = {}
    if rich and random_.random() < 0.3:
        return random_.choice(RICH_CONDITIONS)
    for _ in range(random_.choice([1, 1, 2])):
        if random_.random() < 0.2:
            key = random_.choice(sorted(MANY))
            operator = (
                f"{random_.choice(['ForAnyValue', 'ForAllValues'])}:{random_.choice(['StringEquals', 'StringLike'])}"
            )
            values: Any = some(random_, ["team", "cost*", "owner"])
        else:
            key = random_.choice(sorted(OPERATORS))
            names, known = OPERATORS[key]
            operator, values = random_.choice(list(names)), some(random_, list(known))
            chance = random_.random()
            if chance < 0.15:
                operator, values = "Null", random_.choice(["true", "false"])
            elif chance < 0.4:
                operator += "IfExists"
        block.setdefault(operator, {})[key] = values
    return block


def statement(random_: random.Random, effect: str, principals: bool, rich: bool) -> dict[str, Any]:
    """One statement."""
    found: dict[str, Any] = {"Effect": effect}
    if random_.random() < 0.1:
        found["NotAction"] = some(random_, ["sqs:*", "s3:PutObject"])
    else:
        found["Action"] = some(random_, ACTION_PATTERNS)
    if random_.random() < 0.1:
        found["NotResource"] = some(random_, ["arn:aws:s3:::data-a/*", "arn:aws:sqs:*:*:jobs"])
    else:
        found["Resource"] = some(random_, [*RESOURCE_PATTERNS, *(RICH_RESOURCES if rich else [])])
    if random_.random() < (0.7 if effect == "Deny" else 0.3):
        found["Condition"] = condition(random_, rich)
    if principals:
        named = [ROLE, USER, f"arn:aws:iam::{HOME}:root", AWAY, SESSION]
        found["Principal"] = random_.choice(["*", {"AWS": some(random_, named)}, {"AWS": "*"}])
    return found


def document(random_: random.Random, rich: bool, principals: bool = False, generous: float = 0.0) -> dict[str, Any]:
    """A policy of one to three statements; with a chance one that first allows everything."""
    effects = [random_.choice(["Allow", "Allow", "Deny"]) for _ in range(random_.choice([1, 2, 2, 3]))]
    statements = [statement(random_, effect, principals, rich) for effect in effects]
    if random_.random() < generous:
        everything: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        statements.insert(0, everything | ({"Principal": "*"} if principals else {}))
    for number, one in enumerate(statements):
        one["Sid"] = f"S{number}"
    return {"Version": "2012-10-17", "Statement": statements}


def rcp(random_: random.Random) -> dict[str, Any]:
    """A resource control policy: it only denies, and everybody."""
    denial = statement(random_, "Deny", False, True) | {"Principal": "*"}
    return {"Version": "2012-10-17", "Statement": [denial]}


def case(random_: random.Random, rich: bool) -> Case:
    """One case."""
    at_home = random_.random() < 0.7
    context: dict[str, str | list[str]] = {
        key: random_.choice(values) for key, values in SINGLE.items() if random_.random() < 0.6
    }
    for key, values in MANY.items():
        if random_.random() < 0.6:
            context[key] = random_.sample(values, random_.choice([1, 2]))
    return Case(
        principal=ROLE if at_home else USER,
        session=SESSION if at_home else "",
        account=HOME if at_home else AWAY,
        organisation=ORGANISATION,
        action=random_.choice(ACTIONS),
        resource=random_.choice(RESOURCES),
        context=context,
        identity=[document(random_, rich, generous=0.5) for _ in range(random_.choice([1, 2]))],
        boundary=document(random_, rich, generous=0.8) if random_.random() < 0.5 else None,
        scps=[document(random_, rich, generous=0.9) for _ in range(random_.choice([0, 1, 2]))],
        resource_policy=document(random_, rich, principals=True, generous=0.2) if random_.random() < 0.7 else None,
        endpoint=document(random_, rich, principals=True, generous=0.8) if random_.random() < 0.3 else None,
        session_policy=document(random_, rich, generous=0.8) if rich and at_home and random_.random() < 0.3 else None,
        rcps=[rcp(random_)] if rich and random_.random() < 0.3 else [],
    )


def cases(count: int, seed: int = 5, rich: bool = False) -> Iterator[Case]:
    """So many cases, always the same; rich ones have what ministack's engine doesn't know."""
    random_ = random.Random(seed)  # noqa: S311
    for _ in range(count):
        yield case(random_, rich)


if __name__ == "__main__":
    json.dump(list(cases(int(sys.argv[1]), rich=True)), sys.stdout)
