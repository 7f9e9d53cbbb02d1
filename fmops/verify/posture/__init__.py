"""Posture: what is wrong with a resource by itself, whoever may reach it. Any templates, offline."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fmops.verify.findings import Finding
from fmops.verify.posture import (
    encryption,
    literals,
    logs,
    nag,
    retention,
    secret_scan,
    services,
    tagging,
    validated,
)
from fmops.verify.values import World


@dataclass(frozen=True)
class Options:
    """What is asked beyond what everybody should have.

    Attributes:
        places: the assemblies and folders that the templates came from: their reports and assets are looked at too.
        tags: keys that every resource must carry whose type can carry any.
        own_keys: whether AWS's own keys are not enough.
    """

    places: Sequence[Path] = ()
    tags: Sequence[str] = ()
    own_keys: bool = False


NONE = Options()


def verify(world: World, options: Options = NONE) -> Iterator[Finding]:
    """Everything that a resource lacks, or that is written where it shouldn't be.

    Raises:
        UnreadableError: an assembly's validation report is broken.
    """
    yield from nag.verify(world, options.places)
    yield from validated.verify(world)
    yield from services.verify(world)
    yield from encryption.AT_REST.verify(world)
    yield from encryption.ON_THE_WIRE.verify(world)
    if options.own_keys:
        yield from encryption.OWN_KEYS.verify(world)
    yield from logs.verify(world)
    yield from retention.verify(world)
    yield from tagging.verify(world, options.tags)
    yield from literals.verify(world)
    yield from secret_scan.verify(world, options.places)
