"""What the invariants must be told: whose accounts, which boundary, which models, who can do what. A file, by a schema."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from fmops.verify.templates import UnreadableError

SCHEMA = Path(__file__).with_name("settings.schema.json")
DEFAULT = "verify.yaml"
"""The file's name, where the command finds it by itself."""


@dataclass(frozen=True)
class Cell:
    """A cell of the access matrix.

    Attributes:
        who: a pattern of ARNs of roles and users.
        can: whether they can; else none of them can.
        where, unless: Condition blocks, as `fmops.verify.policy.Question` has them.
    """

    who: str
    can: bool
    actions: tuple[str, ...]
    reason: str
    resources: tuple[str, ...] = ("*",)
    where: Mapping[str, Any] = field(default_factory=dict)
    unless: tuple[Mapping[str, Any], ...] = ()
    name: str = ""
    requirement: str = "R24"


@dataclass(frozen=True)
class Settings:
    """What is known of an organisation. Without any, only what holds for everybody's templates is proven.

    Attributes:
        organization: its id, or empty.
        accounts: its own; empty where nobody said.
        trusted: accounts of others that may reach them.
        policies: documents by patterns of ARNs, of policies that the templates name and don't hold.
        units: per account, the root and the organisational units that it lies in, from the top.
        boundary: a pattern of ARNs, or empty where roles need none.
        administrators: patterns of ARNs of who may change rights.
        models, guardrails: patterns of ARNs, or none where nothing is asked of models.
    """

    organization: str = ""
    accounts: tuple[str, ...] = ()
    trusted: tuple[str, ...] = ()
    policies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    units: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    boundary: str = ""
    administrators: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    guardrails: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()


def load(file: Path) -> Settings:
    """Settings from a YAML or JSON file.

    Raises:
        UnreadableError: it isn't there, or something in it is wrong; it names the place.
    """
    try:
        content = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise UnreadableError(f"{file}: {error.strerror}.") from error
    except YAMLError as error:
        raise UnreadableError(f"{file}: no YAML ({' '.join(str(error).split())}).") from error
    return read(content, str(file))


def read(content: Any, place: str = "settings") -> Settings:
    """Settings from what a file holds.

    Raises:
        UnreadableError: something in it is wrong; it names the place.
    """
    problem = jsonschema.exceptions.best_match(_validator().iter_errors(content))
    if problem is not None:
        where = ".".join(map(str, problem.absolute_path)) or "it"
        raise UnreadableError(f"{place}: {where}: {problem.message}.")
    return Settings(
        organization=content.get("organization", ""),
        accounts=tuple(content.get("accounts", ())),
        trusted=tuple(one["account"] for one in content.get("trusted", ())),
        policies=content.get("policies", {}),
        units={account: tuple(units) for account, units in content.get("units", {}).items()},
        boundary=content.get("boundary", ""),
        administrators=tuple(one["arn"] for one in content.get("administrators", ())),
        models=tuple(content.get("models", ())),
        guardrails=tuple(content.get("guardrails", ())),
        cells=tuple(_cell(one) for one in content.get("cells", ())),
    )


def _cell(content: Mapping[str, Any]) -> Cell:
    lists = {key: tuple(content[key]) for key in ("actions", "resources", "unless") if key in content}
    return Cell(**{**content, **lists})


@cache
def _validator() -> Any:
    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
