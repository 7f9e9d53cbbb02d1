"""IAM Identity Center's permission sets: a role in every account that they are assigned in."""

from collections.abc import Iterator, Mapping
from typing import Any

from fmops.verify.estate import arns
from fmops.verify.estate.documents import Written, written
from fmops.verify.estate.model import Holder
from fmops.verify.estate.principals import Policies
from fmops.verify.templates import Resource
from fmops.verify.values import Pointer, World, many

PATH = "/aws-reserved/sso.amazonaws.com/"
"""https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html"""


def read(world: World, policies: Policies) -> Iterator[Holder]:
    """A role for each account of each permission set; for one where nobody is assigned, in its own."""
    assigned = _assigned(world)
    for resource in world.resources("AWS::SSO::PermissionSet"):
        name = f"AWSReservedSSO_{arns.name(resource, world)}_{arns.MINTED}"
        for account in assigned.get(resource, [arns.account(resource.template)]):
            boundary, boundary_name = _boundary(world, resource, policies, account)
            yield Holder(
                resource=resource,
                kind="role",
                arn=f"arn:aws:iam::{account}:role{PATH}{name}",
                name=name,
                account=account,
                identity=_identity(world, resource, policies, account),
                boundary=boundary,
                boundary_name=boundary_name,
            )


def _assigned(world: World) -> dict[Resource, list[str]]:
    found: dict[Resource, list[str]] = {}
    for assignment in world.resources("AWS::SSO::Assignment"):
        for pointer in many(world.get(assignment, "PermissionSetArn")):
            account = str(world.get(assignment, "TargetId"))
            if isinstance(pointer, Pointer) and account not in found.setdefault(pointer.resource, []):
                found[pointer.resource].append(account)
    return found


def _identity(world: World, resource: Resource, policies: Policies, account: str) -> tuple[Written, ...]:
    found = [policies.named(value, resource) for value in many(world.get(resource, "ManagedPolicies"))]
    references = many(world.get(resource, "CustomerManagedPolicyReferences"))
    found += [policies.named(_arn(reference, account), resource) for reference in references]
    inline = world.get(resource, "InlinePolicy")
    if inline is not None:
        found.append(written(world, resource, inline, person=False, place=f"{resource} InlinePolicy"))
    return tuple(found)


def _boundary(world: World, resource: Resource, policies: Policies, account: str) -> tuple[Written | None, str]:
    value = world.get(resource, "PermissionsBoundary")
    if value is None:
        return None, ""
    named = value.get("ManagedPolicyArn") if isinstance(value, Mapping) else value
    if isinstance(value, Mapping) and named is None:
        named = _arn(value.get("CustomerManagedPolicyReference"), account)
    return policies.named(named, resource), str(named)


def _arn(reference: Any, account: str) -> Any:
    """The policy of an account that a reference names; what isn't known stays so."""
    if not isinstance(reference, Mapping) or not isinstance(reference.get("Name"), str):
        return reference
    return f"arn:aws:iam::{account}:policy{reference.get('Path', '/')}{reference['Name']}"
