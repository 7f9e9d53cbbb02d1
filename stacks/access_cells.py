"""The access matrix as questions to a proof: which role, which actions, on what, and whether AWS may allow it (R24).

Run: python -m stacks.access_cells [foundation.yaml] > cells.json
"""

import functools
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from fmops_constructs import names
from fmops_constructs.iam import OF_OWN_UNIT, OWN, When

from foundation import Environment, Foundation, load
from foundation.access import Effect, Matrix, current
from foundation.access.rules import STAGES
from foundation.phases import AccountType
from stacks.access import GRANTS, SHARED, Grant, made
from stacks.shared_policies import TABLE, Where

Claim = Literal["sometimes", "never", "no-person"]
STRANGER = "somebody-else"
"""Who trained a model that a person may approve."""


@dataclass(frozen=True)
class Cell:
    """One question.

    Attributes:
        id: where it comes from, e.g. `retail/ml_engineer/tooling/code/codecommit:GitPush`.
        claim: `sometimes`: under `where`, some such request is allowed; `never`: none is; `no-person`: the account has
            no role that a person may take, but for those in `principals`.
        principals: the role that asks; for `no-person`, the roles that a person may take all the same.
        account: whose role and whose resource it is.
        tags: the role's.
        actions: one for `sometimes`, any for `never`.
        resources: patterns of ARNs.
        where: what the request says besides, as a condition of a policy `{operator: {key: value}}`.
        reason: why, with the requirement.
    """

    id: str
    claim: Claim
    account_type: AccountType
    account: str
    principals: tuple[str, ...]
    reason: str
    unit: str | None = None
    persona: str | None = None
    capability: str | None = None
    effect: Effect = "deny"
    tags: Mapping[str, str] = field(default_factory=dict)
    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    where: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Asker:
    """A persona's people in one account, in their role."""

    environment: Environment
    tooling: str
    unit: str | None
    persona: str
    role: str
    persons: tuple[str, ...]

    @property
    def owner(self) -> str:
        """What the role's tag says: its business unit, or its account's."""
        return self.unit or self.environment.business_unit or names.SHARED

    def grants(self, capability: str) -> list[Grant]:
        """A capability's grants, filled in for this account and unit."""
        here = self.environment
        key = f"arn:aws:kms:{here.region}:{here.account}:key/*"
        return [
            Grant(grant.actions, tuple(self._own(grant.resources(here.region, here.account, key))), grant.when)
            for grant in (*GRANTS.get(capability, ()), *_shared(capability, here, self.tooling))
        ]

    def _own(self, texts: Sequence[str]) -> list[str]:
        return [text.replace(OWN, self.owner) for text in texts]

    def allowed(self, when: When) -> dict[str, dict[str, Any]]:
        """A request that meets a grant's conditions: in the own unit, on what somebody else made."""
        said: dict[str, Any] = {}
        for key, value in when.get("StringEquals", {}).items():
            said[key] = self._own([value] if isinstance(value, str) else value)[0]
        for key, value in when.get("StringNotEquals", {}).items():
            said[key] = STRANGER
            said[str(value).strip("${}")] = self.persons[0]
        return {"StringEquals": said} if said else {}


def cells(foundation: Foundation, matrix: Matrix | None = None) -> list[Cell]:
    """Every question that the matrix asks of a foundation, in the matrix's order.

    A persona that nobody takes, or whose account type the foundation lacks, has no role, and so no question.

    Args:
        matrix: another one than ours.
    """
    matrix = matrix or current()
    return [
        *(cell for asker in _askers(foundation, matrix) for cell in _of(asker, matrix)),
        *_uninhabited(foundation),
    ]


def _askers(foundation: Foundation, matrix: Matrix) -> Iterator[_Asker]:
    """Everybody who has a role somewhere."""
    tooling = foundation.account("tooling") or ""
    for environment in foundation.environments():
        here = environment.account_type
        units = [environment.business_unit] if environment.business_unit else list(foundation.business_units)
        for unit in (None, *units) if environment.home else ():
            people = foundation.business_units[unit].people if unit else foundation.people
            for persona, row in matrix.personas.items():
                if getattr(people, persona, ()) and row.role and row.role in made(foundation, here):
                    yield _Asker(environment, tooling, unit, persona, row.role, matrix.persons(people, row.role))


def _of(asker: _Asker, matrix: Matrix) -> Iterator[Cell]:
    """The questions about one persona in one account."""
    here = asker.environment.account_type
    held = {
        name: asker.grants(name) for name in matrix.granted(asker.persona, here) if name in GRANTS or name in SHARED
    }
    for name, capability in matrix.capabilities.items():
        if here not in capability.account_types:
            continue
        effect = matrix.effect(asker.persona, here, name)
        if effect == "deny":
            yield from _denied(asker, name, [grant for grants in held.values() for grant in grants])
        for grant in held.get(name, ()):
            yield from _granted(asker, name, effect, grant)


