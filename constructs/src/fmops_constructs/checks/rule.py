"""What a rule is: data, with one small function that looks at a resource of a CloudFormation template (no CDK)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Template:
    """A template, as the rules see it.

    Attributes:
        path: its file.
        resources: the content of its `Resources`.
        is_product: Service Catalog deploys it, in whatever account, so that it may know neither account nor region.
    """

    path: str
    resources: Mapping[str, Mapping[str, Any]]
    is_product: bool = False


@dataclass(frozen=True)
class Resource:
    """One resource, and the template around it."""

    logical_id: str
    template: Template

    @property
    def type(self) -> str:
        """E.g. `AWS::EC2::Route`."""
        return str(self.template.resources[self.logical_id].get("Type", ""))

    @property
    def properties(self) -> Properties:
        """Its properties; empty where the template gives none."""
        found = self.template.resources[self.logical_id].get("Properties")
        return found if isinstance(found, Mapping) else {}

    def at(self, path: str) -> Any:
        """The value at a path such as `DefaultUserSettings.ExecutionRole`; None where there is none."""
        return at(self.properties, path)


Find = Callable[[Resource], Iterator[str]]
"""Yields the paths of the properties that break the rule, below `Properties`; an empty path is the resource itself."""


@dataclass(frozen=True)
class Rule:
    """One thing that the foundation never does.

    Attributes:
        id: `<Area>-<Name>`; in reports and acknowledgements `Fmops::<Area>-<Name>`.
        types: the resource types it looks at; `*` stands for any characters.
        find: where a resource breaks it.
        why: what is wrong with that.
        source: who says so: a requirement (`R19`), or a page of AWS's documentation.
        remedy: what to do.
    """

    id: str
    types: tuple[str, ...]
    find: Find
    why: str
    source: str
    remedy: str

    def applies(self, type_: str) -> bool:
        """Whether the rule looks at resources of a type."""
        return any(fnmatchcase(type_, pattern) for pattern in self.types)

    def findings(self, template: Template) -> Iterator[tuple[str, list[str]]]:
        """(logical id, property paths) of each resource that breaks the rule."""
        for logical_id, resource in template.resources.items():
            if self.applies(str(resource.get("Type", ""))) and (
                paths := list(dict.fromkeys(self.find(Resource(logical_id, template))))
            ):
                yield logical_id, paths


def at(value: Any, path: str) -> Any:
    """The value at a path; an intrinsic function on the way stands for what it gives, which only AWS knows."""
    for step in path.split("."):
        if is_intrinsic(value):
            return value
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def is_intrinsic(value: Any) -> bool:
    """`{"Ref": …}` or `{"Fn::…": …}`."""
    return isinstance(value, Mapping) and len(value) == 1 and str(next(iter(value))).startswith(("Ref", "Fn::"))


def each(value: Any) -> list[Any]:
    """CloudFormation's and IAM's "one or many" as many."""
    return value if isinstance(value, list) else [] if value is None else [value]


def never(_: Resource) -> Iterator[str]:
    """The resource should not be there at all."""
    yield ""


def must_have(*paths: str) -> Find:
    """Something stands at each path: not nothing, and not an empty list."""

    def find(resource: Resource) -> Iterator[str]:
        yield from (path for path in paths if resource.at(path) in (None, [], {}, ""))

    return find


def must_not_have(*paths: str) -> Find:
    """Nothing stands at any of the paths."""

    def find(resource: Resource) -> Iterator[str]:
        yield from (path for path in paths if resource.at(path) not in (None, [], {}, False))

    return find


def must_be(path: str, *values: Any) -> Find:
    """One of the values stands at a path, readable in the template: what only a deployment decides does not count."""

    def find(resource: Resource) -> Iterator[str]:
        if not any(_same(resource.at(path), value) for value in values):
            yield path

    return find


def where(path: str, find: Find) -> Find:
    """Only of resources that have something at a path."""

    def found(resource: Resource) -> Iterator[str]:
        if resource.at(path) is not None:
            yield from find(resource)

    return found


def every(*finds: Find) -> Find:
    """All of them."""

    def found(resource: Resource) -> Iterator[str]:
        for find in finds:
            yield from find(resource)

    return found


def _same(one: Any, other: Any) -> bool:
    """Templates write truth as `true` and as `"true"`."""
    return str(one).lower() == str(other).lower() if isinstance(other, bool) else bool(one == other)
