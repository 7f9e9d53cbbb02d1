"""The CDK app: from a foundation to stages, with every finding reviewed."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

import aws_cdk as cdk
from fmops_constructs import names

from foundation import Environment, Foundation
from stacks import review
from stacks.base import FoundationStack
from stacks.placement import stacks_of

ROOT = Path(__file__).parents[1]


class Application(cdk.App):
    """An app with the settings of cdk.json, whoever starts it.

    Args:
        context: overrides of cdk.json's context; what the CDK CLI was given with `-c` overrides both.
        outdir: where the assembly goes; by default where the CLI says, or else cdk.out.
    """

    def __init__(self, *, context: dict[str, str] | None = None, outdir: Path | None = None) -> None:
        flags = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
        super().__init__(
            context={**flags, **(context or {})},
            outdir=str(outdir or os.environ.get("CDK_OUTDIR", "cdk.out")),
            analytics_reporting=False,
            tree_metadata=False,
            # `make check` runs the native validator over the whole assembly, faster.
            builtin_cloud_formation_validation=False,
        )

    def setting(self, name: str) -> str | None:
        """A `-c name=value`."""
        value = self.node.try_get_context(name)
        return None if value is None else str(value)

    def passes(self) -> bool:
        """Writes the assembly; False when a finding is not acknowledged, which CDK has then printed."""
        try:
            self.synth()
        except RuntimeError as error:
            if "ValidationFailed" not in str(error):
                raise
            return False
        return True

    def build(self, foundation: Foundation) -> None:
        """Adds every environment that is wanted, and the reviewers of what they hold.

        Raises:
            LookupError: `-c accounts=` names an environment that does not exist.
        """
        environments = selected(foundation.environments(), self.setting("accounts"))
        for environment in environments:
            add_environment(self, foundation, environment)
        review.attach(self, foundation, environments)


def selected(environments: list[Environment], wanted: str | None) -> list[Environment]:
    """The environments named in a list with commas; all of them when there is no list."""
    if not wanted:
        return environments
    chosen = [name.strip() for name in wanted.split(",")]
    known = [environment.name for environment in environments]
    if unknown := sorted(set(chosen) - set(known)):
        raise LookupError(f"-c accounts: no environment is called {', '.join(unknown)}. There are {', '.join(known)}.")
    return [environment for environment in environments if environment.name in chosen]


def add_environment(app: cdk.App, foundation: Foundation, environment: Environment) -> cdk.Stage:
    """One stage with the stacks of its account type."""
    stage = cdk.Stage(
        app, environment.name, env=cdk.Environment(account=environment.account, region=environment.region)
    )
    built: dict[type[FoundationStack], FoundationStack] = {}
    for kind in stacks_of(environment.account_type, foundation.phase):
        stack = kind(stage, foundation=foundation, environment=environment)
        for required in kind.requires:
            stack.add_stack_dependency(built[required])
        built[kind] = stack
    for key, value in tags(foundation, environment):
        cdk.Tags.of(stage).add(key, value)
    return stage


def tags(foundation: Foundation, environment: Environment) -> Iterable[tuple[str, str]]:
    """What every resource of an environment is tagged with."""
    yield from foundation.tags.items()
    yield "environment", environment.name
    yield names.UNIT_TAG, environment.business_unit or names.SHARED
    yield "stage", environment.stage or environment.account_type
