"""Synthesis for tests, and what it wrote, as plain data."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from foundation import Foundation, load
from stacks import review
from stacks.application import Application, add_environment

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "foundation.yaml"

Template = dict[str, Any]
Templates = dict[str, Template]


def example() -> Foundation:
    """The foundation of foundation.yaml."""
    return load(EXAMPLE)


def synthesise(
    foundation: Foundation, outdir: Path, *, entries: Sequence[review.Acknowledgement] | None = None
) -> bool:
    """Writes the whole assembly; False when a finding is not acknowledged.

    Args:
        entries: acknowledgements instead of those of acknowledgements.yaml.
    """
    app = Application(outdir=outdir)
    environments = foundation.environments()
    for environment in environments:
        add_environment(app, foundation, environment)
    review.attach(app, foundation, environments, entries)
    return app.passes()


def read(assembly: Path) -> Templates:
    """Every stack's template by the stack's name, e.g. `retail-dev-Network`; products by their file's name."""
    templates = {}
    for manifest in sorted(assembly.rglob("manifest.json")):
        for artifact in json.loads(manifest.read_text(encoding="utf-8")).get("artifacts", {}).values():
            if artifact["type"] == "aws:cloudformation:stack":
                file = manifest.parent / artifact["properties"]["templateFile"]
                templates[artifact["properties"]["stackName"]] = json.loads(file.read_text(encoding="utf-8"))
    for product in sorted(assembly.rglob("*.product.template.json")):
        templates[product.name] = json.loads(product.read_text(encoding="utf-8"))
    return templates


def resources(templates: Templates, *types: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(stack/logical id, resource) of every resource of the types, or of all."""
    for stack, template in templates.items():
        for logical_id, resource in template.get("Resources", {}).items():
            if not types or resource["Type"] in types:
                yield f"{stack}/{logical_id}", resource


def statements(templates: Templates) -> Iterator[tuple[str, dict[str, Any]]]:
    """(where, statement) of every policy statement in the templates, of whatever kind."""

    def walk(node: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
        if isinstance(node, dict):
            if node.get("Effect") in ("Allow", "Deny"):
                yield where, node
            for value in node.values():
                yield from walk(value, where)
        elif isinstance(node, list):
            for value in node:
                yield from walk(value, where)

    for where, resource in resources(templates):
        yield from walk(resource.get("Properties", {}), where)


def as_list(value: Any) -> list[Any]:
    """IAM's "one or many" as many."""
    return value if isinstance(value, list) else [] if value is None else [value]
