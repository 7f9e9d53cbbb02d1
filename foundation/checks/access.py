"""How people get to their roles: groups of personas that there are, and somebody who may break glass."""

from collections.abc import Iterator
from typing import Any

from foundation.checks.reading import mapping, texts
from foundation.parts import People, SharedPeople
from foundation.people_access import SHARED
from foundation.problems import Problem

CENTER = ("people_access", "identity_center")


def groups(document: Any) -> Iterator[Problem]:
    """Groups of a unit and a persona that nobody has."""
    for unit, content in mapping(document, *CENTER, "groups").items():
        place = (*CENTER, "groups", unit)
        if unit != SHARED and unit not in mapping(document, "business_units"):
            yield Problem(place, f'"{unit}" is no business unit.', f"Name one of this file, or {SHARED}.", at_key=True)
            continue
        known = SharedPeople if unit == SHARED else People
        people = mapping(document, "people") if unit == SHARED else mapping(document, "business_units", unit, "people")
        for persona in mapping(content):
            if persona not in known.model_fields:
                remedy = f"Known are {', '.join(known.model_fields)}."
                yield Problem((*place, persona), "this persona is unknown here.", remedy, at_key=True)
            elif not texts(people.get(persona)):
                remedy = "Name its people, or leave the group out: only named people get in."
                yield Problem((*place, persona), "nobody is this persona.", remedy, at_key=True)


def glass(document: Any) -> Iterator[Problem]:
    """Glass that nobody may break."""
    asked = mapping(document, "people_access").get("break_glass")
    if asked is not None and mapping(document, "people_access").get("identity_center") is None:
        remedy = "Add people_access.identity_center: only there a person proves the name and a second factor."
        yield Problem(("people_access", "break_glass"), "nobody can prove who breaks glass.", remedy, at_key=True)
    if asked is not None and not texts(mapping(document, "people").get("security")):
        message = "nobody may break glass."
        yield Problem(("people_access", "break_glass"), message, "Name people under people.security.", at_key=True)


CHECKS = (groups, glass)
