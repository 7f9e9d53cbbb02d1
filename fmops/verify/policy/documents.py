"""Policy documents, read strictly: every element is understood, or refused by name and place.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from fmops.verify.policy.errors import Unproven
from fmops.verify.policy.operators import READERS, Operator, operator

Kind = Literal["identity", "boundary", "session", "scp", "resource", "trust", "rcp", "endpoint"]
"""What a policy is attached as. `trust` is a role's; `endpoint` a VPC endpoint's."""

NAMES_PRINCIPALS: dict[Kind, bool] = {
    "identity": False,
    "boundary": False,
    "session": False,
    "scp": False,
    "resource": True,
    "trust": True,
    "rcp": True,
    "endpoint": True,
}
"""Whether a kind's statements have a Principal element: those that are about somebody have none."""

Effect = Literal["Allow", "Deny"]
PrincipalType = Literal["AWS", "Service", "Federated", "CanonicalUser", "*"]


@dataclass(frozen=True)
class Selection:
    """Patterns of actions or resources, or everything but them.

    Attributes:
        patterns: with `*`, `?` and, in resources, policy variables.
        negated: true for NotAction and NotResource.
    """

    patterns: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True)
class Principals:
    """Who a statement is about, or everybody but them.

    Attributes:
        named: (type, value), e.g. `("Service", "sagemaker.amazonaws.com")`; `("*", "*")` is everybody.
        negated: true for NotPrincipal.
    """

    named: tuple[tuple[PrincipalType, str], ...]
    negated: bool = False


@dataclass(frozen=True)
class Clause:
    """One operator on one key; a statement's clauses must all hold.

    Attributes:
        key: in lower case: AWS compares keys in any case.
        values: one of them must match, none of them with a negated operator.
        variables: whether `${…}` is a policy variable in them.
    """

    operator: Operator
    key: str
    values: tuple[str, ...]
    place: str = ""
    variables: bool = True


@dataclass(frozen=True)
class Statement:
    """One statement.

    Attributes:
        actions: in lower case.
        resources: None where the kind has none, as trust policies.
        principals: None where the kind has none.
        place: e.g. `retail-dev-Data/Bucket Statement[2]`.
        variables: whether `${…}` is a policy variable: not before Version 2012-10-17, AWS's default is older.
    """

    effect: Effect
    actions: Selection
    resources: Selection | None
    principals: Principals | None
    conditions: tuple[Clause, ...]
    sid: str
    place: str
    variables: bool

    def __str__(self) -> str:
        return f"{self.place} ({self.sid})" if self.sid else self.place


@dataclass(frozen=True)
class Policy:
    """One policy document.

    Attributes:
        kind: what it is attached as.
        place: where it stands, for messages.
    """

    kind: Kind
    statements: tuple[Statement, ...]
    place: str


def parse(document: str | Mapping[str, Any], kind: Kind, place: str) -> Policy:
    """Reads a policy document, as text or as what JSON makes of it.

    Raises:
        Unproven: it isn't JSON, or has an element, operator or value that isn't understood; `place` says where.
    """
    content = _load(document, place) if isinstance(document, str) else document
    _only(content, ("Version", "Id", "Statement"), place)
    version = content.get("Version", "2008-10-17")
    if version not in ("2008-10-17", "2012-10-17"):
        raise Unproven(place, f"Version {version!r}: AWS has 2012-10-17 and 2008-10-17")
    if "Statement" not in content:
        raise Unproven(place, "has no Statement")
    listed = content["Statement"] if isinstance(content["Statement"], list) else [content["Statement"]]
    statements = tuple(
        _statement(one, kind, f"{place} Statement[{number}]", version == "2012-10-17")
        for number, one in enumerate(listed)
    )
    return Policy(kind, statements, place)


