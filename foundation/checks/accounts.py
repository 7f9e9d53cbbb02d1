"""Accounts: each once, and all that the phase needs; business units that have a place."""

from collections.abc import Iterator
from typing import Any

from foundation import addressing
from foundation.checks.reading import mapping, units
from foundation.phases import PHASES, needed
from foundation.problems import Location, Problem

RESERVED_UNITS = ("shared",)
"""What tags say of accounts that belong to no business unit."""


def _accounts(document: Any) -> Iterator[tuple[Location, str, str]]:
    """(location, whose account it is, id) of each account, in the order of the file's meaning."""
    management = mapping(document, "organization").get("management_account")
    if isinstance(management, str):
        yield ("organization", "management_account"), "the management account", management
    places: list[tuple[Location, str]] = [(("accounts",), "the {} account")]
    for unit, _ in units(document):
        places.append((("business_units", unit, "accounts"), f"{unit}'s {{}} account"))
        places.append((("business_units", unit, "application"), f"{unit}'s application-{{}} account"))
    for place, owner in places:
        for name, account in mapping(document, *map(str, place)).items():
            if isinstance(account, str):
                yield (*place, name), owner.format(str(name).replace("_", " ")), account


def duplicates(document: Any) -> Iterator[Problem]:
    """An account that has two parts."""
    owners: dict[str, str] = {}
    for location, owner, account in _accounts(document):
        if account in owners:
            remedy = "Every stage needs an account of its own. Use another id"
            leave_out = ", or leave it out if the phase has none." if location[0] == "business_units" else "."
            yield Problem(location, f'"{account}" is already {owners[account]}.', remedy + leave_out)
        owners.setdefault(account, owner)


def missing(document: Any) -> Iterator[Problem]:
    """An account that the phase needs and the file has not."""
    phase = mapping(document).get("phase")
    if phase not in PHASES:
        return
    places: list[tuple[Location, tuple[str, ...]]] = [
        (("accounts",), addressing.SHARED),
        *((("business_units", unit, "accounts"), addressing.OF_BUSINESS_UNIT) for unit, _ in units(document)),
    ]
    for place, types in places:
        present = mapping(document, *map(str, place))
        for account_type in types:
            key = account_type.replace("-", "_")
            if account_type in needed(phase) and key != "data_lake" and present.get(key) is None:
                message = f"phase {phase} needs this account."
                yield Problem((*place, key), message, "Add its id, or choose an earlier phase.", at_key=True)


def indexes(document: Any) -> Iterator[Problem]:
    """Business units that would share addresses, or have none."""
    owners: dict[int, str] = {}
    found = list(units(document))
    for unit, content in found:
        index = content.get("index")
        if isinstance(index, int):
            if index in owners:
                message = f"{index} is already {owners[index]}'s index."
                yield Problem(
                    ("business_units", unit, "index"), message, "Two units would share addresses: choose another."
                )
            owners.setdefault(index, str(unit))
    if len(found) > addressing.LARGEST_INDEX + 1:
        message = f"{len(found)} business units do not fit."
        yield Problem(("business_units",), message, f"One supernet holds {addressing.LARGEST_INDEX + 1}.", at_key=True)


def reserved(document: Any) -> Iterator[Problem]:
    """Names that already mean something else."""
    for unit, _ in units(document):
        if unit in RESERVED_UNITS:
            message = f'"{unit}" is what tags call accounts of no business unit.'
            yield Problem(("business_units", unit), message, "Choose another name.", at_key=True)


CHECKS = (duplicates, missing, indexes, reserved)
