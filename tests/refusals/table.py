"""How a mistake is told: what is attempted with a wrong value and with the right one, and what AWS answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.refusals.sources import Backing, backing
from tests.refusals.world import World


@dataclass(frozen=True)
class Refusal:
    """A mistake that AWS refuses.

    Attributes:
        area: the service, as people call it.
        mistake: one line.
        attempt: does it with a value; it raises ClientError or StackFailedError when it is refused.
        wrong, right: the values; nothing else differs between the mistake and its twin.
        code: AWS's error code, or the status of the resource that fails.
        says: a regular expression that is found in the message.
        source: the page of AWS's documentation.
    """

    area: str
    mistake: str
    attempt: Callable[[World, Any], object]
    wrong: Any
    right: Any
    code: str
    says: str
    source: str

    @property
    def name(self) -> str:
        return self.attempt.__name__

    @property
    def backing(self) -> Backing:
        return backing(self.source, self.code)


ROWS: list[Refusal] = []


def refused(
    mistake: str, *, wrong: Any, right: Any, code: str, says: str, source: str
) -> Callable[[Callable[[World, Any], object]], Callable[[World, Any], object]]:
    """Registers the decorated attempt as a row; its module's name is the area."""

    def register(attempt: Callable[[World, Any], object]) -> Callable[[World, Any], object]:
        area = attempt.__module__.rpartition(".")[2].removeprefix("mistakes_")
        ROWS.append(Refusal(area, mistake, attempt, wrong, right, code, says, source))
        return attempt

    return register
