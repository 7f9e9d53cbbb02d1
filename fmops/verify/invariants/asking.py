"""Asks the prover about an estate: every way in which the templates turn out, widely and narrowly read.

Proven is what holds for all of them, read widely. Found is what one of them breaks, read narrowly. All else isn't
proven, and the answer says why.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product
from typing import Any, Literal

from fmops.verify.estate import Estate, Guarded, Holder, arns
from fmops.verify.estate.documents import MOST, Document, Reading, Written
from fmops.verify.invariants.settings import Settings
from fmops.verify.policy import (
    Anyone,
    Caller,
    Kind,
    Policy,
    Principal,
    Question,
    Situation,
    Target,
    Unproven,
    parse,
    prove,
)
from fmops.verify.policy.prove import Counterexample, Proven
from fmops.verify.policy.patterns import overlap

Claim = Literal["never", "sometimes"]
FULL: Document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
"""What AWS attaches at every level of an organisation unless somebody detaches it."""


@dataclass(frozen=True)
class Answer:
    """What came of a question.

    Attributes:
        verdict: `proven`, `found`, or `not proven`.
        words: the request that breaks it, in plain words; or why it isn't proven.
        statements: those that let it through; the same from run to run.
    """

    verdict: Literal["proven", "found", "not proven"]
    words: str = ""
    statements: tuple[str, ...] = ()


PROVEN = Answer("proven")


@dataclass(frozen=True)
class _Deciding:
    """The policies that decide, in one way in which the templates turn out."""

    identity: tuple[Policy, ...]
    boundary: Policy | None
    guard: Policy | None
    endpoint: Policy | None = None


@dataclass
class Asking:
    """An estate, what is known of its organisation, and the questions.

    Attributes:
        ask: the prover; a test may give another.
    """

    estate: Estate
    settings: Settings
    ask: Callable[..., Any] = prove

    @cached_property
    def own(self) -> tuple[str, ...]:
        """Accounts that are no outsiders'."""
        return tuple(sorted({*self.settings.accounts, *self.settings.trusted, *self.estate.accounts, arns.HERE}))

    @cached_property
    def organization(self) -> str:
        """The organisation: as the settings say, else the only one that the templates name."""
        if self.settings.organization:
            return self.settings.organization
        named = {value for value in values_of(self.estate, "aws:PrincipalOrgID", "aws:SourceOrgID")}
        return named.pop() if len(named) == 1 else ""

    def outsider(self, *except_accounts: str) -> Caller:
        """Everybody but the organisation and its accounts; their own policies let them do anything."""
        accounts = tuple(sorted({*self.own, *except_accounts}))
        return Caller(Anyone(except_accounts=accounts, except_organisation=self.organization or None), identity=None)

    def service(self, name: str) -> Caller:
        """An AWS service, for whomever it works."""
        return Caller(Principal("service", name), identity=())

    def guard(self, guarded: Guarded, caller: Caller, question: Question) -> Answer:
        """Whether a resource's policy lets a caller of no templates through."""
        return self._claim(
            "never",
            question,
            lambda made: Situation(
                caller, Target(guarded.account, made.guard, guarded.decides, rcps=self._controls("rcp", guarded.account))
            ),
            guard=guarded.policy,
            kind="resource",
        )

    def trust(self, holder: Holder, caller: Caller, question: Question) -> Answer:
        """Whether a role's trust policy lets a caller of no templates through."""
        return self._claim(
            "never",
            question,
            lambda made: Situation(
                caller, Target(holder.account, made.guard, True, rcps=self._controls("rcp", holder.account))
            ),
            guard=holder.trust,
            kind="trust",
        )

    def endpoint(self, id: str, policy: Written, caller: Caller, question: Question) -> Answer:
        """Whether an endpoint's policy lets a caller through to somebody's resource that is open to all."""
        open_to_all = parse({**FULL, "Statement": {**FULL["Statement"], "Principal": "*"}}, "resource", "everybody's")
        return self._claim(
            "never",
            question,
            lambda made: Situation(
                caller, Target("", open_to_all), endpoints={id: made.guard} if made.guard else {}
            ),
            guard=policy,
            kind="endpoint",
        )

    def holder(
        self,
        holder: Holder,
        question: Question,
        claim: Claim = "never",
        target: Guarded | Holder | None = None,
    ) -> Answer:
        """Whether a role or user can do something.

        Args:
            target: what it is done to, where a policy guards that; a role, where it is to be assumed.
        """
        if claim == "never" and not could(holder.identity, question.actions) and not _names_own(target):
            return PROVEN
        guard = target.policy if isinstance(target, Guarded) else target.trust if target else None
        account = target.account if target else holder.account
        decides = isinstance(target, Holder) or (target is not None and target.decides)
        kind: Literal["role", "user"] = "user" if holder.kind == "user" else "role"
        principal = Principal(kind, holder.arn, holder.account, organisation=self.organization)

        def situation(made: _Deciding) -> Situation:
            return Situation(
                Caller(principal, made.identity, made.boundary, scps=self._controls("scp", holder.account)),
                Target(account, made.guard, decides, rcps=self._controls("rcp", account), organisation=self.organization),
            )

        return self._claim(
            claim,
            question,
            situation,
            identity=holder.identity,
            boundary=holder.boundary,
            guard=guard,
            kind="trust" if isinstance(target, Holder) else "resource",
        )

    def _controls(self, kind: str, account: str) -> tuple[tuple[Policy, ...], ...]:
        """What the organisation's policies say about an account, level by level; those that aren't known bind nobody."""
        levels: list[tuple[Policy, ...]] = []
        for place in (*self.settings.units.get(account, ()), account):
            found: list[Policy] = []
            for control in self.estate.controls:
                if control.kind == kind and place in control.targets and len(control.policy.readings) == 1:
                    found.append(_parsed(control.policy.readings[0].wide, control.kind, control.policy.place))
            if found:
                full = _parsed(FULL, "scp", "FullAWSAccess")
                levels.append((*found, *((full,) if kind == "scp" else ())))
        return tuple(levels)

    def _claim(
        self,
        claim: Claim,
        question: Question,
        situation: Callable[[_Deciding], Situation],
        *,
        identity: tuple[Written, ...] = (),
        boundary: Written | None = None,
        guard: Written | None = None,
        kind: Kind = "resource",
    ) -> Answer:
        """The worst answer of all ways in which the policies turn out; of `sometimes`, the best."""
        documents = [*identity, *([boundary] if boundary else []), *([guard] if guard else [])]
        kinds: list[Kind] = ["identity"] * len(identity)
        kinds += (["boundary"] if boundary else []) + ([kind] if guard else [])
        answers: list[Answer] = []
        for readings in islice(product(*(one.readings for one in documents)), MOST + 1):
            if len(answers) == MOST:
                answers.append(Answer("not proven", f"more than {MOST} ways in which its policies turn out"))
                break
            answers.append(
                self._one(claim, question, situation, documents, kinds, readings, bool(boundary), bool(guard))
            )
        order = ("found", "not proven", "proven")
        ranked = sorted(answers, key=lambda answer: order.index(answer.verdict))
        return ranked[-1] if claim == "sometimes" else ranked[0]

    def _one(
        self,
        claim: Claim,
        question: Question,
        situation: Callable[[_Deciding], Situation],
        documents: list[Written],
        kinds: list[Kind],
        readings: tuple[Reading, ...],
        bounded: bool,
        guarded: bool,
    ) -> Answer:
        """One way in which they turn out, read widely, then narrowly where that differs."""
        unknown = tuple(dict.fromkeys(why for reading in readings for why in reading.unknown))

        def asked(wide: bool) -> Answer:
            try:
                policies = [
                    _parsed(reading.wide if wide else reading.narrow, kind, document.place)
                    for document, kind, reading in zip(documents, kinds, readings, strict=True)
                ]
                last = policies.pop() if guarded else None
                limit = policies.pop() if bounded else None
                answer = self.ask(claim, question, situation(_Deciding(tuple(policies), limit, last)))
            except Unproven as problem:
                return Answer("not proven", f"{problem.place}: {problem.why}")
            return _answer(answer, claim)

        careful = asked(wide=claim == "never")
        if careful.verdict == "proven" or not unknown:
            return careful
        bold = asked(wide=claim != "never")
        if bold.verdict == "found":
            return bold
        return Answer("not proven", "; ".join(unknown), careful.statements)


