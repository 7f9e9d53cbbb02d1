"""AWS's own resource schemas, as cfn-lint ships them: look up, coerce like CloudFormation, find what is wrong."""

import functools
import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema

Schema = dict[str, Any]


def _data() -> Path:
    spec = importlib.util.find_spec("cfnlint")  # found, never imported: only its data is needed
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("cfn-lint is not installed: the embedded AWS reads its resource schemas (make setup)")
    return Path(spec.submodule_search_locations[0]) / "data"


@functools.cache
def catalog(region: str) -> dict[str, str]:
    """The resource types of a region, each with the name of its schema file."""
    path = _data() / "schemas/providers" / f"{region}.json"
    found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return found


@functools.cache
def load(resource_type: str, region: str) -> Schema | None:
    """The schema of a type, or None when the region does not have it."""
    digest = catalog(region).get(resource_type)
    if digest is None:
        return None
    text = (_data() / "schemas/resources" / f"{digest}.json").read_text()
    found: Schema = json.loads(_CLASSES.sub(lambda known: _PYTHONS[known[1]], text))
    return found


_CLASSES = re.compile(r"\\\\p\{(L|N|Z|P|S|M)\}")
_PYTHONS = {"L": r"\\w", "N": r"\\d", "Z": r"\\s", "P": "!-/:-@", "S": "$+<->^`|~", "M": ""}
"""Unicode's classes in the schemas' patterns, as Python's regular expressions know them, or near enough."""


@functools.cache
def policies() -> dict[str, Any]:
    """Per IAM prefix: its actions, their resource types, and each resource type's ARN format."""
    found: dict[str, Any] = json.loads((_data() / "AdditionalSpecs/Policies.json").read_text())
    return found


def paths(schema: Schema, key: str) -> list[str]:
    """A schema's list of properties (`/properties/A/B`) as dotted names (`A.B`)."""
    return [path.removeprefix("/properties/").replace("/", ".") for path in schema.get(key) or ()]


def kind(schema: Schema) -> str:
    """`Bucket` of `AWS::S3::Bucket`."""
    return str(schema["typeName"]).split("::")[2]


def at(model: Any, path: str) -> Any:
    """The value at a dotted path, or None."""
    for part in path.split("."):
        model = model.get(part) if isinstance(model, dict) else None
    return model


def deref(schema: Schema, node: Any) -> dict[str, Any]:
    """A node of the schema, its references followed."""
    while "$ref" in node:
        node = functools.reduce(lambda inner, part: inner[part], node["$ref"].removeprefix("#/").split("/"), schema)
    found: dict[str, Any] = node
    return found


def node_at(schema: Schema, path: str) -> dict[str, Any]:
    """The node that describes a dotted property, or an empty one."""
    node: dict[str, Any] = {"properties": schema["properties"]}
    for part in path.split("."):
        node = deref(schema, deref(schema, node).get("properties", {}).get(part, {}))
    return node


def tag_property(schema: Schema) -> str | None:
    """The property that holds the type's tags, when it has one."""
    name: str = (schema.get("tagging") or {}).get("tagProperty", "/properties/Tags").removeprefix("/properties/")
    return name if name in schema["properties"] else None


def _boolean(text: str) -> bool | str:
    return text.lower() == "true" if text.lower() in ("true", "false") else text


def _number(text: str) -> int | float | str:
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text


def coerce(schema: Schema, node: Any, value: Any) -> Any:
    """CloudFormation's leniency: "10" is an integer, "true" a boolean, 1 a string where the schema says so."""
    node = deref(schema, node)
    if isinstance(value, dict):
        members = node.get("properties", {})
        other: Any = next(iter(node.get("patternProperties", {}).values()), {})
        return {name: coerce(schema, members.get(name, other), member) for name, member in value.items()}
    if isinstance(value, list):
        return [coerce(schema, node.get("items", {}), item) for item in value]
    wanted = node.get("type")
    if wanted in ("integer", "number") and isinstance(value, str):
        return _number(value)
    if wanted == "boolean" and isinstance(value, str):
        return _boolean(value)
    if wanted == "string" and isinstance(value, bool | int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value


def named(schema: Schema, node: Any, value: Any) -> Any:
    """An API's value under the template's names (`stages` -> `Stages`); members that no template has are dropped."""
    node = deref(schema, node)
    if isinstance(value, list):
        return [named(schema, node.get("items", {}), item) for item in value]
    if not isinstance(value, dict) or "properties" not in node:
        return value
    spelling = {name.lower(): name for name in node["properties"]}
    return {
        spelling[name.lower()]: named(schema, node["properties"][spelling[name.lower()]], member)
        for name, member in value.items()
        if name.lower() in spelling and member is not None
    }


def _pattern(_validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[jsonschema.ValidationError]:
    try:
        bad = isinstance(value, str) and not re.search(pattern, value)
    except re.error:
        return  # a dialect of regular expressions that Python does not speak
    if bad:
        yield jsonschema.ValidationError(f"string [{value}] does not match pattern {pattern}")


_Validator: Any = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft7Validator, {"pattern": _pattern}
)


def problems(schema: Schema, properties: dict[str, Any]) -> list[str]:
    """The reasons that CloudFormation would give for refusing the properties; none when they are right."""
    # listed as both (CodeArtifact::Domain's EncryptionKey): its handler takes it on creation, and mints it otherwise
    settable = paths(schema, "createOnlyProperties")
    found = [
        f"#: extraneous key [{name}] is not permitted"
        for name in paths(schema, "readOnlyProperties")
        if name in properties and name not in settable
    ]
    for error in _Validator(schema).iter_errors(properties):
        where = "#" + "".join(f"/{part}" for part in error.absolute_path)
        if error.validator == "required":
            missing = [name for name in error.validator_value if name not in error.instance]
            found += [f"{where}: required key [{name}] not found" for name in missing if f"'{name}'" in error.message]
        elif error.validator == "additionalProperties":
            known = error.schema.get("properties", {})
            extra = [name for name in error.instance if name not in known]
            found += [f"{where}: extraneous key [{name}] is not permitted" for name in extra]
        else:
            found.append(f"{where}: {error.message}"[:400])
    return found
