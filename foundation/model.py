"""`foundation.yaml` as a whole, and the environments that follow from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Annotated, get_args

from pydantic import Field

from foundation import addressing
from foundation.git import CODECOMMIT, Git
from foundation.organization import Organization
from foundation.parts import (
    Accounts,
    AllowedModel,
    BusinessUnit,
    DataClass,
    ExistingNetwork,
    Network,
    Part,
    Regions,
    SharedPeople,
)
from foundation.people_access import PeopleAccess
from foundation.phases import STAGES, AccountType, Phase, Stage, account_types
from foundation.texts import BusinessUnitName, TagKey, TagValue

APPLICATION = "application-"
DATA_CLASSES: tuple[DataClass, ...] = get_args(DataClass)


@dataclass(frozen=True)
class Environment:
    """One account in one region: one `cdk.Stage`.

    Attributes:
        name: e.g. `tooling`, `retail-dev`; in another region than the home region `retail-dev-us-east-1`.
        account_type: e.g. `tooling`, `dev`.
        business_unit: None for an account that all share.
        cidr: the VPC's network.
        home: it is in the home region, where what an account has only once is made (roles, budgets).
        existing: its network, where that is there already.
    """

    name: str
    account_type: AccountType
    business_unit: str | None
    account: str
    region: str
    cidr: IPv4Network
    home: bool = True
    existing: ExistingNetwork | None = None

    @property
    def production(self) -> bool:
        """Production rests on it: it is production, or it is shared, and so holds production's data and models."""
        return self.stage == "prod" or self.business_unit is None

    @property
    def stage(self) -> Stage | None:
        """The stage on a model's or an application's way; None for an account that is none."""
        kind = self.account_type.removeprefix(APPLICATION)
        return next((stage for stage in STAGES if stage == kind), None)


class Foundation(Part):
    """The whole organisation, as `foundation.yaml` describes it."""

    organization: Organization
    regions: Regions
    phase: Phase
    accounts: Accounts
    network: Network
    git: Annotated[Git, Field(description="codecommit, {github: {…}} or {gitlab: {…}}.")] = CODECOMMIT
    models: Annotated[
        tuple[AllowedModel, ...], Field(description="The foundation models that may be used; none is the default.")
    ] = ()
    people: SharedPeople = SharedPeople()
    people_access: PeopleAccess = PeopleAccess()
    tags: Annotated[
        dict[TagKey, TagValue],
        Field(
            max_length=40,
            description="Put on every resource; owner and cost-center are needed, data-class is internal unless given. "
            "Keys and values: letters, digits and _.:/=+@-.",
        ),
    ]
    business_units: Annotated[
        dict[BusinessUnitName, BusinessUnit],
        Field(min_length=1, description="By name: 2 to 12 lower-case letters and digits, no hyphen."),
    ]

    def account(self, account_type: AccountType, business_unit: str | None = None) -> str | None:
        """The id of an account, or None where the phase or the file has none.

        Args:
            account_type: its type.
            business_unit: whose; None for an account that all share.
        """
        if account_type not in account_types(self.phase):
            return None
        owner: Part | None = self.accounts
        if business_unit is not None:
            unit = self.business_units[business_unit]
            owner = unit.application if account_type.startswith(APPLICATION) else unit.accounts
        found = getattr(owner, account_type.removeprefix(APPLICATION).replace("-", "_"), None)
        return None if found is None else str(found)

    def other_regions(self, account_type: AccountType, business_unit: str | None = None) -> tuple[str, ...]:
        """The regions besides home that an account has environments in."""
        if business_unit is None:
            return ()
        wanted: tuple[str, ...] = getattr(self.business_units[business_unit].regions, account_type, ())
        return wanted

    def environments(self) -> list[Environment]:
        """The phase's accounts as environments: shared ones first, then those of each business unit."""
        indexes = addressing.indexes({name: unit.index for name, unit in self.business_units.items()})
        places: list[tuple[str | None, tuple[AccountType, ...]]] = [
            (None, addressing.SHARED),
            *((name, addressing.OF_BUSINESS_UNIT) for name in self.business_units),
        ]
        return [
            environment
            for unit, types in places
            for account_type in types
            if (account := self.account(account_type, unit))
            for environment in self._in_each_region(account, account_type, unit, indexes.get(unit or ""))
        ]

    def _in_each_region(
        self, account: str, account_type: AccountType, unit: str | None, index: int | None
    ) -> Iterator[Environment]:
        """An account's environments: one in the home region, one in each other region that its unit wants for it."""
        name = "-".join(part for part in (unit, account_type) if part)
        supernets = {self.regions.home: self.network.supernet, **self.network.other_supernets}
        for region in (self.regions.home, *self.other_regions(account_type, unit)):
            home = region == self.regions.home
            full = name if home else f"{name}-{region}"
            existing = self.network.existing.get(full)
            yield Environment(
                name=full,
                account_type=account_type,
                business_unit=unit,
                account=account,
                region=region,
                cidr=IPv4Network(existing.cidr)
                if existing
                else addressing.network(IPv4Network(supernets[region]), account_type, index),
                home=home,
                existing=existing,
            )
