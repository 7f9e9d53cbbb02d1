"""Which account type holds which stacks: data."""

from foundation.phases import AccountType
from stacks.base import FoundationStack
from stacks.baseline import Baseline
from stacks.catalog import Catalog
from stacks.data_lake import DataLake
from stacks.delivery import Delivery
from stacks.experimentation import Experimentation
from stacks.hosting import Hosting
from stacks.launching import Launching, LaunchRole
from stacks.ml_build import MlBuild
from stacks.network import Network
from stacks.personas import Personas
from stacks.seeding import Seeding
from stacks.tooling import Tooling

EVERYWHERE: tuple[type[FoundationStack], ...] = (Baseline, Network)

PLACEMENT: dict[AccountType, tuple[type[FoundationStack], ...]] = {
    "governance": (LaunchRole, Catalog),
    "tooling": (Tooling, Launching, Delivery, Personas, Seeding),
    "data-lake": (DataLake,),
    "network": (),
    "experimentation": (Experimentation,),
    "dev": (MlBuild,),
    "preprod": (Hosting,),
    "prod": (Hosting,),
}


def stacks_of(account_type: AccountType) -> tuple[type[FoundationStack], ...]:
    """The stacks of an account, each after those that it requires."""
    return EVERYWHERE + PLACEMENT[account_type]
