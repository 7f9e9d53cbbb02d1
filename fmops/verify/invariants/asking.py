"""Asks the prover about an estate: who asks, for what, and which policies have a say."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from fmops.verify.estate import Estate, Guarded, Holder, arns
from fmops.verify.estate.documents import Document, Written
from fmops.verify.invariants.settings import Settings
from fmops.verify.invariants.turns import PROVEN, Answer, Case, Claim, parsed
from fmops.verify.policy import Anyone, Caller, Policy, Principal, Question, Situation, Target, conditions
from fmops.verify.policy.patterns import overlap
from fmops.verify.values import many

FULL: Document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
"""What AWS attaches at every level of an organisation unless somebody detaches it."""
OPEN: Document = {**FULL, "Statement": [{**FULL["Statement"][0], "Principal": "*"}]}
ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
PART_OF_ACCOUNT = re.compile(r"[:\"]\d{1,11}[*?]|[:\"][*?]+\d")
"""A pattern that some accounts match."""
ELSEWHERE, ANOTHER = "999999999999", "o-somebodyelse"
"""An account and an organisation that are nobody's here."""
ENDPOINT = "vpce-that-is-asked-about"


@dataclass
class Asking:
    """An estate, and what is known of its organisation."""

    estate: Estate
    settings: Settings
    _proven: set[str] = field(default_factory=set, init=False)

    @cached_property
    def own(self) -> tuple[str, ...]:
        """Accounts that are no outsiders'."""
        return tuple(sorted({*self.settings.accounts, *self.settings.trusted, *self.estate.accounts, arns.HERE}))

    @cached_property
    def organization(self) -> str:
        """The organisation: as the settings say, else the only one that the templates name."""
        if self.settings.organization:
            return self.settings.organization
        named = set(values_of(self.estate, "aws:PrincipalOrgID", "aws:SourceOrgID"))
        return named.pop() if len(named) == 1 else ""

    def own_in(self, policy: Written, account: str) -> tuple[str, ...]:
        """Those of our accounts that a policy can tell from others': that it names, or that a pattern of it may."""
        said = json.dumps(list(statements_of([policy])), default=str)
        if PART_OF_ACCOUNT.search(said):
            return self.own
        return tuple(sorted({account, *(one for one in ACCOUNT.findall(said) if one in self._own)}))

    def asked_of(self, policy: Written, key: str) -> bool:
        """Whether a policy, or one of the organisation's, says anything about a context key; else it is no matter."""
        said = json.dumps(list(statements_of([policy])), default=str).lower()
        return key.lower() in said or key.lower() in self._controls_said

    @cached_property
    def _controls_said(self) -> str:
        controls = [control.policy for control in self.estate.controls]
        return json.dumps(list(statements_of(controls)), default=str).lower()

    @cached_property
    def _own(self) -> frozenset[str]:
        return frozenset(self.own)

    @cached_property
    def boundaries(self) -> tuple[str, ...]:
        """Boundaries that the templates' conditions ask for."""
        return tuple(sorted(set(values_of(self.estate, "iam:PermissionsBoundary"))))

    @cached_property
    def passed_to(self) -> tuple[str, ...]:
        """Services that roles are handed to by name."""
        return tuple(sorted(set(values_of(self.estate, "iam:PassedToService"))))

    def outsider(self, *except_accounts: str) -> Caller:
        """Everybody but the organisation and some accounts; their own policies let them do anything."""
        accounts = tuple(sorted(except_accounts))
        return Caller(Anyone(except_accounts=accounts, except_organisation=self.organization or None), identity=None)

    def insider(self, account: str) -> Caller:
        """Somebody of an account that no template holds: whoever signs in there, as an administrator would."""
        arn = f"arn:aws:iam::{account}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_somebody"
        return Caller(Principal("role", arn, account, organisation=self.organization), identity=None)

    def guard(self, guarded: Guarded, caller: Caller, question: Question) -> Answer:
        """Whether a resource's policy lets a caller of no template through."""
        return Case(
            "never",
            question,
            lambda made: Situation(caller, self._target(guarded.account, made.guard, guarded.decides)),
            guard=guarded.policy,
        ).answer()

    def trust(self, holder: Holder, caller: Caller, question: Question) -> Answer:
        """Whether a role's trust policy lets a caller of no template through."""
        return Case(
            "never",
            question,
            lambda made: Situation(caller, self._target(holder.account, made.guard, decides=True)),
            guard=holder.trust,
            kind="trust",
        ).answer()

    def endpoint(self, policy: Written, question: Question) -> Answer:
        """Whether an endpoint's policy lets an outsider through to somebody else's resource that is open to all.

        Most endpoints of an organisation have one of a few policies; what is proven of one is proven of all.
        """
        said = json.dumps([reading.wide for reading in policy.readings], sort_keys=True, default=str)
        if said in self._proven:
            return PROVEN
        caller = self.outsider(*self.own_in(policy, arns.HERE))
        everybodys = Target(ELSEWHERE, parsed(OPEN, "resource", "everybody's"), organisation=ANOTHER)
        answer = Case(
            "never",
            replace(question, where=conditions({"StringEquals": {"aws:SourceVpce": ENDPOINT}})),
            lambda made: Situation(caller, everybodys, {ENDPOINT: made.guard} if made.guard else {}),
            guard=policy,
            kind="endpoint",
        ).answer()
        if answer == PROVEN:
            self._proven.add(said)
        return answer

    def holder(
        self,
        holder: Holder,
        question: Question,
        claim: Claim = "never",
        target: Guarded | Holder | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> Answer:
        """Whether a role or user can do something.

        Args:
            target: what it is done to, where a policy guards that; a role, where it is to be assumed.
            tags: of the role or user, where they are known.
        """
        if claim == "never" and target is None and not could(holder.identity, question.actions):
            return PROVEN
        to_role = isinstance(target, Holder)
        guard = target.policy if isinstance(target, Guarded) else target.trust if target else None
        decides = to_role or (isinstance(target, Guarded) and target.decides)
        account = target.account if target else holder.account
        kind: Literal["role", "user"] = "user" if holder.kind == "user" else "role"
        principal = Principal(kind, holder.arn, holder.account, organisation=self.organization, tags=tags)
        return Case(
            claim,
            question,
            lambda made: Situation(
                Caller(principal, made.identity, made.boundary, scps=self._controls("scp", holder.account)),
                self._target(account, made.guard, decides),
            ),
            identity=holder.identity,
            boundary=holder.boundary,
            guard=guard,
            kind="trust" if to_role else "resource",
        ).answer()

    def _target(self, account: str, policy: Policy | None, decides: bool) -> Target:
        ours = self.organization if account in self.own else ""
        return Target(account, policy, decides, rcps=self._controls("rcp", account), organisation=ours)

    def _controls(self, kind: Literal["scp", "rcp"], account: str) -> tuple[tuple[Policy, ...], ...]:
        """What the organisation's policies say about an account, level by level; one that isn't known binds nobody."""
        full = (parsed(FULL, "scp", "FullAWSAccess"),) if kind == "scp" else ()
        levels: list[tuple[Policy, ...]] = []
        for place in (*self.settings.units.get(account, ()), account):
            found = [
                parsed(control.policy.readings[0].wide, kind, control.policy.place)
                for control in self.estate.controls
                if control.kind == kind and place in control.targets and len(control.policy.readings) == 1
            ]
            levels += [(*found, *full)] if found else []
        return tuple(levels)


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
    for key, value in compared(documents_of(estate)):
        if key in wanted and "*" not in value:
            yield value


def compared(documents: Iterable[Written]) -> Iterator[tuple[str, str]]:
    """Keys, in lower case, and what the conditions of documents compare them with."""
    for statement in statements_of(documents):
        condition = statement.get("Condition")
        for operator, block in condition.items() if isinstance(condition, Mapping) else ():
            if str(operator).lower().rpartition(":")[2] == "null" or not isinstance(block, Mapping):
                continue
            for key, values in block.items():
                yield from ((str(key).lower(), str(value)) for value in many(values))


def documents_of(estate: Estate) -> Iterator[Written]:
    """Every policy of an estate."""
    for holder in estate.holders:
        yield from holder.identity
        yield from (one for one in (holder.boundary, holder.trust) if one)
    yield from (guarded.policy for guarded in estate.guarded)
    yield from (endpoint.policy for endpoint in estate.endpoints if endpoint.policy)
    yield from (control.policy for control in estate.controls)
