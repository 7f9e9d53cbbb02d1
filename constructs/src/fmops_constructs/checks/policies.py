"""Policy documents in templates: their statements, read the same whoever wrote them (no CDK)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from fmops_constructs.checks.rule import Resource, each


@dataclass(frozen=True)
class Statement:
    """One statement of a policy, and the property that it was found in.

    Attributes:
        path: the property's path, e.g. `PolicyDocument`.
        content: the statement as it stands.
    """

    path: str
    content: Mapping[str, Any]

    @property
    def allows(self) -> bool:
        """Its effect is Allow."""
        return bool(self.content.get("Effect") == "Allow")

    @property
    def actions(self) -> list[str]:
        """Its actions, in lower case, since IAM does not mind the case."""
        return [str(action).lower() for action in each(self.content.get("Action"))]

    @property
    def resources(self) -> list[Any]:
        """Its resources."""
        return each(self.content.get("Resource"))

    @property
    def principals(self) -> list[Any]:
        """Its principals, of whatever kind."""
        principal = self.content.get("Principal")
        kinds = principal.values() if isinstance(principal, Mapping) else [principal]
        return [one for kind in kinds for one in each(kind)]

    @property
    def condition_keys(self) -> set[str]:
        """The keys that its conditions ask for, in lower case."""
        tests = self.content.get("Condition") or {}
        return {str(key).lower() for keys in tests.values() if isinstance(keys, Mapping) for key in keys}

    def reaches(self, *actions: str) -> bool:
        """It allows one of the actions, by name or by wildcard."""
        wanted = [action.lower() for action in actions]
        return self.allows and any(fnmatchcase(action, pattern) for pattern in self.actions for action in wanted)


def statements(resource: Resource) -> Iterator[Statement]:
    """Every statement in a resource's properties, wherever it stands."""

    def walk(node: Any, path: str) -> Iterator[Statement]:
        if isinstance(node, Mapping):
            if node.get("Effect") in ("Allow", "Deny"):
                yield Statement(path.removesuffix(".Statement"), node)
            else:
                for key, value in node.items():
                    yield from walk(value, f"{path}.{key}" if path else str(key))
        elif isinstance(node, list):
            for value in node:
                yield from walk(value, path)

    yield from walk(resource.properties, "")
