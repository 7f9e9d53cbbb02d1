"""The resources of every type that ministack does not make itself: created, changed and deleted by their schemas.

CloudFormation, Cloud Control and the services' own Create, Update and Delete operations all come through here, so they
agree with each other. Everything acts in the current account and region.
"""

import copy
import functools
from collections.abc import Callable, Iterator
from typing import Any

from ministack.core.responses import AccountRegionScopedDict

from fmops.local import context, mint, native, schemas
from fmops.local.registry import LIFECYCLE, TABLES, Model, table
from fmops.local.schemas import Schema

_RESOURCES = "store.resources"
_TIMES = "store.times"
Key = tuple[str, str]


def schema_of(resource_type: str) -> Schema:
    """The schema of a type in the current region; ValueError names a type that AWS does not have there."""
    schema = schemas.load(resource_type, context.region())
    if schema is None:
        raise ValueError(f"Template format error: Unrecognized resource types: [{resource_type}]")
    return schema


def identifier(schema: Schema, model: Model) -> str:
    """The primary identifier, its parts joined by `|` as Cloud Control writes it."""
    return "|".join(str(schemas.at(model, path)) for path in schemas.paths(schema, "primaryIdentifier"))


def attributes(schema: Schema, model: Model) -> dict[str, Any]:
    """What Fn::GetAtt may read of a resource, nested members by their dotted names."""
    kind = schemas.kind(schema)
    names = [*_given_back(schema), f"{kind}Name", f"{kind}Id", "Name", "Arn"]
    return {name: found for name in names if (found := schemas.at(model, name)) is not None}


def _given_back(schema: Schema) -> list[str]:
    return schemas.paths(schema, "readOnlyProperties") + schemas.paths(schema, "primaryIdentifier")


def _rows(resource_type: str) -> Iterator[tuple[Key, Model]]:
    return ((key, model) for key, model in list(table(_RESOURCES).items()) if key[0] == resource_type)


def _key(resource_type: str, wanted: str) -> Key | None:
    """The stored key that an identifier, a name or an ARN means."""
    resources = table(_RESOURCES)
    if (resource_type, wanted) in resources:
        return resource_type, wanted
    kind = resource_type.split("::")[2]
    names = ("Arn", f"{kind}Arn", f"{kind}Name", "Name", f"{kind}Id", "Id")
    return next((key for key, model in _rows(resource_type) if any(model.get(name) == wanted for name in names)), None)


def get(resource_type: str, wanted: str) -> Model | None:
    """The resource with this physical id, name or ARN, or None. Changing the answer does not change the resource."""
    key = _key(resource_type, wanted)
    return copy.deepcopy(table(_RESOURCES)[key]) if key else None


def list_(resource_type: str) -> list[Model]:
    """All resources of a type, oldest first."""
    return [copy.deepcopy(model) for _, model in _rows(resource_type)]


def find(resource_type: str, **properties: Any) -> Model | None:
    """The first resource of a type that has these properties."""
    wanted = properties.items()
    return next((model for model in list_(resource_type) if all(model.get(k) == v for k, v in wanted)), None)


def by_arn(arn: str) -> tuple[str, Model] | None:
    """Type and model of the resource with an ARN."""
    for (resource_type, name), model in list(table(_RESOURCES).items()):
        kind = resource_type.split("::")[2]
        if arn in (name, model.get("Arn"), model.get(f"{kind}Arn")):
            return resource_type, copy.deepcopy(model)
    return None


def anywhere(resource_type: str) -> list[tuple[str, Model]]:
    """All accounts' resources of a type in the current region, each with its account: for what is shared by id."""
    rows = list(TABLES.get(_RESOURCES, AccountRegionScopedDict())._data.items())
    return [
        (account, copy.deepcopy(model))
        for (account, region, key), model in rows
        if region == context.region() and key[0] == resource_type
    ]


def times(resource_type: str, model: Model) -> tuple[Any, Any]:
    """When a resource was created and last changed."""
    moment = context.now()
    found: tuple[Any, Any] = tuple(
        table(_TIMES).get((resource_type, identifier(schema_of(resource_type), model)), (moment, moment))
    )
    return found


def put(resource_type: str, model: Model) -> None:
    """Stores a model as it is: for behaviour that changes a resource's own state. No validation, no hooks."""
    key = (resource_type, identifier(schema_of(resource_type), model))
    created = table(_TIMES).get(key, (context.now(),))[0]
    table(_TIMES)[key] = (created, context.now())
    table(_RESOURCES)[key] = copy.deepcopy(model)


