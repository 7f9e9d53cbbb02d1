"""Tags, names, models, and settings whose time has not come."""

from collections.abc import Iterator
from typing import Any

from foundation.checks.reading import items, mapping
from foundation.model import DATA_CLASSES
from foundation.problems import Location, Problem

NEEDED_TAGS = ("owner", "cost-center")
RESERVED_TAGS = ("business-unit", "environment", "project", "stage")
"""What the foundation itself says of every resource."""
RESERVED_UNITS = ("shared",)
"""What the tag business-unit says where no unit owns a resource: a unit of that name would own all of them."""
DATA_CLASS = "data-class"

LATER: tuple[tuple[Location, Any, str], ...] = (
    (("network", "endpoints"), "central", "Use per-account: an endpoint set in each account."),
    (("git", "github"), ..., "Use codecommit, which needs no internet."),
    (("git", "gitlab"), ..., "Use codecommit, which needs no internet."),
)
"""(place, value, remedy) of settings that are understood and not built yet; `...` stands for any value."""


def tags(document: Any) -> Iterator[Problem]:
    """Tags that are needed, and tags that AWS or the foundation sets itself."""
    given = mapping(document, "tags")
    for key, value in given.items():
        if str(key).lower().startswith("aws:") or key in RESERVED_TAGS:
            owner = "the foundation" if key in RESERVED_TAGS else "AWS"
            yield Problem(("tags", key), f"{owner} sets this tag.", "Use another key.", at_key=True)
        if key == DATA_CLASS and isinstance(value, str) and value not in DATA_CLASSES:
            remedy = f"Choose one of {', '.join(DATA_CLASSES)}."
            yield Problem(("tags", key), f'"{value}" is no class of data.', remedy)
    if "tags" in mapping(document):
        for key in NEEDED_TAGS:
            if key not in given:
                yield Problem(("tags", key), "this tag is missing.", "Every resource says whose it is.", at_key=True)


def units(document: Any) -> Iterator[Problem]:
    """Names of business units that mean something else."""
    for unit in mapping(document, "business_units"):
        if unit in RESERVED_UNITS:
            message = f'"{unit}" is what the platform\'s own resources are tagged with.'
            yield Problem(("business_units", unit), message, "Use another name.", at_key=True)


def models(document: Any) -> Iterator[Problem]:
    """A family that is there twice."""
    seen: list[Any] = []
    for number, model in enumerate(items(mapping(document).get("models"))):
        family = mapping(model).get("family")
        if family is not None and family in seen:
            message = f'"{family}" is there already.'
            yield Problem(("models", number, "family"), message, "Name each family once, with all its account types.")
        seen.append(family)


def later(document: Any) -> Iterator[Problem]:
    """Settings that are understood and not built yet."""
    for location, value, remedy in LATER:
        found = mapping(document, *map(str, location[:-1])).get(location[-1])
        if found is not None and value in (found, ...):
            yield Problem(location, "this is not built yet.", remedy, at_key=value is ...)


CHECKS = (tags, units, models, later)
