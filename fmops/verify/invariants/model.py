"""An invariant: what must hold, why, who asks for it, and how it is asked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fmops.verify.findings import Finding, at
from fmops.verify.invariants.asking import Asking
from fmops.verify.invariants.turns import Answer
from fmops.verify.templates import Resource


@dataclass(frozen=True)
class Breach:
    """Somebody or something for which an invariant doesn't hold, or isn't proven.

    Attributes:
        resource: to name in the finding.
        actor: who does it, e.g. `anybody outside`; a hop of the path, the same from run to run.
        target: what it is done to, likewise.
        answer: not `proven`.
    """

    resource: Resource
    actor: str
    target: str
    answer: Answer


@dataclass(frozen=True)
class Invariant:
    """A statement that must be proven.

    Attributes:
        id: the finding's rule, e.g. `Policy-Outsider`.
        says: the statement.
        reason: why it must hold.
        requirement: which requirement asks for it; empty where none does.
        remedy: what to do when it doesn't hold.
        source: the page that says so.
        ask: asks it of an estate, and yields what breaks it.
    """

    id: str
    says: str
    reason: str
    requirement: str
    remedy: str
    source: str
    ask: Callable[[Asking], Iterator[Breach]]

    def findings(self, asking: Asking) -> Iterator[Finding]:
        """A finding for each that breaks it."""
        for breach in self.ask(asking):
            yield self._finding(breach)

    def _finding(self, breach: Breach) -> Finding:
        answer, resource = breach.answer, breach.resource
        found = answer.verdict == "found"
        told = answer.words if found else f"not proven: {answer.words}"
        return at(
            resource,
            rule=self.id,
            message=f"{self.says} But {breach.actor} → {breach.target}: {told.rstrip('.')}.",
            remedy=self.remedy,
            path=(breach.actor, *answer.statements, breach.target),
            verdict="found" if found else "not proven",
            requirement=self.requirement,
            source=self.source,
        )
