"""What each account type does, as data; its private endpoints and shared policies follow from it."""

from fmops_constructs.endpoints import Feature

from foundation.phases import AccountType, Capability, Phase, capabilities

FEATURES: dict[AccountType, tuple[Feature, ...]] = {
    "governance": ("core",),
    "tooling": ("core", "delivery", "source", "packages", "catalog", "launching"),
    "data-lake": ("core",),
    "network": ("core",),
    "experimentation": ("core", "studio", "source", "packages", "catalog", "requests"),
    "dev": ("core", "model-build", "packages"),
    "preprod": ("core", "hosting"),
    "prod": ("core", "hosting"),
    "application-dev": ("core", "application"),
    "application-preprod": ("core", "application"),
    "application-prod": ("core", "application"),
}
"""What an account type does once the phase has it."""

APPLICATIONS: frozenset[AccountType] = frozenset({"application-dev", "application-preprod", "application-prod"})
MODEL_USERS: frozenset[AccountType] = APPLICATIONS | {"experimentation"}
"""Account types whose people or workloads ask foundation models, where the allow-list names them."""

CALLS_FOR: dict[Feature, Capability] = {
    "source": "source",
    "packages": "packages",
    "catalog": "catalog",
    "launching": "launching",
    "requests": "requests",
}
"""Features that make sense only when some account holds a capability."""


def features(account_type: AccountType, phase: Phase) -> tuple[Feature, ...]:
    """What an account does in a phase."""
    reached = capabilities(phase)
    return tuple(
        feature for feature in FEATURES[account_type] if feature not in CALLS_FOR or CALLS_FOR[feature] in reached
    )
