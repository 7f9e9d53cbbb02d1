"""CloudFormation handlers for every type that ministack lacks: they make resources in the store."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, drift, provisioners, stacks

from fmops.local import context, execution, handler_errors, schemas, store
from fmops.local.refusals import register, templates
from fmops.local.registry import LIFECYCLE, AwsError, Model
from fmops.local.schemas import Schema

_REF = {"AWS::CodeBuild::Project": "Name", "AWS::CodeArtifact::Domain": "Arn"}
"""Types whose Ref is not their primary identifier."""


def ref(schema: Schema, model: Model) -> str:
    """What Ref gives: the physical id."""
    return str(model.get(_REF.get(schema["typeName"], ""), "") or store.identifier(schema, model))


def _made(schema: Schema, model: Model) -> tuple[str, dict[str, Any]]:
    return ref(schema, model), store.attributes(schema, model)


@contextmanager
def _reported() -> Iterator[None]:
    """What behaviour refuses, as CloudFormation reports it."""
    try:
        yield
    except AwsError as error:
        raise ValueError(handler_errors.worded(error.message, error.code)) from error


def _create(resource_type: str, stem: str, properties: Model) -> tuple[str, dict[str, Any]]:
    with _reported():
        return _made(store.schema_of(resource_type), store.create(resource_type, properties, stem))


def _update(resource_type: str, stem: str, physical_id: str, properties: Model) -> tuple[str, dict[str, Any]]:
    schema, old = store.schema_of(resource_type), store.get(resource_type, physical_id)
    new = store.check(schema, properties)
    nested = [path for path in schemas.paths(schema, "createOnlyProperties") if "." in path]
    if any(schemas.at(new, path) != schemas.at(old, path) for path in nested):
        return _create(resource_type, stem, properties)  # a replacement that ministack's table of names cannot express
    with _reported():
        return _made(schema, store.update(resource_type, physical_id, properties))


def _delete(resource_type: str, physical_id: str) -> None:
    with _reported():
        store.delete(resource_type, physical_id)


def _adopt(resource_type: str, wanted: Model) -> tuple[str, dict[str, Any]]:
    model = store.get(resource_type, "|".join(map(str, wanted.values())))
    if model is None:
        raise ValueError(f"Resource of type '{resource_type}' with identifier {wanted} was not found.")
    return _made(store.schema_of(resource_type), model)


def _handler(resource_type: str, schema: Schema) -> dict[str, Any]:
    """ministack's handler record of a type; it also fills the type's rows in ministack's other tables."""
    top_level = tuple(path for path in schemas.paths(schema, "createOnlyProperties") if "." not in path)
    provisioners._REPLACING_PROPERTIES[resource_type] = top_level
    tags = schemas.tag_property(schema)
    if tags is not None:
        shape = schemas.node_at(schema, tags).get("type")
        provisioners._STACK_TAG_PROPERTY[resource_type] = (tags, "map" if shape == "object" else "list")
    read_back = frozenset(set(schema["properties"]) - set(schemas.paths(schema, "writeOnlyProperties")))
    drift._DRIFT_READERS[resource_type] = (lambda physical_id, _: store.get(resource_type, physical_id), read_back)
    return {
        "create": lambda logical_id, new, stack: _create(resource_type, f"{stack}-{logical_id}", new),
        "update": lambda physical_id, _, new, stack, logical_id: _update(
            resource_type, f"{stack}-{logical_id}", physical_id, new
        ),
        "update_with_logical_id": True,
        "delete": lambda physical_id, _: _delete(resource_type, physical_id),
        "import": lambda wanted: _adopt(resource_type, wanted),
    }


def _taken(resource_type: str, name: str, stack: str) -> bool:
    """Whether another stack of the account and region has a resource of the type under this name."""
    here = (context.account(), context.region())
    stacks = [found for key, found in list(cloudformation._stacks._data.items()) if key[:2] == here and key[2] != stack]
    living = [found for found in stacks if found.get("StackStatus") != "DELETE_COMPLETE"]
    resources = [resource for found in living for resource in (found.get("_resources") or {}).values()]
    return any((r["ResourceType"], r["PhysicalResourceId"]) == (resource_type, name) for r in resources)


def _previous(resource_type: str, logical_id: str, stack: str) -> Model | None:
    """The record of the stack's resource of this type and logical id, when it has one already."""
    found = (cloudformation._stacks.get(stack) or {}).get("_resources", {}).get(logical_id)
    return found if found and found["ResourceType"] == resource_type else None


