"""Which permissions a resource certainly needs of whoever makes it, by AWS's resource schemas."""

import functools
import re
from collections.abc import Iterator
from typing import Any

from fmops.local import schemas
from fmops.local.registry import Model

CHANGES = r"(Create|Put|Register|Associate|Attach|Allocate|Authorize|Add|Set|Update|Modify|Delete|Deregister|Remove)"

_NEEDS: dict[tuple[str, str], str] = {
    ("AWS::IAM::Role", "iam:AttachRolePolicy"): "ManagedPolicyArns",
    ("AWS::IAM::Role", "iam:PutRolePolicy"): "Policies",
    ("AWS::IAM::Role", "iam:PutRolePermissionsBoundary"): "",  # CreateRole takes it
    ("AWS::KMS::Key", "kms:EnableKeyRotation"): "EnableKeyRotation",
}
"""Permissions that another property than their name's asks for; "" where the call isn't made for a new resource."""


@functools.cache
def declared(resource_type: str, step: str) -> tuple[str, ...]:
    """The permissions of a type's handler that IAM knows, services in IAM's lower case."""
    schema = schemas.load(resource_type, "us-east-1") or {}
    listed = schema.get("handlers", {}).get(step, {}).get("permissions", ())
    found = (f"{service.lower()}:{name}" for service, _, name in (action.partition(":") for action in listed))
    known = schemas.policies()
    return tuple(
        action
        for action in found
        if action.split(":")[1].lower() in known.get(action.split(":")[0], {}).get("Actions", {})
    )


def _plain(name: str) -> str:
    return re.sub(r"(Configurations?|Configs?|Definitions?|s)$", "", name).lower()


def needed(resource_type: str, step: str, properties: Model, old: Model | None = None) -> Iterator[str]:
    """The declared permissions that a resource with these properties certainly needs.

    Those whose name is the verb and the type's own (`ssm:PutParameter` for a parameter), or one of the properties given
    (`s3:PutBucketVersioning` for a bucket with `VersioningConfiguration`), those about tags when it has tags, and
    `iam:PassRole` when it names a role. An update asks for the calls of what it changes: a repository whose tags change
    is not renamed.

    Args:
        step: `create`, `update` or `delete`.
        old: the properties before an update; without them, all that are given count as changed.
    """
    kind = resource_type.split("::")[2]
    touched = {name: value for name, value in properties.items() if value != (old or {}).get(name)}
    given = {_plain(name.removeprefix(kind)) for name, value in touched.items() if value not in (None, [], {})}
    tagged = bool(touched.get("Tags"))
    own = _own_service(resource_type)
    for action in declared(resource_type, step):
        service, _, name = action.partition(":")
        if (resource_type, action) in _NEEDS:
            asked_by = _NEEDS[resource_type, action]
            if asked_by and touched.get(asked_by):
                yield action
        elif action == "iam:PassRole":
            if roles_in(properties):
                yield action
        elif service != own:
            continue
        elif re.search(r"Tag(s|ging)?(Resource|$)|^Tag", name):
            if tagged and step != "delete" and name.startswith(("Tag", "Put", "Add")):
                yield action
        elif found := re.fullmatch(CHANGES + "(.+)", name):
            noun = found[2]
            if noun == kind or (step != "delete" and _plain(noun.removeprefix(kind)) in given):
                yield action


@functools.cache
def _own_service(resource_type: str) -> str:
    """The IAM prefix that most of a type's permissions to create have."""
    prefixes = [action.split(":")[0] for step in ("create", "delete") for action in declared(resource_type, step)]
    name = resource_type.split("::")[1].lower()
    return name if name in prefixes else max(sorted(set(prefixes)), key=prefixes.count, default=name)


def roles_in(value: Any) -> set[str]:
    """The ARNs of roles that properties name."""
    if isinstance(value, dict):
        return set().union(*map(roles_in, value.values())) if value else set()
    if isinstance(value, list):
        return set().union(*map(roles_in, value)) if value else set()
    return {value} if isinstance(value, str) and re.fullmatch(r"arn:aws[a-z-]*:iam::\d{12}:role/.+", value) else set()
