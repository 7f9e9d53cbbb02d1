"""What a cloud assembly deploys to each account and region: read from cdk.out's manifests and templates."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fmops.problem import Problem

STACK, NESTED = "aws:cloudformation:stack", "cdk:cloud-assembly"
Place = tuple[str, str]
"""(account, region)."""


@dataclass
class Contents:
    """What is deployed to one place.

    Attributes:
        types: resource types, each with the stack that has it first.
        services: service principals that roles of the account trust: a role is handed to no other.
        parameters: names of the Systems Manager parameters that stacks take their parameters from.
        environments: the names of its stages, e.g. `retail-dev`.
    """

    types: dict[str, str] = field(default_factory=dict)
    services: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)
    environments: list[str] = field(default_factory=list)

    def add(self, stack: str, template: Mapping[str, Any]) -> None:
        """Adds a stack's template."""
        for resource in template.get("Resources", {}).values():
            self.types.setdefault(resource["Type"], stack)
            if resource["Type"] == "AWS::IAM::Role":
                self.services |= set(trusted_services(resource["Properties"]["AssumeRolePolicyDocument"]))
        for parameter in template.get("Parameters", {}).values():
            if parameter["Type"].startswith("AWS::SSM::Parameter"):
                self.parameters.add(parameter["Default"])


def trusted_services(document: Mapping[str, Any]) -> Iterator[str]:
    """The service principals of a trust policy."""
    for statement in document["Statement"]:
        principal = statement.get("Principal")
        found = principal.get("Service", ()) if isinstance(principal, dict) else ()
        yield from [found] if isinstance(found, str) else found


def read(assembly: Path) -> dict[Place, Contents]:
    """What each place gets, in the order of account and region.

    A product's template is an asset here: Service Catalog deploys it, with the launch role and not with CDK's.

    Raises:
        Problem: there is no assembly, or a stack is for no account in particular.
    """
    if not (assembly / "manifest.json").exists():
        raise Problem(f"{assembly}: no cloud assembly.", "Synthesise first: make synth")
    found: dict[Place, Contents] = {}
    for environment, stack, place, template in stacks(assembly):
        contents = found.setdefault(place, Contents())
        if environment not in contents.environments:
            contents.environments.append(environment)
        contents.add(stack, template)
    for (account, _), contents in found.items():  # roles are an account's, wherever the stack is that makes them
        contents.services = {name for (other, _), c in found.items() if other == account for name in c.services}
    return dict(sorted(found.items()))


def stacks(assembly: Path, environment: str = "") -> Iterator[tuple[str, str, Place, dict[str, Any]]]:
    """(environment, stack's name, place, template) of every stack, those of nested assemblies too."""
    manifest = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))
    for name, artifact in sorted(manifest.get("artifacts", {}).items()):
        properties = artifact.get("properties", {})
        if artifact["type"] == NESTED:
            yield from stacks(assembly / properties["directoryName"], properties.get("displayName", name))
        elif artifact["type"] == STACK:
            account, _, region = artifact["environment"].removeprefix("aws://").partition("/")
            stack = properties.get("stackName", name)
            if not account.isdigit() or region.startswith("unknown"):
                raise Problem(f"{stack} is for no account and region.", "Give its stage an env with both.")
            template = json.loads((assembly / properties["templateFile"]).read_text(encoding="utf-8"))
            yield environment or stack, stack, (account, region), template
