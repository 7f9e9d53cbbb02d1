"""The buildspec, version 0.2: https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

PHASES = ("install", "pre_build", "build", "post_build")


class BuildspecError(ValueError):
    """The buildspec cannot be used; the message says why."""


@dataclass(frozen=True)
class Phase:
    """Commands of one phase; `on_failure` is ABORT, CONTINUE or None for the phase's own rule."""

    commands: tuple[str, ...] = ()
    finally_: tuple[str, ...] = ()
    on_failure: str | None = None


@dataclass(frozen=True)
class Artifacts:
    """Files to keep; `name` is None for the project's own."""

    files: tuple[str, ...]
    base_directory: str = "."
    discard_paths: bool = False
    name: str | None = None
    exclude_paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class Buildspec:
    """What a build does."""

    phases: Mapping[str, Phase]
    variables: Mapping[str, str] = field(default_factory=dict)
    parameter_store: Mapping[str, str] = field(default_factory=dict)
    secrets_manager: Mapping[str, str] = field(default_factory=dict)
    exported: tuple[str, ...] = ()
    artifacts: Artifacts | None = None
    secondary_artifacts: Mapping[str, Artifacts] = field(default_factory=dict)


def parse(text: str) -> Buildspec:
    """Reads a buildspec. Raises BuildspecError."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BuildspecError(f"wrong YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise BuildspecError("wrong YAML: a mapping with `version` and `phases` is expected")
    if str(data.get("version")) not in ("0.2", "0.1"):
        raise BuildspecError(f"invalid buildspec version {data.get('version')!r}: 0.2 is expected")
    phases = _mapping(data, "phases")
    if unknown := sorted(set(phases) - set(PHASES)):
        raise BuildspecError(f"unknown phase {unknown[0]!r}: one of {', '.join(PHASES)} is expected")
    env = _mapping(data, "env")
    artifacts = _mapping(data, "artifacts")
    return Buildspec(
        phases={name: _phase(name, _mapping(phases, name)) for name in phases},
        variables=_strings(env, "variables"),
        parameter_store=_strings(env, "parameter-store"),
        secrets_manager=_strings(env, "secrets-manager"),
        exported=_lines(env, "exported-variables"),
        artifacts=_artifacts(artifacts) if "files" in artifacts else None,
        secondary_artifacts={
            name: _artifacts(_mapping(artifacts["secondary-artifacts"], name))
            for name in _mapping(artifacts, "secondary-artifacts")
        },
    )


def _phase(name: str, data: Mapping[str, Any]) -> Phase:
    on_failure = data.get("on-failure")
    if on_failure not in (None, "ABORT", "CONTINUE"):
        raise BuildspecError(f"phase {name}: on-failure is {on_failure!r}: ABORT or CONTINUE is expected")
    return Phase(_lines(data, "commands"), _lines(data, "finally"), on_failure)


def _artifacts(data: Mapping[str, Any]) -> Artifacts:
    return Artifacts(
        files=_lines(data, "files"),
        base_directory=str(data.get("base-directory") or "."),
        discard_paths=str(data.get("discard-paths", "no")).lower() in ("yes", "true"),
        name=data.get("name"),
        exclude_paths=_lines(data, "exclude-paths"),
    )


def _mapping(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = data.get(name) or {}
    if not isinstance(found, Mapping):
        raise BuildspecError(f"{name} should be a mapping")
    return found


def _strings(data: Mapping[str, Any], name: str) -> dict[str, str]:
    return {str(key): str(value) for key, value in _mapping(data, name).items()}


def _lines(data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = data.get(name) or []
    if isinstance(found, str):
        found = [found]
    if not isinstance(found, list) or any(isinstance(item, dict | list) for item in found):
        raise BuildspecError(f"{name} should be a list of strings: quote a command that holds a colon and a space")
    return tuple(str(item) for item in found)
