"""CloudFormation's resource schemas as cfn-lint ships them: which properties a type has, and what a change of one does.

Source: https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

import functools
import importlib.util
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Schema = Mapping[str, Any]
FIRST = ("us-east-1", "eu-west-1")
"""The regions that have most types: a type means the same in every region."""


@functools.cache
def _folder() -> Path:
    spec = importlib.util.find_spec("cfnlint")  # only its data is needed
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("cfn-lint is not installed: fmops verify reads its resource schemas (make setup)")
    return Path(spec.submodule_search_locations[0]) / "data" / "schemas"


@functools.cache
def _catalog(region: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((_folder() / "providers" / f"{region}.json").read_text(encoding="utf-8"))
    return found


@functools.cache
def _anywhere() -> dict[str, str]:
    found: dict[str, str] = {}
    for file in sorted((_folder() / "providers").glob("*-*.json")):
        for type_, digest in _catalog(file.stem).items():
            found.setdefault(type_, digest)
    return found


@functools.cache
def load(type_: str) -> Schema | None:
    """The schema of a resource type; None where AWS has no such type in any region, e.g. `Custom::Seed`."""
    digest = next((found for region in FIRST if (found := _catalog(region).get(type_))), None)
    digest = digest or _anywhere().get(type_)
    if digest is None:
        return None
    schema: Schema = json.loads((_folder() / "resources" / f"{digest}.json").read_text(encoding="utf-8"))
    return schema


def all_types() -> list[str]:
    """Every resource type that AWS has in some region."""
    return sorted(_anywhere())


def paths(schema: Schema, key: str) -> list[str]:
    """A schema's list of properties as dotted paths: `/properties/A/*/B` of `createOnlyProperties` is `A.*.B`."""
    return [str(path).removeprefix("/properties/").replace("/", ".") for path in schema.get(key) or ()]


def tags(schema: Schema) -> str | None:
    """The property that carries a type's tags; None where it has none."""
    tagging = schema.get("tagging") or {}
    name = str(tagging.get("tagProperty", "/properties/Tags")).removeprefix("/properties/")
    return name if tagging.get("taggable", True) and name in schema.get("properties", {}) else None


def names(schema: Schema, depth: int = 3) -> Iterator[str]:
    """The dotted paths of a type's properties down to a depth; lists are passed through."""
    yield from _names(schema, schema, "", depth)


def _names(schema: Schema, node: Schema, before: str, depth: int) -> Iterator[str]:
    node = _followed(schema, node)
    if "items" in node:
        yield from _names(schema, node["items"], before, depth)
    elif depth:
        for name, inner in node.get("properties", {}).items():
            yield before + name
            yield from _names(schema, inner, f"{before}{name}.", depth - 1)


def _followed(schema: Schema, node: Schema) -> Schema:
    while "$ref" in node:
        steps = str(node["$ref"]).removeprefix("#/").split("/")
        node = functools.reduce(lambda inner, step: inner[step], steps, schema)
    return node