def _load(text: str, place: str) -> Mapping[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise Unproven(place, f"{', '.join(twice)} stands twice: only one of them would count")
        return dict(pairs)

    try:
        content = json.loads(text, object_pairs_hook=once)
    except ValueError as problem:
        raise Unproven(place, f"is no JSON: {problem}") from problem
    if not isinstance(content, dict):
        raise Unproven(place, "is no JSON object")
    return content


_ELEMENTS = (
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
)


def _statement(content: Any, kind: Kind, place: str, variables: bool) -> Statement:
    if not isinstance(content, Mapping):
        raise Unproven(place, f"is {_type(content)}, not an object")
    _only(content, _ELEMENTS, place)
    effect = content.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise Unproven(place, f"Effect {effect!r}: it is Allow or Deny, in this case")
    actions = _selection(content, "Action", place)
    if actions is None:
        raise Unproven(place, "has neither Action nor NotAction")
    resources = _selection(content, "Resource", place)
    if resources is None and kind != "trust":
        raise Unproven(place, "has neither Resource nor NotResource")
    principals = _principals(content, place)
    if (principals is not None) != NAMES_PRINCIPALS[kind]:
        raise Unproven(place, f"{'has no' if principals is None else 'has a'} Principal, as {kind} policy")
    return Statement(
        effect=effect,
        actions=Selection(tuple(one.lower() for one in actions.patterns), actions.negated),
        resources=resources,
        principals=principals,
        conditions=tuple(_conditions(content.get("Condition", {}), f"{place}.Condition", variables)),
        sid=str(content.get("Sid", "")),
        place=place,
        variables=variables,
    )


def _selection(content: Mapping[str, Any], element: str, place: str) -> Selection | None:
    found = _either(content, element, place)
    if found is None:
        return None
    name, value = found
    return Selection(_texts(value, f"{place}.{name}"), name.startswith("Not"))


_PRINCIPALS: tuple[PrincipalType, ...] = ("AWS", "Service", "Federated", "CanonicalUser")


def _principals(content: Mapping[str, Any], place: str) -> Principals | None:
    found = _either(content, "Principal", place)
    if found is None:
        return None
    name, value = found
    where = f"{place}.{name}"
    if value == "*":
        return Principals((("*", "*"),), name == "NotPrincipal")
    if not isinstance(value, Mapping) or not value:
        raise Unproven(where, "is neither * nor an object of principals")
    _only(value, _PRINCIPALS, where)
    named: list[tuple[PrincipalType, str]] = []
    for kind in _PRINCIPALS:
        for one in _texts(value[kind], f"{where}.{kind}") if kind in value else ():
            named.append(("*", "*") if (kind, one) == ("AWS", "*") else (kind, one))
    return Principals(tuple(named), name == "NotPrincipal")


def _either(content: Mapping[str, Any], element: str, place: str) -> tuple[str, Any] | None:
    present = [name for name in (element, f"Not{element}") if name in content]
    if len(present) == 2:
        raise Unproven(place, f"has both {element} and Not{element}")
    return (present[0], content[present[0]]) if present else None


def _conditions(content: Any, place: str, variables: bool) -> Iterator[Clause]:
    if not isinstance(content, Mapping):
        raise Unproven(place, f"is {_type(content)}, not an object")
    for name, keys in content.items():
        where = f"{place}.{name}"
        means = operator(str(name), where)
        if not isinstance(keys, Mapping):
            raise Unproven(where, f"is {_type(keys)}, not an object of keys")
        for key, values in keys.items():
            yield clause(means, str(key), _texts(values, f"{where}.{key}"), f"{where}.{key}", variables)


def clause(means: Operator, key: str, values: tuple[str, ...], place: str, variables: bool = True) -> Clause:
    """One clause, its values read once so that a mistake in them is found here.

    Raises:
        Unproven: a value isn't of the operator's kind.
    """
    reader = READERS.get(means.family)
    for value in values if reader else ():
        if "${" in value:
            raise Unproven(place, f"{value!r}: policy variables stand in strings and ARNs only")
        try:
            reader(value)  # type: ignore[misc]
        except ValueError as problem:
            raise Unproven(place, f"{means.name}: {problem}") from problem
    return Clause(means, key.lower(), values, place, variables)


def conditions(block: Mapping[str, Any], place: str = "the question") -> tuple[Clause, ...]:
    """A Condition block on its own, as questions to the prover state what they ask about.

    Raises:
        Unproven: something in it isn't understood.
    """
    return tuple(_conditions(block, place, True))


def _texts(value: Any, place: str) -> tuple[str, ...]:
    """One or many values as texts; numbers and truth values as JSON writes them."""
    listed = value if isinstance(value, list | tuple) else [value]
    if not listed:
        raise Unproven(place, "is an empty list")
    return tuple(_text(one, place) for one in listed)


def _text(value: Any, place: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise Unproven(place, f"holds {_type(value)}, whose text isn't known: {value!s}")


def _only(content: Mapping[str, Any], known: Iterable[str], place: str) -> None:
    unknown = sorted(str(name) for name in content if name not in set(known))
    if unknown:
        raise Unproven(place, f"{', '.join(unknown)}: no such element; AWS has {', '.join(known)}")


def _type(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", type(None): "null"}
    return names.get(type(value), f"a {type(value).__name__}")
