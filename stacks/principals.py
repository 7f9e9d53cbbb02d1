"""Who may use what across stacks and accounts, as data: each list is written once and read by key, bucket and role."""

from fmops_constructs.names import role_arn

from foundation import Environment, Foundation
from foundation.addressing import SHARED
from foundation.phases import AccountType

DATA_KEY_USERS: dict[AccountType, tuple[tuple[AccountType, str], ...]] = {
    "data-lake": (("data-lake", "ingest"), ("dev", "processing"), ("dev", "training"), ("experimentation", "studio")),
    "dev": (("dev", "pipeline"), ("dev", "processing"), ("dev", "training")),
    "experimentation": (("experimentation", "studio"), ("experimentation", "tracking")),
    "preprod": (("preprod", "hosting"),),
    "prod": (("prod", "hosting"),),
    "application-dev": (("application-dev", "application"),),
    "application-preprod": (("application-preprod", "application"),),
    "application-prod": (("application-prod", "application"),),
    "tooling": (("tooling", "seed-starter"),),
}
"""Per account type, the roles (account type, name) that use its data key.

A role of a business unit's account stands for the same unit's, or for every unit's where the account is shared.
"""


def data_key_users(foundation: Foundation, environment: Environment) -> list[str]:
    """The roles that use the data key of an environment."""
    return [
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
