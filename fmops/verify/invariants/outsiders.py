"""Who gets in from outside: by a resource's policy, by a role's trust, by a service that works for somebody else."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fmops.verify.estate import Guarded, Holder
from fmops.verify.estate.documents import Written
from fmops.verify.invariants import services
from fmops.verify.invariants.asking import Asking, compared, statements_of
from fmops.verify.invariants.model import Breach
from fmops.verify.invariants.turns import Answer
from fmops.verify.policy import Caller, Principal, Question, conditions
from fmops.verify.values import many

OUTSIDE = "anybody outside"
ASSUME = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:TagSession")
Ask = Callable[[Caller, Question], Answer]
Block = Mapping[str, Mapping[str, Any]]
"""A Condition block."""


def of_resources(asking: Asking) -> Iterator[Breach]:
    """Resources whose policies let outsiders in."""
    for guarded in asking.estate.guarded:
        question = Question(guarded.actions, guarded.arns, DIRECTLY, _never_outside(asking, guarded))
        ask = _guard(asking, guarded)
        for actor, answer in _outside(asking, guarded.policy, guarded.account, question, ask):
            yield Breach(guarded.resource, actor, f"{guarded.noun} {guarded.arns[0]}", answer)


def of_roles(asking: Asking) -> Iterator[Breach]:
    """Roles whose trust lets outsiders in."""
    for holder, trust in _trusting(asking):
        question = Question(ASSUME, (holder.arn,), DIRECTLY)
        for actor, answer in _outside(asking, trust, holder.account, question, _trust(asking, holder)):
            yield Breach(holder.resource, actor, f"role {holder.arn}", answer)


def by_services_to_resources(asking: Asking) -> Iterator[Breach]:
    """Resources that a service reaches for whomever it works: the confused deputy."""
    for guarded in asking.estate.guarded:
        for service in _services(guarded.policy):
            if service not in services.SAYS_NOT_FOR_WHOM:
                question = Question(
                    guarded.actions, guarded.arns, unless=_for_us(asking, guarded.policy, guarded.account)
                )
                answer = asking.guard(guarded, Caller(Principal("service", service)), question)
                if answer.verdict != "proven":
                    target = f"{guarded.noun} {guarded.arns[0]}"
                    yield Breach(guarded.resource, f"{service} for somebody else", target, answer)


def by_services_to_roles(asking: Asking) -> Iterator[Breach]:
    """Roles that a service assumes for whomever it works."""
    for holder, trust in _trusting(asking):
        for service in _services(trust):
            if service.removesuffix(".amazonaws.com") in services.SAY_WHOSE_ROLE:
                question = Question(ASSUME[:1], (holder.arn,), unless=_for_us(asking, trust, holder.account))
                answer = asking.trust(holder, Caller(Principal("service", service)), question)
                if answer.verdict != "proven":
                    yield Breach(holder.resource, f"{service} for somebody else", f"role {holder.arn}", answer)


def by_federation(asking: Asking) -> Iterator[Breach]:
    """Roles that everybody can assume who has an account with a public identity provider."""
    for holder, trust in _trusting(asking):
        for provider in _named(trust, "Federated"):
            key = next((key for name, key in services.PUBLIC_PROVIDERS.items() if name in provider), None)
            if key is None:
                continue
            named = [value for value in _values(trust, key) if value.strip("*?:/") not in ("", "repo", "repo:")]
            unless = (conditions({"StringLike": {key: named}}),) if named else ()
            caller = Caller(Principal("web identity", provider), identity=None)
            answer = asking.trust(holder, caller, Question(ASSUME[2:3], (holder.arn,), unless=unless))
            if answer.verdict != "proven":
                yield Breach(holder.resource, f"anybody with {provider}", f"role {holder.arn}", answer)


def through_endpoints(asking: Asking) -> Iterator[Breach]:
    """Endpoints that carry an outsider's request to an outsider's resource: a way for data to leave."""
    if not asking.settings.organization:
        return
    for endpoint in asking.estate.endpoints:
        service = endpoint.service.rpartition(".")[2]
        target = f"anybody's resources of {service}"
        if endpoint.policy is None:
            if service not in services.WITHOUT_ENDPOINT_POLICY:
                yield Breach(endpoint.resource, OUTSIDE, target, Answer("found", "the endpoint has no policy"))
            continue
        answer = asking.endpoint(endpoint.policy, Question(("*",), (ELSEWHERE,)))
        if answer.verdict != "proven":
            yield Breach(endpoint.resource, OUTSIDE, target, answer)


DIRECTLY = conditions({"Null": dict.fromkeys(("aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID"), "true")})
"""Only a service's own calls say on whose behalf they are made:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourcearn"""


