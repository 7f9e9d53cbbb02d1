"""Roles, users and groups of templates, with every policy that says what they may do, and who may assume them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from fmops.verify.estate import arns, managed
from fmops.verify.estate.documents import EVERYTHING, Reading, Written, nothing_known, written
from fmops.verify.estate.model import Holder
from fmops.verify.templates import Resource
from fmops.verify.values import Either, Pointer, Unknown, World, many, options

KINDS = {"AWS::IAM::Role": "role", "AWS::IAM::User": "user", "AWS::IAM::Group": "group"}
ATTACHED = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
INLINE = {"AWS::IAM::RolePolicy": "RoleName", "AWS::IAM::UserPolicy": "UserName", "AWS::IAM::GroupPolicy": "GroupName"}
"""Policies that are resources of their own, and the property that says whose they are."""
NO_LIMIT = {"Version": "2012-10-17", "Statement": [EVERYTHING]}


@dataclass
class Policies:
    """Managed policies by ARN: those of the templates, those that the invariants' file tells, those of AWS.

    Attributes:
        known: documents by patterns of ARNs, of policies that the templates name but don't hold.
    """

    world: World
    known: Mapping[str, Mapping[str, Any]]

    def __post_init__(self) -> None:
        self.own = {arns.arn(one, self.world): one for one in self.world.resources("AWS::IAM::ManagedPolicy")}

    def named(self, value: Any, user: Resource) -> Written:
        """The policy that a role, user or group names."""
        if isinstance(value, Pointer) and value.resource.type == "AWS::IAM::ManagedPolicy":
            return self.of(value.resource)
        if not isinstance(value, str):
            return nothing_known(user, str(value), f"{user} has a policy that isn't known ({value})")
        if value in self.own:
            return self.of(self.own[value])
        for pattern, document in self.known.items():
            if fnmatchcase(value, pattern):
                return written(self.world, user, document, person=False, place=value)
        if (snapshot := managed.document(value)) is not None:
            return written(self.world, user, snapshot, person=False, place=value)
        return nothing_known(user, value, f"{value} is in none of the templates")

    def of(self, resource: Resource) -> Written:
        """A managed policy of the templates."""
        found = written(self.world, resource, resource.properties.get("PolicyDocument"), person=False)
        return _perhaps(found, resource)


def _perhaps(found: Written, resource: Resource) -> Written:
    """A policy that a condition of the template may leave out."""
    if "Condition" not in resource.template.body["Resources"][resource.logical_id]:
        return found
    nothing = Reading({"Statement": []}, {"Statement": []})
    return replace(found, readings=(*found.readings, nothing))


def read(world: World, policies: Policies) -> Iterator[Holder]:
    """Every role, user and group."""
    separate = _separate(world, policies)
    groups = {_key(one, world): _identity(world, one, policies, separate) for one in world.resources("AWS::IAM::Group")}
    members = _members(world)
    for resource in world.resources(*KINDS):
        key = _key(resource, world)
        identity = _identity(world, resource, policies, separate)
        for group in [*_names(world.get(resource, "Groups"), world), *members.get(key[1:], ())]:
            of_group = groups.get(("group", key[1], group))
            unknown = nothing_known(resource, group, f"group {group} is in none of the templates")
            identity += of_group if of_group is not None else (unknown,)
        boundary, boundary_name = _boundary(world, resource, policies)
        yield Holder(
            resource=resource,
            kind=KINDS[resource.type],  # type: ignore[arg-type]
            arn=arns.arn(resource, world),
            name=key[2],
            account=key[1],
            identity=identity,
            boundary=boundary,
            boundary_name=boundary_name,
            trust=_trust(world, resource),
        )


def _trust(world: World, resource: Resource) -> Written | None:
    if resource.type != "AWS::IAM::Role":
        return None
    return written(world, resource, resource.properties.get("AssumeRolePolicyDocument"), person=True)


Key = tuple[str, str, str]
"""Kind, account, name: what IAM tells roles, users and groups apart by."""


def _key(resource: Resource, world: World) -> Key:
    return KINDS[resource.type], arns.account(resource.template), arns.name(resource, world)


def _identity(
    world: World, resource: Resource, policies: Policies, separate: Mapping[Key, tuple[Written, ...]]
) -> tuple[Written, ...]:
    found = [policies.named(value, resource) for value in many(world.get(resource, "ManagedPolicyArns"))]
    for number, inline in enumerate(many(world.get(resource, "Policies"))):
        place = f"{resource} Policies[{number}]"
        if isinstance(inline, Mapping):
            found.append(written(world, resource, inline.get("PolicyDocument"), person=False, place=place))
        else:
            found.append(nothing_known(resource, place, f"{resource} has a policy that isn't known ({inline})"))
    return (*found, *separate.get(_key(resource, world), ()))


def _separate(world: World, policies: Policies) -> dict[Key, tuple[Written, ...]]:
    """Policies that name their roles, users and groups, by those."""
    found: dict[Key, tuple[Written, ...]] = {}

    def add(kind: str, resource: Resource, names: Any, policy: Written) -> None:
        for name in _names(names, world):
            key = (kind, arns.account(resource.template), name)
            found[key] = (*found.get(key, ()), policy)

    for resource in world.resources(*ATTACHED):
        for kind in ("role", "user", "group"):
            names = world.get(resource, f"{kind.capitalize()}s")
            if names:
                add(kind, resource, names, policies.of(resource))
    for resource in world.resources(*INLINE):
        whose = INLINE[resource.type]
        add(whose.removesuffix("Name").lower(), resource, world.get(resource, whose), policies.of(resource))
    return found


def _members(world: World) -> dict[tuple[str, str], tuple[str, ...]]:
    """Groups by account and user, as AWS::IAM::UserToGroupAddition says."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for resource in world.resources("AWS::IAM::UserToGroupAddition"):
        groups = tuple(_names(world.get(resource, "GroupName"), world))
        for user in _names(world.get(resource, "Users"), world):
            key = (arns.account(resource.template), user)
            found[key] = (*found.get(key, ()), *groups)
    return found


def _names(value: Any, world: World) -> list[str]:
    """Names, whether written or pointed at. One that isn't known is nobody's that the templates hold."""
    return [
        arns.write(one, world) if isinstance(one, Pointer) else str(one)
        for one in many(value)
        if not isinstance(one, Unknown)
    ]


def _boundary(world: World, resource: Resource, policies: Policies) -> tuple[Written | None, str]:
    value = world.get(resource, "PermissionsBoundary")
    named = [one for one in options(value) if one is not None]
    if not named:
        return None, ""
    found = [policies.named(one, resource) for one in named]
    if isinstance(value, Either) and None in options(value):
        none = written(world, resource, NO_LIMIT, person=False, place=str(resource))
        return Written(resource, found[0].place, (*_all(found), *none.readings)), ""
    first = named[0]
    name = arns.write(first, world) if isinstance(first, Pointer) else str(first)
    return Written(found[0].resource, found[0].place, _all(found)), name


def _all(found: list[Written]) -> tuple[Reading, ...]:
    return tuple(reading for one in found for reading in one.readings)
