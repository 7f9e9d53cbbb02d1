"""What can be wrong with a file, in words that say where it is and what to do."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

Location = tuple[str | int, ...]

KEY = "[key]"
"""How pydantic marks a mistake in a key of a mapping, after the key."""

WORDS = {
    "string_type": ("is not text", "Put the value in quotes."),
    "int_type": ("is no whole number", "Write it without quotes."),
    "string_pattern_mismatch": ("has the wrong form", ""),
    "tuple_type": ("is no list", "Write [a, b]."),
    "dict_type": ("is no mapping", "Write {key: value}."),
    "model_type": ("is no mapping", "Write {key: value}."),
}
"""By pydantic's type of error: what is wrong, and the remedy where the model's description is not it."""


@dataclass(frozen=True)
class Problem:
    """One mistake.

    Attributes:
        location: the path of keys, e.g. `("business_units", "retail", "accounts", "prod")`.
        message: what is wrong.
        remedy: what to do about it.
        at_key: the mistake is the key itself, not its value.
    """

    location: Location
    message: str
    remedy: str
    at_key: bool = False


def of_model(model: type[BaseModel], errors: Sequence[ErrorDetails]) -> Iterator[Problem]:
    """Pydantic's errors as problems."""
    schema = model.model_json_schema()
    for error in errors:
        location = tuple(step for step in error["loc"] if step != KEY)
        kind, value = error["type"], error["input"]
        if kind == "extra_forbidden":
            known = list(_at(schema, location[:-1]).get("properties", {}))
            close = difflib.get_close_matches(str(location[-1]), known, n=1)
            remedy = f'Did you mean "{close[0]}"?' if close else f"Remove it: known here are {', '.join(known)}."
            yield Problem(location, "this key is unknown.", remedy, at_key=True)
        elif kind == "missing":
            yield Problem(location, "it is missing.", _description(schema, location) or "Add it.", at_key=True)
        else:
            said = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
            words, remedy = WORDS.get(kind, (said[0].lower() + said[1:], ""))
            in_key = KEY in error["loc"]
            remedy = remedy or _description(schema, location[:-1] if in_key else location) or "Correct the value."
            yield Problem(location, f"{_show(value)} {words}.", remedy, at_key=in_key)


def _at(schema: dict[str, Any], location: Location) -> dict[str, Any]:
    """The part of a JSON Schema that describes a place; empty where the schema says nothing."""
    node = schema
    for step in location:
        inner = node.get("properties", {}).get(step) or node.get("items") or node.get("additionalProperties")
        inner = inner or next(iter(node.get("patternProperties", {}).values()), None) or {}
        description = {"description": inner["description"]} if "description" in inner else {}
        node = {**_resolved(schema, inner), **description}
    return node


def _resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """A node without references and without the choice to leave it out."""
    while "$ref" in node or "anyOf" in node:
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rpartition("/")[2]]
        else:
            node = next(choice for choice in node["anyOf"] if choice.get("type") != "null")
    return node


def _description(schema: dict[str, Any], location: Location) -> str:
    """What the model says about a place: its description, but not that of a whole part of the file."""
    node = _at(schema, location)
    return "" if "properties" in node else str(node.get("description", ""))


def _show(value: Any) -> str:
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
