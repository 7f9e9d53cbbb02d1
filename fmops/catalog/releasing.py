"""A release of a template: a version's product, kept beside the next one without what the foundation says."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fmops.catalog.discover import Problem, Template

RELEASED = "released"


def file(template: Template) -> Path:
    """Where a template's current version is kept."""
    return template.folder / RELEASED / f"{template.manifest.version}.json"


def bare(template: Template, product: Mapping[str, Any]) -> str:
    """A product's text for any foundation: no units, no accounts, no list of what one of them offers."""
    found = json.loads(json.dumps(product))
    found.get("Mappings", {}).pop("BusinessUnits", None)
    for name in template.manifest.parameters:
        found["Parameters"][name].pop("AllowedValues", None)
    return json.dumps(found, indent=1) + "\n"


def changed(template: Template, product: Mapping[str, Any]) -> list[Problem]:
    """Whether a version that is released has another product now: then two things would be called the same."""
    kept = file(template)
    if not kept.exists() or kept.read_text(encoding="utf-8") == bare(template, product):
        return []
    remedy = "Raise version in template.yaml."
    return [Problem(kept, "", f"Version {template.manifest.version} is released, and product.py is another.", remedy)]
