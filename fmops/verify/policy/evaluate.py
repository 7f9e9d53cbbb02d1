"""Decides one request as AWS does, and says which statement decided.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fmops.verify.policy.clauses import Values, holds, lookup_of
from fmops.verify.policy.documents import Clause, Effect, Policy, Statement
from fmops.verify.policy.errors import Unproven
from fmops.verify.policy.keys import Value, known
from fmops.verify.policy.patterns import matches, tokens
from fmops.verify.policy.principals import Strength, strength
from fmops.verify.policy.request import Anyone, Caller, Question, Request, Situation


@dataclass(frozen=True)
class Decision:
    """What AWS answers.

    Attributes:
        allowed: whether the request goes through.
        reason: why, in a sentence.
        statements: those that decided; none where nothing allows.
    """

    allowed: bool
    reason: str
    statements: tuple[Statement, ...] = ()

    def __str__(self) -> str:
        said = "; ".join(str(statement) for statement in self.statements)
        return f"{'allowed' if self.allowed else 'denied'}: {self.reason}" + (f" [{said}]" if said else "")


@dataclass(frozen=True)
class Layer:
    """Policies that have a say of one kind; with `gate`, one of them must allow."""

    name: str
    policies: tuple[Policy, ...]
    gate: bool


def layers(situation: Situation, endpoint: str | None) -> Iterator[Layer]:
    """Every layer but identity and resource policies, which combine; denials count in all of them.

    Args:
        endpoint: what aws:SourceVpce says, None where a request doesn't pass an endpoint.
    """
    for number, level in enumerate(situation.caller.scps):
        yield Layer(f"service control policies, level {number + 1} from the root", level, True)
    for number, level in enumerate(situation.target.rcps):
        # RCPFullAWSAccess is attached everywhere and can't be taken away: an RCP only denies.
        yield Layer(f"resource control policies, level {number + 1} from the root", level, False)
    if endpoint is not None and endpoint in situation.endpoints:
        yield Layer(f"the policy of endpoint {endpoint}", (situation.endpoints[endpoint],), True)


class Case:
    """One request in its situation."""

    def __init__(self, request: Request, situation: Situation) -> None:
        self.request, self.situation = request, situation
        self.given: dict[str, Value] = {key.lower(): value for key, value in request.context.items()}
        for key in self.given:
            decided = known(key, request.principal, situation.target)
            if decided is not False and decided != self.given[key]:
                raise Unproven(f"the request's {key}", f"contradicts principal or target, which say {decided}")

    def value(self, key: str) -> Value:
        """A context key's value."""
        decided = known(key, self.request.principal, self.situation.target)
        return self.given.get(key) if isinstance(decided, bool) else decided

    def applies(self, statement: Statement) -> Strength | None:
        """How strongly a statement speaks about the request; None where it doesn't."""
        spoken = strength(statement, self.request.principal, self.situation.caller.boundary is not None)
        if spoken is None or not _selected(statement, self.request, self.value):
            return None
        agreed = all(holds(clause, self.value) for clause in statement.conditions)
        return spoken if agreed else None

    def first(
        self, policies: Iterable[Policy], effect: Effect, strengths: Iterable[Strength] | None = None
    ) -> Statement | None:
        """The first statement with an effect that applies, of the strengths."""
        wanted = None if strengths is None else set(strengths)
        for policy in policies:
            for statement in policy.statements:
                if statement.effect == effect:
                    spoken = self.applies(statement)
                    if spoken is not None and (wanted is None or spoken in wanted):
                        return statement
        return None


def _selected(statement: Statement, request: Request, values: Values) -> bool:
    action = request.action.lower()
    named = any(matches(tokens(one, "glob", False), action, lambda _: None) for one in statement.actions.patterns)
    if named == statement.actions.negated:
        return False
    if statement.resources is None:
        return True
    lookup = lookup_of(values)
    held = any(
        matches(tokens(one, "resource", statement.variables, statement.place), request.resource, lookup)
        for one in statement.resources.patterns
    )
    return held != statement.resources.negated


