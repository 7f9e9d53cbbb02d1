"""Resources that are statements themselves: permissions of functions and layers, of event buses, and shares."""

from collections.abc import Mapping
from typing import Any

from fmops.verify.templates import Resource
from fmops.verify.values import World, many

Statement = Mapping[str, Any]


def of_function(world: World, resource: Resource) -> list[Statement]:
    """AWS::Lambda::Permission as the statement that Lambda keeps."""
    limits = {
        ("StringEquals", "aws:SourceAccount"): "SourceAccount",
        ("ArnLike", "aws:SourceArn"): "SourceArn",
        ("StringEquals", "aws:PrincipalOrgID"): "PrincipalOrgID",
        ("StringEquals", "lambda:FunctionUrlAuthType"): "FunctionUrlAuthType",
        ("StringEquals", "lambda:EventSourceToken"): "EventSourceToken",
    }
    return [_allow(world, resource, _who(world.get(resource, "Principal")), world.get(resource, "Action"), limits)]


def of_layer(world: World, resource: Resource) -> list[Statement]:
    """AWS::Lambda::LayerVersionPermission."""
    limits = {("StringEquals", "aws:PrincipalOrgID"): "OrganizationId"}
    return [_allow(world, resource, _who(world.get(resource, "Principal")), world.get(resource, "Action"), limits)]


def of_bus(world: World, resource: Resource) -> list[Statement]:
    """AWS::Events::EventBusPolicy: a statement, or its parts."""
    given = world.get(resource, "Statement")
    if given is not None:
        return [given]
    condition = world.get(resource, "Condition")
    limit = {}
    if isinstance(condition, Mapping):
        limit = {"Condition": {condition.get("Type", "StringEquals"): {condition.get("Key"): condition.get("Value")}}}
    who = _who(world.get(resource, "Principal"))
    return [{"Effect": "Allow", "Principal": who, "Action": world.get(resource, "Action"), "Resource": "*", **limit}]


def of_share(world: World, resource: Resource) -> list[Statement]:
    """AWS::RAM::ResourceShare: each principal may use what is shared."""
    found: list[Statement] = []
    for principal in many(world.get(resource, "Principals")):
        name = str(principal)
        if ":organization/" in name or ":ou/" in name:
            organization = name.split("/")[1]
            limit = {"StringEquals": {"aws:PrincipalOrgID": organization}}
            found.append(_share("*", {"Condition": limit}))
        else:
            found.append(_share(_who(principal), {}))
    return found


def _share(who: Any, limit: Statement) -> Statement:
    return {"Effect": "Allow", "Principal": who, "Action": "ram:GetResourceShares", "Resource": "*", **limit}


def _allow(world: World, resource: Resource, who: Any, action: Any, limits: Mapping[tuple[str, str], str]) -> Statement:
    condition: dict[str, dict[str, Any]] = {}
    for (operator, key), name in limits.items():
        value = world.get(resource, name)
        if value is not None:
            condition.setdefault(operator, {})[key] = value
    limit = {"Condition": condition} if condition else {}
    return {"Effect": "Allow", "Principal": who, "Action": action or "lambda:*", "Resource": "*", **limit}


def _who(principal: Any) -> Any:
    """A principal given as one text, as a policy names it."""
    if isinstance(principal, str) and principal.endswith((".amazonaws.com", ".amazon.com")):
        return {"Service": principal}
    return principal if principal == "*" else {"AWS": principal}
