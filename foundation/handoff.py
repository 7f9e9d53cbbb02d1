"""Ids that AWS mints and another environment needs: what they are, and the lock file that brings them to synthesis.

A name that can be chosen is derived (`fmops_constructs.names`). What AWS chooses, its stack publishes as an output;
`fmops handoff pull` writes the deployed outputs to the lock; stacks that need one read it there. Without the lock a
foundation synthesises all the same: the stacks that need a missing id are left out until it is known.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap

from foundation.loading import ConfigError, line_of, parse
from foundation.model import Environment, Foundation
from foundation.phases import Capability, capabilities

LOCK = "handoff.lock.yaml"
HEADER = "# Ids that AWS minted, as deployed stacks publish them. Written by `fmops handoff pull`; not for editing."


@dataclass(frozen=True)
class Minted:
    """A kind of id that travels.

    Attributes:
        name: its name in the lock, and in a stack's `needs`.
        capability: whose accounts mint it.
        stack: the stack that publishes it.
        output: the key of that stack's output.
        pattern: what such an id looks like, whole.
        what: what it is, for people.
        per_unit: there is one for each business unit; the output's key ends in the unit's name.
    """

    name: str
    capability: Capability
    stack: str
    output: str
    pattern: re.Pattern[str]
    what: str
    per_unit: bool = False


CONTRACT: tuple[Minted, ...] = (
    Minted(
        "portfolio",
        "catalog",
        "Catalog",
        "PortfolioId",
        re.compile(r"port-[a-z0-9]{1,50}"),
        "the catalog's portfolio for a business unit",
        per_unit=True,
    ),
)
"""Every kind of id that travels. A new one: a row here, the output in its stack, the name in its readers' `needs`."""

KINDS = {minted.name: minted for minted in CONTRACT}


@dataclass(frozen=True)
class Source:
    """One id that some environment mints."""

    minted: Minted
    environment: Environment
    unit: str | None = None

    @property
    def place(self) -> str:
        """What it is known by among its kind: the business unit that it is for, or else the environment it is from."""
        return self.unit or self.environment.name

    @property
    def key(self) -> str:
        """Its place in the lock, e.g. `portfolio.retail`."""
        return f"{self.minted.name}.{self.place}"

    @property
    def output(self) -> str:
        """The key of the stack's output, e.g. `PortfolioIdretail`."""
        return f"{self.minted.output}{self.unit or ''}"

    @property
    def stack_name(self) -> str:
        """The CloudFormation stack that publishes it, e.g. `governance-Catalog`."""
        return f"{self.environment.name}-{self.minted.stack}"

    @property
    def origin(self) -> str:
        """Where it comes from, for people."""
        return f"output {self.output} of {self.stack_name} in {self.environment.account}, {self.environment.region}"


def sources(foundation: Foundation, contract: Iterable[Minted] = CONTRACT) -> list[Source]:
    """Every id that this foundation's phase mints, in the order of the contract and of the environments."""
    reached = capabilities(foundation.phase)
    return [
        Source(minted, environment, unit)
        for minted in contract
        for environment in foundation.environments()
        if environment.account_type in reached.get(minted.capability, ())
        for unit in (foundation.business_units if minted.per_unit else (None,))
    ]


def read_by(
    foundation: Foundation, name: str, reader: Environment, contract: Sequence[Minted] = CONTRACT
) -> list[Source]:
    """What an environment reads of a kind: one, or one for each business unit that it serves."""
    units = {source.unit for source in sources(foundation, contract) if source.minted.name == name}
    served = [unit for unit in foundation.business_units if unit in units and reader.business_unit in (None, unit)]
    return [source(foundation, name, reader, contract, unit=unit) for unit in served or (None,)]


