"""From resource types to IAM grants: the permissions that AWS's resource schemas declare, each on as little as it can.

Sources: cfn-lint's copy of the CloudFormation registry (`handlers.*.permissions`) and of IAM's service authorization
reference (the ARN formats of each action's resources); what they don't say is in `supplement.yaml`.
"""

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from fmops.bootstrap.assembly import Contents
from fmops.local import schemas
from fmops.problem import Problem

FILE = Path(__file__).with_name("supplement.yaml")
HAND_OVER = "iam:PassRole"
READS = ("Describe", "List")
"""Actions that show names and settings: they aren't narrowed to names, since CloudFormation looks for others too."""
ANYWHERE = ("*",)
PLACEHOLDERS = {
    "${Partition}": "${AWS::Partition}",
    "${Region}": "${AWS::Region}",
    "${Account}": "${AWS::AccountId}",
}


@dataclass(frozen=True, order=True)
class Grant:
    """One action on resources (ARNs with CloudFormation's pseudo parameters) under a condition.

    Attributes:
        condition: `((operator, key, (value, ...)), ...)`.
    """

    resources: tuple[str, ...]
    condition: tuple[tuple[str, str, tuple[str, ...]], ...]
    action: str


@functools.cache
def supplement() -> Mapping[str, Any]:
    """The reviewed data beside this module."""
    found: dict[str, Any] = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))
    return found


def known(action: str) -> Mapping[str, Any] | None:
    """What IAM's reference says of an action; None if it has no such action."""
    service, _, name = action.partition(":")
    found: Mapping[str, Any] | None = schemas.policies().get(service, {}).get("Actions", {}).get(name.lower())
    return found


def declared(resource_type: str, region: str) -> set[str]:
    """The permissions that a type's handlers declare, services in IAM's lower case; empty if they declare none."""
    schema = schemas.load(resource_type, region) or {}
    found = (action for handler in schema.get("handlers", {}).values() for action in handler.get("permissions", ()))
    return {f"{service.lower()}:{name}" for service, _, name in (action.partition(":") for action in found)}


def supplied(resource_type: str) -> list[str] | None:
    """The permissions that the supplement gives a type; None if it doesn't know it."""
    types: Mapping[str, list[str]] = supplement()["types"]
    family = f"{resource_type.rpartition('::')[0]}::*"
    return types.get(resource_type, types.get(family))


def actions(resource_type: str, region: str, stack: str) -> set[str]:
    """The IAM actions that CloudFormation needs for a type.

    Raises:
        Problem: nobody says what it needs, or it needs what IAM doesn't know.
    """
    wanted: Iterable[str] | None = declared(resource_type, region) or supplied(resource_type)
    if wanted is None:
        raise Problem(
            f"{resource_type} (in {stack}): AWS's schema declares no permissions for it, or it doesn't exist.",
            f"Add what CloudFormation calls for it to {FILE.name}, under types.",
        )
    found = {name for action in map(spelled, wanted) for name in supplement()["aliases"].get(action, [action])}
    if unknown := sorted(action for action in found if known(action) is None):
        raise Problem(
            f"{resource_type} (in {stack}) needs {', '.join(unknown)}: IAM has no such action.",
            f"Say what it is called in IAM in {FILE.name}, under aliases.",
        )
    return found - set(supplement()["withheld"])


def grants(contents: Contents, region: str, also: Iterable[str] = ()) -> list[Grant]:
    """What CloudFormation's execution role of a place may do, sorted.

    Args:
        contents: what the place gets.
        also: resource types that others deploy there.

    Raises:
        Problem: see `actions`.
    """
    types = {**dict.fromkeys(also, "a seed's deploy app"), **contents.types}
    wanted = {action for resource_type, stack in types.items() for action in actions(resource_type, region, stack)}
    passed = [(("StringEquals", "iam:PassedToService", tuple(sorted(contents.services))),)] if contents.services else []
    own = [
        Grant(resources(action), condition, action)
        for action in wanted
        for condition in (passed if action == HAND_OVER else [conditions(action)])
    ]
    return sorted({*own, *reading(contents)})


def reading(contents: Contents) -> Iterator[Grant]:
    """What CloudFormation reads for any stack: the parameters that templates take their values from."""
    arns = tuple(
        "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter" + name
        for name in sorted({prefix(parameter) for parameter in contents.parameters})
    )
    if arns:
        yield Grant(arns, (), "ssm:GetParameters")


def prefix(parameter: str) -> str:
    """The family of a parameter's name: `/fmops/network/vpc-id` -> `/fmops/*`."""
    parts = parameter.split("/")
    return f"/{parts[1]}/*" if len(parts) > 2 else parameter


def spelled(action: str) -> str:
    """One spelling per action: IAM doesn't mind case, schemas are not of one mind (`EC2:`, `...WithoutPlainText`)."""
    service, _, name = action.partition(":")
    return f"{service.lower()}:{name.replace('PlainText', 'Plaintext')}"


def conditions(action: str) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """The condition that the supplement puts on an action."""
    found: Mapping[str, Mapping[str, str]] = supplement()["conditions"].get(action, {})
    return tuple((operator, key, (value,)) for operator, keys in found.items() for key, value in keys.items())


def resources(action: str) -> tuple[str, ...]:
    """The ARNs that an action is allowed on: our names where its kinds of resource have them, else the account's."""
    fixed: list[str] | None = supplement()["resources"].get(action)
    if fixed:
        return tuple(fixed)
    service, _, name = action.partition(":")
    formats = {kind.lower(): entry["ARNFormats"] for kind, entry in schemas.policies()[service]["Resources"].items()}
    kinds = [kind.lower() for kind in (known(action) or {}).get("Resources", [])]
    named = [kind for kind in kinds if f"{service}:{kind}" in supplement()["names"]]
    found = {
        arn
        for kind in named or kinds  # a tag, for one, can be put on every kind: here on those that have our names
        for form in formats[kind]
        for arn in narrowed(service, kind, form, read=name.startswith(READS))
    }
    return ANYWHERE if not found or "*" in found else tuple(sorted(found))


def narrowed(service: str, kind: str, form: str, *, read: bool) -> Iterator[str]:
    """An ARN's format with our names in place of what is variable, or the whole account's where it has no names.

    A service none of whose kinds has names is given as a whole, which says the same in fewer characters.

    Args:
        service: IAM's prefix.
        kind: of the resource.
        form: e.g. `arn:${Partition}:iam::${Account}:role/.*`.
        read: the action only shows names and settings.
    """
    for theirs, ours in PLACEHOLDERS.items():
        form = form.replace(theirs, ours)
    every: Mapping[str, list[str]] = supplement()["names"]
    fixed = form.partition(".*")[0]
    head = ":".join(split_arn(form)[:5])
    placed = "AccountId" in head or "Region" in head
    if f"{service}:{kind}" in every and not (read and placed):
        yield from (fixed + name for name in every[f"{service}:{kind}"])
    elif placed and not any(name.startswith(f"{service}:") for name in every):
        yield f"{head}:*"
    else:
        yield "*" if fixed == f"{head}:" and not placed else fixed.rstrip("*") + "*"


def split_arn(arn: str) -> list[str]:
    """The six parts of an ARN whose pseudo parameters hold colons."""
    return [part.replace("\0", "::") for part in arn.replace("AWS::", "AWS\0").split(":", 5)]
