"""From a foundation file to accounts that stand: bootstrap, synthesis, deployment, and ids handed to who needs them."""

import tempfile
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from fmops import assembly, deployment, handoff, nag
from fmops.board import Board
from fmops.bootstrap import apply, plan
from fmops.problem import Problem
from fmops.target import Target
from foundation import ConfigError, Environment, Foundation
from foundation import load as load_foundation
from foundation.access import current
from foundation.handoff import sources
from foundation.phases import AccountType

ASSEMBLY = Path("build/cdk.out")
LAUNCHERS = tuple(current().roles_with("launch", "tooling"))
"""The roles that may launch products."""


def load(path: Path) -> Foundation:
    """The foundation of a file.

    Raises:
        Problem: with every mistake in it, each at its line.
    """
    try:
        return load_foundation(path)
    except ConfigError as error:
        raise Problem(str(error)) from error


def account(foundation: Foundation, account_type: AccountType, business_unit: str | None = None) -> str:
    """The id of an account that a command can't do without.

    Raises:
        Problem: the phase, or the file, has none of that type.
    """
    found = foundation.account(account_type, business_unit)
    if found is None:
        whose = f"{business_unit}'s {account_type}" if business_unit else account_type
        raise Problem(
            f"There is no {whose} account in phase {foundation.phase}.",
            "A later phase has one: set phase and the account's id in the foundation file.",
        )
    return found


def organization(foundation: Foundation) -> dict[str, Any]:
    """What the embedded AWS must know of the organisation: its id, its management account, its accounts' names."""
    return {
        "id": foundation.organization.id,
        "management_account": foundation.organization.management_account,
        "accounts": {here.account: here.name for here in foundation.environments() if here.home},
    }


class Rollout:
    """One foundation file on its way to one AWS.

    It begins with what is deployed: ids that AWS minted are read first, so what needs them is synthesised. Whatever a
    deployment mints is read again, and what became possible is synthesised and deployed too. Nothing is done twice: the
    same roll-out again finds everything there, and one that was killed is finished by the next.
    """

    def __init__(self, target: Target, foundation: Foundation, path: Path) -> None:
        self.target, self.foundation, self.path = target, foundation, path
        self.tooling = account(foundation, "tooling")
        self.lock = handoff.lock_of(target, path)
        self._prepared: list[str] = []
        self._deployed: list[str] = []

    def synth(self) -> str:
        """Reads what is minted, and writes the assembly of the whole foundation; gives what cdk-nag said, in short."""
        handoff.pull(self.target, self.foundation, self.lock)
        return synth(self.path, self.lock)

    def bootstrap(self, environments: Sequence[Environment], progress: deployment.Progress) -> int:
        """Bootstraps the accounts of environments for what was synthesised; says how many had another template."""
        self._prepared = [environment.name for environment in environments]
        return self._bootstrap(progress)

    def deploy(self, patterns: Sequence[str], progress: deployment.Progress) -> int:
        """Deploys patterns, and what becomes possible by it in all that was deployed so far; says how many stacks."""
        self._deployed += patterns
        count = self._deploy(patterns, progress)
        while handoff.pull(self.target, self.foundation, self.lock):
            progress(f"{count} stacks · new ids in {self.lock.name}")
            before = assembly.stacks(ASSEMBLY)
            synth(self.path, self.lock)
            possible = [
                path
                for path in assembly.changed(before, assembly.stacks(ASSEMBLY))
                if any(fnmatchcase(path, pattern) for pattern in self._deployed)
            ]
            if possible:
                self._bootstrap(progress)  # a stack that was left out may hold types that its account had no right to
                count += self._deploy(possible, progress, exclusively=True)
        return count

    def complete(self, environments: Sequence[Environment]) -> None:
        """Makes sure that no stack of these environments was left out for want of an id.

        Raises:
            Problem: naming the id, the stack, and where the id comes from.
        """
        known = handoff.load(self.lock)
        if all(known.get(source) for source in sources(self.foundation)):
            return
        wanted = {"accounts": ",".join(environment.name for environment in environments), "require-handoff": "true"}
        with tempfile.TemporaryDirectory() as scratch:
            deployment.synth(Path(scratch), context={**context(self.path, self.lock), **wanted})

    def _bootstrap(self, progress: deployment.Progress) -> int:
        plans = plan.plans(ASSEMBLY, self.foundation, apply.official())
        return apply.bootstrap(self.target, plan.chosen(plans, self._prepared), progress=progress)

    def _deploy(self, patterns: Sequence[str], progress: deployment.Progress, *, exclusively: bool = False) -> int:
        return deployment.deploy(
            self.target,
            ASSEMBLY,
            patterns=patterns,
            account=self.tooling,
            progress=progress,
            exclusively=exclusively,
        )


def context(path: Path, lock: Path) -> dict[str, str]:
    """What app.py is told: the foundation file, and the lock if there is one."""
    return {"foundation": str(path.resolve()), **({"handoff": str(lock.resolve())} if lock.is_file() else {})}


def synth(path: Path, lock: Path) -> str:
    """Writes the cloud assembly of a foundation file and a lock; gives what cdk-nag said, in short."""
    deployment.synth(ASSEMBLY, context=context(path, lock))
    found = nag.read(ASSEMBLY)
    unacknowledged = sum(not finding.acknowledged for finding in found)
    return f"{unacknowledged} open findings, {len(found) - unacknowledged} reviewed"


def roll_out(
    target: Target, foundation: Foundation, path: Path, board: Board, *, patterns: Sequence[str] = ("**",)
) -> int:
    """Synthesises `path`, bootstraps every account for it, deploys `patterns`.

    Returns:
        How many stacks were deployed.
    """
    rollout = Rollout(target, foundation, path)
    environments = foundation.environments()
    accounts = len({environment.account for environment in environments})
    with board.step("synth") as step:
        step.note = f"{len(environments)} environments · {rollout.synth()}"
    with board.step("bootstrap") as step:
        made = rollout.bootstrap(environments, step.progress)
        step.note = f"{accounts} accounts" + ("" if made else " · already there")
    with board.step("deploy") as step:
        stacks = rollout.deploy(patterns, step.progress)
        step.note = f"{accounts} accounts · {stacks} stacks"
    return stacks
