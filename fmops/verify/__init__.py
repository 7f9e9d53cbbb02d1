"""Proves what templates promise, ours or a stranger's, offline. It imports nothing of ours."""

from collections.abc import Iterator

from fmops.verify import invariants, network, unread
from fmops.verify.findings import Finding
from fmops.verify.invariants.settings import Settings
from fmops.verify.values import World


def verify(world: World, settings: Settings | None = None) -> Iterator[Finding]:
    """Everything that is found in templates, and what in them could not be read or proven.

    Args:
        settings: what is known of the organisation; without any, what holds for everybody's templates is proven.
    """
    yield from unread.verify(world)
    yield from network.verify(world)
    yield from invariants.verify(world, settings)
