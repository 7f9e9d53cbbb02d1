"""cdk-nag over every stack: a finding is put right, or acknowledged in acknowledgements.yaml, or fails synthesis."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import cdk_nag
from ruamel.yaml import YAML

from constructs import IConstruct
from foundation import Environment, Foundation

FILE = Path(__file__).parents[1] / "acknowledgements.yaml"
ENVIRONMENT = "{environment}"


@dataclass(frozen=True)
class Acknowledgement:
    """One reviewed exception to one finding at one construct.

    Attributes:
        at: the construct's path; `{environment}` stands for every environment that has it.
        finding: cdk-nag's rule as reported, e.g. `AwsSolutions-IAM5[Resource::*]`; may hold `{account}` and the like.
        requirement: what it was weighed against, e.g. `R27`.
        reason: why it may stand.
    """

    at: str
    finding: str
    requirement: str
    reason: str

    def identifier(self, facts: Mapping[str, str]) -> str:
        """The finding's full id: `Pack::Rule`; a bare rule would silence it without an entry in the report."""
        finding = self.finding.format(**facts)
        return f"{finding.partition('-')[0]}::{finding}"


def acknowledgements(file: Path = FILE) -> list[Acknowledgement]:
    """All entries of the file, one per finding."""
    entries: list[dict[str, Any]] = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    return [
        Acknowledgement(at=entry["at"], finding=finding, requirement=entry["requirement"], reason=reason)
        for entry in entries
        for finding, reason in entry["findings"].items()
    ]


def attach(
    app: cdk.App,
    foundation: Foundation,
    environments: Sequence[Environment],
    entries: Sequence[Acknowledgement] | None = None,
) -> None:
    """Adds both packs to the app, and to each construct what was acknowledged there."""
    for entry in acknowledgements() if entries is None else entries:
        for environment, construct in _places(app, entry, environments):
            acknowledgement = cdk.Acknowledgment(
                id=entry.identifier(facts(foundation, environment)), reason=f"{entry.requirement}: {entry.reason}"
            )
            cdk.Validations.of(construct).acknowledge(acknowledgement)
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app), cdk_nag.NIST80053R5Checks(app))


def facts(foundation: Foundation, environment: Environment) -> dict[str, str]:
    """What a finding's placeholders stand for in an environment."""
    return {
        "account": environment.account,
        "region": environment.region,
        "tooling": foundation.account("tooling") or "",
        "data_lake": foundation.accounts.data_lake,
    }


def _places(
    app: cdk.App, entry: Acknowledgement, environments: Sequence[Environment]
) -> Iterator[tuple[Environment, IConstruct]]:
    first, _, rest = entry.at.partition("/")
    for environment in environments:
        if first in (ENVIRONMENT, environment.name):
            construct = _find(app, [environment.name, *rest.split("/")])
            if construct is not None:
                yield environment, construct


def _find(scope: IConstruct, path: Sequence[str]) -> IConstruct | None:
    for step in path:
        found = scope.node.try_find_child(step)
        if found is None:
            return None
        scope = found
    return scope
