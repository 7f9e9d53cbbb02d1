"""The shape of `foundation.yaml`, strict: what is not declared here is an error."""

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from foundation import addressing
from foundation.phases import OPTIONAL, AccountType, Phase, account_types

AccountId = Annotated[str, Field(pattern=r"^[0-9]{12}$", description="A 12-digit AWS account id, in quotes.")]
BusinessUnitName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{1,11}$")]
Person = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9]*([.-][a-z0-9]+)*$",
        min_length=2,
        max_length=32,
        description="As in the STS source identity: 2 to 32 lower-case letters and digits, dots or hyphens between.",
    ),
]
TagKey = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.:/=+@-]*$", max_length=127)]
TagValue = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/=+@ -]+$", max_length=256)]


class Part(BaseModel):
    """A part of the file: strict types, no unknown keys, never changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Organization(Part):
    """The AWS organisation that owns every account."""

    id: Annotated[str, Field(pattern=r"^o-[a-z0-9]{10,32}$", description="The organisation's id, o-…")]
    name: Annotated[str, Field(min_length=1, max_length=50)]
    management_account: AccountId


class Regions(Part):
    """Where the foundation lives."""

    home: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+){1,2}-[0-9]$", description="A region, e.g. eu-west-1.")]


class Accounts(Part):
    """The accounts that all business units share; a phase says which of them it needs."""

    governance: AccountId | None = None
    tooling: AccountId | None = None
    data_lake: AccountId
    network: AccountId | None = None


class Network(Part):
    """Addresses: every environment gets the 256th part of the supernet."""

    supernet: Annotated[str, Field(description="An IPv4 network of /8 to /16, e.g. 10.64.0.0/12.")]
    azs: Annotated[int, Field(ge=2, le=4, description="Availability zones, and so subnets, per environment.")] = 2

    @field_validator("supernet")
    @classmethod
    def _is_a_network(cls, value: str) -> str:
        try:
            network = IPv4Network(value)
        except ValueError as error:
            raise ValueError(f"is no IPv4 network: {error}") from None
        if not 8 <= network.prefixlen <= 16:
            raise ValueError("is no network of /8 to /16")
        if not network.is_private:
            raise ValueError("has public addresses")
        return value


class BusinessUnitAccounts(Part):
    """One account per stage; a phase says which of them it needs."""

    experimentation: AccountId | None = None
    dev: AccountId | None = None
    preprod: AccountId | None = None
    prod: AccountId | None = None


class People(Part):
    """Who may take which persona, by name."""

    data_scientist: tuple[Person, ...] = ()
    ml_engineer: tuple[Person, ...] = ()
    product_owner: tuple[Person, ...] = ()


class BusinessUnit(Part):
    """A part of the company with accounts and people of its own."""

    accounts: BusinessUnitAccounts
    people: People = People()
    index: Annotated[
        int | None,
        Field(ge=0, le=addressing.LARGEST_INDEX, description="Fixes the unit's part of the supernet (addressing.py)."),
    ] = None


@dataclass(frozen=True)
class Environment:
    """One account in one region: one `cdk.Stage`.

    Attributes:
        name: e.g. `tooling`, `retail-dev`.
        account_type: e.g. `tooling`, `dev`.
        business_unit: None for an account that all share.
        cidr: the VPC's network.
    """

    name: str
    account_type: AccountType
    business_unit: str | None
    account: str
    region: str
    cidr: IPv4Network

    @property
    def stage(self) -> Literal["dev", "preprod", "prod"] | None:
        """The stage on a model's way; None for an account that is none."""
        return self.account_type if self.account_type in ("dev", "preprod", "prod") else None


class Foundation(Part):
    """The whole organisation, as `foundation.yaml` describes it."""

    organization: Organization
    regions: Regions
    phase: Phase
    accounts: Accounts
    network: Network
    git: Literal["codecommit"] = "codecommit"
    tags: Annotated[
        dict[TagKey, TagValue],
        Field(description="Put on every resource. Keys and values: letters, digits and _.:/=+@-."),
    ] = {}
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
        owner = self.accounts if business_unit is None else self.business_units[business_unit].accounts
        if account_type not in account_types(self.phase) | OPTIONAL:
            return None
        found = getattr(owner, account_type.replace("-", "_"))
        return None if found is None else str(found)

    def environments(self) -> list[Environment]:
        """The phase's accounts as environments: shared ones first, then those of each business unit."""
        indexes = addressing.indexes({name: unit.index for name, unit in self.business_units.items()})
        places: list[tuple[str | None, tuple[AccountType, ...]]] = [
            (None, addressing.SHARED),
            *((name, addressing.OF_BUSINESS_UNIT) for name in self.business_units),
        ]
        return [
            Environment(
                name="-".join(part for part in (unit, account_type) if part),
                account_type=account_type,
                business_unit=unit,
                account=account,
                region=self.regions.home,
                cidr=addressing.network(
                    IPv4Network(self.network.supernet), account_type, None if unit is None else indexes[unit]
                ),
            )
            for unit, types in places
            for account_type in types
            if (account := self.account(account_type, unit))
        ]
