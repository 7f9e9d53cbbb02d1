"""One question, asked of every way in which the templates turn out, widely and narrowly read.

Proven is what holds for all of them, read widely. Found is what one of them breaks, read narrowly. All else isn't
proven, and the answer says why.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from typing import Any, Literal

from fmops.verify.estate.documents import MOST, Document, Reading, Written
from fmops.verify.policy import Kind, Policy, Question, Situation, Unproven, parse, prove
from fmops.verify.policy.prove import Counterexample, Proven

Claim = Literal["never", "sometimes"]
WORST = ("found", "not proven", "proven")


@dataclass(frozen=True)
class Answer:
    """What came of a question.

    Attributes:
        words: the request that breaks it, in plain words; or why it isn't proven.
        statements: those that let it through; the same from run to run.
    """

    verdict: Literal["proven", "found", "not proven"]
    words: str = ""
    statements: tuple[str, ...] = ()


PROVEN = Answer("proven")


def worst(answers: list[Answer]) -> Answer:
    """A finding if there is one; else what isn't proven; else proven."""
    return min(answers, key=lambda answer: WORST.index(answer.verdict), default=PROVEN)


def best(answers: list[Answer]) -> Answer:
    """Proven if one is; else what isn't proven; else a finding."""
    return max(answers, key=lambda answer: WORST.index(answer.verdict), default=PROVEN)


@dataclass(frozen=True)
class Decisive:
    """The policies that decide, in one way in which the templates turn out.

    Attributes:
        guard: of what is asked for: a resource's policy, a role's trust, an endpoint's policy.
    """

    identity: tuple[Policy, ...]
    boundary: Policy | None
    guard: Policy | None


@dataclass(frozen=True)
class Case:
    """A question, and the documents that decide it.

    Attributes:
        situation: makes the prover's situation of the policies.
        kind: what `guard` is.
    """

    claim: Claim
    question: Question
    situation: Callable[[Decisive], Situation]
    identity: tuple[Written, ...] = ()
    boundary: Written | None = None
    guard: Written | None = None
    kind: Kind = "resource"

    def answer(self) -> Answer:
        """The worst answer of all ways in which the policies turn out."""
        answers = [self._one(readings) for readings in islice(product(*self._readings()), MOST)]
        if len(answers) == MOST:
            answers.append(Answer("not proven", f"{MOST} or more ways in which its policies turn out"))
        return worst(answers)

    def _readings(self) -> Iterator[list[tuple[Written, Kind, Reading]]]:
        documents: list[tuple[Written, Kind]] = [(one, "identity") for one in self.identity]
        documents += [(self.boundary, "boundary")] if self.boundary else []
        documents += [(self.guard, self.kind)] if self.guard else []
        for document, kind in documents:
            yield [(document, kind, reading) for reading in document.readings]

    def _one(self, readings: tuple[tuple[Written, Kind, Reading], ...]) -> Answer:
        """One way in which they turn out, read with care, then boldly where that differs."""
        unknown = tuple(dict.fromkeys(why for _, _, reading in readings for why in reading.unknown))
        careful = self._ask(readings, wide=self.claim == "never")
        if careful.verdict == "proven" or not unknown:
            return careful
        bold = self._ask(readings, wide=self.claim != "never")
        return bold if bold.verdict == "found" else Answer("not proven", "; ".join(unknown), careful.statements)

    def _ask(self, readings: tuple[tuple[Written, Kind, Reading], ...], *, wide: bool) -> Answer:
        try:
            policies = [
                parsed(reading.wide if wide else reading.narrow, kind, document.place)
                for document, kind, reading in readings
            ]
            guard = policies.pop() if self.guard else None
            boundary = policies.pop() if self.boundary else None
            situation = self.situation(Decisive(tuple(policies), boundary, guard))
            found = prove(self.claim, self.question, situation)
        except Unproven as problem:
            return Answer("not proven", f"{problem.place}: {problem.why}")
        if isinstance(found, Proven):
            return PROVEN
        if not isinstance(found, Counterexample):
            return Answer("not proven", found.why)
        statements = tuple(str(one) for one in found.decision.statements) if found.decision else ()
        return Answer("found", found.words, statements)


def parsed(document: Document, kind: Kind, place: str) -> Policy:
    """A policy; a resource's statement without Resource is about that resource.

    Raises:
        Unproven: something in it isn't understood.
    """
    elements: dict[str, Any] = {key: document[key] for key in ("Version", "Id", "Statement") if key in document}
    if kind == "resource":
        listed = elements.get("Statement", [])
        elements["Statement"] = [_about(one) for one in (listed if isinstance(listed, list) else [listed])]
    return parse(elements, kind, place)


def _about(statement: Any) -> Any:
    if not isinstance(statement, Mapping) or {"Resource", "NotResource"} & set(statement):
        return statement
    return {**statement, "Resource": "*"}
