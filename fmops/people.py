"""Who asks: a person of a business unit, in a role, at one of the catalog's doors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import boto3
from fmops_constructs import names

from fmops import rollout
from fmops.problem import Problem
from fmops.target import Target
from foundation import Foundation
from foundation.access import current

Door = Literal["tooling", "studio"]
DOORS: Mapping[Door, Literal["tooling", "experimentation"]] = {"tooling": "tooling", "studio": "experimentation"}
"""The account whose Service Catalog a door is."""


@dataclass(frozen=True)
class Person:
    """A person of a business unit, in a role."""

    target: Target
    foundation: Foundation
    business_unit: str
    role: str
    name: str

    @classmethod
    def of(cls, target: Target, foundation: Foundation, business_unit: str, role: str, name: str | None) -> "Person":
        """The person of that name, or the first one with the role.

        Raises:
            Problem: there is no such business unit, or nobody of that name has the role.
        """
        return cls(target, foundation, business_unit, role, known(foundation, business_unit, role, name))

    def session(self, door: Door = "tooling") -> boto3.Session:
        """Their session in the account where a door is."""
        kind = DOORS[door]
        account = rollout.account(self.foundation, kind, None if kind == "tooling" else self.business_unit)
        return self.target.person(names.role_arn(account, self.role, self.business_unit), self.name)

    def client(self, service: str, door: Door = "tooling") -> Any:
        """A client of theirs."""
        return self.target.client(self.session(door), service)


def known(foundation: Foundation, business_unit: str, role: str, name: str | None) -> str:
    """The person's name, checked before anything is called.

    Raises:
        Problem: as `Person.of`.
    """
    if business_unit not in foundation.business_units:
        there = ", ".join(foundation.business_units)
        raise Problem(f"--business-unit {business_unit}: not in the foundation file.", f"There is: {there}")
    people = current().persons(foundation.business_units[business_unit].people, role)
    if name is not None and name not in people:
        there = ", ".join(people) or "nobody"
        raise Problem(f"--as {name}: not among {business_unit}'s {role}s.", f"There is: {there}")
    if not people:
        where = f"business_units.{business_unit}.people"
        raise Problem(f"{business_unit} has no {role}.", f"Add one in the foundation file, under {where}.")
    return name or people[0]
