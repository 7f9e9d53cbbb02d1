"""Whether a path to or from the internet exists: routes of subnets, services that pass the network by (R21)."""

from collections.abc import Iterator

from fmops.verify.findings import Finding
from fmops.verify.network import given, openings, routes, unlisted
from fmops.verify.values import World


def verify(world: World) -> Iterator[Finding]:
    """Every path to or from the internet, hop by hop, and what could not be proven."""
    yield from routes.verify(world)
    yield from openings.verify(world)
    yield from given.verify(world)
    yield from unlisted.verify(world)
