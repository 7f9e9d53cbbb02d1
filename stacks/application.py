"""The CDK app: from a foundation to stages, with every finding reviewed."""

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import aws_cdk as cdk
from fmops_constructs import names

from foundation import Environment, Foundation
from foundation.handoff import LOCK, Handoff, Source, missing, read_by
from stacks import organization, review
from stacks.base import NOTHING, FoundationStack
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

    def build(self, foundation: Foundation, handoff: Handoff = NOTHING) -> None:
        """Adds every environment that is wanted, and the reviewers of what they hold.

        Raises:
            LookupError: `-c accounts=` names an environment that does not exist.
            ConfigError: `-c require-handoff=true`, and the lock lacks an id that one of them needs.
        """
        wanted = self.setting("accounts")
        apart = [organization.NAME] if organization.wanted(foundation) else []
        environments = selected(foundation.environments(), wanted, apart)
        if self.setting("require-handoff") == "true":
            require(foundation, environments, handoff, self.setting("handoff") or LOCK)
        for environment in environments:
            add_environment(self, foundation, environment, handoff)
        if apart and (not wanted or organization.NAME in _names(wanted)):
            organization.add(self, foundation)
        review.attach(self, foundation, environments)


def _names(wanted: str) -> list[str]:
    return [name.strip() for name in wanted.split(",")]


def selected(environments: list[Environment], wanted: str | None, apart: Sequence[str] = ()) -> list[Environment]:
    """The environments named in a list with commas; all of them when there is no list.

    Args:
        apart: stages that are no environments, and may be named too.
    """
    if not wanted:
        return environments
    chosen = _names(wanted)
    known = [*(environment.name for environment in environments), *apart]
    if unknown := sorted(set(chosen) - set(known)):
        raise LookupError(f"-c accounts: no environment is called {', '.join(unknown)}. There are {', '.join(known)}.")
    return [environment for environment in environments if environment.name in chosen]


def require(foundation: Foundation, environments: Iterable[Environment], handoff: Handoff, lock: str) -> None:
    """Refuses to leave a stack out.

    Raises:
        ConfigError: naming each id that the lock lacks, the stack that needs it, and where it comes from.
    """
    readers = [
        (f"{environment.name}/{kind.__name__}", lacking)
        for environment in environments
        for kind in stacks_of(environment, foundation.phase)
        for lacking in unknown(kind, foundation, environment, handoff)
    ]
    if readers:
        raise missing(readers, lock)


def unknown(
    kind: type[FoundationStack], foundation: Foundation, environment: Environment, handoff: Handoff
) -> list[Source]:
    """The ids that a stack needs and the lock doesn't have."""
    needed = (origin for name in kind.needs for origin in read_by(foundation, name, environment))
    return [origin for origin in needed if handoff.get(origin) is None]


def add_environment(
    app: cdk.App, foundation: Foundation, environment: Environment, handoff: Handoff = NOTHING
) -> cdk.Stage:
    """One stage with the stacks of its account type, but for those that need an id that isn't minted yet."""
    stage = cdk.Stage(
        app, environment.name, env=cdk.Environment(account=environment.account, region=environment.region)
    )
    built: dict[type[FoundationStack], FoundationStack] = {}
    for kind in stacks_of(environment, foundation.phase):
        if unknown(kind, foundation, environment, handoff):
            continue
        stack = kind(stage, foundation=foundation, environment=environment, handoff=handoff)
        for required in kind.requires:
            stack.add_stack_dependency(built[required])
        built[kind] = stack
    for key, value in tags(foundation, environment):
        cdk.Tags.of(stage).add(key, value)
    return stage


def tags(foundation: Foundation, environment: Environment) -> Iterable[tuple[str, str]]:
    """What every resource of an environment is tagged with."""
    yield from {"data-class": "internal", "project": "foundation", **foundation.tags}.items()
    yield "environment", environment.name
    yield names.UNIT_TAG, environment.business_unit or names.SHARED
    yield "stage", environment.stage or environment.account_type
