"""Types that ministack's CloudFormation lacks although its API has them: the store calls that API.

Which operations those are follows from the schema's handler permissions (`cloudtrail:CreateTrail`); the table holds
what names do not tell.
"""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from fmops.local import context, identity, schemas, shapes
from fmops.local.registry import LIFECYCLE, Model
from fmops.local.schemas import Schema

SERVICES: dict[str, tuple[str, ...]] = {
    "Organizations": ("organizations",),
    "Bedrock": ("bedrock", "bedrock-agent"),
    "CloudTrail": ("cloudtrail",),
    "Budgets": ("budgets",),
    "OpenSearchServerless": ("opensearchserverless",),
    "Config": ("config",),
    "EC2": ("ec2",),
}
_VERBS = {
    "create": "Create|Register|Put|Associate",
    "read": "Describe|Get",
    "update": "Update|Put",
    "delete": "Delete|Deregister|Disassociate",
}


@dataclass(frozen=True)
class Route:
    """The operations of one type, and members that are not simply properties."""

    service: str
    operations: dict[str, str]
    members: dict[str, Callable[[Model], Any]] = field(default_factory=dict)


_TABLE = {
    "AWS::EC2::FlowLog": Route(
        "ec2",
        {"create": "CreateFlowLogs", "delete": "DeleteFlowLogs"},
        {"ResourceIds": lambda row: [row["ResourceId"]], "FlowLogIds": lambda row: [row["Id"]]},
    ),
    "AWS::EC2::SecurityGroupIngress": Route(
        "ec2", {"create": "AuthorizeSecurityGroupIngress", "delete": "RevokeSecurityGroupIngress"}
    ),
    "AWS::EC2::SecurityGroupEgress": Route(
        "ec2", {"create": "AuthorizeSecurityGroupEgress", "delete": "RevokeSecurityGroupEgress"}
    ),
    "AWS::Organizations::Account": Route("organizations", {"create": "CreateAccount"}),
    "AWS::Budgets::Budget": Route(
        "budgets",
        {"create": "CreateBudget", "delete": "DeleteBudget", "update": "UpdateBudget"},
        {
            "AccountId": lambda _: context.account(),
            "BudgetName": lambda row: row["Budget"]["BudgetName"],
            "NewBudget": lambda row: row["Budget"],
        },
    ),
}


@functools.cache
def route(resource_type: str) -> Route | None:
    """The native operations of a type, or None when the store alone answers for it."""
    if resource_type in LIFECYCLE:
        return None
    if resource_type in _TABLE:
        return _TABLE[resource_type]
    namespace, kind = resource_type.split("::")[1:]
    handlers = (schemas.load(resource_type, "us-east-1") or {}).get("handlers", {})
    for service in SERVICES.get(namespace, ()):
        known, operations = set(shapes.model(service).operation_names), {}
        for step, verbs in _VERBS.items():
            permitted = [name.split(":")[1] for name in handlers.get(step, {}).get("permissions", ()) if ":" in name]
            fitting = [
                name for name in permitted if (m := re.fullmatch(f"({verbs})(.+)", name)) and kind.endswith(m[2])
            ]
            fitting += [verb + kind for verb in verbs.split("|")]  # no permission says so, the name does
            operations[step] = next((name for name in fitting if name in known), "")
        if operations["create"]:
            return Route(service, {step: name for step, name in operations.items() if name})
    return None


def _parameters(found: Route, step: str, row: Model, kind: str) -> Model:
    shape = shapes.model(found.service).operation_model(found.operations[step]).input_shape
    if shape is None:
        return {}
    parameters: Model = shapes.fit(row, shape)
    parameters |= {
        name: shapes.fit(make(row), shape.members[name])
        for name, make in found.members.items()
        if name in shape.members
    }
    for name in shape.required_members:
        member = shape.members[name]
        if name in parameters:
            continue
        if member.type_name == "structure":
            parameters[name] = shapes.fit(row, member, kind)  # the API wraps what the template has flat
        else:
            arn = str(row.get(f"{kind}Arn") or row.get("Arn") or "")
            value = shapes.lookup(name, row, kind) or re.split("[/:]", arn)[-1]
            parameters[name] = shapes.fit(value, member)
    return parameters


def _call(found: Route, step: str, row: Model, kind: str) -> Model:
    operation = getattr(identity.client(found.service), xform_name(found.operations[step]))
    answer: Model = operation(**_parameters(found, step, row, kind))
    answer.pop("ResponseMetadata", None)
    return answer


def _flat(answer: Any, kind: str) -> Model:
    """The answer's scalars under the names of properties: `FlowLogIds: [x]` is `Id: x`, `trailARN` is `TrailARN`."""
    flat: Model = {}

    def walk(node: Model) -> None:
        for key, value in node.items():
            name = key[0].upper() + key[1:]
            if isinstance(value, dict):
                walk(value)
            elif isinstance(value, str | int | float | bool):
                flat.setdefault(name, value)
            elif isinstance(value, list) and name.endswith("Ids") and len(value) == 1:
                flat.setdefault("Id", value[0])

    walk(answer)
    for name in (f"{kind}Id", f"{kind}Arn", f"{kind}Name", f"{kind}Status"):
        if name in flat:
            flat.setdefault(name.removeprefix(kind), flat[name])
    return flat


def create(schema: Schema, row: Model) -> Model:
    """Creates the resource by its API; the read-only properties that the API answered. ValueError when it refuses."""
    found, kind = route(schema["typeName"]), schemas.kind(schema)
    if found is None:
        return {}
    try:
        answer = _flat(_call(found, "create", row, kind), kind)
        if "read" in found.operations:
            answer = {**_flat(_call(found, "read", {**row, **answer}, kind), kind), **answer}
    except ClientError as error:
        raise ValueError(f'Resource handler returned message: "{error}"') from error
    spelling = {name.lower(): value for name, value in answer.items()}
    read_only = schemas.paths(schema, "readOnlyProperties")
    return {name: spelling[name.lower()] for name in read_only if name.lower() in spelling}


def update(schema: Schema, row: Model) -> None:
    """Changes the resource by its API, when it has an operation for that."""
    _change("update", schema, row)


def delete(schema: Schema, row: Model) -> None:
    """Deletes the resource by its API; one that is gone already is no error."""
    _change("delete", schema, row, tolerated=r"NotFound|NoSuch|NotExist")


def _change(step: str, schema: Schema, row: Model, tolerated: str = "$^") -> None:
    found = route(schema["typeName"])
    if found is None or step not in found.operations:
        return
    try:
        _call(found, step, row, schemas.kind(schema))
    except ClientError as error:
        if not re.search(tolerated, error.response["Error"]["Code"]):
            raise ValueError(f'Resource handler returned message: "{error}"') from error


@functools.cache
def _read_key(resource_type: str) -> tuple[str, ...]:
    """The members by which the service's API names one resource: no two resources may share them."""
    namespace, kind = resource_type.split("::")[1:]
    for service in (name for name, owner in shapes.NAMESPACES.items() if owner == namespace):
        for verb in ("Describe", "Get"):
            if verb + kind in shapes.model(service).operation_names:
                return tuple(shapes.model(service).operation_model(verb + kind).input_shape.required_members)
    return ()


def same(resource_type: str, one: Model, other: Model) -> bool:
    """Whether the service's API could not tell two resources apart."""
    kind, names = resource_type.split("::")[2], _read_key(resource_type)
    values = [shapes.lookup(name, one, kind) for name in names]
    return bool(names) and None not in values and values == [shapes.lookup(name, other, kind) for name in names]
