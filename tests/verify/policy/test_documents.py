"""What the reader refuses, by place and by name; nothing is passed over."""

import json
from typing import Any

import pytest

from fmops.verify.policy import Kind, Unproven, parse
from fmops.verify.policy.operators import OPERATORS

ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def policy(*statements: Any, **elements: Any) -> dict[str, Any]:
    """A document of statements."""
    return {"Version": "2012-10-17", "Statement": list(statements), **elements}


def test_a_policy_is_read() -> None:
    read = parse(
        policy(ALLOW | {"Sid": "Read", "Condition": {"Bool": {"aws:SecureTransport": True}}}), "identity", "here"
    )
    statement = read.statements[0]
    assert (str(statement), statement.actions.patterns) == ("here Statement[0] (Read)", ("s3:getobject",))
    assert (statement.conditions[0].key, statement.conditions[0].values) == ("aws:securetransport", ("true",))


REFUSED: list[tuple[str, Kind, Any, str]] = [
    ("no JSON", "identity", "{", "no JSON"),
    ("a list", "identity", "[]", "no JSON object"),
    (
        "an element twice",
        "identity",
        '{"Version":"2012-10-17","Statement":[],"Statement":[]}',
        "Statement stands twice",
    ),
    ("an element unknown", "identity", policy(ALLOW, Comment="x"), "Comment: no such element"),
    ("a version unknown", "identity", policy(ALLOW) | {"Version": "2020-01-01"}, "2020-01-01"),
    ("no statement", "identity", {"Version": "2012-10-17"}, "no Statement"),
    ("a statement that is text", "identity", policy("x"), "is text"),
    ("an element of a statement unknown", "identity", policy(ALLOW | {"Actions": "*"}), "Actions: no such element"),
    ("an effect in the wrong case", "identity", policy(ALLOW | {"Effect": "allow"}), "'allow'"),
    ("no action", "identity", policy({"Effect": "Allow", "Resource": "*"}), "neither Action nor NotAction"),
    ("no resource", "identity", policy({"Effect": "Allow", "Action": "*"}), "neither Resource nor NotResource"),
    ("both", "identity", policy(ALLOW | {"NotAction": "s3:*"}), "both Action and NotAction"),
    ("nothing in a list", "identity", policy(ALLOW | {"Action": []}), "empty list"),
    ("an unresolved value", "identity", policy(ALLOW | {"Resource": {"Ref": "Bucket"}}), "whose text isn't known"),
    ("a principal in an identity policy", "identity", policy(ALLOW | {"Principal": "*"}), "has a Principal"),
    ("none in a bucket's", "resource", policy(ALLOW), "has no Principal"),
    ("a principal of an unknown kind", "resource", policy(ALLOW | {"Principal": {"Role": "x"}}), "Role: no such"),
    ("a principal that is text", "resource", policy(ALLOW | {"Principal": "arn:aws:iam::1:root"}), "neither *"),
    ("an operator unknown", "identity", policy(ALLOW | {"Condition": {"StringIs": {"a:b": "c"}}}), "StringIs"),
    (
        "a set operator unknown",
        "identity",
        policy(ALLOW | {"Condition": {"ForNoValue:Bool": {"a:b": "c"}}}),
        "ForNoValue",
    ),
    ("Null with IfExists", "identity", policy(ALLOW | {"Condition": {"NullIfExists": {"a:b": "true"}}}), "Null takes"),
    ("no number", "identity", policy(ALLOW | {"Condition": {"NumericEquals": {"a:b": "ten"}}}), "no number"),
    ("no date", "identity", policy(ALLOW | {"Condition": {"DateEquals": {"a:b": "soon"}}}), "DateEquals"),
    ("no address", "identity", policy(ALLOW | {"Condition": {"IpAddress": {"a:b": "10.0.0.0/40"}}}), "IpAddress"),
    ("no truth", "identity", policy(ALLOW | {"Condition": {"Bool": {"a:b": "yes"}}}), "neither true nor false"),
    ("no Base64", "identity", policy(ALLOW | {"Condition": {"BinaryEquals": {"a:b": "§"}}}), "BinaryEquals"),
    (
        "a variable in a number",
        "identity",
        policy(ALLOW | {"Condition": {"NumericEquals": {"a:b": "${a:c}"}}}),
        "variables",
    ),
    ("a condition that is text", "identity", policy(ALLOW | {"Condition": "x"}), "is text"),
]


@pytest.mark.parametrize(("kind", "document", "why"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_not_understood_is_refused_by_name(kind: Kind, document: Any, why: str) -> None:
    with pytest.raises(Unproven, match="here") as refused:
        parse(document, kind, "here")
    assert why in str(refused.value)


DOCUMENTED = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
]
"""All operators of AWS's page: reference_policies_elements_condition_operators.html."""


def test_every_operator_that_aws_documents_is_read() -> None:
    assert sorted(OPERATORS) == sorted(DOCUMENTED)


def test_text_and_object_are_read_alike() -> None:
    document = policy(ALLOW)
    assert parse(json.dumps(document), "identity", "here") == parse(document, "identity", "here")
