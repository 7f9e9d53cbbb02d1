"""Proves what templates promise, ours or a stranger's, offline. It imports nothing of ours."""

from collections.abc import Iterator

from fmops.verify import network, unread
from fmops.verify.findings import Finding
from fmops.verify.values import World


def verify(world: World) -> Iterator[Finding]:
    """Everything that is found in templates, and what in them could not be read."""
    yield from unread.verify(world)
    yield from network.verify(world)
