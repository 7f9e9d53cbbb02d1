"""A check is data: what it looks at, where, by which page of AWS's, and how. One runner for all of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from fmops.doctor.asking import Unasked
from fmops.doctor.findings import Finding, Said, unchecked
from fmops.doctor.scene import Scene, Spot

AT_ONCE = 8
"""Spots that are looked at at the same time: most of it is waiting for answers."""
ASK_AWS = "Ask the real one: --target aws"


@dataclass(frozen=True)
class Check:
    """One thing that can be wrong.

    Attributes:
        name: a word.
        looks_at: what it compares, in a line.
        source: the page of AWS's that it rests on.
        spots: where it looks.
        look: says what is wrong at a spot; what AWS doesn't answer (`Unasked`) the runner reports.
        embedded: whether the embedded AWS's answers mean anything: it has neither AWS's zones nor its quotas.
    """

    name: str
    looks_at: str
    source: str
    spots: Callable[[Scene], Iterable[Spot]]
    look: Callable[[Scene, Spot], Iterator[Said]]
    embedded: bool = True


@dataclass(frozen=True)
class Examined:
    """What a check found, and at how many spots it looked."""

    check: Check
    spots: int
    findings: Sequence[Finding]


def examine(check: Check, scene: Scene) -> Examined:
    """Runs a check."""
    spots = list(check.spots(scene))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        said = list(pool.map(lambda spot: _looked(check, scene, spot), spots))
    findings = [
        Finding(check.name, spot.place, one.verdict, one.message, one.remedy, check.source)
        for spot, all_said in zip(spots, said, strict=True)
        for one in all_said
    ]
    return Examined(check, len(spots), findings)


def _looked(check: Check, scene: Scene, spot: Spot) -> list[Said]:
    if scene.aws.embedded and not check.embedded:
        return [unchecked("the embedded AWS can't tell: what AWS has is known to AWS only", ASK_AWS)]
    try:
        return list(check.look(scene, spot))
    except Unasked as why:
        return [unchecked(why.why, why.remedy)]
