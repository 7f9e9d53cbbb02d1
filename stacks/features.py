"""What each account type does, as data; its private endpoints follow from it."""

from fmops_constructs.endpoints import Feature

from foundation.phases import AccountType

FEATURES: dict[AccountType, tuple[Feature, ...]] = {
    "governance": ("core",),
    "tooling": ("core", "delivery", "source", "packages", "catalog"),
    "data-lake": ("core",),
    "network": ("core",),
    "experimentation": ("core", "studio", "source", "packages", "catalog"),
    "dev": ("core", "model-build", "packages"),
    "preprod": ("core", "hosting"),
    "prod": ("core", "hosting"),
}

HOLDS_DATA: frozenset[AccountType] = frozenset({"tooling", "data-lake", "dev"})
"""Account types with buckets of their own, and so with a bucket for their access logs."""