def _never_outside(asking: Asking, guarded: Guarded) -> tuple[Any, ...]:
    """What no outsider's request has: each says in its own words whose account it comes from.

    A request by an access point of ours is let through by that one's policy, which is asked by itself. An API's policy
    is about networks: who calls one through our endpoint isn't outside, and has no principal.
    """
    accounts = list(asking.own_in(guarded.policy, guarded.account))
    keys = ("kms:CallerAccount", "s3:DataAccessPointAccount", "aws:SourceOwner")
    blocks: list[Block] = [{"StringEquals": {key: accounts}} for key in keys]
    if asking.organization:
        blocks.append({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{asking.organization}/*"}})
    if guarded.noun == "API":
        for key in ("aws:SourceVpc", "aws:SourceVpce"):
            named = sorted({value for value in _values(guarded.policy, key) if "*" not in value})
            blocks += [{"StringEquals": {key: named}}] if named else []
    return _exceptions(asking, guarded.policy, blocks)


ELSEWHERE = "arn:aws:somewhere:region:999999999999:of/somebody-else"
"""A resource that no policy names by itself."""


def _outside(
    asking: Asking, policy: Written, account: str, question: Question, ask: Ask
) -> Iterator[tuple[str, Answer]]:
    """Whether everybody gets in; if not, whether those do that a policy names and nobody vouches for."""
    own = asking.own_in(policy, account)
    named = sorted({one for one in _accounts(policy) if one not in asking.own})
    anybody = ask(asking.outsider(*own, *named), question)
    if anybody.verdict != "proven":
        yield OUTSIDE, anybody
    if not named or anybody.verdict == "found":
        return
    some = ask(asking.outsider(*own), question)
    if some.verdict == "found" and not asking.settings.accounts:
        why = f"whose {', '.join(named)} is isn't told: name it in verify.yaml, under accounts or trusted"
        some = Answer("not proven", why, some.statements)
    if some.verdict != "proven" and some != anybody:
        yield f"account {', '.join(named)}", some


def _guard(asking: Asking, guarded: Guarded) -> Ask:
    return lambda caller, question: asking.guard(guarded, caller, question)


def _trust(asking: Asking, holder: Holder) -> Ask:
    return lambda caller, question: asking.trust(holder, caller, question)


def _trusting(asking: Asking) -> Iterator[tuple[Holder, Written]]:
    for holder in asking.estate.holders:
        if holder.trust is not None:
            yield holder, holder.trust


def _for_us(asking: Asking, policy: Written, account: str) -> tuple[Any, ...]:
    """Conditions under which a service works for us: each is an exception of the question."""
    accounts = list(asking.own_in(policy, account))
    ours = [f"arn:*:*:*:{one}:*" for one in accounts]
    buckets = sorted({value for value in _values(policy, "aws:SourceArn") if value in _buckets(asking)})
    blocks: list[Block] = [
        {"StringEquals": {"aws:SourceAccount": accounts}},
        {"ArnLike": {"aws:SourceArn": ours}},
        *([{"StringEquals": {"aws:SourceArn": buckets}}] if buckets else []),
        *([{"StringEquals": {"aws:SourceOrgID": asking.organization}}] if asking.organization else []),
        *({"ArnLike": {key: ours}} for key in services.ENCRYPTED_FOR),
        {"StringEquals": {"kms:CallerAccount": accounts}},
    ]
    return _exceptions(asking, policy, blocks)


def _exceptions(asking: Asking, policy: Written, blocks: list[Block]) -> tuple[Any, ...]:
    """Conditions of a question, without those about keys that no policy asks about: they change no answer."""
    asked = [block for block in blocks if all(asking.asked_of(policy, key) for keys in block.values() for key in keys)]
    return tuple(conditions(block) for block in asked)


def _buckets(asking: Asking) -> set[str]:
    """Buckets of ours: their ARNs have no account."""
    found = {arn for guarded in asking.estate.guarded if guarded.noun == "bucket" for arn in guarded.arns}
    return found | set(asking.estate.buckets)


def _named(policy: Written, kind: str) -> list[str]:
    """Principals of a kind that Allow statements name."""
    found: list[str] = []
    for statement in statements_of([policy]):
        principal = statement.get("Principal")
        if statement.get("Effect") == "Allow" and isinstance(principal, Mapping):
            found += [str(one) for one in many(principal.get(kind))]
    return sorted(set(found))


def _services(policy: Written) -> list[str]:
    return [one for one in _named(policy, "Service") if one != "*"]


def _accounts(policy: Written) -> Iterator[str]:
    """Accounts that Allow statements name, as principals or as what a condition compares with."""
    texts = _named(policy, "AWS")
    texts += [value for key, value in compared([policy]) if "account" in key or "arn" in key]
    for text in texts:
        account = text.split(":")[4] if text.count(":") > 4 else text
        if account.isdigit() and len(account) == 12:
            yield account


def _values(policy: Written, key: str) -> Iterator[str]:
    return (value for name, value in compared([policy]) if name == key.lower())
