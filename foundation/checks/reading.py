"""Reading a document of which nothing is known yet."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any


def mapping(document: Any, *path: str) -> Mapping[Any, Any]:
    """The mapping at a path; an empty one where there is none."""
    for step in path:
        document = document.get(step) if isinstance(document, Mapping) else None
    return document if isinstance(document, Mapping) else {}


def items(value: Any) -> list[Any]:
    """The items of a list; none of what is no list."""
    return list(value) if isinstance(value, list) else []


def texts(value: Any) -> list[str]:
    """The items of a list as texts; none of what is no list."""
    return [str(item) for item in items(value)]


def network(value: Any) -> IPv4Network | None:
    """The IPv4 network that a text names; None where it names none."""
    try:
        return IPv4Network(value) if isinstance(value, str) else None
    except ValueError:
        return None


def units(document: Any) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """(name, content) of each business unit."""
    for name in mapping(document, "business_units"):
        yield name, mapping(document, "business_units", name)
