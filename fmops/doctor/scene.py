"""What a diagnosis looks at: the foundation, what is synthesised for it, and whom to ask."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from fmops import products
from fmops.bootstrap import assembly
from fmops.bootstrap.plan import Plan
from fmops.doctor.asking import Asker
from foundation import Foundation

ORGANIZATION = "the organisation"


class Stack(NamedTuple):
    """A synthesised stack, and where it goes."""

    environment: str
    name: str
    place: assembly.Place
    template: Mapping[str, Any]


@dataclass(frozen=True)
class Spot:
    """Something that a check looks at once.

    Attributes:
        place: for people, e.g. `retail-dev (000000000022, eu-west-1)`.
        account: in which to ask; None: with the command's own credentials.
        about: what the check keeps with it.
    """

    place: str
    account: str | None
    region: str
    about: Any = None


class Resource(NamedTuple):
    """A resource of a template."""

    stack: Stack
    logical_id: str
    type: str
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Scene:
    """What checks look at.

    Attributes:
        stacks: of the environments that are looked at.
        plans: the bootstrap of each of their places.
        products: the templates that Service Catalog launches, by name.
    """

    foundation: Foundation
    aws: Asker
    stacks: Sequence[Stack]
    plans: Sequence[Plan] = ()
    products: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def organization(self) -> Spot:
        """Where one asks about the organisation."""
        return Spot(ORGANIZATION, None, self.foundation.regions.home)

    def environments(self) -> list[Spot]:
        """A spot per environment, with its stacks."""
        found: dict[tuple[str, assembly.Place], list[Stack]] = {}
        for stack in self.stacks:
            found.setdefault((stack.environment, stack.place), []).append(stack)
        return [Spot(f"{name} ({', '.join(place)})", *place, stacks) for (name, place), stacks in found.items()]

    def accounts(self) -> list[Spot]:
        """A spot per account, in its first region, with its stacks."""
        found: dict[str, list[Stack]] = {}
        for stack in self.stacks:
            found.setdefault(stack.place[0], []).append(stack)
        return [
            Spot(f"{', '.join(dict.fromkeys(one.environment for one in stacks))} ({account})", *stacks[0].place, stacks)
            for account, stacks in found.items()
        ]

    def regions(self) -> list[Spot]:
        """A spot per region, asked in the first account there, with its stacks."""
        found: dict[str, list[Stack]] = {}
        for stack in self.stacks:
            found.setdefault(stack.place[1], []).append(stack)
        return [Spot(region, *stacks[0].place, stacks) for region, stacks in found.items()]

    def planned(self) -> list[Spot]:
        """A spot per bootstrap plan, with the plan."""
        return [
            Spot(f"{', '.join(plan.environments)} ({plan.account}, {plan.region})", plan.account, plan.region, plan)
            for plan in self.plans
        ]


def resources(stacks: Sequence[Stack], type_: str | None = None) -> Iterator[Resource]:
    """The resources of stacks, of one type or all."""
    for stack in stacks:
        for logical_id, resource in stack.template.get("Resources", {}).items():
            if type_ in (None, resource["Type"]):
                yield Resource(stack, logical_id, resource["Type"], resource.get("Properties", {}))


def read(
    foundation: Foundation, aws: Asker, cdk_out: Path, plans: Sequence[Plan], environments: Sequence[str]
) -> Scene:
    """The scene of environments, all of them if none is named.

    Args:
        plans: of the places of these environments.
    """
    stacks = [Stack(*one) for one in assembly.stacks(cdk_out) if not environments or one[0] in environments]
    launched = {name: version.template for name, version in products.newest(cdk_out).items()}
    return Scene(foundation, aws, stacks, plans, launched)
