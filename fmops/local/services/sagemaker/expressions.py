"""The expressions of a pipeline's definition (`Get`, `Std:Join`, `Std:JsonGet`) and its conditions: their values."""

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
EXPRESSIONS = {"Get", "Std:Join", "Std:JsonGet"}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
_PATH = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]|\[['\"]([^'\"]+)['\"]\]")


def is_expression(node: Any) -> bool:
    """Whether a node stands for a value that is known only when the pipeline runs."""
    return isinstance(node, dict) and len(node) == 1 and next(iter(node)) in EXPRESSIONS


def references(node: Any) -> Iterator[str]:
    """Every `Get` in a node."""
    if isinstance(node, dict):
        if set(node) == {"Get"}:
            yield str(node["Get"])
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def path_of(text: str) -> list[str | int]:
    """`A.B['c'][0]` as `["A", "B", "c", 0]`."""
    return [int(index) if index else (key or name) for name, index, key in _PATH.findall(text)]


def dig(value: Any, path: list[str | int]) -> Any:
    """The value at a path. A name in a list picks the item with that name (`Outputs['train']`); KeyError if missing."""
    for part in path:
        if isinstance(value, list) and isinstance(part, str):
            named = [item for item in value if part in (v for k, v in item.items() if k.endswith("Name"))]
            if not named:
                raise KeyError(part)
            value = named[0]
        else:
            try:
                value = value[part]
            except (IndexError, TypeError) as error:
                raise KeyError(part) from error
    return value


@dataclass(frozen=True)
class Scope:
    """What expressions may refer to while a pipeline runs.

    Args:
        parameters: typed values by name.
        execution: the execution variables.
        steps: properties of the steps that have ended, by step name.
        document: reads a JSON document: a property file (step, name) or an S3 URI.
    """

    parameters: Mapping[str, Any]
    execution: Mapping[str, Any]
    steps: Mapping[str, Json]
    document: Callable[[Any], Any]

    def value(self, node: Any) -> Any:
        """A node with every expression in it replaced by its value; ValueError names one that has none."""
        if is_expression(node):
            (kind, body) = next(iter(node.items()))
            resolvers: dict[str, Callable[[Any], Any]] = {
                "Get": self._get,
                "Std:Join": self._join,
                "Std:JsonGet": self._json,
            }
            return resolvers[kind](body)
        if isinstance(node, dict):
            return {key: self.value(inner) for key, inner in node.items()}
        return [self.value(inner) for inner in node] if isinstance(node, list) else node

    def _get(self, reference: str) -> Any:
        scope, name, *rest = path_of(reference)
        values = {"Parameters": self.parameters, "Execution": self.execution, "Steps": self.steps}[str(scope)]
        try:
            return dig(values[str(name)], rest)
        except KeyError as error:
            raise ValueError(f"{reference} has no value: {error} was not found") from error

    def _join(self, body: Json) -> str:
        values = self.value(body["Values"])
        return str(body.get("On", "")).join(v if isinstance(v, str) else json.dumps(v) for v in values)

    def _json(self, body: Json) -> Any:
        if "PropertyFile" in body:
            _, step, _, name = path_of(body["PropertyFile"]["Get"])
            found = self.document((step, name))
        else:
            found = self.document(self.value(body["S3Uri"]))
        try:
            return dig(found, path_of(body["Path"]))
        except KeyError as error:
            raise ValueError(f"the property file has nothing at {body['Path']}: {error} was not found") from error

    def holds(self, condition: Json) -> bool:
        """Whether a condition is true."""
        kind = condition["Type"]
        if kind == "Not":
            return not self.holds(condition["Expression"])
        if kind == "Or":
            return any(self.holds(inner) for inner in condition["Conditions"])
        if kind == "In":
            return self.value(condition["QueryValue"]) in self.value(condition["Values"])
        left, right = self.value(condition["LeftValue"]), self.value(condition["RightValue"])
        try:
            return bool(COMPARISONS[kind](left, right))
        except TypeError as error:
            raise ValueError(f"{kind} cannot compare {left!r} with {right!r}") from error
