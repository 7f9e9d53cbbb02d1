"""Which stack serves which capability: data. Which account type holds a capability, the phases say."""

from foundation import Environment
from foundation.phases import Capability, Phase, capabilities
from stacks.application_account import ApplicationFloor
from stacks.base import FoundationStack
from stacks.baseline import Baseline
from stacks.catalog import Catalog
from stacks.catalog_access import CatalogAccess
from stacks.data_lake import DataLake
from stacks.delivery import Delivery
from stacks.experimentation import Experimentation
from stacks.hosting import Hosting
from stacks.launching import Launching, LaunchRole
from stacks.ml_build import MlBuild
from stacks.network import Network
from stacks.network_account import AddressPlan
from stacks.personas import Personas
from stacks.provisioning import Provisioning
from stacks.requests import Requests
from stacks.seeding import Seeding
from stacks.tooling import Tooling

EVERYWHERE: tuple[type[FoundationStack], ...] = (Baseline, Network)

PLACEMENT: tuple[tuple[Capability, tuple[type[FoundationStack], ...]], ...] = (
    ("data-zones", (DataLake,)),
    ("studio", (Experimentation,)),
    ("shared-network", (AddressPlan,)),
    ("artifacts", (Tooling,)),
    ("delivery", (Delivery, Personas)),
    ("model-build", (MlBuild,)),
    ("hosting", (Hosting,)),
    ("applications", (ApplicationFloor,)),
    ("launching", (Launching, Seeding, Provisioning, CatalogAccess)),
    ("requests", (Requests,)),
    ("catalog", (LaunchRole, Catalog)),
)
"""Stacks by capability; a stack comes after those that it requires. Tooling also serves "source" and "packages"."""


def stacks_of(environment: Environment, phase: Phase) -> tuple[type[FoundationStack], ...]:
    """The stacks of an environment, each after those that it requires.

    In another region than home an account has keys and a network; what it has once, and what capabilities need, is at
    home (docs/adr/0010).
    """
    if not environment.home:
        return EVERYWHERE
    reached = capabilities(phase)
    return EVERYWHERE + tuple(
        stack
        for capability, stacks in PLACEMENT
        if environment.account_type in reached.get(capability, ())
        for stack in stacks
    )
