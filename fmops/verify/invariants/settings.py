"""What the invariants must be told: whose accounts, which boundary, which models, who can do what."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import jsonschema
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from fmops.verify.templates import UnreadableError

SCHEMA = Path(__file__).with_name("settings.schema.json")
DEFAULT = "verify.yaml"
"""The file's name, where the command finds it by itself."""


Claim = Literal["sometimes", "never", "no-person"]


@dataclass(frozen=True)
class Cell:
    """A cell of the access matrix.

    Attributes:
        id: what messages call it.
        claim: `sometimes`: each principal can do each action, on one of the resources. `never`: none can do any.
            `no-person`: nobody takes a role of the account in their own name, but the roles in `principals`.
        principals: patterns of ARNs of roles and users.
        where: a Condition block that the requests fulfil.
        tags: of the principal.
    """

    id: str
    claim: Claim
    reason: str
    principals: tuple[str, ...] = ()
    account: str = ""
    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ("*",)
    where: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] | None = None
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
    """Settings from a YAML or JSON file, and cells from the files that it names.

    Raises:
        UnreadableError: one isn't there, or something in it is wrong; it names the place.
    """
    content = _file(file)
    settings = read(content, str(file))
    cells = list(settings.cells)
    for name in content.get("matrix", ()):
        more = _file(file.parent / name)
        cells += read({"cells": more}, str(file.parent / name)).cells
    return replace(settings, cells=tuple(cells))


def _file(file: Path) -> Any:
    try:
        text = file.read_text(encoding="utf-8")
        return json.loads(text) if file.suffix == ".json" else YAML(typ="safe", pure=True).load(text) or {}
    except OSError as error:
        raise UnreadableError(f"{file}: {error.strerror}.") from error
    except (ValueError, YAMLError) as error:
        raise UnreadableError(f"{file}: neither JSON nor YAML ({' '.join(str(error).split())}).") from error


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
    known = {one.name for one in fields(Cell)}
    made: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in content.items() if key in known
    }
    return Cell(**made)


@cache
def _validator() -> Any:
    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
