"""A service's own API over the store: Create, Describe, Get, List, Update, Delete and tags, for any kind of resource.

What a service does beyond keeping resources is behaviour and registered by hand (`registry.operation`).
"""

import json
import re
from typing import Any

from fmops.local import mint, schemas, shapes, store
from fmops.local.registry import AwsError, Model

_VERB = re.compile(r"(Create|Describe|Get|List|Search|Update|Put|Delete)(.+)")
_MISSING = ("ResourceNotFound", "ResourceNotFoundException", "NotFoundException")
_TAKEN = ("ResourceInUse", "ConflictException", "ResourceAlreadyExistsException", "DuplicateResourceException")


def _error(operation: Any, options: tuple[str, ...], message: str) -> AwsError:
    """An error under the code that this service has for it."""
    names = operation.service_model.shape_names
    return AwsError(next((code for code in options if code in names), "ValidationException"), message)


def type_of(namespace: str, noun: str) -> str | None:
    """The resource type of an operation's noun: `Domains`, `DomainSummaries` and `Domain` are one."""
    kinds = shapes.kinds(namespace)
    options = (noun, re.sub("ies$", "y", noun), noun.removesuffix("s"), noun.removesuffix("Summaries"))
    return next((kinds[option] for option in options if option in kinds), None)


def _plain(parameters: Model) -> Model:
    plain: Model = json.loads(json.dumps(parameters, default=str))
    return plain


def _complete(answer: Model, shape: Any, row: Model, resource_type: str) -> Model:
    """Adds what every API answers and no template says: when it was made and how it is."""
    created, changed = store.times(resource_type, row)
    for name, member in shape.members.items():
        if name in answer:
            continue
        if member.type_name == "timestamp":
            answer[name] = changed if re.search("Modif|Updat", name) else created
        elif name.endswith("Status") and member.type_name == "string":
            states = getattr(member, "enum", None) or ["ACTIVE"]
            answer[name] = next((state for state in mint.HEALTHY if state in states), states[0])
    return answer


def _reply(row: Model, shape: Any, resource_type: str) -> Model:
    if shape is None:
        return {}
    kind = resource_type.split("::")[2]
    answer: Model = shapes.fit(row, shape, kind)
    for name, member in shape.members.items():
        if member.type_name == "structure" and name.lower().startswith(kind.lower()):
            answer[name] = _complete(shapes.fit(row, member, kind), member, row, resource_type)
    return _complete(answer, shape, row, resource_type)


def _rows(parameters: Model, shape: Any, resource_type: str) -> Model:
    kind = resource_type.split("::")[2]
    target = next((name for name, member in shape.members.items() if member.type_name == "list"), None)
    if target is None:
        return {}
    member = shape.members[target].member
    found = [row for row in store.list_(resource_type) if shapes.matches(parameters, row)]
    if member.type_name != "structure":
        return {target: [shapes.fit(shapes.lookup(f"{kind}Name", row, kind), member) for row in found]}
    return {target: [_complete(shapes.fit(row, member, kind), member, row, resource_type) for row in found]}


def _create(parameters: Model, shape: Any, resource_type: str) -> Model:
    schema, kind = store.schema_of(resource_type), resource_type.split("::")[2]
    wrapped = [v for k, v in parameters.items() if isinstance(v, dict) and kind.lower().endswith(k.lower())]
    given = wrapped[0] if len(wrapped) == 1 and len(parameters) <= 2 else parameters
    given = {
        **{f"{name}Name": value for name, value in given.items()},
        **given,
    }  # `domain` is the template's DomainName
    properties = schemas.named(schema, schema, _plain(given))
    return _reply(store.create(resource_type, store.settable(schema, properties)), shape, resource_type)


