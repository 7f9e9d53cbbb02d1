"""A seeded fault of a policy, and how faults are written."""

from dataclasses import dataclass, field
from typing import Any

from tests.verify.invariants.parts import ORG, Resources, role, trusted


@dataclass(frozen=True)
class Fault:
    """A template that breaks an invariant, and its twin that doesn't.

    Attributes:
        also: other invariants that the same fault breaks.
        settings: beside the organisation and its account.
    """

    name: str
    rule: str
    broken: Resources
    clean: Resources
    also: frozenset[str] = frozenset()
    settings: dict[str, Any] = field(default_factory=dict)


def outsider(name: str, broken: Resources, clean: Resources) -> Fault:
    return Fault(name, "Policy-Outsider", broken, clean)


def trust(name: str, broken: Any, clean: Any) -> Fault:
    return Fault(name, "Policy-Trust", trusted(broken), trusted(clean))


def deputy(name: str, broken: Resources, clean: Resources) -> Fault:
    return Fault(name, "Policy-Deputy", broken, clean)


def right(name: str, rule: str, broken: Any, clean: Any, *also: str, **settings: Any) -> Fault:
    """A statement of a role's policy."""
    return Fault(name, rule, role(broken), role(clean), frozenset(also), settings)


def if_(then: Any, otherwise: Any) -> dict[str, Any]:
    return {"Fn::If": ["Open", then, otherwise]}


def org(operator: str = "StringEquals", key: str = "aws:PrincipalOrgID", value: Any = ORG) -> dict[str, Any]:
    return {operator: {key: value}}
