"""Which account type holds which capability, per maturity phase: data.

Each phase is a superset of the one before, and a capability keeps its account type as the phase rises.
"""

from typing import Literal, get_args

Phase = Literal["initial", "repeatable", "reliable", "scalable"]
Capability = Literal[
    "data-zones",
    "studio",
    "artifacts",
    "source",
    "packages",
    "delivery",
    "model-build",
    "hosting",
    "launching",
    "catalog",
]
AccountType = Literal["governance", "tooling", "data-lake", "network", "experimentation", "dev", "preprod", "prod"]

PHASES: tuple[Phase, ...] = get_args(Phase)

CAPABILITIES: dict[Phase, dict[Capability, tuple[AccountType, ...]]] = {
    "initial": {
        "data-zones": ("data-lake",),
        "studio": ("experimentation",),
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
    },
    "scalable": {
        "launching": ("tooling",),
        "catalog": ("governance",),
    },
}
"""What each phase adds to the phase before."""


OPTIONAL: frozenset[AccountType] = frozenset({"network"})
"""Account types that no capability needs and every phase may have."""


def capabilities(phase: Phase) -> dict[Capability, tuple[AccountType, ...]]:
    """All capabilities of a phase, with those of the phases before it."""
    reached = PHASES[: PHASES.index(phase) + 1]
    return {capability: types for step in reached for capability, types in CAPABILITIES[step].items()}


def account_types(phase: Phase) -> frozenset[AccountType]:
    """The account types that a phase needs."""
    return frozenset(account_type for types in capabilities(phase).values() for account_type in types)
