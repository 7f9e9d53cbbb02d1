"""An AWS that answers what a test says, and scenes to ask it about."""

from collections.abc import Mapping, Sequence
from typing import Any

from fmops.doctor.asking import Unasked
from fmops.doctor.check import Check, examine
from fmops.doctor.findings import Finding
from fmops.doctor.scene import Scene, Stack
from foundation import Foundation
from tests.assemblies import example

ACCOUNT, OTHER, REGION = "000000000022", "000000000024", "eu-west-1"


class Telling:
    """Answers by operation: a value, an error to raise, or a function of (account, region, parameters).

    What has no answer may not be asked. `asked` holds (account, region, operation, parameters).
    """

    def __init__(self, embedded: bool = False, **answers: Any) -> None:
        self.embedded, self.answers = embedded, answers
        self.asked: list[tuple[str | None, str, str, dict[str, Any]]] = []

    def ask(self, account: str | None, region: str, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        self.asked.append((account, region, operation, parameters))
        answer = self.answers.get(
            operation, Unasked(f"no right to ask {service}:{operation}", "Allow it.", "AccessDenied")
        )
        if callable(answer):
            answer = answer(account, region, parameters)
        if isinstance(answer, Exception):
            raise answer
        found: dict[str, Any] = answer
        return found


def stack(
    resources: Mapping[str, Any], account: str = ACCOUNT, region: str = REGION, name: str = "retail-dev"
) -> Stack:
    """A stack of an environment: type or (type, properties) by logical id."""
    made = {
        logical_id: {"Type": what} if isinstance(what, str) else {"Type": what[0], "Properties": what[1]}
        for logical_id, what in resources.items()
    }
    return Stack(name, f"{name}-Stack", (account, region), {"Resources": made})


def scene(
    aws: Telling, *stacks: Stack, foundation: Foundation | None = None, plans: Sequence[Any] = (), **products: Any
) -> Scene:
    """A scene of the example foundation."""
    return Scene(foundation or example(), aws, stacks, plans, products)


def found(check: Check, looked: Scene) -> list[Finding]:
    """What a check finds."""
    return list(examine(check, looked).findings)


def told(check: Check, looked: Scene) -> list[tuple[str, str]]:
    """(verdict, message) of what a check finds."""
    return [(one.verdict, one.message) for one in found(check, looked)]
