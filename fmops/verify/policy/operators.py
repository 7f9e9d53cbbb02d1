"""The condition operators of AWS, as a table, and how their values are read.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Literal

from fmops.verify.policy.errors import Unproven

Family = Literal["string", "folded", "pattern", "arn", "number", "date", "bool", "binary", "ip", "null"]
"""How two values compare: text, text in any case, glob, ARN, number, instant, truth, bytes, addresses, presence."""

Relation = Literal["=", "<", "<=", ">", ">="]
Quantifier = Literal["one", "any", "all"]


@dataclass(frozen=True)
class Operator:
    """One condition operator, taken apart.

    Attributes:
        name: as the policy writes it, e.g. `ForAnyValue:StringLikeIfExists`.
        family: how values compare.
        relation: of the request's value to the policy's.
        negated: true where no value of the policy may match.
        if_exists: true where an absent key satisfies it.
        quantifier: over the request's values: `any`, `all`, or `one` where there is no set operator.
    """

    name: str
    family: Family
    relation: Relation = "="
    negated: bool = False
    if_exists: bool = False
    quantifier: Quantifier = "one"


def _ordered(prefix: str, family: Family) -> dict[str, Operator]:
    relations: dict[str, Relation] = {
        "Equals": "=",
        "LessThan": "<",
        "LessThanEquals": "<=",
        "GreaterThan": ">",
        "GreaterThanEquals": ">=",
    }
    table = {prefix + name: Operator(prefix + name, family, relation) for name, relation in relations.items()}
    return table | {f"{prefix}NotEquals": Operator(f"{prefix}NotEquals", family, negated=True)}


OPERATORS: dict[str, Operator] = {
    "StringEquals": Operator("StringEquals", "string"),
    "StringNotEquals": Operator("StringNotEquals", "string", negated=True),
    "StringEqualsIgnoreCase": Operator("StringEqualsIgnoreCase", "folded"),
    "StringNotEqualsIgnoreCase": Operator("StringNotEqualsIgnoreCase", "folded", negated=True),
    "StringLike": Operator("StringLike", "pattern"),
    "StringNotLike": Operator("StringNotLike", "pattern", negated=True),
    **_ordered("Numeric", "number"),
    **_ordered("Date", "date"),
    "Bool": Operator("Bool", "bool"),
    "BinaryEquals": Operator("BinaryEquals", "binary"),
    "IpAddress": Operator("IpAddress", "ip"),
    "NotIpAddress": Operator("NotIpAddress", "ip", negated=True),
    "ArnEquals": Operator("ArnEquals", "arn"),
    "ArnLike": Operator("ArnLike", "arn"),
    "ArnNotEquals": Operator("ArnNotEquals", "arn", negated=True),
    "ArnNotLike": Operator("ArnNotLike", "arn", negated=True),
    "Null": Operator("Null", "null"),
}
"""Every operator of the page, without `…IfExists` and the set operators, which any but Null may carry."""

_QUANTIFIERS: dict[str, Quantifier] = {"ForAnyValue": "any", "ForAllValues": "all"}


def operator(name: str, place: str) -> Operator:
    """An operator by its name, e.g. `ForAllValues:StringLikeIfExists`.

    Raises:
        Unproven: AWS has no such operator.
    """
    quantifier: Quantifier = "one"
    rest = name
    if ":" in name:
        prefix, rest = name.split(":", 1)
        if prefix not in _QUANTIFIERS:
            raise Unproven(place, f"{prefix} is no set operator: ForAnyValue and ForAllValues are")
        quantifier = _QUANTIFIERS[prefix]
    if_exists = rest.endswith("IfExists")
    base = OPERATORS.get(rest.removesuffix("IfExists"))
    if base is None:
        raise Unproven(place, f"{name} is no condition operator that AWS documents")
    if base.family == "null" and (if_exists or quantifier != "one"):
        raise Unproven(place, f"{name}: Null takes neither IfExists nor a set operator")
    return Operator(name, base.family, base.relation, base.negated, if_exists, quantifier)


Address = tuple[int, int, int]
"""Addresses as (IP version, first, last)."""


def number(text: str) -> Fraction:
    """A number as Numeric operators read it: integers and decimals.

    Raises:
        ValueError: it is none.
    """
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", text.strip()):
        raise ValueError(f"{text!r} is no number")
    return Fraction(text.strip())


def instant(text: str) -> int:
    """An instant as Date operators read it, ISO 8601 or seconds since 1970, in microseconds since 1970.

    Raises:
        ValueError: it is none.
    """
    if re.fullmatch(r"-?\d{5,}(\.\d{1,6})?", text):
        return int(Fraction(text) * 1_000_000)
    if re.fullmatch(r"\d{4}(-\d{2})?", text):  # W3C's date profile: a year, or a year and a month
        text += "-01" if "-" in text else "-01-01"
    read = datetime.fromisoformat(text)
    at = read if read.tzinfo else read.replace(tzinfo=UTC)
    delta = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def truth(text: str) -> str:
    """`true` or `false`, in any case.

    Raises:
        ValueError: it is neither.
    """
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower()


def binary(text: str) -> str:
    """Bytes in Base64, in the one form that Base64 has for them.

    Raises:
        ValueError: it is no Base64.
    """
    try:
        return base64.b64encode(base64.b64decode(text, validate=True)).decode()
    except binascii.Error as problem:
        raise ValueError(f"{text!r} is no Base64: {problem}") from problem


def addresses(text: str) -> Address:
    """A network or an address, IPv4 or IPv6.

    Raises:
        ValueError: it is none.
    """
    network = ipaddress.ip_network(text, strict=False)
    return network.version, int(network.network_address), int(network.broadcast_address)


READERS: dict[Family, Callable[[str], object]] = {
    "number": number,
    "date": instant,
    "bool": truth,
    "null": truth,
    "binary": binary,
    "ip": addresses,
}
"""How a value of each family is read; the others are text as it stands."""
