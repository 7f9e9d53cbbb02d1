"""Problems between values: they are found whether or not each value is right by itself."""

from collections.abc import Iterator, Mapping
from typing import Any

from foundation import addressing
from foundation.phases import PHASES, Phase, account_types
from foundation.problems import Location, Problem

RESERVED_TAGS = ("business-unit", "environment", "stage")
"""What the foundation itself says of every resource."""
RESERVED_UNITS = ("shared",)
"""What the tag business-unit says where no unit owns a resource: a unit of that name would own all of them."""


def _mapping(document: Any, *path: str) -> Mapping[Any, Any]:
    for step in path:
        document = document.get(step) if isinstance(document, Mapping) else None
    return document if isinstance(document, Mapping) else {}


def of_document(document: Any) -> Iterator[Problem]:
    """Problems between values, found whether or not each value is right by itself."""
    yield from _duplicate_accounts(document)
    yield from _missing_accounts(document)
    yield from _duplicate_indexes(document)
    yield from _units(document)
    yield from _people(document)
    yield from _tags(document)


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


def _people(document: Any) -> Iterator[Problem]:
    """Nobody twice in a list, and nobody who approves what they made."""
    for unit in _mapping(document, "business_units"):
        personas = _mapping(document, "business_units", unit, "people")
        owners = _texts(personas.get("product_owner"))
        for persona in personas:
            seen: set[str] = set()
            for number, person in enumerate(_texts(personas[persona])):
                location = ("business_units", unit, "people", persona, number)
                name = person.replace(".", "-")
                if name in seen:
                    message = f'"{person}" is in this list already.'
                    yield Problem(location, message, "Dots and hyphens count as the same.")
                seen.add(name)
                if persona != "product_owner" and person in owners:
                    message = f'"{person}" is a product owner of {unit} too.'
                    yield Problem(location, message, "Who takes a model to production may not have made it.")


def _units(document: Any) -> Iterator[Problem]:
    """Names that mean something else."""
    for unit in _mapping(document, "business_units"):
        if unit in RESERVED_UNITS:
            message = f'"{unit}" is what the platform\'s own resources are tagged with.'
            yield Problem(("business_units", unit), message, "Use another name.", at_key=True)


def _texts(value: Any) -> list[str]:
    """The items of a list as texts; none of what is no list."""
    return [str(item) for item in value] if isinstance(value, list) else []


def _tags(document: Any) -> Iterator[Problem]:
    """Tags that AWS or the foundation sets itself."""
    for key in _mapping(document, "tags"):
        if str(key).lower().startswith("aws:") or key in RESERVED_TAGS:
            owner = "the foundation" if key in RESERVED_TAGS else "AWS"
            yield Problem(("tags", key), f"{owner} sets this tag.", "Use another key.", at_key=True)