def evaluate(request: Request, situation: Situation) -> Decision:
    """Decides a request.

    Args:
        request: made by the situation's caller; where that is `Anyone`, by the request's own principal.

    Raises:
        Unproven: a policy needs something that this engine doesn't decide, by name.
    """
    case, caller, target = Case(request, situation), situation.caller, situation.target
    resource = () if target.policy is None else (target.policy,)
    endpoint = case.value("aws:sourcevpce")
    gates = list(layers(situation, endpoint if isinstance(endpoint, str) else None))
    own = [
        Layer("an identity policy", caller.identity or (), False),
        Layer("the permissions boundary", () if caller.boundary is None else (caller.boundary,), True),
        Layer("the session policy", caller.session, True),
    ]
    for layer in [*gates, *own, Layer("the resource's policy", resource, False)]:
        denied = case.first(layer.policies, "Deny")
        if denied:
            return Decision(False, f"{layer.name} denies it", (denied,))
    passed: list[Statement] = []
    for layer in gates:
        if layer.gate:
            allows = case.first(layer.policies, "Allow")
            if allows is None:
                return Decision(False, f"{layer.name}: nothing there allows it")
            passed.append(allows)
    return _granted(case, own[1:], resource, caller, tuple(passed))


def _granted(
    case: Case, limits: list[Layer], resource: tuple[Policy, ...], caller: Caller, passed: tuple[Statement, ...]
) -> Decision:
    """What identity and resource policies grant together, once nothing denies and every gate is open."""
    target, principal = case.situation.target, case.request.principal
    closed = next((one for one in limits if one.policies and case.first(one.policies, "Allow") is None), None)
    identity = case.first(caller.identity or (), "Allow")
    unknown = caller.identity is None or isinstance(caller.principal, Anyone)
    may = identity is not None or unknown or principal.kind == "root"
    mine = () if identity is None else (identity,)
    named = case.first(resource, "Allow")
    direct = case.first(resource, "Allow", ["direct"])
    to_role = case.first(resource, "Allow", ["role"])
    if not principal.account:
        if direct:
            return Decision(True, "the resource's policy allows it", (direct, *passed))
        return Decision(False, "the resource's policy doesn't allow it, and nothing else could")
    if principal.account == target.account:
        if direct:
            return Decision(True, "the resource's policy allows this principal itself", (direct, *passed))
        if to_role and closed is None:
            return Decision(True, "the resource's policy allows the role", (to_role, *passed))
        if target.policy_decides and named is None:
            return Decision(False, "the resource's policy must allow it, and doesn't")
    elif named is None:
        return Decision(False, "of another account, and the resource's policy doesn't allow it")
    if not may:
        return Decision(False, "no identity policy allows it")
    if closed is not None:
        return Decision(False, f"{closed.name} doesn't allow it")
    both = principal.account != target.account or target.policy_decides
    why = "the account that it is of may allow it anything" if unknown else "allowed by its policies"
    return Decision(True, why, (*mine, *((named,) if both and named else ()), *passed))


def described(request: Request, situation: Situation, question: Question) -> bool:
    """Whether a request is one that a question is about."""
    case = Case(request, situation)

    def all_hold(clauses: tuple[Clause, ...]) -> bool:
        return all(holds(clause, case.value) for clause in clauses)

    return (
        any(matches(tokens(one.lower(), "glob", False), request.action.lower(), _nothing) for one in question.actions)
        and any(matches(tokens(one, "glob", False), request.resource, _nothing) for one in question.resources)
        and not any(matches(tokens(one, "glob", False), request.resource, _nothing) for one in question.but)
        and all_hold(question.where)
        and not any(all_hold(block) for block in question.unless)
    )


def _nothing(_key: str) -> str | None:
    return None
