"""A known principal, as the solver sees it; of a role whose session isn't named, in any session."""

from dataclasses import dataclass, field, replace

import z3

from fmops.verify.policy.documents import Statement
from fmops.verify.policy.keys import Value, of_principal
from fmops.verify.policy.logic import Truth
from fmops.verify.policy.principals import Strength, strength
from fmops.verify.policy.request import Principal
from fmops.verify.policy.solutions import read
from fmops.verify.policy.space import Key
from fmops.verify.policy.texts import Free, value


@dataclass
class Someone:
    """A known principal; of a role whose session isn't named, in any session.

    Attributes:
        bounded: whether it has a permissions boundary.
        facts: what holds for its session.
    """

    principal: Principal
    bounded: bool
    facts: list[Truth] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._session: z3.SeqRef | None = None
        self._within = ""
        if self.principal.kind == "role" and not self.principal.session:
            name = self.principal.id.rsplit("/", 1)[-1]
            partition = self.principal.id.split(":")[1]
            self._within = f"arn:{partition}:sts::{self.principal.account}:assumed-role/{name}/"

    def spoken(self, statement: Statement) -> list[tuple[Strength, Truth]]:
        """How strongly a statement speaks about it, and when."""
        found: list[tuple[Strength, Truth]] = []
        sure = strength(statement, self.principal, self.bounded)
        if self._within and statement.principals and not statement.principals.negated:
            for kind, named in statement.principals.named:
                if kind == "AWS" and named.startswith(self._within):
                    found.append(("direct", self.session() == value(named)))
        return [*found, (sure, True)] if sure else found

    def session(self) -> z3.SeqRef:
        """The session's ARN, as a variable."""
        if self._session is None:
            self._session = z3.String("session")
            self.facts.append(z3.PrefixOf(value(self._within), self._session))
        return self._session

    def account(self) -> str | Free:
        """Its account; empty for none."""
        return self.principal.account

    def without_account(self) -> Truth:
        """Whether only a resource's policy can allow it anything."""
        return not self.principal.account

    def decided(self, names: set[str]) -> dict[str, Value | Key]:
        """The keys that follow from it."""
        found: dict[str, Value | Key] = dict(of_principal(self.principal))
        for name in sorted(names):
            if name.startswith("aws:principaltag/"):
                tags = self.principal.tags
                if self.principal.kind in ("service", "anonymous"):
                    found[name] = None
                elif tags is not None:
                    wanted = name.split("/", 1)[1]
                    found[name] = next((held for tag, held in tags.items() if tag.lower() == wanted), None)
        return found

    def solved(self, model: z3.ModelRef) -> Principal:
        """The principal in a solution."""
        if self._session is None:
            return self.principal
        return replace(self.principal, session=read(model, Free(self._session)))
