"""AWS's policy evaluation as a formula: the same rules as `evaluate`, over all requests at once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fmops.verify.policy.documents import Clause, Policy, Selection, Statement
from fmops.verify.policy.evaluate import layers
from fmops.verify.policy.keys import Value, known
from fmops.verify.policy.logic import Truth, all_of, any_of, choose, negate
from fmops.verify.policy.patterns import Variable, Wild, overlap, tokens
from fmops.verify.policy.principals import Strength
from fmops.verify.policy.representatives import Shape
from fmops.verify.policy.request import Anyone, Question, Situation
from fmops.verify.policy.space import Key, Space
from fmops.verify.policy.stranger import Stranger
from fmops.verify.policy.texts import Text, match
from fmops.verify.policy.who import Someone


def policies(situation: Situation) -> Iterator[Policy]:
    """Every policy that has a say."""
    caller, target = situation.caller, situation.target
    yield from caller.identity or ()
    yield from caller.session
    for level in (*caller.scps, *target.rcps):
        yield from level
    for one in (caller.boundary, target.policy, *situation.endpoints.values()):
        if one is not None:
            yield one


def relevant(statement: Statement, question: Question) -> bool:
    """Whether a statement can speak about a request of the question: never False where it does."""
    return _reaches(statement.actions, [one.lower() for one in question.actions]) and (
        statement.resources is None or _reaches(statement.resources, question.resources)
    )


def _reaches(selection: Selection, wanted: Iterable[str]) -> bool:
    return selection.negated or any(overlap(one, other) for one in selection.patterns for other in wanted)


def consulted(situations: Iterable[Situation], question: Question) -> Iterator[Statement]:
    """Every statement that may speak about a request of the question."""
    for situation in situations:
        for policy in policies(situation):
            yield from (statement for statement in policy.statements if relevant(statement, question))


def asked(situations: Iterable[Situation], question: Question) -> Iterator[Clause]:
    """Every clause that the answer may turn on."""
    yield from question.where
    for block in question.unless:
        yield from block
    for statement in consulted(situations, question):
        yield from statement.conditions


def linked(situations: Iterable[Situation], question: Question) -> set[str]:
    """The keys that stand as policy variables in what the answer may turn on."""
    texts = [(clause.place, one) for clause in asked(situations, question) if clause.variables for one in clause.values]
    for statement in consulted(situations, question):
        if statement.resources is not None and statement.variables:
            texts += [(statement.place, one) for one in statement.resources.patterns]
    return {
        token.key
        for place, text in texts
        if "${" in text
        for token in tokens(text, "exact", True, place)
        if isinstance(token, Variable)
    }


def person(situations: Sequence[Situation], question: Question, space: Space, names: set[str]) -> Someone | Stranger:
    """Who makes the request."""
    caller, target = situations[0].caller, situations[0].target
    if isinstance(caller.principal, Anyone):
        return Stranger(caller.principal, target, space, names, consulted(situations, question))
    return Someone(caller.principal, caller.boundary is not None)


def decided(person: Someone | Stranger, situation: Situation, names: set[str]) -> dict[str, Value | Key]:
    """The keys that follow from principal and target."""
    found: dict[str, Value | Key] = {}
    found |= person.decided() if isinstance(person, Stranger) else person.decided(names)
    for name in sorted(names - set(found)):
        follows = known(name, None, situation.target)
        if not isinstance(follows, bool):
            found[name] = follows
    return found


@dataclass(frozen=True)
class Subject:
    """What is asked for.

    Attributes:
        action: in lower case.
        resource: its ARN, or `*`.
    """

    action: Text
    resource: Text


def subject(space: Space, situations: Iterable[Situation], question: Question) -> Subject:
    """What a question asks for, told apart by the patterns of every statement that may speak about it."""
    actions, resources = list[Shape](), list[Shape]()
    for statement in consulted(situations, question):
        actions += [Shape(tokens(one, "glob", False)) for one in statement.actions.patterns]
        for one in statement.resources.patterns if statement.resources else ():
            resources.append(Shape(tokens(one, "resource", statement.variables, statement.place)))
    resources += [Shape(tokens(one, "glob", False)) for one in question.but]
    asked_actions = tuple(Shape(tokens(one.lower(), "glob", False)) for one in question.actions)
    asked_resources = tuple(Shape(tokens(one, "glob", False)) for one in question.resources)
    return Subject(
        space.text("action", actions, (asked_actions, ACTION)),
        space.text("resource", resources, (asked_resources, RESOURCE)),
    )


_SOME, _MANY = Wild(False, True), Wild(True, True)
ACTION = (Shape((_SOME, _MANY, ":", _SOME, _MANY)),)
"""What an action looks like: a service, a colon and a name."""
RESOURCE = (Shape(("*",)), Shape(("arn:", _SOME, _MANY)))
"""What a resource looks like: an ARN, or a star for actions without one."""


class Encoder:
    """A situation's decision as a formula over a space."""

    def __init__(
        self, situation: Situation, question: Question, space: Space, person: Someone | Stranger, subject: Subject
    ) -> None:
        self._situation, self._question, self._space, self._person = situation, question, space, person
        self._subject = subject

    def allowed(self) -> Truth:
        """Whether AWS lets the request through."""
        caller, target = self._situation.caller, self._situation.target
        resource = () if target.policy is None else (target.policy,)
        limits = [one for one in ((caller.boundary,) if caller.boundary else (), caller.session) if one]
        terms: list[Truth] = [negate(self._said(layer, "Deny")) for layer in (caller.identity or (), *limits, resource)]
        terms += [gate for layer in layers(self._situation, None) for gate in self._gate(layer.policies, layer.gate)]
        terms += list(self._endpoints())
        if any(term is False for term in terms):
            return False
        return all_of([self._granted(resource, all_of(self._said(limit, "Allow") for limit in limits)), *terms])

    def _gate(self, policies: Iterable[Policy], must_allow: bool) -> Iterator[Truth]:
        held = tuple(policies)
        yield negate(self._said(held, "Deny"))
        if must_allow:
            yield self._said(held, "Allow")

    def _endpoints(self) -> Iterator[Truth]:
        if not self._situation.endpoints:
            return
        via = self._space.named("aws:sourcevpce").slots
        for name, policy in self._situation.endpoints.items():
            through = any_of(all_of([when, match(text, (name,), self._space.named, "")]) for when, text in via)
            if through is not False:
                yield any_of([negate(through), all_of(self._gate((policy,), True))])

    def _granted(self, resource: tuple[Policy, ...], limits: Truth) -> Truth:
        """What identity and resource policies grant together."""
        caller, target, person = self._situation.caller, self._situation.target, self._person
        by = self._strengths(resource)
        named = any_of(by.values())
        unknown = caller.identity is None or isinstance(person, Stranger)
        root = isinstance(person, Someone) and person.principal.kind == "root"
        may = True if unknown or root else self._said(caller.identity or (), "Allow")
        own = all_of([may, limits])
        inside = any_of(
            [by["direct"], all_of([by["role"], limits]), all_of([own, named if target.policy_decides else True])]
        )
        same = bool(target.account) and match(person.account(), (target.account,), self._space.named, "")
        return choose(person.without_account(), by["direct"], choose(same, inside, all_of([own, named])))

    def _strengths(self, policies: Iterable[Policy]) -> dict[Strength, Truth]:
        """When a resource's policy allows, by how strongly it does."""
        found: dict[Strength, list[Truth]] = {"direct": [], "role": [], "account": []}
        for policy in policies:
            for statement in policy.statements:
                if statement.effect == "Allow" and relevant(statement, self._question):
                    for strength, when in self._person.spoken(statement):
                        found[strength].append(all_of([when, self._matches(statement)]))
        return {strength: any_of(terms) for strength, terms in found.items()}

    def _said(self, policies: Iterable[Policy], effect: str) -> Truth:
        """Whether a statement with an effect applies."""
        return any_of(
            all_of([any_of(when for _, when in self._person.spoken(statement)), self._matches(statement)])
            for policy in policies
            for statement in policy.statements
            if statement.effect == effect and relevant(statement, self._question)
        )

    def _matches(self, statement: Statement) -> Truth:
        """Whether action, resource and conditions of a statement fit the request."""
        space, subject = self._space, self._subject
        action = any_of(
            match(subject.action, tokens(one, "glob", False), space.named, statement.place)
            for one in statement.actions.patterns
        )
        terms = [negate(action) if statement.actions.negated else action]
        if statement.resources is not None and terms[0] is not False:
            resource = any_of(
                match(
                    subject.resource,
                    tokens(one, "resource", statement.variables, statement.place),
                    space.named,
                    statement.place,
                )
                for one in statement.resources.patterns
            )
            terms.append(negate(resource) if statement.resources.negated else resource)
        if any(term is False for term in terms):
            return False
        return all_of([*terms, *(space.holds(clause) for clause in statement.conditions)])
