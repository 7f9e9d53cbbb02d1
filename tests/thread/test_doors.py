"""Every door on a deployed organisation: launched through each, refused where it must be, whole or absent whoever dies.

What is launched here is ended and purged again, so that the thread's other tests find what they left.
"""

import concurrent.futures
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from fmops_constructs import names

from fmops.people import Door, Person
from fmops.purging import Platform
from tests.thread.conftest import Thread, environment

pytestmark = pytest.mark.e2e
TEMPLATE = "ml-train-deploy-realtime"
LAUNCH_SECONDS = 60  # the bar, on two cores that do nothing else
MANY = 20
DOORS: tuple[Door, ...] = ("tooling", "studio")


class Doors:
    """Launches through each door, and what stands afterwards."""

    def __init__(self, thread: Thread) -> None:
        self.thread = thread

    def person(self, role: str = "data-scientist", name: str | None = None, unit: str = "retail") -> Person:
        return Person.of(self.thread.target, self.thread.foundation, unit, role, name)

    def launch(self, name: str, door: Door = "tooling", *more: str) -> "subprocess.CompletedProcess[str]":
        return self.thread.fmops("launch", TEMPLATE, "--name", name, "--business-unit", "retail", "--from", door, *more)

    def standing(self) -> dict[str, str]:
        """What Service Catalog has in tooling, by name."""
        catalog = self.thread.client("tooling", "servicecatalog")
        everyone = {"Key": "Account", "Value": "self"}
        found = catalog.search_provisioned_products(AccessLevelFilter=everyone)["ProvisionedProducts"]
        return {product["Name"]: product["Status"] for product in found}

    def registered(self) -> set[str]:
        found = json.loads(self.thread.fmops("project", "list", "--business-unit", "retail", "--json").stdout)
        return {project["name"] for project in found}

    def repositories(self) -> set[str]:
        found = self.thread.client("tooling", "codecommit").list_repositories()["repositories"]
        return {repository["repositoryName"] for repository in found}

    def whole_or_absent(self, name: str) -> str:
        """Says which; fails on anything between. Code that was seeded outlives a project that was ended."""
        stands, registered = self.standing(), name in self.registered()
        if registered:
            assert stands.get(name) == "AVAILABLE", stands
            assert name in self.repositories()
            return "whole"
        assert name not in stands, stands
        return "absent"

    def again(self, name: str, door: Door) -> None:
        """The same launch once more; where it is refused for code that was kept, by the way out that it tells."""
        done = self.launch(name, door)
        if done.returncode:
            assert f"fmops project purge {name}" in done.stderr, done.stderr
            assert self.whole_or_absent(name) == "absent"
            purged = self.thread.fmops("project", "purge", name, "--business-unit", "retail", "--yes")
            assert purged.returncode == 0, purged.stderr
            done = self.launch(name, door)
        assert done.returncode == 0, done.stderr
        assert self.whole_or_absent(name) == "whole"

    def end(self, name: str) -> None:
        self.thread.fmops("project", "delete", name, "--business-unit", "retail", "--yes")
        platform = Platform(self.thread.target, self.thread.foundation, "retail", name)
        platform.purge(platform.remains(), lambda _: None)


@pytest.fixture
def doors(thread: Thread) -> Iterator[Doors]:
    found = Doors(thread)
    before = set(found.standing())
    yield found
    for name in set(found.standing()) | found.repositories():
        if name not in before:
            found.end(name)


