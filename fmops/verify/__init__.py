"""Proves what templates promise, ours or a stranger's, offline. It imports nothing of ours."""

from collections.abc import Iterator

from fmops.verify import invariants, network, posture, unread
from fmops.verify.findings import Finding
from fmops.verify.invariants.settings import Settings
from fmops.verify.values import World


def verify(world: World, settings: Settings | None = None, asked: posture.Options = posture.NONE) -> Iterator[Finding]:
    """Everything that is found in templates, and what in them could not be read or proven.

    Args:
        settings: what is known of the organisation; without any, what holds for everybody's templates is proven.
        asked: what posture looks at beyond the templates, and asks of them beyond what everybody should have.
    """
    for found in parts(world, settings, asked).values():
        yield from found


def parts(world: World, settings: Settings | None, asked: posture.Options) -> dict[str, Iterator[Finding]]:
    """The same, part by part, each looked for when it is asked for."""
    return {
        "what can't be read": unread.verify(world),
        "paths to and from the internet": network.verify(world),
        "who may do what": invariants.verify(world, settings),
        "posture": posture.verify(world, asked),
    }
