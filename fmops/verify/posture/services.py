"""Services that a new account can't open: such a template synthesises, and fails to deploy."""

import functools
from collections.abc import Iterator
from fnmatch import fnmatchcase
from importlib.resources import files

from ruamel.yaml import YAML

from fmops.verify.findings import Finding
from fmops.verify.posture.settings import finding
from fmops.verify.values import World

SOURCE = "https://docs.aws.amazon.com/general/latest/gr/maintenance_services.html"


@functools.cache
def closed() -> dict[str, str]:
    """Per type (`AWS::Kendra::*` is all of a service; `TYPE PROPERTY` is one setting) what does its work instead."""
    text = files("fmops.verify.posture").joinpath("closed.yaml").read_text(encoding="utf-8")
    found: dict[str, str] = YAML(typ="safe", pure=True).load(text)
    return found


def verify(world: World) -> Iterator[Finding]:
    """A finding for each resource of a closed service."""
    for resource in world.resources():
        for pattern, instead in closed().items():
            type_, _, setting = pattern.partition(" ")
            if not fnmatchcase(resource.type, type_) or (setting and setting not in resource.properties):
                continue
            yield finding(
                "Posture-ClosedService",
                resource,
                f"{resource} ({resource.type}{f', {setting}' if setting else ''}) is closed to accounts that "
                "don't use it yet: its deployment fails.",
                f"Use {instead}.",
                (setting,) if setting else (),
                source=SOURCE,
            )