def _denied(asker: _Asker, capability: str, held: Sequence[Grant]) -> Iterator[Cell]:
    """Nothing of a capability is allowed, but what another capability of the persona allows."""
    for number, grant in enumerate(asker.grants(capability)):
        left: dict[tuple[str, ...], list[str]] = {}
        for resource in grant.on:
            allowed = {action for own in held if any(overlap(resource, on) for on in own.on) for action in own.actions}
            left.setdefault(tuple(action for action in grant.actions if action not in allowed), []).append(resource)
        for actions, resources in left.items():
            if actions:
                tail = f"none-of-{number}-{actions[0]}"
                yield _cell(
                    asker, capability, tail, "never", "deny", actions, tuple(resources), {}, "R24: it is denied"
                )


def _granted(asker: _Asker, capability: str, effect: Effect, grant: Grant) -> Iterator[Cell]:
    """Each action is allowed, in the own unit only, and on nothing that the same person made."""
    allowed = asker.allowed(grant.when)
    for action in grant.actions:
        yield _cell(asker, capability, action, "sometimes", effect, (action,), grant.on, allowed, "R24: it is granted")
    tag = next(iter(OF_OWN_UNIT["StringEquals"]))
    if tag in grant.when.get("StringEquals", {}):
        other = {"StringNotEquals": {tag: asker.unit}}
        yield _cell(
            asker, capability, f"{grant.actions[0]}-of-others", "never", effect, grant.actions, grant.on, other,
            "R25: a person acts on the own unit's projects only",
        )  # fmt: skip
    for key, value in grant.when.get("StringNotEquals", {}).items():
        who = str(value).strip("${}")
        for person in asker.persons:
            own = {"StringEquals": {key: person, who: person}}
            yield _cell(
                asker, capability, f"{grant.actions[0]}-by-{person}", "never", effect, grant.actions, grant.on, own,
                "R25: who trains cannot approve",
            )  # fmt: skip
        unknown = {"Null": {key: "true"}}
        yield _cell(
            asker, capability, f"{grant.actions[0]}-by-nobody", "never", effect, grant.actions, grant.on, unknown,
            "R25: what nobody is known to have trained, nobody approves",
        )  # fmt: skip


def _cell(
    asker: _Asker,
    capability: str,
    tail: str,
    claim: Claim,
    effect: Effect,
    actions: tuple[str, ...],
    resources: tuple[str, ...],
    where: Mapping[str, Mapping[str, Any]],
    reason: str,
) -> Cell:
    here = asker.environment
    return Cell(
        id="/".join((asker.unit or names.SHARED, asker.persona, here.name, capability, tail)),
        claim=claim,
        account_type=here.account_type,
        account=here.account,
        principals=(names.role_arn(here.account, asker.role, asker.unit),),
        reason=f"{reason}: {current().capabilities[capability].what}",
        unit=asker.unit,
        persona=asker.persona,
        capability=capability,
        effect=effect,
        tags={names.UNIT_TAG: asker.owner},
        actions=actions,
        resources=resources,
        where=where,
    )


def _uninhabited(foundation: Foundation) -> Iterator[Cell]:
    """Nobody takes a role of a stage (R29)."""
    for environment in foundation.environments():
        if environment.account_type in STAGES and environment.home:
            yield Cell(
                id=f"{environment.business_unit}/everybody/{environment.name}",
                claim="no-person",
                account_type=environment.account_type,
                account=environment.account,
                principals=tuple(
                    names.role_arn(environment.account, role) for role in made(foundation, environment.account_type)
                ),
                reason="R29: nobody works in a stage",
                unit=environment.business_unit,
            )


def _shared(capability: str, here: Environment, tooling: str) -> list[Grant]:
    """The grants of the policy that a capability shares with other roles of the account."""
    found = []
    for name, _, _, statements in TABLE:
        if name == SHARED.get(capability):
            for statement in statements(Where(here.account, here.region, tooling)):
                said = statement.to_statement_json()
                actions, on = (_many(said[key]) for key in ("Action", "Resource"))
                found.append(Grant(actions, on, said.get("Condition", {})))
    return found


def _many(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


@functools.cache
def overlap(one: str, other: str) -> bool:
    """Whether some text matches both patterns; `*` stands for any text, as in IAM's resources."""
    if not one or not other:
        return not (one + other).strip("*")
    if one[0] == "*":
        return overlap(one[1:], other) or overlap(one, other[1:])
    if other[0] == "*":
        return overlap(other, one)
    return one[0] == other[0] and overlap(one[1:], other[1:])


def text(asked: Sequence[Cell]) -> str:
    """Cells as JSON, one a line, without what is empty."""
    lines = (json.dumps({key: value for key, value in asdict(cell).items() if value}) for cell in asked)
    return "[\n" + ",\n".join(lines) + "\n]\n"


def main(arguments: Sequence[str]) -> int:
    """Writes the cells of a foundation file as JSON."""
    found = cells(load(arguments[0] if arguments else "foundation.yaml"))
    print(text(found), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
