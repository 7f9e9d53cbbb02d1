"""Who may use what across stacks and accounts, as data: each list is written once and read by key, bucket and role."""

from fmops_constructs.names import role_arn

from foundation import Environment, Foundation
from foundation.addressing import SHARED
from foundation.phases import AccountType, capabilities
from stacks.features import MODEL_USERS

DATA_KEY_USERS: dict[AccountType, tuple[tuple[AccountType, str], ...]] = {
    "data-lake": (
        ("data-lake", "ingest"),
        ("data-lake", "data-engineer"),
        ("dev", "processing"),
        ("dev", "training"),
        ("experimentation", "studio"),
    ),
    "dev": (("dev", "pipeline"), ("dev", "processing"), ("dev", "training")),
    "experimentation": (("experimentation", "studio"), ("experimentation", "tracking")),
    "preprod": (("preprod", "hosting"),),
    "prod": (("prod", "hosting"),),
    "application-dev": (("application-dev", "application"), ("application-dev", "authorizer")),
    "application-preprod": (("application-preprod", "application"), ("application-preprod", "authorizer")),
    "application-prod": (("application-prod", "application"), ("application-prod", "authorizer")),
    "tooling": (
        ("tooling", "seed-starter"),
        ("tooling", "requests"),
        ("tooling", "approval-recorder"),
        ("tooling", "auditor"),
    ),
}
"""Per account type, the roles (account type, name) that use its data key.

A role of a business unit's account stands for the same unit's, or for every unit's where the account is shared.
"""


STARTER = "project-starter"
"""The role of the stacks that Studio starts from templates in S3."""


def requesters(foundation: Foundation, unit: str) -> list[str]:
    """The roles under which a unit's requests for projects reach tooling, from both of Studio's lists."""
    account = foundation.account("experimentation", unit) if "requests" in capabilities(foundation.phase) else None
    return [role_arn(account, name) for name in ("launch", STARTER)] if account else []


def recorder(foundation: Foundation, environment: Environment) -> list[str]:
    """The role that sets an account's record of model calls, where the allow-list opens models."""
    kind = environment.account_type
    opened = kind in MODEL_USERS and any(kind in line.account_types for line in foundation.models)
    return [role_arn(environment.account, "invocation-log-setter")] if opened else []


def data_key_users(foundation: Foundation, environment: Environment) -> list[str]:
    """The roles that use the data key of an environment; tooling's also encrypts what the units ask of it."""
    units = foundation.business_units if environment.account_type == "tooling" else ()
    asking = [role for unit in units for role in requesters(foundation, unit)]
    return [*asking, *recorder(foundation, environment)] + [
        arn
        for account_type, name in DATA_KEY_USERS.get(environment.account_type, ())
        for arn in unit_roles(foundation, account_type, name, environment.business_unit)
    ]


def unit_roles(
    foundation: Foundation, account_type: AccountType, name: str, business_unit: str | None = None
) -> list[str]:
    """ARNs of a role in the accounts of a type: of one business unit, of all units, or of the shared account."""
    if account_type in SHARED:
        account = foundation.account(account_type)
        return [role_arn(account, name, business_unit)] if account else []
    return [
        role_arn(account, name, unit)
        for unit in ([business_unit] if business_unit else foundation.business_units)
        if (account := foundation.account(account_type, unit))
    ]
