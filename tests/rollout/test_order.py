"""Accounts deploy in any order: three shuffles, each onto fresh accounts, end with the same stacks."""

import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fmops import deployment, handoff, rollout
from fmops.bootstrap import apply, plan
from fmops.local import control
from fmops.target import STATE, Target
from foundation import Environment, Foundation
from tests.rollout import deployer
from tests.rollout.deployer import Stack
from tests.thread.conftest import ROOT, free_port

pytestmark = pytest.mark.e2e
SEEDS = (1, 2, 3)


@dataclass(frozen=True)
class Bootstrapped:
    """A folder with an assembly, and the state of an embedded AWS with bootstrapped accounts that hold the assets."""

    folder: Path
    foundation: Foundation

    @property
    def path(self) -> Path:
        return self.folder / "foundation.yaml"

    @property
    def accounts(self) -> list[str]:
        return list(dict.fromkeys(environment.account for environment in self.foundation.environments()))

    def stacks(self, environment: str) -> list[Stack]:
        return deployer.stacks(self.folder / rollout.ASSEMBLY, environment)


def at_home(foundation: Foundation) -> list[Environment]:
    """The environments in the home region: another region's wait for the roles of theirs there."""
    return [environment for environment in foundation.environments() if environment.home]


def start(folder: Path, foundation: Foundation) -> Target:
    running = control.start(port=free_port(), state=folder / STATE, organization=rollout.organization(foundation))
    return Target("the embedded AWS", foundation.regions.home, running.url)


@pytest.fixture(scope="module")
def bootstrapped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bootstrapped]:
    folder = tmp_path_factory.mktemp("order")
    shutil.copy(ROOT / "foundation.yaml", folder)
    found = Bootstrapped(folder, rollout.load(folder / "foundation.yaml"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        target = start(folder, found.foundation)
        try:
            deployment.synth(rollout.ASSEMBLY, context={"foundation": str(found.path)})
            for entry in plan.plans(rollout.ASSEMBLY, found.foundation, apply.official()):
                if entry.region == target.region:
                    deployer.bootstrap(target, entry)
            for environment in at_home(found.foundation):
                for stack in found.stacks(environment.name):
                    deployer.publish(target, stack)
        finally:
            control.stop(folder / STATE)
        yield found


@pytest.fixture
def fresh(bootstrapped: Bootstrapped, tmp_path: Path) -> Iterator[Target]:
    """An embedded AWS with bootstrapped accounts and nothing else in them."""
    shutil.copytree(bootstrapped.folder / STATE, tmp_path / STATE)
    yield start(tmp_path, bootstrapped.foundation)
    control.stop(tmp_path / STATE)


def shuffled(foundation: Foundation, seed: int) -> list[str]:
    environments = [environment.name for environment in at_home(foundation)]
    random.Random(seed).shuffle(environments)  # noqa: S311 - an order, no secret
    return environments


def hand_over(target: Target, at: Bootstrapped, folder: Path) -> list[Stack]:
    """What becomes possible once the ids that AWS minted are known."""
    lock = folder / "handoff.lock.yaml"
    assert handoff.pull(target, at.foundation, lock)
    context = {**rollout.context(at.path, lock), "accounts": "tooling", "require-handoff": "true"}
    deployment.synth(folder / "cdk.out", context=context)
    known = {stack.name for stack in at.stacks("tooling")}
    return [stack for stack in deployer.stacks(folder / "cdk.out", "tooling") if stack.name not in known]


@pytest.mark.parametrize("seed", SEEDS)
def test_any_order_ends_with_the_same_stacks(
    seed: int, bootstrapped: Bootstrapped, fresh: Target, tmp_path: Path
) -> None:
    order = shuffled(bootstrapped.foundation, seed)
    for environment in order:
        for stack in bootstrapped.stacks(environment):
            assert (stack.name, deployer.create(fresh, stack)) == (stack.name, "CREATE_COMPLETE"), order
    later = hand_over(fresh, bootstrapped, tmp_path)
    assert [stack.name for stack in later] == ["tooling-CatalogAccess"]
    for stack in later:
        assert deployer.create(fresh, stack) == "CREATE_COMPLETE"

    wanted = {stack.name for environment in order for stack in bootstrapped.stacks(environment)}
    standing = deployer.standing(fresh, bootstrapped.accounts)
    assert standing == dict.fromkeys({*wanted, "tooling-CatalogAccess"}, "CREATE_COMPLETE")


def test_the_orders_differ(bootstrapped: Bootstrapped) -> None:
    orders = [shuffled(bootstrapped.foundation, seed) for seed in SEEDS]
    assert len({tuple(order) for order in orders}) == len(SEEDS)
    assert any(order.index("tooling") < order.index("governance") for order in orders)
    assert any(order.index("retail-prod") < order.index("tooling") for order in orders)


def test_an_order_that_matters_would_be_seen(bootstrapped: Bootstrapped, fresh: Target) -> None:
    """A stack before one that it needs, and a policy that names another account's role, both fail."""
    stacks = {stack.name: stack for stack in bootstrapped.stacks("tooling")}
    with pytest.raises(Exception, match="/fmops/"):  # the parameter that Network publishes
        assert deployer.create(fresh, stacks["tooling-Delivery"]) == "CREATE_COMPLETE", "/fmops/"

    template = json.loads(stacks["tooling-Baseline"].template)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::000000000022:role/fmops/fmops-retail-training"},
        "Action": "sts:AssumeRole",
    }
    template["Resources"]["Extra"] = {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}},
    }
    spoilt = replace(stacks["tooling-Baseline"], template=json.dumps(template))
    assert deployer.create(fresh, spoilt).startswith("Invalid principal in policy: arn:aws:iam::000000000022:role/")
