"""`matrix.yaml` as it is read: what there is to be allowed, which roles there are, and what each persona may do."""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from foundation.loading import read
from foundation.parts import Part, People, SharedPeople
from foundation.phases import AccountType

FILE = Path(__file__).with_name("matrix.yaml")

Effect = Literal["allow", "approve", "deny"]
Kind = Literal["train", "code", "decide", "read", "work", "use", "emergency"]
PersonaName = Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
CapabilityName = Annotated[str, Field(pattern=r"^[a-z][a-z-]*$")]
RoleName = Annotated[str, Field(pattern=r"^[a-z][a-z-]*$", max_length=24)]
Where = Annotated[dict[AccountType, tuple[CapabilityName, ...]], Field(description="Account type: [capability, …].")]


class Capability(Part):
    """Something that a persona may be allowed to do; the file's head says what each key means."""

    kind: Kind
    account_types: Annotated[tuple[AccountType, ...], Field(alias="in", min_length=1, description="Account types.")]
    what: Annotated[str, Field(min_length=1, description="What it is, in a few words.")]
    peer: str = ""
    through: RoleName | None = None
    planned: bool = False


class Persona(Part):
    """A kind of person, and its cells that are not denied."""

    slide: Annotated[str, Field(min_length=1, description="Which of the slides' personas it is.")]
    role: RoleName | None = None
    may: Where = Field(default_factory=dict)
    approves: Where = Field(default_factory=dict)

    def held(self) -> Iterator[tuple[AccountType, str, Effect]]:
        """(account type, capability, effect) of every cell that is not denied."""
        effects: tuple[tuple[Effect, Where], ...] = (("allow", self.may), ("approve", self.approves))
        for effect, where in effects:
            for account_type, capabilities in where.items():
                for capability in capabilities:
                    yield account_type, capability, effect


class Cell(NamedTuple):
    """One cell of the matrix."""

    persona: str
    account_type: AccountType
    capability: str
    effect: Effect


class Matrix(Part):
    """The whole matrix.

    Attributes:
        capabilities: what there is to be allowed, in the order in which a role has them.
        roles: what each role is for.
        personas: every persona of foundation.yaml, and the users of applications, whom it does not list.
    """

    capabilities: Annotated[dict[CapabilityName, Capability], Field(min_length=1)]
    roles: dict[RoleName, str]
    personas: Annotated[dict[PersonaName, Persona], Field(min_length=1)]

    def effect(self, persona: str, account_type: AccountType, capability: str) -> Effect:
        """What a cell says; what the file does not say is denied."""
        held = self.personas[persona].held()
        return next((effect for *where, effect in held if where == [account_type, capability]), "deny")

    def cells(self) -> list[Cell]:
        """Every cell: each persona with each capability in each account type that has it."""
        return [
            Cell(persona, account_type, name, self.effect(persona, account_type, name))
            for persona in self.personas
            for name, capability in self.capabilities.items()
            for account_type in capability.account_types
        ]

    def takers(self, role: str) -> list[str]:
        """The personas whose people take a role, in the file's order."""
        return [name for name, persona in self.personas.items() if persona.role == role]

    def granted(self, persona: str, account_type: AccountType) -> list[str]:
        """The capabilities that a persona's own role has in an account, in their order."""
        return [
            name
            for name, capability in self.capabilities.items()
            if account_type in capability.account_types
            and self.effect(persona, account_type, name) != "deny"
            and not (capability.planned or capability.through or capability.kind == "use")
        ]

    def of_role(self, role: str, account_type: AccountType) -> list[str]:
        """The capabilities of a role in an account: those of any of its personas, which have the same."""
        return self.granted(self.takers(role)[0], account_type)

    def persons(self, people: People | SharedPeople, role: str) -> tuple[str, ...]:
        """Who takes a role: the people of each of its personas, each once."""
        listed = (name for persona in self.takers(role) for name in getattr(people, persona, ()))
        return tuple(dict.fromkeys(listed))

    def roles_with(self, capability: str, account_type: AccountType) -> list[str]:
        """The roles that have a capability in an account."""
        return [role for role in self.roles_in(account_type) if capability in self.of_role(role, account_type)]

    def roles_in(self, account_type: AccountType) -> list[str]:
        """The roles that an account of a type has, in their order."""
        return [role for role in self.roles if self.takers(role) and self.of_role(role, account_type)]


def load(path: Path = FILE) -> Matrix:
    """The matrix of a file, checked.

    Raises:
        foundation.loading.ConfigError: the file is broken, or breaks a rule of `foundation.access.rules`; it names
            every problem with its place and its remedy.
    """
    from foundation.access.rules import problems  # the rules know the matrix

    return read(path, Matrix, start="foundation/access/matrix.yaml", of_value=problems)


@functools.cache
def current() -> Matrix:
    """The matrix of this foundation."""
    return load()
