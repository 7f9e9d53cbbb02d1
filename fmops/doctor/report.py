"""What was found, for people and for machines: what many places share is told once."""

from collections.abc import Iterator, Sequence
from typing import Any

from fmops.doctor.check import Examined
from fmops.doctor.findings import VERDICTS, Finding

PLACES = 3
"""Places that are named where many say the same."""
COUNTED = {"PROBLEM": "problems", "WARNING": "warnings", "NOT CHECKED": "not checked"}


def text(examined: Sequence[Examined]) -> str:
    """What was found, worst first, and a line of figures."""
    findings = [finding for one in examined for finding in one.findings]
    spots = sum(one.spots for one in examined)
    return "\n\n".join([*_blocks(findings), f"{len(examined)} checks at {spots} places: {counts(findings)}"])


def counts(findings: Sequence[Finding]) -> str:
    """E.g. `1 problems, 0 warnings, 2 not checked`."""
    return ", ".join(f"{sum(one.verdict == verdict for one in findings)} {COUNTED[verdict]}" for verdict in VERDICTS)


def _blocks(findings: Sequence[Finding]) -> Iterator[str]:
    for verdict in VERDICTS:
        groups: dict[tuple[str, str, str, str], list[str]] = {}
        for one in findings:
            if one.verdict == verdict:
                places = groups.setdefault((one.check, one.message, one.remedy, one.source), [])
                if one.place not in places:
                    places.append(one.place)
        for (check, message, remedy, source), places in groups.items():
            lines = [f"{verdict}  {check}: {message}", f"where: {_named(places)}"]
            lines += [f"do: {remedy}"] if remedy else []
            yield "\n    ".join([*lines, f"see: {source}"])


def _named(places: Sequence[str]) -> str:
    rest = len(places) - PLACES
    return "; ".join(places[:PLACES]) + (f"; and {rest} more" if rest > 0 else "")


def data(examined: Sequence[Examined]) -> dict[str, Any]:
    """For machines: the checks, and every finding by itself."""
    findings = [finding for one in examined for finding in one.findings]
    return {
        **{COUNTED[verdict].replace(" ", "_"): sum(one.verdict == verdict for one in findings) for verdict in VERDICTS},
        "checks": [
            {
                "name": one.check.name,
                "looks_at": one.check.looks_at,
                "places": one.spots,
                "findings": len(one.findings),
                "source": one.check.source,
            }
            for one in examined
        ],
        "findings": [finding.data() for finding in findings],
    }
