"""The checks, in the order in which a first deployment would meet what they find."""

from fmops.doctor import access, accounts, bootstrapped, control_policies, policy_types, quotas, services, zones
from fmops.doctor.check import Check

CHECKS: tuple[Check, ...] = (
    accounts.ORGANIZATION,
    accounts.ACCOUNTS,
    access.CHECK,
    policy_types.CHECK,
    bootstrapped.CHECK,
    control_policies.CHECK,
    services.CHECK,
    zones.CHECK,
    quotas.CHECK,
)
