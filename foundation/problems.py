"""What can be wrong with a file, in words that say where it is and what to do."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from foundation import addressing
from foundation.phases import PHASES, Phase, account_types

Location = tuple[str | int, ...]


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


def _show(value: Any) -> str:
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


REMEDIES = {
    "extra_forbidden": "Remove it.",
    "missing": "Add it.",
    "string_type": "Put the value in quotes.",
    "int_type": "Write a whole number, without quotes.",
}


def _keys(model: type[BaseModel], location: Location) -> list[str]:
    """The keys that are known at a place of the model; none where any key may stand."""
    for step in location:
        fields = model.model_fields
        if step in fields:
            kinds = [fields[str(step)].annotation, *getattr(fields[str(step)].annotation, "__args__", ())]
            inner = next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)
            if inner is None:
                return []
            model = inner
    return list(model.model_fields)


def of_model(model: type[BaseModel], errors: list[ErrorDetails]) -> Iterator[Problem]:
    """Pydantic's errors as problems."""
    for error in errors:
        location, kind = tuple(step for step in error["loc"] if step != "[key]"), error["type"]
        in_key = "[key]" in error["loc"]
        value = error["input"]
        if kind == "extra_forbidden":
            close = difflib.get_close_matches(str(location[-1]), _keys(model, location[:-1]), n=1)
            remedy = f'Did you mean "{close[0]}"?' if close else "Remove it: " + _known(model, location[:-1])
            yield Problem(location, "this key is unknown.", remedy, at_key=True)
        elif kind == "missing":
            yield Problem(location, "it is missing.", _describe(model, location) or REMEDIES["missing"], at_key=True)
        else:
            what = error["msg"].removeprefix("Value error, ")
            message = f"{_show(value)}: {what[0].lower()}{what[1:]}."
            remedy = REMEDIES.get(kind) or _describe(model, location) or "Correct the value."
            yield Problem(location, message, remedy, at_key=in_key)


def _known(model: type[BaseModel], location: Location) -> str:
    return "known here are " + ", ".join(_keys(model, location)) + "."


def _describe(model: type[BaseModel], location: Location) -> str:
    """The description that the model gives for a value, if any."""
    schema = model.model_json_schema()
    node: dict[str, Any] = schema
    for step in location:
        while "$ref" in node:
            node = schema["$defs"][node["$ref"].rpartition("/")[2]]
        properties = node.get("properties", {})
        node = properties.get(step) or node.get("items") or node.get("additionalProperties") or {}
        node = node if isinstance(node, dict) else {}
        if not node and "propertyNames" in schema:
            break
        node = next((n for n in node.get("anyOf", ()) if n.get("type") != "null"), node)
    return str(node.get("description", ""))


def _mapping(document: Any, *path: str) -> Mapping[Any, Any]:
    for step in path:
        document = document.get(step) if isinstance(document, Mapping) else None
    return document if isinstance(document, Mapping) else {}


def of_document(document: Any) -> Iterator[Problem]:
    """Problems between values, found whether or not each value is right by itself."""
    yield from _duplicate_accounts(document)
    yield from _missing_accounts(document)
    yield from _duplicate_indexes(document)


def _accounts(document: Any) -> Iterator[tuple[Location, str, str]]:
    """(location, whose account it is, id) of each account, in the order of the file's meaning."""
    management = _mapping(document, "organization").get("management_account")
    if isinstance(management, str):
        yield ("organization", "management_account"), "the management account", management
    for name, account in _mapping(document, "accounts").items():
        if isinstance(account, str):
            yield ("accounts", name), f"the {str(name).replace('_', ' ')} account", account
    for unit in _mapping(document, "business_units"):
        for name, account in _mapping(document, "business_units", unit, "accounts").items():
            if isinstance(account, str):
                yield ("business_units", unit, "accounts", name), f"{unit}'s {name} account", account


def _duplicate_accounts(document: Any) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    for location, owner, account in _accounts(document):
        if account in owners:
            remedy = "Every stage needs an account of its own. Use another id"
            leave_out = ", or leave it out if the phase has none." if location[0] == "business_units" else "."
            yield Problem(location, f'"{account}" is already {owners[account]}.', remedy + leave_out)
        owners.setdefault(account, owner)


def _missing_accounts(document: Any) -> Iterator[Problem]:
    phase: Phase | Any = _mapping(document).get("phase")
    if phase not in PHASES:
        return
    needed = account_types(phase)
    places: list[tuple[Location, tuple[str, ...]]] = [
        (("accounts",), addressing.SHARED),
        *(
            (("business_units", u, "accounts"), addressing.OF_BUSINESS_UNIT)
            for u in _mapping(document, "business_units")
        ),
    ]
    for place, types in places:
        present = _mapping(document, *(str(step) for step in place))
        for account_type in types:
            key = account_type.replace("-", "_")
            if account_type in needed and key != "data_lake" and present.get(key) is None:
                message = f"phase {phase} needs this account."
                yield Problem((*place, key), message, "Add its id, or choose an earlier phase.", at_key=True)


def _duplicate_indexes(document: Any) -> Iterator[Problem]:
    owners: dict[int, str] = {}
    units = _mapping(document, "business_units")
    for unit in units:
        index = _mapping(document, "business_units", unit).get("index")
        if isinstance(index, int):
            if index in owners:
                message = f"{index} is already {owners[index]}'s index."
                yield Problem(
                    ("business_units", unit, "index"), message, "Two units would share addresses: choose another."
                )
            owners.setdefault(index, str(unit))
    if len(units) > addressing.LARGEST_INDEX + 1:
        message = f"{len(units)} business units do not fit."
        yield Problem(("business_units",), message, f"One supernet holds {addressing.LARGEST_INDEX + 1}.", at_key=True)
