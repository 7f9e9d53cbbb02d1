"""Answers a claim about every request that a question describes: proven, a counterexample, or not known.

A counterexample is a request that the evaluator decides as the solver says; one that it doesn't confirm is none.
"""

import contextlib
from dataclasses import dataclass
from typing import Literal

import z3

from fmops.verify.policy.documents import Clause
from fmops.verify.policy.encode import Encoder, asked, decided, linked, person, subject
from fmops.verify.policy.errors import Unproven
from fmops.verify.policy.evaluate import Decision, described, evaluate
from fmops.verify.policy.logic import Truth, all_of, any_of, negate
from fmops.verify.policy.patterns import tokens
from fmops.verify.policy.request import Anyone, Question, Request, Situation
from fmops.verify.policy.solutions import read
from fmops.verify.policy.space import Space
from fmops.verify.policy.texts import match
from fmops.verify.policy.who import Someone
from fmops.verify.policy.words import told

Claim = Literal["never", "always", "sometimes"]
"""No such request is allowed; each is; at least one is."""

EFFORT = 5_000_000
"""Some seconds of an idle machine; most answers need a hundredth of it."""

LONGEST_MS = 60_000
"""However busy the machine is."""


@dataclass(frozen=True)
class Proven:
    """The claim holds.

    Attributes:
        witness: for `sometimes`, a request that is allowed.
    """

    witness: Request | None = None


@dataclass(frozen=True)
class Counterexample:
    """The claim doesn't hold.

    Attributes:
        request: that breaks it; None for `sometimes`: there is none that is allowed.
        decision: what the evaluator says of the request.
        words: both in plain words.
    """

    request: Request | None
    decision: Decision | None
    words: str


@dataclass(frozen=True)
class Unknown:
    """Not proven, and why."""

    why: str


Answer = Proven | Counterexample | Unknown


def prove(claim: Claim, question: Question, situation: Situation, effort: int = EFFORT) -> Answer:
    """Answers a claim.

    Args:
        claim: what is claimed of the requests.
        question: which requests.
        situation: who asks, for what, and which policies have a say.
        effort: of the solver, in its own units, after which the answer is `Unknown`: the same on every machine.
    """
    guessed = situation.caller.identity is None or isinstance(situation.caller.principal, Anyone)
    if claim != "never" and guessed:
        return Unknown(f"{claim!r} can't be proven of a caller whose identity policies aren't known")
    try:
        request = _found(question, (situation,), (claim != "always",), effort)
        if request is None:
            return Counterexample(None, None, "no such request is allowed") if claim == "sometimes" else Proven()
        decision = evaluate(request, situation)
        if decision.allowed == (claim == "always") or not described(request, situation, question):
            return Unknown(f"the evaluator doesn't confirm the solver's request: {told(request, decision)}")
    except Unproven as why:
        return Unknown(str(why))
    return Proven(request) if claim == "sometimes" else Counterexample(request, decision, told(request, decision))


def widened(question: Question, before: Situation, after: Situation, effort: int = EFFORT) -> Answer:
    """Whether a change lets no request through that wasn't let through before; a counterexample is one that is.

    Args:
        question: which requests.
        before: the situation of the same caller and target before the change.
        after: and after it.
        effort: of the solver, in its own units, after which the answer is `Unknown`: the same on every machine.
    """
    try:
        request = _found(question, (after, before), (True, False), effort)
        if request is None:
            return Proven()
        decision, earlier = evaluate(request, after), evaluate(request, before)
        if not decision.allowed or earlier.allowed or not described(request, after, question):
            return Unknown(f"the evaluator doesn't confirm the solver's request: {told(request, decision)}")
    except Unproven as why:
        return Unknown(str(why))
    return Counterexample(request, decision, f"{told(request, decision)}; before, it was {earlier}")


def _found(
    question: Question, situations: tuple[Situation, ...], wanted: tuple[bool, ...], effort: int
) -> Request | None:
    """A request that each situation allows, or doesn't, as it is wanted; None where there is none.

    Raises:
        Unproven: the solver doesn't know.
    """
    if linked(situations, question):
        guess = _Problem(question, situations, guess=True)
        with contextlib.suppress(Unproven):
            request = guess.solve(wanted, effort)
            if request is not None:
                return request
    return _Problem(question, situations).solve(wanted, effort)


class _Problem:
    """One question to the solver, over one or two situations of the same caller and target."""

    def __init__(self, question: Question, situations: tuple[Situation, ...], guess: bool = False) -> None:
        self._question, self._situations = question, situations
        clauses, symbols = tuple(asked(situations, question)), linked(situations, question)
        names = {"aws:sourcevpce", *symbols, *(clause.key for clause in clauses)}
        vias = tuple(name for situation in situations for name in situation.endpoints)
        self._space = Space(clauses, {}, symbols, vias, guess)
        self._person = person(situations, question, self._space, names)
        self._space.decided |= decided(self._person, situations[0], names)
        self._subject = subject(self._space, situations, question)
        self._spelled = {one.lower(): one for one in question.actions}

    def _decided(self, situation: Situation, wanted: bool) -> Truth:
        """Whether the request is allowed, or isn't."""
        if isinstance(self._person, Someone):
            self._person.bounded = situation.caller.boundary is not None
        truth = Encoder(situation, self._question, self._space, self._person, self._subject).allowed()
        return truth if wanted else negate(truth)

    def _described(self) -> Truth:
        space = self._space

        def hold(clauses: tuple[Clause, ...]) -> Truth:
            return all_of(space.holds(clause) for clause in clauses)

        other, asks = self._subject.resource, self._question
        but = any_of(match(other, tokens(one, "glob", False), space.named, "") for one in asks.but)
        return all_of([negate(but), hold(asks.where), *(negate(hold(block)) for block in asks.unless)])

    def solve(self, wanted: tuple[bool, ...], effort: int) -> Request | None:
        """A request of the question that each situation allows, or doesn't, as it is wanted; None where there is none.

        Raises:
            Unproven: the solver doesn't know.
        """
        claim = all_of(self._decided(one, yes) for one, yes in zip(self._situations, wanted, strict=True))
        terms = [claim, self._described()] if claim is not False else [False]
        terms += [*self._person.facts, *self._space.facts]
        whole = all_of(terms)
        if whole is False:
            return None
        solver = z3.Solver()
        solver.set("rlimit", effort)
        solver.set("timeout", LONGEST_MS)
        solver.add(whole)
        found = solver.check()
        if found == z3.unsat:
            return None
        if found != z3.sat:
            raise Unproven("the solver", f"gave up: {solver.reason_unknown()}")
        model, space = solver.model(), self._space
        action = read(model, self._subject.action)
        return Request(
            self._person.solved(model),
            self._spelled.get(action, action),
            read(model, self._subject.resource),
            space.context(model),
        )
