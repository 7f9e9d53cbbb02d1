"""CloudFormation spells `EnvironmentVariables` where most developer tools' APIs spell `environmentVariables`."""

from collections.abc import Callable, Collection, Mapping
from typing import Any


def lower_first(name: str) -> str:
    """`EnvironmentVariables` -> `environmentVariables`."""
    return name[:1].lower() + name[1:]


def upper_first(name: str) -> str:
    """`environmentVariables` -> `EnvironmentVariables`."""
    return name[:1].upper() + name[1:]


def respell(value: Any, spell: Callable[[str], str], opaque: Collection[str] = ()) -> Any:
    """A copy of nested data with every key respelled.

    Args:
        value: dicts, lists and scalars.
        spell: makes the new key, e.g. `lower_first`.
        opaque: keys, in either spelling, whose values stay as they are: maps with the user's own keys.
    """
    if isinstance(value, Mapping):
        kept = {name.lower() for name in opaque}
        return {
            spell(name): item if name.lower() in kept else respell(item, spell, opaque) for name, item in value.items()
        }
    if isinstance(value, list):
        return [respell(item, spell, opaque) for item in value]
    return value
