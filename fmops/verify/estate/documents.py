"""Policy documents as templates hold them, made plain: every Ref an ARN, every condition of the template a variant.

What a template doesn't tell is read twice. Widely: an Allow allows whatever it may turn out to be, and a Deny isn't
there. Narrowly: the other way round. What holds widely is proven; what breaks narrowly is found; between the two
nothing is proven, and the reasons say why.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from fmops.verify.estate import arns
from fmops.verify.templates import Resource, Template
from fmops.verify.values import NOTHING, Either, Pointer, Text, Unknown, World

Document = Mapping[str, Any]
MOST = 64
"""Variants of one document that are told apart; with more it is not proven."""
EVERYTHING: Document = {"Effect": "Allow", "Action": "*", "Resource": "*"}
NEGATIVE = {"NotAction": "Action", "NotResource": "Resource", "NotPrincipal": "Principal"}
OWN = {"AWS::AccountId is known when it is deployed", "AWS::Region is known when it is deployed"}


@dataclass(frozen=True)
class Reading:
    """One way in which a document turns out, read widely and narrowly.

    Attributes:
        unknown: what the template doesn't tell; where there is none, both are the same.
    """

    wide: Document
    narrow: Document
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Written:
    """A policy document, and where it is written.

    Attributes:
        resource: whose template has it.
        place: how messages name it.
        readings: one for each way in which the template's conditions turn out; at least one.
    """

    resource: Resource
    place: str
    readings: tuple[Reading, ...]


def written(world: World, resource: Resource, value: Any, *, person: bool, place: str = "") -> Written:
    """A document, from its value in a template.

    Args:
        value: resolved or not; text or JSON.
        person: whether its statements name principals.
    """
    place = place or str(resource)
    return Written(resource, place, tuple(readings(world, resource.template, value, person=person)))


def nothing_known(resource: Resource, place: str, why: str) -> Written:
    """A policy of which only the name is known: it may allow everything, or nothing."""
    return Written(resource, place, (_unread(why, person=False),))


def readings(world: World, template: Template, value: Any, *, person: bool) -> list[Reading]:
    """Every way in which a document may turn out."""
    writer = _Writer(world, template)
    variants = list(islice(alternatives(world.resolve(value, template)), MOST + 1))
    if len(variants) > MOST:
        return [_unread(f"more than {MOST} ways in which its conditions turn out", person=person)]
    found: list[Reading] = []
    for variant in variants:
        reading = _reading(variant, writer, person=person)
        if reading not in found:
            found.append(reading)
    return found or [_unread("it turns out in no way", person=person)]


def alternatives(value: Any) -> Iterator[Any]:
    """Every value without Either that a value with some may be; equal ones turn out alike."""
    first = _either(value)
    if first is None:
        yield value
        return
    for option in first.options:
        yield from alternatives(_decided(value, first, option))


def _either(value: Any) -> Either | None:
    """The first Either in a value."""
    if isinstance(value, Either):
        return value
    inside: Iterable[Any] = ()
    if isinstance(value, list):
        inside = value
    elif isinstance(value, Mapping):
        inside = value.values()
    elif isinstance(value, Text):
        inside = value.parts
    return next((found for item in inside if (found := _either(item)) is not None), None)


def _decided(value: Any, either: Either, option: Any) -> Any:
    """A value in which an Either is one of its options; what isn't there then is left out."""
    if isinstance(value, Either):
        return option if value == either else value
    if isinstance(value, list):
        items = [_decided(item, either, option) for item in value]
        return [item for item in items if item is not NOTHING]
    if isinstance(value, Mapping):
        pairs = {key: _decided(item, either, option) for key, item in value.items()}
        return {key: item for key, item in pairs.items() if item is not NOTHING}
    if isinstance(value, Text):
        return Text(tuple(_decided(part, either, option) for part in value.parts))
    return value


