"""A roll-out that is killed in the middle of a wave is finished by the same command, and does nothing twice."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from fmops import rollout
from fmops.local import control
from fmops.target import STATE, Target
from foundation import Foundation
from tests.assemblies import EXAMPLE
from tests.rollout import deployer
from tests.thread.conftest import environment, free_port

pytestmark = pytest.mark.e2e
COMMAND = (str(Path(sys.prefix) / "bin" / "fmops"), "rollout", "--wave", "data-lake,retail-dev", "-y", "--json")
WAVES = {
    "data-lake": ["data-lake-Baseline", "data-lake-Network", "data-lake-DataLake"],
    "retail-dev": ["retail-dev-Baseline", "retail-dev-Network", "retail-dev-MlBuild"],
}
SECONDS = 120.0


@dataclass(frozen=True)
class Small:
    """A folder with a foundation of few accounts, and the embedded AWS that runs there."""

    folder: Path
    foundation: Foundation
    target: Target

    @property
    def accounts(self) -> dict[str, str]:
        """The account of each wave, which is one environment here."""
        return {one.name: one.account for one in self.foundation.environments() if one.name in WAVES}

    def standing(self) -> dict[str, str]:
        """The status of every stack but the toolkits."""
        return deployer.standing(self.target, list(self.accounts.values()))

    def made(self) -> dict[str, str]:
        """The physical id of every resource of the stacks that stand whole, by stack and logical id."""
        left, found = missing(self.standing()), {}
        for wave, stacks in WAVES.items():
            paginator = deployer.client(self.target, self.accounts[wave], "cloudformation").get_paginator(
                "list_stack_resources"
            )
            for stack in (one for one in stacks if one not in left):
                for page in paginator.paginate(StackName=stack):
                    for resource in page["StackResourceSummaries"]:
                        found[f"{stack}/{resource['LogicalResourceId']}"] = resource["PhysicalResourceId"]
        return found

    def run(self) -> dict[str, int]:
        """The command to its end; how many stacks it went through, by wave."""
        done = subprocess.run(COMMAND, cwd=self.folder, env=environment(), capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        stacks: dict[str, int] = json.loads(done.stdout)["stacks"]
        return stacks

    def kill_in(self, wave: str) -> None:
        """Starts the command and kills it, and the CDK CLI with it, once the wave's first stack is there.

        It looks with one client, often: a wave takes a second or two.
        """
        wanted = deployer.client(self.target, self.accounts[wave], "cloudformation")
        process = subprocess.Popen(
            COMMAND,
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        end = time.monotonic() + SECONDS
        while not any(stack["StackName"] in WAVES[wave] for stack in wanted.describe_stacks()["Stacks"]):
            assert process.poll() is None, "the roll-out ended before its wave began"
            assert time.monotonic() < end, f"wave {wave} did not begin"
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL


def missing(standing: dict[str, str]) -> list[str]:
    """The waves' stacks that do not stand whole."""
    whole = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    return [name for stacks in WAVES.values() for name in stacks if standing.get(name) not in whole]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    folder = tmp_path_factory.mktemp("killed")
    document = YAML(typ="safe").load(EXAMPLE.read_text(encoding="utf-8"))
    retail = document["business_units"]["retail"]
    document["phase"] = "repeatable"
    document["business_units"] = {"retail": {"accounts": retail["accounts"], "people": retail["people"]}}
    with (folder / "foundation.yaml").open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(document, file)
    foundation = rollout.load(folder / "foundation.yaml")
    running = control.start(port=free_port(), state=folder / STATE, organization=rollout.organization(foundation))
    yield Small(folder, foundation, Target("the embedded AWS", foundation.regions.home, running.url))
    control.stop(folder / STATE)


def test_the_same_command_finishes_what_was_killed(small: Small) -> None:
    small.kill_in("retail-dev")
    before, left = small.made(), missing(small.standing())
    assert "retail-dev-MlBuild" in left  # in the middle, or nothing is shown
    assert not set(WAVES["data-lake"]) & set(left)

    stacks = small.run()
    assert missing(small.standing()) == []
    assert stacks == {wave: len(names) for wave, names in WAVES.items()}
    after = small.made()
    assert before
    assert {where: after.get(where) for where in before} == before  # nothing was made anew

    small.run()
    assert small.made() == after
