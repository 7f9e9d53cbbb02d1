"""The parts of `foundation.yaml`, strict: what is not declared here is an error."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from foundation import addressing
from foundation.phases import AccountType
from foundation.texts import AccountId, Cidr, Email, GatewayId, Person, Region, Supernet, Zone

DataClass = Literal["public", "internal", "confidential", "restricted"]


class Part(BaseModel):
    """A part of the file: strict types, no unknown keys, never changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Regions(Part):
    """Where the foundation lives."""

    home: Region
    others: Annotated[
        tuple[Region, ...],
        Field(description="Regions besides home that business units may use (their `regions` say for what)."),
    ] = ()


class Accounts(Part):
    """The accounts that all business units share; a phase says which of them it needs."""

    governance: AccountId | None = None
    tooling: AccountId | None = None
    data_lake: AccountId
    network: AccountId | None = None


class Access(Part):
    """From where people reach the private endpoints, besides the accounts' own workloads."""

    cidrs: Annotated[tuple[Cidr, ...], Field(min_length=1, description="The company's own networks.")]
    via: Annotated[
        Literal["landing-zone", "transit-gateway", "virtual-private-gateway"],
        Field(
            description="Who joins the networks: the landing zone does it itself, or this foundation is to, by the "
            "company's gateways. A Direct Connect or a VPN ends at either kind."
        ),
    ] = "landing-zone"
    gateways: Annotated[
        dict[str, GatewayId], Field(description="The gateway of a region, or of one environment by its name.")
    ] = {}
    account_types: Annotated[
        tuple[AccountType, ...] | None,
        Field(min_length=1, description="Whose networks people come to; all, unless given."),
    ] = None
    endpoints: Annotated[
        tuple[str, ...] | None,
        Field(
            min_length=1,
            description="The services that people reach, as in com.amazonaws.<region>.<service>; all, unless given.",
        ),
    ] = None
    resolver: Annotated[
        bool, Field(description="The networks answer the company's name servers, by an inbound resolver.")
    ] = False
    console: Annotated[
        bool, Field(description="The networks lead to the AWS console and its sign-in (Console Private Access).")
    ] = False


class Dns(Part):
    """What may be looked up besides the names of the private endpoints."""

    zones: Annotated[tuple[Zone, ...], Field(min_length=1, description="The company's zones, e.g. corp.example.com.")]


class ExistingSubnet(Part):
    """A subnet of a network that is there already."""

    cidr: Cidr
    zone: Annotated[
        str,
        Field(pattern=r"^[a-z]{2}(-[a-z]+){1,2}-[0-9][a-f]$", description="Its availability zone, e.g. eu-west-1a."),
    ]


class ExistingNetwork(Part):
    """A network that is there already, for one environment."""

    vpc: Annotated[str, Field(pattern=r"^vpc-[0-9a-f]{8,17}$", description="The network's id, vpc-….")]
    cidr: Cidr
    subnets: Annotated[
        dict[Annotated[str, Field(pattern=r"^subnet-[0-9a-f]{8,17}$")], ExistingSubnet],
        Field(min_length=2, description="Isolated subnets by their ids, subnet-…: two at least, in two zones."),
    ]
    route_tables: Annotated[
        tuple[Annotated[str, Field(pattern=r"^rtb-[0-9a-f]{8,17}$")], ...],
        Field(min_length=1, description="The route tables of these subnets, rtb-…."),
    ]


class Network(Part):
    """Addresses: every environment gets the 256th part of its region's supernet."""

    supernet: Supernet
    other_supernets: Annotated[dict[Region, Supernet], Field(description="The supernet of each other region.")] = {}
    azs: Annotated[int, Field(ge=2, le=4, description="Availability zones, and so subnets, per environment.")] = 2
    endpoints: Annotated[
        Literal["per-account", "central"],
        Field(description="Private endpoints in every account, or once, in the network account."),
    ] = "per-account"
    access: Access | None = None
    dns: Dns | None = None
    existing: Annotated[
        dict[str, ExistingNetwork],
        Field(description="Networks that are there already, by environment: this foundation makes none there."),
    ] = {}


class AllowedModel(Part):
    """A family of foundation models that may be used, and where."""

    family: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9-]+\.[a-z0-9][a-z0-9.-]*$",
            max_length=64,
            description="Provider and family as in Bedrock's model ids, e.g. anthropic.claude-sonnet-4.",
        ),
    ]
    residency: Annotated[
        Literal["region", "geography", "global"],
        Field(description="How far a request may travel: nowhere, within the geography, or anywhere."),
    ] = "region"
    account_types: Annotated[tuple[AccountType, ...], Field(min_length=1, description="Who may call it.")]


class BusinessUnitAccounts(Part):
    """One account per stage; a phase says which of them it needs."""

    experimentation: AccountId | None = None
    dev: AccountId | None = None
    preprod: AccountId | None = None
    prod: AccountId | None = None


class ApplicationAccounts(Part):
    """Where a business unit's applications run, apart from its models: one account per stage."""

    dev: AccountId
    preprod: AccountId
    prod: AccountId


class SharedPeople(Part):
    """Who may take which persona for all business units, by name."""

    platform_admin: tuple[Person, ...] = ()
    mlops_engineer: tuple[Person, ...] = ()
    architect: tuple[Person, ...] = ()
    security: tuple[Person, ...] = ()
    auditor: tuple[Person, ...] = ()
    data_engineer: tuple[Person, ...] = ()
    data_owner: tuple[Person, ...] = ()


class People(Part):
    """Who may take which persona in a business unit, by name."""

    data_scientist: tuple[Person, ...] = ()
    lead_data_scientist: tuple[Person, ...] = ()
    ml_engineer: tuple[Person, ...] = ()
    product_owner: tuple[Person, ...] = ()
    risk: tuple[Person, ...] = ()
    data_consumer: tuple[Person, ...] = ()
    labeler: tuple[Person, ...] = ()
    fine_tuner: tuple[Person, ...] = ()
    genai_developer: tuple[Person, ...] = ()
    app_developer: tuple[Person, ...] = ()
    prompt_engineer: tuple[Person, ...] = ()
    prompt_tester: tuple[Person, ...] = ()


class StageRegions(Part):
    """The other regions that a stage also has."""

    dev: tuple[Region, ...] = ()
    preprod: tuple[Region, ...] = ()
    prod: tuple[Region, ...] = ()


class Budget(Part):
    """What each account of a business unit may cost; an account sees its own costs only."""

    monthly_usd: Annotated[int, Field(ge=1, le=10_000_000, description="Per account and month, in whole US dollars.")]
    alerts: Annotated[
        tuple[Email, ...], Field(max_length=10, description="Who is told at 80 % spent and at 100 % forecast.")
    ] = ()


class BusinessUnit(Part):
    """A part of the company with accounts and people of its own."""

    accounts: BusinessUnitAccounts
    application: ApplicationAccounts | None = None
    regions: StageRegions = StageRegions()
    people: People = People()
    budget: Budget | None = None
    index: Annotated[
        int | None,
        Field(ge=0, le=addressing.LARGEST_INDEX, description="Fixes the unit's part of the supernet (addressing.py)."),
    ] = None
