"""Which template and which resource of the new ones is which of the old ones, and what a value is on either side."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from fmops.verify.templates import Resource, Template
from fmops.verify.values import Either, Pointer, Text, Unknown, World

Place = tuple[str, str, str]
"""Account, region and stack: where a template's resources are."""


@dataclass(frozen=True)
class Pair:
    """One resource, before and after; None where it isn't there."""

    old: Resource | None
    new: Resource | None


@dataclass(frozen=True)
class Change:
    """Two worlds, and what of the one is what of the other.

    Attributes:
        new: the templates that would be deployed.
        old: those that were.
    """

    new: World
    old: World

    @classmethod
    def between(cls, new: World, old: World) -> "Change":
        """Two single files are each other's, whatever they are called: the old one gets the new one's name."""
        if len(old.templates) == len(new.templates) == 1:
            after = new.templates[0]
            alike = replace(old.templates[0], stack=after.stack, account=after.account, region=after.region)
            return cls(new, World([alike]))
        return cls(new, old)

    @cached_property
    def templates(self) -> list[tuple[Template | None, Template | None]]:
        """(old, new) by account, region and stack."""
        old, new = _by_place(self.old), _by_place(self.new)
        return [(old.get(place), new.get(place)) for place in sorted({**old, **new})]

    @cached_property
    def resources(self) -> list[Pair]:
        """Every resource of either side, by its template and logical id."""
        return [pair for old, new in self.templates for pair in _pairs(old, new)]

    def value(self, side: World, resource: Resource, path: str = "") -> Any:
        """A property (or all) as plain data that is equal on both sides where it means the same.

        A reference to a resource is its stack and logical id, whatever attribute of it; what isn't known is said.
        """
        found = side.get(resource, path) if path else side.resolve(dict(resource.properties), resource.template)
        return plain(found)


def _by_place(world: World) -> dict[Place, Template]:
    return {(template.account, template.region, template.stack): template for template in world.templates}


def _pairs(old: Template | None, new: Template | None) -> Iterator[Pair]:
    before, after = (old.resources if old else {}), (new.resources if new else {})
    for logical_id in sorted({**before, **after}):
        yield Pair(before.get(logical_id), after.get(logical_id))


def plain(value: Any) -> Any:
    """A resolved value as JSON."""
    if isinstance(value, Pointer):
        return {"to": str(value.resource), "attribute": value.attribute}
    if isinstance(value, Text):
        return {"text": [plain(part) for part in value.parts]}
    if isinstance(value, Either):
        return {"either": [plain(option) for option in value.options]}
    if isinstance(value, Unknown):
        return {"unknown": value.why}
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def pointers(value: Any) -> Iterator[str]:
    """The resources (`stack/id`) that a plain value refers to."""
    if isinstance(value, Mapping):
        if value.keys() == {"to", "attribute"}:
            yield str(value["to"])
        for inner in value.values():
            yield from pointers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from pointers(inner)


def unknown(value: Any) -> str:
    """Why a plain value isn't known; empty where all of it is."""
    if isinstance(value, Mapping):
        if value.keys() == {"unknown"}:
            return str(value["unknown"])
        return next((why for inner in value.values() if (why := unknown(inner))), "")
    if isinstance(value, list):
        return next((why for inner in value if (why := unknown(inner))), "")
    return ""