def check(schema: Schema, properties: Model) -> Model:
    """The properties as AWS would store them; ValueError in CloudFormation's words when they break the schema."""
    coerced: Model = schemas.coerce(schema, schema, copy.deepcopy(properties))
    found = schemas.problems(schema, coerced)
    if found:
        where = schema["typeName"]
        raise ValueError(f"Properties validation failed for resource {where} with message:\n" + "\n".join(found))
    return coerced


def _name(schema: Schema, model: Model, stem: str) -> None:
    """Gives a name to a resource that has none, as CloudFormation does: `stack-LogicalId-random`."""
    kind, read_only = schemas.kind(schema), schemas.paths(schema, "readOnlyProperties")
    for name in (*schemas.paths(schema, "primaryIdentifier"), f"{kind}Name", "Name"):
        node = schemas.node_at(schema, name)
        if name in read_only or name in model or node.get("type") != "string" or "enum" in node:
            continue
        made = f"{stem}-{mint.token(12)}"
        made = made if "A-Z" in node.get("pattern", "A-Z") else made.lower()
        model[name] = made[-min(node.get("maxLength", 64), 64) :].lstrip("-")


def _fill(model: Model, path: str, make: Callable[[], Any]) -> None:
    *parents, leaf = path.split(".")
    node: Any = model
    for parent in parents:
        node = node.get(parent)
        if not isinstance(node, dict):
            return  # an optional object that was not given has no read-only members either
    if leaf not in node:
        node[leaf] = make()


def create(resource_type: str, properties: Model, stem: str | None = None) -> Model:
    """Makes a resource: validates, names, mints what is read-only, and lets its behaviour act.

    Args:
        properties: as a template gives them.
        stem: the beginning of generated names; CloudFormation says `stack-LogicalId`.

    Raises:
        ValueError: the properties break the schema, or the resource exists.
        AwsError: its behaviour refuses.
    """
    schema = schema_of(resource_type)
    model = check(schema, properties)
    _name(schema, model, stem or schemas.kind(schema))
    if any(native.same(resource_type, model, other) for _, other in _rows(resource_type)):
        raise ValueError(f"Resource of type '{resource_type}' with the same name already exists.")
    model = {**native.create(schema, model), **model}
    read_only = schemas.paths(schema, "readOnlyProperties")
    primary = schemas.paths(schema, "primaryIdentifier")
    for path in sorted(read_only, key=lambda name: (name.endswith("Arn"), name not in primary)):
        _fill(model, path, functools.partial(mint.value, schema, path, model))
    if (resource_type, identifier(schema, model)) in table(_RESOURCES):
        raise ValueError(f"Resource of type '{resource_type}' with identifier '{identifier(schema, model)}' exists.")
    for hook in LIFECYCLE.get(resource_type, ()):
        hook(model, None)
    put(resource_type, model)
    return copy.deepcopy(model)


def update(resource_type: str, wanted: str, properties: Model) -> Model:
    """Changes a resource to the given properties, all of them; what is read-only stays.

    Raises:
        ValueError: the resource does not exist, or the properties break the schema.
        AwsError: its behaviour refuses; then nothing has changed.
    """
    schema, key = schema_of(resource_type), _key(resource_type, wanted)
    if key is None:
        raise ValueError(f"Resource of type '{resource_type}' with identifier '{wanted}' was not found.")
    previous = copy.deepcopy(table(_RESOURCES)[key])
    model = check(schema, properties)
    for name in {path.split(".")[0] for path in _given_back(schema)} & previous.keys():
        model.setdefault(name, previous[name])
    native.update(schema, model)
    for hook in LIFECYCLE.get(resource_type, ()):
        hook(model, copy.deepcopy(previous))
    put(resource_type, model)
    return copy.deepcopy(model)


def delete(resource_type: str, wanted: str) -> None:
    """Deletes a resource and lets its behaviour act; one that is gone already is no error."""
    key = _key(resource_type, wanted)
    if key is None:
        return
    model = table(_RESOURCES)[key]
    native.delete(schema_of(resource_type), model)
    for hook in LIFECYCLE.get(resource_type, ()):
        hook(None, copy.deepcopy(model))
    table(_RESOURCES).pop(key, None)
    table(_TIMES).pop(key, None)


def settable(schema: Schema, model: Model) -> Model:
    """A model without its read-only properties: what `create` and `update` take."""
    read_only = schemas.paths(schema, "readOnlyProperties")
    return {name: value for name, value in model.items() if name not in read_only}
