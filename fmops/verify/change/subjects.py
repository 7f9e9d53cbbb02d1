"""Who and what has policies on either side of a change: principals, guarded resources, trust, endpoints, controls."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fmops.verify import estate
from fmops.verify.change.pairs import Change
from fmops.verify.estate import arns, principals
from fmops.verify.estate.documents import Written
from fmops.verify.estate.model import Estate
from fmops.verify.policy import Anyone, Caller, Policy, Principal, Situation, Target, conditions, parse
from fmops.verify.policy.documents import Clause, Kind
from fmops.verify.templates import Resource
from fmops.verify.values import World

Layers = Mapping[Kind, tuple[Written, ...]]
"""The documents that have a say, by what they are attached as. A kind that isn't there limits nothing."""
Known = Mapping[str, Mapping[str, Any]]
Policies = Mapping[Kind, tuple[Policy, ...]]
FULL: Mapping[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}


@dataclass(frozen=True)
class Subject:
    """Something with policies.

    Attributes:
        key: the same on both sides.
        noun: what it is, for messages.
        resource: that has the policies.
        layers: its documents.
        situation: who asks whom, as the policies decide.
        resources: what requests are about; empty for what each statement says.
        where: what holds for each request.
    """

    key: str
    noun: str
    resource: Resource
    layers: Layers
    situation: Callable[[Policies], Situation]
    resources: tuple[str, ...] = ()
    where: tuple[Clause, ...] = ()


def both(change: Change, known: Known) -> Iterator[tuple[Subject | None, Subject | None, bool]]:
    """(old, new) of every subject, and whether its policy can widen something.

    A policy of what is new itself can't, since what it allows wasn't there to be denied; nor one of what is gone.

    Args:
        known: documents by patterns of ARNs, of policies that the templates name and don't hold.
    """
    old, new = _subjects(change.old, known), _subjects(change.new, known)
    before, after = _arns(change.old), _arns(change.new)
    for key in sorted({**old, **new}):
        was, now = old.get(key), new.get(key)
        there = (was and now) or (now and _about(now, before)) or (was and _about(was, after))
        yield was, now, bool(there)


def _arns(world: World) -> set[str]:
    return {arns.arn(resource, world) for resource in world.resources()}


def _about(subject: Subject, there: set[str]) -> bool:
    """Whether what a subject's policies are about is on the other side too; of principals and limits, always."""
    return not subject.resources or subject.resources[0] in there


CONTROL = "control policy"


def _subjects(world: World, known: Known) -> dict[str, Subject]:
    found = estate.read(world, known)
    listed = [*_holders(found), *_loose(world, found), *_guarded(found), *_endpoints(found), *_controls(found)]
    subjects: dict[str, Subject] = {}
    for subject in listed:  # several policies may guard one thing
        before = subjects.get(subject.key)
        subjects[subject.key] = _joined(before, subject) if before else subject
    return subjects


def _joined(one: Subject, other: Subject) -> Subject:
    layers = {kind: (*one.layers.get(kind, ()), *other.layers.get(kind, ())) for kind in {**one.layers, **other.layers}}
    return Subject(one.key, one.noun, one.resource, layers, one.situation, one.resources, one.where)


def _holders(found: Estate) -> Iterator[Subject]:
    for holder in found.holders:
        principal = Principal("user" if holder.kind == "user" else "role", holder.arn, holder.account)
        layers: dict[Kind, tuple[Written, ...]] = {"identity": holder.identity}
        if holder.boundary:
            layers["boundary"] = (holder.boundary,)
        yield Subject(
            f"holder {holder.arn}", holder.kind, holder.resource, layers, _identity(principal, holder.account)
        )
        if holder.trust:
            yield Subject(
                f"trust {holder.arn}",
                "trust policy",
                holder.resource,
                {"trust": (holder.trust,)},
                _guard(holder.account, "trust", decides=True),
                (holder.arn,),
            )


def _loose(world: World, found: Estate) -> Iterator[Subject]:
    """Managed policies that nobody of the templates has: whoever gets them, elsewhere."""
    taken = {one.resource for holder in found.holders for one in (*holder.identity, holder.boundary) if one}
    policies = principals.Policies(world, {})
    for resource in world.resources("AWS::IAM::ManagedPolicy"):
        if resource not in taken:
            account = arns.account(resource.template)
            principal = Principal("role", f"arn:aws:iam::{account}:role/whoever-has-it", account)
            layers: Layers = {"identity": (policies.of(resource),)}
            key = f"policy {arns.arn(resource, world)}"
            yield Subject(key, "managed policy", resource, layers, _identity(principal, account))


def _identity(principal: Principal, account: str) -> Callable[[Policies], Situation]:
    def situation(policies: Policies) -> Situation:
        boundary = policies.get("boundary", ())
        caller = Caller(principal, policies.get("identity", ()), boundary[0] if boundary else None)
        return Situation(caller, Target(account))

    return situation


def _guarded(found: Estate) -> Iterator[Subject]:
    for guarded in found.guarded:
        yield Subject(
            f"{guarded.noun} {guarded.arns[0]}",
            guarded.noun,
            guarded.resource,
            {"resource": (guarded.policy,)},
            _guard(guarded.account, "resource", decides=guarded.decides),
            guarded.arns,
        )


def _guard(account: str, kind: Kind, *, decides: bool) -> Callable[[Policies], Situation]:
    def situation(policies: Policies) -> Situation:
        own = policies.get(kind, ())
        return Situation(Caller(Anyone(), None), Target(account, own[0] if own else None, decides))

    return situation


def _endpoints(found: Estate) -> Iterator[Subject]:
    for endpoint in found.endpoints:
        everything = parse(FULL, "resource", "whatever it is about")

        def situation(policies: Policies, id_: str = endpoint.id, whatever: Policy = everything) -> Situation:
            target, own = Target(arns.HERE, whatever), policies.get("endpoint", ())
            return Situation(Caller(Anyone(), None), target, {id_: own[0]} if own else {})

        layers: Layers = {"endpoint": (endpoint.policy,)} if endpoint.policy else {}
        through = conditions({"StringEquals": {"aws:SourceVpce": endpoint.id}})
        key = f"endpoint {endpoint.resource}"
        yield Subject(key, "endpoint", endpoint.resource, layers, situation, where=through)


def _controls(found: Estate) -> Iterator[Subject]:
    full = {kind: parse(_for_nobody(FULL) if kind == "scp" else FULL, kind, "AWS's own") for kind in KINDS}
    for control in found.controls:

        def situation(policies: Policies, kind: Kind = control.kind) -> Situation:
            levels = ((full[kind], *policies.get(kind, ())),)
            if kind == "rcp":
                return Situation(Caller(Anyone(), None), Target(arns.HERE, full["resource"], rcps=levels))
            principal = Principal("role", f"arn:aws:iam::{arns.HERE}:role/anybody", arns.HERE)
            return Situation(Caller(principal, None, scps=levels), Target(arns.HERE))

        layers: Layers = {control.kind: (control.policy,)}
        yield Subject(f"control {control.resource}", CONTROL, control.resource, layers, situation)


KINDS: Sequence[Kind] = ("scp", "rcp", "resource")


def _for_nobody(document: Mapping[str, Any]) -> Mapping[str, Any]:
    statements = [{k: v for k, v in one.items() if k != "Principal"} for one in document["Statement"]]
    return {**document, "Statement": statements}
