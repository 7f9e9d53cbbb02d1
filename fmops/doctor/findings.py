"""What a check says: what is wrong, where, and what mends it; or that it couldn't look, and why."""

from dataclasses import asdict, dataclass
from typing import Literal

Verdict = Literal["PROBLEM", "WARNING", "NOT CHECKED"]
VERDICTS: tuple[Verdict, ...] = ("PROBLEM", "WARNING", "NOT CHECKED")
"""A deployment fails; it may, or somebody should know; it couldn't be asked. In the order of a report."""


@dataclass(frozen=True)
class Said:
    """What a look at one place says.

    Attributes:
        verdict: see `VERDICTS`.
        message: in a sentence without the place, so that what many places share is told once.
        remedy: what to do about it.
    """

    verdict: Verdict
    message: str
    remedy: str = ""


@dataclass(frozen=True)
class Finding:
    """What a check says of a place.

    Attributes:
        check: the check's name.
        place: e.g. `retail-dev (000000000022, eu-west-1)`.
        source: the page of AWS's that the check rests on.
    """

    check: str
    place: str
    verdict: Verdict
    message: str
    remedy: str
    source: str

    def data(self) -> dict[str, str]:
        """For machines."""
        return asdict(self)


def problem(message: str, remedy: str) -> Said:
    """A deployment fails by it."""
    return Said("PROBLEM", message, remedy)


def warning(message: str, remedy: str) -> Said:
    """A deployment may fail by it, or somebody should know."""
    return Said("WARNING", message, remedy)


def unchecked(message: str, remedy: str = "") -> Said:
    """It couldn't be found out."""
    return Said("NOT CHECKED", message, remedy)
