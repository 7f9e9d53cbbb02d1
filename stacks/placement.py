"""Which stack serves which capability: data. Which account type holds a capability, the phases say.

A stack is named as its module and class, and its module loaded when an environment has it: one account's synthesis
does not load what serves the others.
"""

from collections.abc import Iterator
from pkgutil import resolve_name

from foundation import Environment
from foundation.phases import Capability, Phase, capabilities
from stacks.base import FoundationStack

EVERYWHERE: tuple[str, ...] = ("baseline:Baseline", "network:Network")

PLACEMENT: tuple[tuple[Capability, tuple[str, ...]], ...] = (
    ("data-zones", ("data_lake:DataLake",)),
    ("studio", ("experimentation:Experimentation",)),
    ("shared-network", ("network_account:AddressPlan",)),
    ("artifacts", ("tooling:Tooling",)),
    ("delivery", ("delivery:Delivery", "personas:Personas", "approvals:Approvals")),
    ("model-build", ("ml_build:MlBuild",)),
    ("hosting", ("hosting:Hosting",)),
    ("applications", ("application_account:ApplicationFloor",)),
    (
        "launching",
        ("launching:Launching", "seeding:Seeding", "provisioning:Provisioning", "catalog_access:CatalogAccess"),
    ),
    ("requests", ("requests:Requests",)),
    ("catalog", ("launching:LaunchRole", "catalog:Catalog")),
)
"""Stacks by capability; a stack comes after those that it requires. Tooling also serves "source" and "packages"."""


def stacks_of(environment: Environment, phase: Phase) -> tuple[type[FoundationStack], ...]:
    """The stacks of an environment, each after those that it requires.

    In another region than home an account has keys and a network; what it has once, and what capabilities need, is at
    home (docs/adr/0010).
    """
    return tuple(load(name) for name in _names(environment, phase))


def load(name: str) -> type[FoundationStack]:
    """The stack that a table above names.

    Raises:
        TypeError: it is something else.
    """
    found = resolve_name(f"stacks.{name}")
    if not (isinstance(found, type) and issubclass(found, FoundationStack)):
        raise TypeError(f"stacks.{name} is no FoundationStack: put it right in stacks/placement.py.")
    return found


def _names(environment: Environment, phase: Phase) -> Iterator[str]:
    yield from EVERYWHERE
    if environment.home:
        reached = capabilities(phase)
        for capability, stacks in PLACEMENT:
            if environment.account_type in reached.get(capability, ()):
                yield from stacks
