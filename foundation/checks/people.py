"""People: nobody twice, nobody who approves what they made, and every persona that the phase needs."""

from collections.abc import Iterator
from typing import Any

from foundation.checks.reading import mapping, texts, units
from foundation.phases import PHASES, personas
from foundation.problems import Location, Problem

MAKERS = (
    "data_scientist",
    "lead_data_scientist",
    "ml_engineer",
    "fine_tuner",
    "genai_developer",
    "app_developer",
    "prompt_engineer",
)
APART = (
    ("product_owner", "data_scientist", "Who takes a model to production may not have made it."),
    ("product_owner", "lead_data_scientist", "Who takes a model to production may not have made it."),
    ("product_owner", "ml_engineer", "Who takes a model to production may not have made it."),
    ("product_owner", "fine_tuner", "Who takes a model to production may not have made it."),
    ("product_owner", "genai_developer", "Who takes an application to production may not have made it."),
    ("product_owner", "app_developer", "Who takes an application to production may not have made it."),
    ("product_owner", "prompt_engineer", "Who takes a prompt to production may not have made it."),
    ("risk", "product_owner", "Two people look at what goes to production, from two sides."),
    *(("risk", maker, "Who answers for the risk may not have made what is risked.") for maker in MAKERS),
    ("prompt_tester", "prompt_engineer", "Who signs a prompt's tests off may not have written it."),
)
"""Two personas of a business unit that no one person may have, and why."""

AUDITORS = ("auditor",)
"""Personas that see everything and so do nothing else, anywhere."""


def _lists(document: Any) -> Iterator[tuple[Location, list[str]]]:
    """(place, persons) of each persona's list."""
    places: list[tuple[str, ...]] = [("people",), *(("business_units", unit, "people") for unit, _ in units(document))]
    for place in places:
        for persona, persons in mapping(document, *place).items():
            yield (*place, persona), texts(persons)


def twice(document: Any) -> Iterator[Problem]:
    """Nobody twice in a list."""
    for location, persons in _lists(document):
        seen: set[str] = set()
        for number, person in enumerate(persons):
            name = person.replace(".", "-")
            if name in seen:
                message = f'"{person}" is in this list already.'
                yield Problem((*location, number), message, "Dots and hyphens count as the same.")
            seen.add(name)


def apart(document: Any) -> Iterator[Problem]:
    """Nobody who approves what they made."""
    for unit, content in units(document):
        people = mapping(content, "people")
        for approver, maker, remedy in APART:
            approvers = texts(people.get(approver))
            for number, person in enumerate(texts(people.get(maker))):
                if person in approvers:
                    message = f'"{person}" is a {approver.replace("_", " ")} of {unit} too.'
                    yield Problem(("business_units", unit, "people", maker, number), message, remedy)


def independent(document: Any) -> Iterator[Problem]:
    """Auditors are nothing else."""
    auditors = {person for persona in AUDITORS for person in texts(mapping(document, "people").get(persona))}
    for location, persons in _lists(document):
        for number, person in enumerate(persons):
            if person in auditors and location[-1] not in AUDITORS:
                message = f'"{person}" is an auditor too.'
                yield Problem((*location, number), message, "Who audits may not take part.")


def missing(document: Any) -> Iterator[Problem]:
    """A persona that the phase cannot do without and that nobody has."""
    phase = mapping(document).get("phase")
    if phase not in PHASES:
        return
    for unit, content in units(document):
        for persona in personas(phase):
            if mapping(content, "people").get(persona) in (None, []):
                name = persona.replace("_", " ")
                location = ("business_units", unit, "people", persona)
                remedy = "Name a person, or choose an earlier phase."
                yield Problem(location, f"phase {phase} needs a {name}.", remedy, at_key=True)


CHECKS = (twice, apart, independent, missing)
