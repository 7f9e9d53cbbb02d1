"""Which account type holds which capability, and which people take part, per maturity phase: data.

Each phase is a superset of the one before, and a capability keeps its account type as the phase rises: so nothing that
holds state is ever replaced by a later phase.
"""

from typing import Literal, get_args

Phase = Literal["initial", "repeatable", "reliable", "scalable"]
Capability = Literal[
    "data-zones",
    "studio",
    "shared-network",
    "artifacts",
    "source",
    "packages",
    "delivery",
    "model-build",
    "hosting",
    "applications",
    "launching",
    "requests",
    "catalog",
]
AccountType = Literal[
    "governance",
    "tooling",
    "data-lake",
    "network",
    "experimentation",
    "dev",
    "preprod",
    "prod",
    "application-dev",
    "application-preprod",
    "application-prod",
]
Stage = Literal["dev", "preprod", "prod"]

PHASES: tuple[Phase, ...] = get_args(Phase)
ACCOUNT_TYPES: tuple[AccountType, ...] = get_args(AccountType)
STAGES: tuple[Stage, ...] = get_args(Stage)

CAPABILITIES: dict[Phase, dict[Capability, tuple[AccountType, ...]]] = {
    "initial": {
        "data-zones": ("data-lake",),
        "studio": ("experimentation",),
        "shared-network": ("network",),
    },
    "repeatable": {
        "artifacts": ("tooling",),
        "source": ("tooling",),
        "packages": ("tooling",),
        "delivery": ("tooling",),
        "model-build": ("dev",),
    },
    "reliable": {
        "hosting": ("preprod", "prod"),
        "applications": ("application-dev", "application-preprod", "application-prod"),
    },
    "scalable": {
        "launching": ("tooling",),
        "requests": ("experimentation",),
        "catalog": ("governance",),
    },
}
"""What each phase adds to the phase before."""

OPTIONAL: frozenset[AccountType] = frozenset({"network", "application-dev", "application-preprod", "application-prod"})
"""Account types that a file may leave out although the phase has a capability for them."""

PERSONAS: dict[Phase, tuple[str, ...]] = {
    "initial": ("data_scientist",),
    "repeatable": ("ml_engineer",),
    "reliable": ("product_owner",),
    "scalable": (),
}
"""The personas that each phase adds and that no business unit can do without: nobody else does what they do."""


def reached(phase: Phase) -> tuple[Phase, ...]:
    """The phases up to and with this one."""
    return PHASES[: PHASES.index(phase) + 1]


def capabilities(phase: Phase) -> dict[Capability, tuple[AccountType, ...]]:
    """All capabilities of a phase, with those of the phases before it."""
    return {capability: types for step in reached(phase) for capability, types in CAPABILITIES[step].items()}


def account_types(phase: Phase) -> frozenset[AccountType]:
    """The account types that a phase has a use for."""
    return frozenset(account_type for types in capabilities(phase).values() for account_type in types)


def needed(phase: Phase) -> frozenset[AccountType]:
    """The account types that a phase cannot do without."""
    return account_types(phase) - OPTIONAL


def personas(phase: Phase) -> tuple[str, ...]:
    """The personas that every business unit has in a phase."""
    return tuple(persona for step in reached(phase) for persona in PERSONAS[step])
