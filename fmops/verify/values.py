"""What a template's value stands for: Ref, GetAtt, Sub, imports, parameters and mappings followed across stacks.

A value is plain JSON, a `Pointer` to a resource's attribute, a `Text` with pointers in it, `Either` of several values
(a condition decides later), or `Unknown`, which says why. Nothing unknown is dropped.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fmops.verify.templates import Resource, Template

PSEUDO = {"AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}


@dataclass(frozen=True)
class Pointer:
    """An attribute of a resource; `Ref` for what Ref gives."""

    resource: Resource
    attribute: str = "Ref"

    def __str__(self) -> str:
        return f"{self.resource}" + ("" if self.attribute == "Ref" else f".{self.attribute}")


@dataclass(frozen=True)
class Text:
    """A text of which some parts are known after deployment only."""

    parts: tuple[Any, ...]

    def __str__(self) -> str:
        return "".join(part if isinstance(part, str) else f"<{part}>" for part in self.parts)


@dataclass(frozen=True)
class Either:
    """One of several values."""

    options: tuple[Any, ...]


@dataclass(frozen=True)
class Unknown:
    """A value that the templates don't tell, and why."""

    why: str

    def __str__(self) -> str:
        return f"unknown: {self.why}"


class Nothing:
    """AWS::NoValue: the property isn't there."""


NOTHING = Nothing()