def answer(namespace: str, operation: Any, parameters: Model) -> Model:
    """The answer to an operation that no behaviour claims.

    Args:
        namespace: the service's CloudFormation namespace, e.g. `SageMaker`.
        operation: botocore's model of it.
        parameters: the request's members.

    Raises:
        AwsError: with the service's own code when the resource is missing or taken, or the input is invalid.
    """
    if operation.name in _TAGS:
        return _TAGS[operation.name](operation, parameters)
    found = _VERB.fullmatch(operation.name)
    resource_type = type_of(namespace, found[2]) if found else None
    if found is None or resource_type is None:
        message = f"{operation.service_model.service_name}:{operation.name} is not part of the embedded AWS"
        raise AwsError("UnknownOperationException", message)
    verb, shape = found[1], operation.output_shape
    try:
        if verb in ("List", "Search"):
            return _rows(parameters, shape, resource_type)
        if verb == "Create":
            return _create(parameters, shape, resource_type)
        return _one(verb, operation, parameters, resource_type)
    except ValueError as error:
        options = _TAKEN if "exists" in str(error) else ("ValidationException",)
        raise _error(operation, options, str(error)) from error


def _one(verb: str, operation: Any, parameters: Model, resource_type: str) -> Model:
    kind = resource_type.split("::")[2]
    wanted = {name: value for name, value in parameters.items() if name in operation.input_shape.required_members}
    wanted = wanted or parameters
    rows = [row for row in store.list_(resource_type) if shapes.matches(wanted, row, kind)]
    row = next((row for row in rows if any(shapes.lookup(name, row, kind) for name in wanted)), None)
    if row is None:
        raise _error(operation, _MISSING, f"{kind} {wanted} does not exist")
    schema = store.schema_of(resource_type)
    if verb == "Delete":
        store.delete(resource_type, store.identifier(schema, row))
        return {}
    if verb in ("Update", "Put"):
        changed = {**row, **schemas.named(schema, schema, _plain(parameters))}
        row = store.update(resource_type, store.identifier(schema, row), store.settable(schema, changed))
    return _reply(row, operation.output_shape, resource_type)


def _tagged(operation: Any, parameters: Model) -> tuple[str, Model, str]:
    arn = next((str(v) for k, v in parameters.items() if k.lower() in ("resourcearn", "resource", "arn")), "")
    found = store.by_arn(arn)
    name = schemas.tag_property(store.schema_of(found[0])) if found else None
    if found is None or name is None:
        raise _error(operation, _MISSING, f"Resource {arn} does not exist")
    return *found, name


def _pairs(tags: Any) -> dict[str, str]:
    if isinstance(tags, dict):
        return dict(tags)
    return {tag.get("Key") or tag.get("key"): tag.get("Value") or tag.get("value") or "" for tag in tags or []}


def _list_tags(operation: Any, parameters: Model) -> Model:
    _, row, name = _tagged(operation, parameters)
    target, shape = next((n, s) for n, s in operation.output_shape.members.items() if s.type_name in ("list", "map"))
    if shape.type_name == "map":
        return {target: _pairs(row.get(name))}
    key, value = ("Key", "Value") if "Key" in shape.member.members else ("key", "value")
    return {target: [{key: k, value: v} for k, v in _pairs(row.get(name)).items()]}


def _change_tags(operation: Any, parameters: Model) -> Model:
    resource_type, row, name = _tagged(operation, parameters)
    removed: Any = next((v for k, v in parameters.items() if k.lower() == "tagkeys"), [])
    added: Any = next((v for k, v in parameters.items() if k.lower() == "tags"), {})
    tags = {key: value for key, value in {**_pairs(row.get(name)), **_pairs(added)}.items() if key not in removed}
    as_map = schemas.node_at(store.schema_of(resource_type), name).get("type") == "object"
    row[name] = tags if as_map else [{"Key": key, "Value": value} for key, value in tags.items()]
    store.put(resource_type, row)
    return {"Tags": row[name]} if "Tags" in getattr(operation.output_shape, "members", ()) else {}


_TAGS = {
    **dict.fromkeys(("ListTags", "ListTagsForResource"), _list_tags),
    **dict.fromkeys(("AddTags", "DeleteTags", "TagResource", "UntagResource"), _change_tags),
}
