"""cdk-nag's packs and our own checks over every stack: a finding is put right, or acknowledged, or fails synthesis."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import cdk_nag
from fmops_constructs.checks.plugin import FmopsChecks
from ruamel.yaml import YAML

from constructs import IConstruct, Node
from foundation import Environment, Foundation

FILE = Path(__file__).parents[1] / "acknowledgements.yaml"
ENVIRONMENT = "{environment}"


@dataclass(frozen=True)
class Acknowledgement:
    """One reviewed exception to one finding at one construct.

    Attributes:
        at: the construct's path; `{environment}` stands for every environment that has it.
        rule: the rule, e.g. `AwsSolutions-IAM5` or `Fmops::Studio-VpcOnly`.
        exactly: what the rule found there, e.g. `Resource::*`, where it tells; may hold `{account}` and the like.
        reason: why it may stand.
        requirement: what it was weighed against, e.g. `R27`.
        reviewer: who weighed it.
    """

    at: str
    rule: str
    exactly: str
    reason: str
    requirement: str
    reviewer: str

    def finding(self, facts: Mapping[str, str]) -> str:
        """The finding as the report names it, e.g. `AwsSolutions-IAM5[Resource::*]`."""
        return f"{self.rule}[{self.exactly.format(**facts)}]" if self.exactly else self.rule

    def identifier(self, facts: Mapping[str, str]) -> str:
        """The finding's full id: `Pack::Rule`; a bare rule would silence it without an entry in the report."""
        pack = "" if "::" in self.rule else f"{self.rule.partition('-')[0]}::"
        return f"{pack}{self.finding(facts)}"


def acknowledgements(file: Path = FILE) -> list[Acknowledgement]:
    """All entries of the file, one per finding and place."""
    entries: list[dict[str, Any]] = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    return [
        Acknowledgement(at, entry["rule"], exactly, entry["reason"], entry["requirement"], entry["reviewer"])
        for entry in entries
        for at, details in entry["scope"].items()
        for exactly in details or [""]
    ]


def attach(
    app: cdk.App,
    foundation: Foundation,
    environments: Sequence[Environment],
    entries: Sequence[Acknowledgement] | None = None,
) -> None:
    """Adds the packs and our own checks to the app, and to each construct what was acknowledged there."""
    tree = _Tree(app)
    for entry in acknowledgements() if entries is None else entries:
        for environment, construct in _places(tree, entry, environments):
            acknowledgement = cdk.Acknowledgment(
                id=entry.identifier(facts(foundation, environment)), reason=f"{entry.requirement}: {entry.reason}"
            )
            cdk.Validations.of(construct).acknowledge(acknowledgement)
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app), cdk_nag.NIST80053R5Checks(app), FmopsChecks())


def facts(foundation: Foundation, environment: Environment) -> dict[str, str]:
    """What a finding's placeholders stand for in an environment."""
    return {
        "account": environment.account,
        "region": environment.region,
        "tooling": foundation.account("tooling") or "",
        "data_lake": foundation.accounts.data_lake,
    }


class _Tree:
    """The app's constructs by path. Each is looked up once: a question to CDK takes a third of a millisecond."""

    def __init__(self, app: cdk.App) -> None:
        self._constructs: dict[tuple[str, ...], IConstruct | None] = {(): app}
        self._nodes: dict[tuple[str, ...], Node | None] = {}

    def find(self, path: tuple[str, ...]) -> IConstruct | None:
        """The construct at a path below the app; None where there is none."""
        if path not in self._constructs:
            parent = self._node(path[:-1])
            self._constructs[path] = parent.try_find_child(path[-1]) if parent else None
        return self._constructs[path]

    def _node(self, path: tuple[str, ...]) -> Node | None:
        if path not in self._nodes:
            construct = self.find(path)
            self._nodes[path] = construct.node if construct else None
        return self._nodes[path]


def _places(
    tree: _Tree, entry: Acknowledgement, environments: Sequence[Environment]
) -> Iterator[tuple[Environment, IConstruct]]:
    first, *rest = entry.at.split("/")
    for environment in environments:
        if first in (ENVIRONMENT, environment.name):
            construct = tree.find((environment.name, *rest))
            if construct is not None:
                yield environment, construct