@dataclass
class World:
    """All templates together, so that what one publishes another finds.

    Attributes:
        templates: those that are verified.
    """

    templates: Sequence[Template]
    _exports: dict[tuple[str, str, str], tuple[Template, Any]] = field(default_factory=dict, init=False)
    _parameters: dict[tuple[str, str, str], tuple[Template, Any]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for template in self.templates:
            place = (template.account, template.region)
            for output in template.body["Outputs"].values():
                name = self.resolve((output.get("Export") or {}).get("Name"), template)
                if isinstance(name, str):
                    self._exports[(*place, name)] = (template, output.get("Value"))
            for resource in template.resources.values():
                name = resource.properties.get("Name")
                if resource.type == "AWS::SSM::Parameter" and isinstance(name, str):
                    self._parameters[(*place, name)] = (template, resource.properties.get("Value"))

    def resources(self, *types: str) -> Iterator[Resource]:
        """Every resource of the types, or of all."""
        for template in self.templates:
            for resource in template.resources.values():
                if not types or resource.type in types:
                    yield resource

    def get(self, resource: Resource, path: str) -> Any:
        """A property by its path, e.g. `VpcConfig.SubnetIds`, followed; None where it isn't there."""
        node: Any = resource.properties
        for name in path.split("."):
            node = self.resolve(node, resource.template) if not isinstance(node, Mapping) or _function(node) else node
            if isinstance(node, Either):
                branches = [option.get(name) if isinstance(option, Mapping) else None for option in node.options]
                node = Either(tuple(branches))
            elif isinstance(node, Unknown | Pointer | Text):
                return node
            elif isinstance(node, Mapping):
                node = node.get(name)
            else:
                return None
        value = self.resolve(node, resource.template)
        return None if value is NOTHING else value

    def resolve(self, node: Any, template: Template) -> Any:
        """A value of a template, followed as far as the templates tell."""
        if isinstance(node, Either):
            return Either(tuple(self.resolve(option, template) for option in node.options))
        if isinstance(node, list):
            return [value for item in node if (value := self.resolve(item, template)) is not NOTHING]
        if not isinstance(node, Mapping):
            return node
        function = _function(node)
        if function is None:
            values = {key: self.resolve(value, template) for key, value in node.items()}
            return {key: value for key, value in values.items() if value is not NOTHING}
        follow = FUNCTIONS.get(function)
        if follow is None:
            return Unknown(f"{function} is not understood")
        try:
            return follow(self, node[function], template)
        except RecursionError:
            return Unknown(f"{function} leads back to itself")
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            return Unknown(f"{function} is not written as CloudFormation has it")

    def ref(self, name: Any, template: Template) -> Any:
        """What Ref gives."""
        if name == "AWS::NoValue":
            return NOTHING
        if isinstance(name, str) and name.startswith("AWS::"):
            own = {"AWS::AccountId": template.account, "AWS::Region": template.region, "AWS::StackName": template.stack}
            return PSEUDO.get(name) or own.get(name) or Unknown(f"{name} is known when it is deployed")
        if name in template.resources:
            return Pointer(template.resources[name])
        parameters = template.body["Parameters"]
        if name not in parameters:
            return Unknown(f"Ref to {name}, which {template.file} doesn't have")
        return self._parameter(str(name), parameters[name], template)

    def _parameter(self, name: str, parameter: Mapping[str, Any], template: Template) -> Any:
        kind, default = str(parameter.get("Type", "")), parameter.get("Default")
        if kind.startswith("AWS::SSM::Parameter"):
            found = [self.resolve(content, origin) for origin, content in self._published(str(default), template)]
            if not found:
                return Unknown(f"parameter {default} of Systems Manager is in none of the templates")
            values = [split(",", value) if "List<" in kind else value for value in found]
            return values[0] if len(values) == 1 else Either(tuple(values))
        if parameter.get("AllowedValues"):
            return Either(tuple(parameter["AllowedValues"]))
        if default is None or default == "":
            return Unknown(f"parameter {name} is given at the launch")
        return [part.strip() for part in str(default).split(",")] if "List" in kind else default

    def _published(self, name: str, template: Template) -> list[tuple[Template, Any]]:
        """What Systems Manager has under a name: in the template's place, or wherever it may be launched."""
        if template.account:
            found = self._parameters.get((template.account, template.region, name))
            return [found] if found else []
        return [content for (_, _, other), content in self._parameters.items() if other == name]

    def get_att(self, argument: Any, template: Template) -> Any:
        """What Fn::GetAtt gives."""
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else (argument[0], argument[1])
        if name not in template.resources:
            return Unknown(f"GetAtt of {name}, which {template.file} doesn't have")
        return Pointer(template.resources[name], str(attribute))

    def join(self, argument: Any, template: Template) -> Any:
        """What Fn::Join gives."""
        separator, items = argument
        values = self.resolve(items, template)
        if not isinstance(values, list):
            return values if isinstance(values, Pointer | Unknown) else Unknown("Fn::Join of something unknown")
        parts: list[Any] = []
        for number, value in enumerate(values):
            parts += [separator] if number and separator else []
            parts.append(value)
        return text(parts)

    def sub(self, argument: Any, template: Template) -> Any:
        """What Fn::Sub gives."""
        pattern, given = (argument, {}) if isinstance(argument, str) else (argument[0], argument[1])
        parts: list[Any] = []
        for number, piece in enumerate(re.split(r"\$\{([^!}][^}]*)\}", pattern)):
            if number % 2 == 0:
                parts.append(piece.replace("${!", "${"))
            elif piece in given:
                parts.append(self.resolve(given[piece], template))
            elif "." in piece:
                parts.append(self.get_att(piece, template))
            else:
                parts.append(self.ref(piece, template))
        return text(parts)

    def import_value(self, argument: Any, template: Template) -> Any:
        """What another stack of the same place exports."""
        name = self.resolve(argument, template)
        found = self._exports.get((template.account, template.region, str(name)))
        if found is None:
            return Unknown(f"export {name} is in none of the templates")
        origin, content = found
        return self.resolve(content, origin)

    def select(self, argument: Any, template: Template) -> Any:
        """One item of a list."""
        index, items = argument
        values, number = self.resolve(items, template), self.resolve(index, template)
        if not isinstance(values, list) or not str(number).isdigit() or int(number) >= len(values):
            return values if isinstance(values, Unknown) else Unknown("Fn::Select from a list that isn't known")
        return values[int(number)]

    def if_(self, argument: Any, template: Template) -> Any:
        """Either branch: a condition is decided when it is deployed."""
        if not isinstance(argument, list) or len(argument) != 3:
            return Unknown("Fn::If without two branches")
        return Either(tuple(self.resolve(branch, template) for branch in argument[1:3]))

    def find_in_map(self, argument: Any, template: Template) -> Any:
        """A mapping's value; every value that it can be where a key isn't known."""
        name, *keys = [self.resolve(part, template) for part in argument[:3]]
        found: list[Any] = [template.body["Mappings"].get(name, {})]
        for key in keys:
            if isinstance(key, str):
                found = [mapping[key] for mapping in found if key in mapping]
            else:
                found = [value for mapping in found for value in mapping.values()]
        if not found:
            return Unknown(f"mapping {name} has no such key")
        return found[0] if len(found) == 1 else Either(tuple(found))


def _function(node: Mapping[str, Any]) -> str | None:
    """The intrinsic function that a mapping is, or None."""
    if len(node) == 1:
        (name,) = node
        if isinstance(name, str) and (name == "Ref" or name.startswith("Fn::")):
            return name
    return None


def text(parts: Sequence[Any]) -> Any:
    """Parts as one text; a text without anything unknown is a str, one pointer alone is the pointer."""
    flat: list[Any] = []
    for part in parts:
        flat += part.parts if isinstance(part, Text) else [part]
    merged: list[Any] = []
    for part in flat:
        plain = str(part) if isinstance(part, str | int | float) else part
        if isinstance(plain, str) and merged and isinstance(merged[-1], str):
            merged[-1] += plain
        elif plain != "":
            merged.append(plain)
    if len(merged) == 1:
        return merged[0]
    return Text(tuple(merged)) if merged else ""


def split(separator: str, value: Any) -> Any:
    """A text cut at a separator, pointers kept whole."""
    if isinstance(value, str):
        return value.split(separator)
    if isinstance(value, Text):
        items: list[list[Any]] = [[]]
        for part in value.parts:
            if isinstance(part, str):
                first, *others = part.split(separator)
                items[-1].append(first)
                items += [[other] for other in others]
            else:
                items[-1].append(part)
        return [text(item) for item in items]
    return [value] if isinstance(value, Pointer) else value


def options(value: Any) -> list[Any]:
    """Every value that a value may turn out to be; the absence of one is None."""
    if isinstance(value, Either):
        return [found for option in value.options for found in options(option)]
    return [None if value is NOTHING else value]


def many(value: Any) -> list[Any]:
    """One or many as many; what may be either is all of it."""
    found: list[Any] = []
    for option in options(value):
        if isinstance(option, list):
            found += [item for entry in option for item in many(entry)]
        elif option is not None:
            found.append(option)
    return found


def _unknown(why: str) -> Callable[[World, Any, Template], Any]:
    return lambda _world, _argument, _template: Unknown(why)


FUNCTIONS: dict[str, Callable[[World, Any, Template], Any]] = {
    "Ref": World.ref,
    "Fn::GetAtt": World.get_att,
    "Fn::Join": World.join,
    "Fn::Sub": World.sub,
    "Fn::ImportValue": World.import_value,
    "Fn::Select": World.select,
    "Fn::Split": lambda world, argument, template: split(argument[0], world.resolve(argument[1], template)),
    "Fn::If": World.if_,
    "Fn::FindInMap": World.find_in_map,
    "Fn::Base64": _unknown("text in Base64"),
    "Fn::Cidr": _unknown("addresses computed by Fn::Cidr"),
    "Fn::GetAZs": _unknown("availability zones"),
    "Fn::GetStackOutput": _unknown("another stack's output"),
    "Fn::Length": _unknown("a length"),
    "Fn::ToJsonString": _unknown("text made of JSON"),
    "Fn::Transform": _unknown("a macro writes it"),
}
"""How each intrinsic function is followed; one that isn't here is not understood, and said so."""