@pytest.mark.parametrize("door", DOORS)
def test_a_project_from_each_door_is_the_same_project(doors: Doors, door: Door) -> None:
    name = f"by-{door}"
    done = doors.launch(name, door, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["seconds"] <= LAUNCH_SECONDS
    assert told["outputs"]["ModelPackageGroupArn"].endswith(f":model-package-group/{name}")
    assert doors.whole_or_absent(name) == "whole"
    again = json.loads(doors.launch(name, door, "--json").stdout)
    assert (again["existed"], again["outputs"]) == (True, told["outputs"])
    ended = doors.thread.fmops("project", "delete", name, "--business-unit", "retail", "--yes", "--json")
    assert ended.returncode == 0, ended.stderr
    assert name not in doors.standing()
    assert name not in doors.registered()
    assert name in doors.repositories(), "code outlives its project"
    refused = doors.launch(name, door)
    assert refused.returncode == 3
    assert f"fmops project purge {name}" in refused.stderr, "the way out is told"
    assert name not in doors.standing()
    assert name in doors.repositories(), "a refused launch takes nothing of the earlier project with it"
    purged = doors.thread.fmops("project", "purge", name, "--business-unit", "retail", "--yes")
    assert purged.returncode == 0, purged.stderr
    assert doors.launch(name, door).returncode == 0, "the name is free again"


def test_a_name_is_one_projects_whatever_the_door(doors: Doors) -> None:
    assert doors.launch("taken").returncode == 0
    refused = doors.launch("taken", "studio")
    assert refused.returncode == 3
    assert "already exists" in refused.stderr
    assert doors.whole_or_absent("taken") == "whole"


def test_people_launch_for_their_own_unit_only(doors: Doors) -> None:
    """A person of retail, by plain API: one portfolio is open, and its rule refuses another unit."""
    catalog = doors.person().client("servicecatalog")
    product = catalog.describe_product(Name=TEMPLATE)
    paths = [path["Name"] for path in product["LaunchPaths"]]
    assert paths == [names.portfolio("retail")]
    values = {"ProjectName": "foreign", "BusinessUnit": "lending", "Dataset": "example"}
    record = catalog.provision_product(
        ProductId=product["ProductViewSummary"]["ProductId"],
        ProvisioningArtifactId=product["ProvisioningArtifacts"][-1]["Id"],
        ProvisionedProductName="foreign",
        ProvisioningParameters=[{"Key": k, "Value": v} for k, v in values.items()],
        ProvisionToken="foreign",
    )["RecordDetail"]
    while record["Status"] in ("CREATED", "IN_PROGRESS"):
        time.sleep(0.2)
        record = catalog.describe_record(Id=record["RecordId"])["RecordDetail"]
    assert record["Status"] == "FAILED"
    assert "BusinessUnit must be retail" in record["RecordErrors"][0]["Description"]
    assert "foreign" not in doors.repositories()


def test_another_units_topic_is_closed(doors: Doors) -> None:
    """Whoever may publish in the unit's account reaches no topic: its policy names the launch role only."""
    account = doors.thread.foundation.account("experimentation", "retail")
    sns = doors.thread.target.client(doors.thread.target.administrator(str(account)), "sns")
    for unit in ("retail", "lending"):
        topic = f"arn:aws:sns:eu-west-1:{doors.thread.project.tooling}:{names.requests_topic(unit)}"
        with pytest.raises(ClientError, match="not authorized"):
            sns.publish(TopicArn=topic, Message="{}")


@pytest.mark.stress
def test_many_at_once_all_stand_or_are_cleanly_refused(doors: Doors) -> None:
    wanted = [(f"many-{number}", DOORS[number % 2]) for number in range(MANY)]
    with concurrent.futures.ThreadPoolExecutor(MANY) as pool:
        done = list(pool.map(lambda each: doors.launch(*each), wanted))
    for (name, _), result in zip(wanted, done, strict=True):
        assert result.returncode in (0, 3), result.stderr
        assert "Traceback" not in result.stderr
        assert doors.whole_or_absent(name) == ("whole" if result.returncode == 0 else "absent")
    assert any(result.returncode == 0 for result in done)


def started(doors: Doors, name: str, door: Door) -> "subprocess.Popen[str]":
    """A launch under way."""
    command = [str(Path(sys.prefix) / "bin" / "fmops"), "launch", TEMPLATE, "--name", name, "--from", door]
    return subprocess.Popen(
        [*command, "--business-unit", "retail"], cwd=doors.thread.folder, env=environment(), text=True
    )


@pytest.mark.stress
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("seconds", [0.5, 1.0, 1.5, 2.0, 3.0, 5.0])
def test_a_client_that_is_killed_changes_nothing(doors: Doors, door: Door, seconds: float) -> None:
    name = f"client-{door}-{int(seconds * 10)}"
    process = started(doors, name, door)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert doors.launch(name, door).returncode == 0
    assert doors.whole_or_absent(name) == "whole"


class Provisioner:
    """The state machine, and its executions since this was made."""

    def __init__(self, doors: Doors) -> None:
        self.client = doors.thread.client("tooling", "stepfunctions")
        machines = self.client.list_state_machines()["stateMachines"]
        (self._machine,) = (m["stateMachineArn"] for m in machines if m["name"] == names.PROVISIONER)
        self._before = {execution["executionArn"] for execution in self._executions()}

    def _executions(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.list_executions(stateMachineArn=self._machine)["executions"]
        return found

    def reached(self, state: str) -> str | None:
        """The execution that has entered a state."""
        for arn in {execution["executionArn"] for execution in self._executions()} - self._before:
            history = self.client.get_execution_history(executionArn=arn)["events"]
            if any(event.get("stateEnteredEventDetails", {}).get("name") == state for event in history):
                return str(arn)
        return None

    def rests(self) -> bool:
        return all(execution["status"] != "RUNNING" for execution in self._executions())


@pytest.mark.stress
@pytest.mark.parametrize("state", ["Provision", "Rest", "Look", "Answer"])
def test_a_provisioner_that_is_stopped_leaves_nothing(doors: Doors, state: str) -> None:
    """Every state of a launch that waits for something; once it answers, the project may stand already."""
    name = f"stopped-{state.lower()}"
    provisioner = Provisioner(doors)
    process = started(doors, name, "studio")
    provisioner.client.stop_execution(executionArn=until(lambda: provisioner.reached(state)))
    ended = process.wait(timeout=120)
    until(provisioner.rests)
    assert ended == 3 or state == "Answer"
    assert doors.whole_or_absent(name) == {0: "whole", 3: "absent"}[ended]
    doors.again(name, "studio")


@pytest.mark.stress
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("seconds", [1.0, 2.0, 3.0, 4.0])
def test_an_embedded_aws_that_is_killed_is_whole_or_absent_after_the_next_launch(
    doors: Doors, door: Door, seconds: float
) -> None:
    name = f"server-{door}-{int(seconds)}"
    process = started(doors, name, door)
    time.sleep(seconds)
    state = json.loads((doors.thread.folder / ".local-aws" / "server.json").read_text())
    subprocess.run(["kill", "-KILL", str(state["pid"])], check=True)
    process.kill()
    process.wait()
    up = doors.thread.fmops("local", "up", "--port", str(state["port"]))
    assert up.returncode == 0, up.stderr
    doors.again(name, door)


def until(check: Callable[[], Any], seconds: float = 90.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, "still nothing"
        time.sleep(0.1)
    return found
