"""The AWS organisation that owns every account, and how its policies are made and delivered."""

from typing import Annotated, Literal

from pydantic import Field

from foundation.parts import Part
from foundation.phases import AccountType
from foundation.texts import AccountId, Region

Target = Annotated[
    str,
    Field(
        pattern=r"^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|[0-9]{12})$",
        description="A root (r-…), an organisational unit (ou-…) or an account (12 digits).",
    ),
]
RoleName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_+=,.@/*-]{1,128}$",
        description="A role's name with its path, without a leading slash; * stands for anything.",
    ),
]
PermissionSet = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_+=,.@-]{1,32}$", description="The name of an IAM Identity Center permission set.")
]
GuardrailVersion = Annotated[
    str,
    Field(
        pattern=r"^arn:aws:bedrock:[a-z0-9-]+:[0-9]{12}:guardrail/[a-z0-9]+:[1-9][0-9]*$",
        description="A guardrail's ARN and numeric version: arn:aws:bedrock:REGION:MANAGEMENT_ACCOUNT:guardrail/ID:1.",
    ),
]


class OrganizationPolicies(Part):
    """Policies of the organisation for the foundation's accounts (docs/organization.md)."""

    deliver: Annotated[
        Literal["files", "stack", "none"],
        Field(description="JSON files by `fmops organization policies`, also a stack `organization`, or neither."),
    ] = "files"
    account: Annotated[
        AccountId | None,
        Field(description="Where the stack goes: a delegated administrator; the management account by default."),
    ] = None
    targets: Annotated[
        dict[Literal["all", AccountType], tuple[Target, ...]],
        Field(description="By account type, or all: what to attach to instead of the accounts, e.g. {all: [ou-…]}."),
    ] = {}  # noqa: RUF012 - a default of pydantic's, which copies it
    administrators: Annotated[
        tuple[RoleName, ...], Field(description="The landing zone's roles in each account, and who bootstraps.")
    ] = ("AWSControlTowerExecution", "OrganizationAccountAccessRole")
    people: Annotated[
        tuple[PermissionSet, ...], Field(description="Permission sets that people may have in preprod and prod.")
    ] = ("fmops-break-glass", "fmops-read-only")
    trusted_accounts: Annotated[
        tuple[AccountId, ...], Field(description="Accounts outside the organisation that may reach its stores.")
    ] = ()
    guardrails: Annotated[
        dict[Region, GuardrailVersion],
        Field(
            description="By region: the guardrail version of the management account that every call of a model gets."
        ),
    ] = {}  # noqa: RUF012 - a default of pydantic's, which copies it
    block_public_access: Annotated[
        Literal["account", "organization"],
        Field(description="Who keeps VPC Block Public Access: each account's network stack, or a declarative policy."),
    ] = "account"


class Organization(Part):
    """The AWS organisation that owns every account."""

    id: Annotated[str, Field(pattern=r"^o-[a-z0-9]{10,32}$", description="The organisation's id, o-…")]
    name: Annotated[str, Field(min_length=1, max_length=50)]
    management_account: AccountId
    policies: OrganizationPolicies = OrganizationPolicies()