def _in_place(resource_type: str, logical_id: str, properties: Model, stack: str) -> bool:
    """Whether ministack's creation is a change in place: for types without an update of their own it says so."""
    found = _previous(resource_type, logical_id, stack)
    return found is not None and not provisioners._replacing_change(resource_type, found["Properties"], properties)


def _checked(resource_type: str, record: dict[str, Any]) -> dict[str, Any]:
    """A handler record that refuses first what AWS refuses: properties, limits, and rights that its principal lacks."""

    def before(step: str, properties: Model, old: Model | None = None) -> None:
        with _reported():
            if step != "delete":
                register.check_resource(resource_type, properties, new=step == "create")
            execution.check(resource_type, step, properties, old)

    def create(logical_id: str, properties: Model, stack: str, *more: Any) -> Any:
        if _in_place(resource_type, logical_id, properties, stack):
            before("update", properties, (_previous(resource_type, logical_id, stack) or {}).get("Properties"))
        else:
            before("create", properties)
        return record["create"](logical_id, properties, stack, *more)

    def update(physical_id: str, old: Model, new: Model, *more: Any) -> Any:
        before("update", new, old)
        return record["update"](physical_id, old, new, *more)

    def delete(physical_id: str, properties: Model, *more: Any) -> Any:
        before("delete", properties)
        return record["delete"](physical_id, properties, *more)

    steps = {"create": create, "update": update, "delete": delete}
    return {**record, **{step: function for step, function in steps.items() if step in record}}


def _native(resource_type: str, record: dict[str, Any]) -> dict[str, Any]:
    """ministack's record of one of its own types: properties must fit the schema, a name that is taken is refused."""
    schema = schemas.load(resource_type, "us-east-1") or {}
    identifying = schemas.paths(schema, "primaryIdentifier")
    if "create" not in record:
        return record

    def create(logical_id: str, properties: Model, stack: str, *more: Any) -> Any:
        if schema:
            store.check(schema, properties)
        name = properties.get(identifying[0]) if len(identifying) == 1 else None
        new = bool(name) and not _in_place(resource_type, logical_id, properties, stack)
        if new and (_taken(resource_type, str(name), stack) or templates.exists(resource_type, str(name))):
            raise ValueError(f"Resource of type '{resource_type}' with identifier '{name}' already exists.")
        return record["create"](logical_id, properties, stack, *more)

    return _checked(resource_type, {**record, "create": create})


class Handlers(dict[str, Any]):
    """ministack's table of handlers; the store answers for types that it lacks and for those with a lifecycle hook."""

    def __init__(self) -> None:
        super().__init__()
        self.native: frozenset[str] = frozenset()
        self._ours: dict[str, Any] = {}

    def adopt(self, native: dict[str, Any]) -> None:
        """Takes ministack's own types over."""
        self.update({name: _native(name, record) for name, record in native.items()})
        self.native = frozenset(native)

    def ours(self, resource_type: str) -> Any:
        """The store's handler of a type, or None when ministack makes it or AWS has no such type here."""
        if resource_type.startswith("AWS::CloudFormation::") or not resource_type.startswith("AWS::"):
            return None
        if resource_type in self.native and resource_type not in LIFECYCLE:
            return None
        schema = schemas.load(resource_type, context.region())
        if schema is not None and resource_type not in self._ours:
            self._ours[resource_type] = _checked(resource_type, _handler(resource_type, schema))
        return self._ours[resource_type] if schema is not None else None

    def get(self, resource_type: str, default: Any = None) -> Any:
        return self.ours(resource_type) or super().get(resource_type, default)

    def __contains__(self, resource_type: object) -> bool:
        return self.get(str(resource_type)) is not None

    def __getitem__(self, resource_type: str) -> Any:
        return self.ours(resource_type) or super().__getitem__(resource_type)


handlers = Handlers()


def _replacements() -> None:
    """Adds the create-only properties of ministack's own types to what it replaces a resource for."""
    for resource_type in handlers.native:
        create_only = schemas.paths(schemas.load(resource_type, "us-east-1") or {}, "createOnlyProperties")
        known = provisioners._REPLACING_PROPERTIES.get(resource_type, ())
        added = [path for path in create_only if "." not in path and path not in known]
        provisioners._REPLACING_PROPERTIES[resource_type] = (*known, *added)


def install() -> None:
    """Puts the table in ministack's place. Our handlers call APIs, so they run on threads, off its event loop."""
    handlers.adopt(provisioners._RESOURCE_HANDLERS)
    provisioners._RESOURCE_HANDLERS = changesets._RESOURCE_HANDLERS = handlers
    _replacements()
    blocks = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda name: blocks(name) or handlers.ours(name) is not None
