"""What no matrix may say (R23, R25, R29), each rule by its name: a problem says the cell, why not, and what to do."""

from collections.abc import Iterator
from typing import get_args

from foundation.access.matrix import Kind, Matrix
from foundation.parts import People, SharedPeople
from foundation.phases import ACCOUNT_TYPES, AccountType
from foundation.problems import Problem

OUTSIDE = ("end_user",)
"""Personas whose people foundation.yaml does not list: they are an application's own."""

PERSONAS = (*SharedPeople.model_fields, *People.model_fields, *OUTSIDE)
SLIDES = 17
"""How many personas the slides have (7, 48 to 50)."""

STAGES: tuple[AccountType, ...] = tuple(
    kind for kind in ACCOUNT_TYPES if kind.removeprefix("application-") in ("dev", "preprod", "prod")
)
PASSING: dict[AccountType, tuple[Kind, ...]] = {
    kind: ("use",) if kind.endswith("dev") else ("use", "emergency") for kind in STAGES
}
"""What a person may do in an account of a stage, where everything else is done by services."""

APART: tuple[tuple[Kind, str], ...] = (
    ("train", "who trains never approves"),
    ("code", "who approves never edits code"),
)
"""Kinds that no persona has that decides, and why. A decision with a `peer` says who refuses the own work instead."""


def problems(matrix: Matrix) -> Iterator[Problem]:
    """Every rule that a matrix breaks."""
    for rule in (complete, known, decided, apart, uninhabited, watching, few):
        yield from rule(matrix)


def complete(matrix: Matrix) -> Iterator[Problem]:
    """Each persona of foundation.yaml, no other, and all of the slides'."""
    for persona in matrix.personas:
        if persona not in PERSONAS:
            yield _at(persona, "this persona is unknown.", f"Known are {', '.join(PERSONAS)}.")
    for persona in PERSONAS:
        if persona not in matrix.personas:
            yield _at(persona, f'"{persona}" has no cells.', "Add it; `{slide: …}` alone denies it everything.")
    slides = {persona.slide for persona in matrix.personas.values()}
    if len(slides) != SLIDES:
        message = f"these are {len(slides)} of the slides' {SLIDES} personas."
        yield Problem(("personas",), message, "Say of each which one it is.", at_key=True)


def known(matrix: Matrix) -> Iterator[Problem]:
    """Capabilities and roles that there are, where they are."""
    for name, persona in matrix.personas.items():
        if persona.role is not None and persona.role not in matrix.roles:
            yield _at(name, f'the role "{persona.role}" is unknown.', f"Known are {', '.join(matrix.roles)}.", "role")
        for account_type, capability, effect in persona.held():
            key = _key(effect)
            there = matrix.capabilities.get(capability)
            if there is None:
                message = f'the capability "{capability}" is unknown.'
                yield _at(name, message, f"Known are {', '.join(matrix.capabilities)}.", key, account_type)
            elif account_type not in there.account_types:
                message = f'"{capability}" is nothing that {account_type} has.'
                yield _at(name, message, f"It is in {', '.join(there.account_types)}.", key, account_type)
        twice = {cell[:2] for cell in persona.held() if [c[:2] for c in persona.held()].count(cell[:2]) > 1}
        for account_type, capability in sorted(twice):
            yield _at(name, f'"{capability}" is there twice.', "Keep one.", "may", account_type)
    for role in matrix.roles:
        if not matrix.takers(role):
            yield Problem(("roles", role), "no persona takes this role.", "Remove it.", at_key=True)


def decided(matrix: Matrix) -> Iterator[Problem]:
    """A decision is approved, and nothing else is."""
    for name, account_type, capability, effect, kind in _held(matrix):
        if (kind == "decide") != (effect == "approve"):
            right = "approves" if kind == "decide" else "may"
            message = f'"{capability}" is of kind {kind}.'
            yield _at(name, message, f"Write it under `{right}`.", _key(effect), account_type)


def apart(matrix: Matrix) -> Iterator[Problem]:
    """Who trains never approves; who approves never edits code (R25)."""
    for name, persona in matrix.personas.items():
        decisions = [
            capability
            for _, capability, _ in persona.held()
            if (found := matrix.capabilities.get(capability)) and found.kind == "decide" and not found.peer
        ]
        for kind, why in APART:
            made = [cell for cell in _held(matrix) if cell[0] == name and cell[4] == kind]
            for _, account_type, capability, effect, _ in made if decisions else ():
                message = f'"{capability}" and "{decisions[0]}": {why}.'
                yield _at(name, message, "Give one of them to another persona.", _key(effect), account_type)


def uninhabited(matrix: Matrix) -> Iterator[Problem]:
    """Nobody works in a stage: applications are used there, and glass is broken (R29)."""
    for name, account_type, capability, effect, kind in _held(matrix):
        if account_type in PASSING and kind not in PASSING[account_type]:
            message = f'"{capability}" in {account_type}: nobody works in a stage.'
            passing = " or ".join(_WORDS[k] for k in PASSING[account_type])
            remedy = f"There a person may {passing}; services do the rest."
            yield _at(name, message, remedy, _key(effect), account_type)


def watching(matrix: Matrix) -> Iterator[Problem]:
    """Who audits reads, and does nothing else."""
    for name, persona in matrix.personas.items():
        capabilities = [capability for _, capability, _ in persona.held()]
        if "audit" in capabilities:
            for _, account_type, capability, effect, kind in (c for c in _held(matrix) if c[0] == name):
                if kind != "read":
                    message = f'"{capability}": who audits changes nothing.'
                    yield _at(name, message, "Give it to another persona.", _key(effect), account_type)


def few(matrix: Matrix) -> Iterator[Problem]:
    """As few roles as the cells allow: one for personas that may do the same, and none for different ones."""
    first: dict[tuple[tuple[AccountType, str], ...], str] = {}
    for role in matrix.roles:
        bundles = {name: _bundle(matrix, name) for name in matrix.takers(role)}
        for name, bundle in bundles.items():
            if bundle != next(iter(bundles.values())):
                other = next(iter(bundles))
                yield _at(name, f"it may not do what {other} may.", f'Both take "{role}": give it a role.', "role")
        for bundle in bundles.values():
            if first.setdefault(bundle, role) != role:
                message = f'"{role}" may do what "{first[bundle]}" may.'
                yield Problem(("roles", role), message, "One role is enough.", at_key=True)
    for name, persona in matrix.personas.items():
        if (persona.role is None) == bool(_bundle(matrix, name)):
            message = "it has a role that may do nothing." if persona.role else "its cells need a role."
            yield _at(name, message, "Give it a role if a role grants what it may, and else none.")


_WORDS = {"use": "use an application", "emergency": "break glass"}


def _bundle(matrix: Matrix, persona: str) -> tuple[tuple[AccountType, str], ...]:
    """What a persona's role must hold."""
    return tuple(
        (account_type, capability)
        for account_type in get_args(AccountType)
        for capability in matrix.granted(persona, account_type)
    )


def _held(matrix: Matrix) -> Iterator[tuple[str, AccountType, str, str, Kind]]:
    """(persona, account type, capability, effect, kind) of what is not denied; unknown capabilities are `known`'s."""
    for name, persona in matrix.personas.items():
        for account_type, capability, effect in persona.held():
            if capability in matrix.capabilities:
                yield name, account_type, capability, effect, matrix.capabilities[capability].kind


def _key(effect: str) -> str:
    return "approves" if effect == "approve" else "may"


def _at(persona: str, message: str, remedy: str, *path: str) -> Problem:
    return Problem(("personas", persona, *path), message, remedy, at_key=True)