def source(
    foundation: Foundation,
    name: str,
    reader: Environment,
    contract: Sequence[Minted] = CONTRACT,
    *,
    unit: str | None = None,
) -> Source:
    """The one that an environment reads: its own business unit's before a shared one's, its own region's before others.

    Args:
        unit: the business unit that it is for, of a kind that has one for each.

    Raises:
        LookupError: nobody mints it for that environment.
    """
    found = [
        source
        for source in sources(foundation, contract)
        if (source.minted.name, source.unit) == (name, unit)
        and source.environment.business_unit in (None, reader.business_unit)
    ]
    if not found:
        raise LookupError(f"{reader.name} needs {name}, which no environment of phase {foundation.phase} mints.")
    return min(
        found,
        key=lambda s: (
            s.environment.business_unit != reader.business_unit,
            s.environment.region != reader.region,
        ),
    )


@dataclass(frozen=True)
class Handoff:
    """The ids that are known.

    Attributes:
        ids: id by kind and by place: the business unit that it is for, or else the environment that minted it.
    """

    ids: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path | str) -> "Handoff":
        """Reads a lock file; none yet is an empty one, since a clean clone has none.

        Raises:
            ConfigError: it is broken, or holds what the contract doesn't know; it names every problem.
        """
        path = Path(path)
        document = parse(path) if path.exists() else None
        if document is None:
            return cls()
        if lines := list(_mistakes(path.name, document)):
            raise ConfigError(lines)
        return cls({str(kind): {str(k): str(v) for k, v in ids.items()} for kind, ids in document.items()})

    def get(self, source: Source) -> str | None:
        """The id of a source, or None while it isn't known."""
        return self.ids.get(source.minted.name, {}).get(source.place)

    def text(self, known: Sequence[Source]) -> str:
        """The lock file: the ids of these sources in their order, each with where it comes from. No clock."""
        lines, kind = [HEADER], ""
        for entry in known:
            value = self.get(entry)
            if entry.minted.name != kind and any(self.get(s) for s in known if s.minted is entry.minted):
                kind = entry.minted.name
                lines.append(f"{kind}: # {entry.minted.what}")
            lines.append(
                f"  {entry.place}: {value} # {entry.origin}"
                if value
                else f"# {entry.key} is not known: there is no {entry.origin}"
            )
        return "\n".join(lines) + "\n"


def missing(readers: Sequence[tuple[str, Source]], lock: Path | str) -> ConfigError:
    """The error of a synthesis that asks for all ids.

    Args:
        readers: the stack that needs an id (`tooling/CatalogAccess`), and the source that lacks it.
        lock: the file that should hold them.
    """
    name = Path(lock).name
    return ConfigError(
        [
            f"{name}  {source.key}: it is missing. {reader} needs {source.minted.what}: {source.origin}.\n"
            f"{' ' * len(name)}  Deploy what mints it, then write it down: "
            f'cdk deploy "{source.environment.name}/*" && fmops handoff pull'
            for reader, source in readers
        ]
    )


def _mistakes(name: str, document: Any) -> Iterator[str]:
    """Each line about what is wrong in a lock, with its place and the remedy."""
    remedy = "Write it anew: fmops handoff pull"
    if not isinstance(document, CommentedMap):
        yield line_of(name, (1, 1), "", "this is no mapping of keys.", remedy)
        return
    for kind, ids in document.items():
        line, column = document.lc.key(kind)
        if kind not in KINDS:
            known = f"Known here are {', '.join(KINDS)}. {remedy}"
            yield line_of(name, (line + 1, column + 1), str(kind), "this key is unknown.", known)
        elif not isinstance(ids, CommentedMap):
            yield line_of(name, (line + 1, column + 1), str(kind), "it is no mapping of places to ids.", remedy)
        else:
            for environment, value in ids.items():
                line, column = ids.lc.value(environment)
                if not isinstance(value, str) or not KINDS[kind].pattern.fullmatch(value):
                    wrong = f'"{value}" is no id of {KINDS[kind].what} ({KINDS[kind].pattern.pattern}).'
                    yield line_of(name, (line + 1, column + 1), f"{kind}.{environment}", wrong, remedy)
