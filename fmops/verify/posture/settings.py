"""Settings that a resource should have, as rows of a table; what AWS does where they are left out counts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fmops.verify.findings import Finding, at
from fmops.verify.network.closed import Answer, Closed, worst
from fmops.verify.templates import Resource
from fmops.verify.values import Unknown, World, many, options

RESOURCE_PAGES = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-"


@dataclass(frozen=True)
class Setting:
    """What resources of a type should have.

    Attributes:
        type: the CloudFormation type.
        asked: asks a resource whether it has it.
        remedy: the setting that gives it.
        what: which of several settings of the type it is, for the path.
    """

    type: str
    asked: Closed
    remedy: str
    what: str = ""


@dataclass(frozen=True)
class Table:
    """Settings for one purpose.

    Attributes:
        rule: e.g. `Posture-Encryption`.
        says: what is wrong with a resource that lacks one, e.g. `is not encrypted at rest`.
        rows: the settings.
        requirement: the requirement's number.
    """

    rule: str
    says: str
    rows: tuple[Setting, ...]
    requirement: str = ""

    def verify(self, world: World) -> Iterator[Finding]:
        """A finding for each resource that lacks a setting."""
        rows: dict[str, list[Setting]] = {}
        for row in self.rows:
            rows.setdefault(row.type, []).append(row)
        for resource in world.resources(*rows):
            for row in rows[resource.type]:
                answer = row.asked(world, resource)
                if answer is not True:
                    yield self._finding(resource, row, answer)

    def _finding(self, resource: Resource, row: Setting, answer: Answer) -> Finding:
        unknown = isinstance(answer, Unknown)
        says = f"whether it {self.says} isn't told ({answer})" if unknown else self.says
        return finding(
            self.rule,
            resource,
            f"{resource} ({row.type}) {says}." if not unknown else f"{resource} ({row.type}): {says}.",
            row.remedy,
            (row.what,) if row.what else (),
            unproven=unknown,
            requirement=self.requirement,
            source=page(row.type),
        )


def finding(
    rule: str,
    resource: Resource,
    message: str,
    remedy: str,
    path: Iterable[str] = (),
    *,
    unproven: bool = False,
    requirement: str = "",
    source: str = "",
) -> Finding:
    """A finding at a resource."""
    return at(
        resource,
        rule=rule,
        message=message,
        remedy=remedy,
        path=tuple(path),
        verdict="not proven" if unproven else "found",
        requirement=requirement,
        source=source,
    )


def page(type_: str) -> str:
    """AWS's page of a resource type."""
    _, service, name = type_.lower().split("::")
    return f"{RESOURCE_PAGES}{service}-{name}.html"


def within(path: str, inner: str, *values: Any, default: Any = None, unless: str = "") -> Closed:
    """Asks of every item of a list whether a setting inside of it has one of the values.

    Args:
        path: the list's.
        inner: the setting's, dotted, from the item.
        default: what AWS takes where the setting isn't there.
        unless: an item without this part has no such setting, e.g. a device that is no disk of EBS.
    """

    def ask(world: World, resource: Resource) -> Answer:
        return worst([_item(item) for item in many(world.get(resource, path))])

    def _item(item: Any) -> Answer:
        if isinstance(item, Unknown):
            return item
        if unless and _at(item, unless) is None:
            return True
        found = [default if value is None else value for value in options(_at(item, inner))]
        return worst([v if isinstance(v, Unknown) else str(v).lower() in map(_lower, values) for v in found])

    return ask


def without(path: str, *values: Any) -> Closed:
    """Has it where a setting has none of the values; what isn't told is not proven."""

    def ask(world: World, resource: Resource) -> Answer:
        found = options(world.get(resource, path))
        return worst([v if isinstance(v, Unknown) else str(v).lower() not in map(_lower, values) for v in found])

    return ask


def attribute(path: str, key: str, value: str) -> Closed:
    """Has it where a list of Key and Value says so, as load balancers' attributes do."""

    def ask(world: World, resource: Resource) -> Answer:
        for item in many(world.get(resource, path)):
            if isinstance(item, Unknown):
                return item
            if isinstance(item, dict) and item.get("Key") == key:
                return str(item.get("Value")).lower() == value
        return False

    return ask


def _lower(value: Any) -> str:
    return str(value).lower()


def _at(node: Any, path: str) -> Any:
    for name in path.split("."):
        node = node.get(name) if isinstance(node, dict) else None
    return node