@dataclass
class _Writer:
    """Writes values as text, and remembers what it couldn't."""

    world: World
    template: Template

    def text(self, value: Any, unknown: list[str]) -> Any:
        """A value as JSON has it; `*` for each part that isn't known, which `unknown` then gives the reason of."""
        if isinstance(value, Pointer):
            return arns.write(value, self.world)
        if isinstance(value, Text):
            return "".join(str(self.text(part, unknown)) for part in value.parts)
        if isinstance(value, Unknown):
            if value.why in OWN:
                return arns.account(self.template) if "AccountId" in value.why else arns.SOMEWHERE
            unknown.append(value.why)
            return "*"
        return value

    def tree(self, value: Any, unknown: list[str]) -> Any:
        """The same for all that is in a list or mapping."""
        if isinstance(value, list):
            return [self.tree(item, unknown) for item in value]
        if isinstance(value, Mapping):
            return {key: self.tree(item, unknown) for key, item in value.items()}
        return self.text(value, unknown)


def _unread(why: str, *, person: bool) -> Reading:
    everything = {**EVERYTHING, "Principal": "*"} if person else EVERYTHING
    return Reading({"Version": "2012-10-17", "Statement": [everything]}, {"Statement": []}, (why,))


def _reading(value: Any, writer: _Writer, *, person: bool) -> Reading:
    if isinstance(value, str | Text):
        unknown: list[str] = []
        said = str(writer.text(value, unknown))
        try:
            value = json.loads(said)
        except ValueError:
            return _unread(unknown[0] if unknown else "it is no JSON", person=person)
        if unknown:
            return _unread(unknown[0], person=person)
    if value is None or value is NOTHING:
        return Reading({"Statement": []}, {"Statement": []})
    if not isinstance(value, Mapping):
        return _unread(value.why if isinstance(value, Unknown) else f"it is {value}", person=person)
    about = {key: writer.text(item, []) for key, item in value.items() if key not in ("Statement", "Id")}
    wide: list[Any] = []
    narrow: list[Any] = []
    reasons: list[str] = []
    statements = value.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        if not isinstance(statement, Mapping):
            why = statement.why if isinstance(statement, Unknown) else f"a statement is {statement}"
            both = _unread(why, person=person)
            wide += both.wide["Statement"]
            reasons += both.unknown
            continue
        known, unknown = _statement(statement, writer)
        reasons += unknown
        denies = statement.get("Effect") == "Deny"
        if not unknown or not denies:
            wide.append(known)
        if not unknown or denies:
            narrow.append(known)
    return Reading({**about, "Statement": wide}, {**about, "Statement": narrow}, tuple(dict.fromkeys(reasons)))


def _statement(statement: Mapping[str, Any], writer: _Writer) -> tuple[dict[str, Any], list[str]]:
    """A statement that matches at least what it may turn out to match, and what isn't known of it."""
    unknown: list[str] = []
    made: dict[str, Any] = {}
    for element, value in statement.items():
        if element == "Sid":
            made["Sid"] = str(writer.text(value, []))
        elif element == "Condition":
            made["Condition"] = _conditions(value, writer, unknown)
        elif element == "Effect" and not isinstance(value, str):
            unknown.append(f"its Effect is {value}")
            made["Effect"] = "Allow"
        elif element in NEGATIVE:
            made.update(_all_but(element, value, writer, unknown))
        elif element == "Principal":
            made["Principal"] = _whoever(value, writer, unknown)
        else:
            made[element] = writer.tree(value, unknown)
    return made, unknown


def _whoever(value: Any, writer: _Writer, unknown: list[str]) -> Any:
    """A Principal; everybody where a part of it isn't known."""
    reasons: list[str] = []
    said = writer.tree(value, reasons)
    unknown += reasons
    return "*" if reasons else said


def _all_but(element: str, value: Any, writer: _Writer, unknown: list[str]) -> dict[str, Any]:
    """NotAction and its like: what isn't known is excepted from nothing."""
    reasons: list[str] = []
    said = writer.tree(value, reasons)
    if not reasons:
        return {element: said}
    unknown += reasons
    return {NEGATIVE[element]: "*"}


def _conditions(block: Any, writer: _Writer, unknown: list[str]) -> dict[str, Any]:
    """A Condition block without the keys whose values aren't known: it holds more often then."""
    if not isinstance(block, Mapping):
        unknown.append(f"its Condition is {block}")
        return {}
    made: dict[str, dict[str, Any]] = {}
    for operator, keys in block.items():
        if not isinstance(keys, Mapping):
            unknown.append(f"its Condition is {keys}")
            continue
        for key, values in keys.items():
            reasons: list[str] = []
            said = writer.tree(values, reasons)
            unknown += reasons
            if not reasons:
                made.setdefault(operator, {})[key] = said
    return made