def _answer(answer: Any, claim: Claim) -> Answer:
    if isinstance(answer, Proven):
        return PROVEN
    if isinstance(answer, Counterexample):
        decision = answer.decision
        statements = tuple(str(statement) for statement in decision.statements) if decision else ()
        words = answer.words if claim == "never" else "no such request is allowed"
        return Answer("found", words, statements)
    return Answer("not proven", str(answer.why))


def _parsed(document: Document, kind: Kind, place: str) -> Policy:
    """A policy; a resource's statement without Resource is about that resource."""
    if kind == "resource":
        statements = document.get("Statement", [])
        listed = statements if isinstance(statements, list) else [statements]
        about = [
            one if not isinstance(one, Mapping) or {"Resource", "NotResource"} & set(one) else {**one, "Resource": "*"}
            for one in listed
        ]
        document = {**document, "Statement": about}
    elements = {key: value for key, value in document.items() if key in ("Version", "Id", "Statement")}
    return parse(elements, kind, place)


def _names_own(target: Guarded | Holder | None) -> bool:
    """Whether a policy that guards may let somebody of its own account in by itself."""
    return target is not None


def could(identity: Iterable[Written], actions: Iterable[str]) -> bool:
    """Whether an identity policy may allow one of the actions: never False where it does."""
    wanted = [action.lower() for action in actions]
    for statement in statements_of(identity):
        if statement.get("Effect") != "Allow":
            continue
        patterns = statement.get("Action")
        if patterns is None:
            return True
        for pattern in patterns if isinstance(patterns, list) else [patterns]:
            if any(overlap(str(pattern).lower(), one) for one in wanted):
                return True
    return False


def statements_of(documents: Iterable[Written]) -> Iterator[Mapping[str, Any]]:
    """Every statement of documents, in every way in which they turn out, read widely."""
    for document in documents:
        for reading in document.readings:
            listed = reading.wide.get("Statement", [])
            yield from (one for one in (listed if isinstance(listed, list) else [listed]) if isinstance(one, Mapping))


def values_of(estate: Estate, *keys: str) -> Iterator[str]:
    """What the estate's conditions compare keys with, but for patterns."""
    wanted = {key.lower() for key in keys}
    for statement in statements_of(documents_of(estate)):
        condition = statement.get("Condition")
        for block in condition.values() if isinstance(condition, Mapping) else ():
            for key, values in block.items():
                if key.lower() in wanted:
                    listed = values if isinstance(values, list) else [values]
                    yield from (str(value) for value in listed if "*" not in str(value))


def documents_of(estate: Estate) -> Iterator[Written]:
    """Every policy of an estate."""
    for holder in estate.holders:
        yield from holder.identity
        yield from (one for one in (holder.boundary, holder.trust) if one)
    yield from (guarded.policy for guarded in estate.guarded)
    yield from (endpoint.policy for endpoint in estate.endpoints if endpoint.policy)
    yield from (control.policy for control in estate.controls)
