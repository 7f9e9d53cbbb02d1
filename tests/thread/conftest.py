"""One demo for all tests of the thread, in a folder of its own; its first try is killed in the middle of a deploy."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from fmops_constructs import names

from fmops import made_of, rollout
from fmops.delivery import Project
from fmops.handoff import EMBEDDED
from fmops.local import snapshots
from fmops.local.control import ControlError
from fmops.target import STATE, Target
from foundation import Foundation

ROOT = Path(__file__).resolve().parents[2]
PRINTED = Path("build/printed.txt")
SNAPSHOTS = Path(os.environ["FMOPS_SNAPSHOTS"]) if "FMOPS_SNAPSHOTS" in os.environ else None
PROJECT = names.Project("churn", "retail")


@dataclass(frozen=True)
class Thread:
    """A finished demo: its folder, what it printed, build/demo.json, and the embedded AWS that it left."""

    folder: Path
    printed: str
    facts: dict[str, Any]
    foundation: Foundation
    target: Target

    @property
    def project(self) -> Project:
        return Project(self.target, self.foundation, PROJECT)

    def fmops(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """The command, as a user in that folder types it."""
        return run(self.folder, *arguments)

    def client(self, account_type: str, service: str) -> Any:
        """A client of the platform's in an account."""
        unit = None if account_type in ("governance", "tooling", "data-lake") else PROJECT.business_unit
        account = self.foundation.account(account_type, unit)  # type: ignore[arg-type]
        assert account
        return self.project.platform(account, service)

    def as_person(self, persona: str, service: str) -> Any:
        """A client of a person's in tooling."""
        return self.target.client(self.project.as_person(persona), service)

    def model(self, stage: str) -> dict[str, Any]:
        """The model that a stage's endpoint runs, as SageMaker describes it."""
        client = self.client(stage, "sagemaker")
        endpoint = client.describe_endpoint(EndpointName=PROJECT.endpoint(stage))
        config = client.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
        found: dict[str, Any] = client.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
        return found


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [str(Path(sys.prefix) / "bin" / "fmops"), *arguments]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=900)


def environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "FMOPS_"))}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def kill_while_deploying(folder: Path, port: int) -> None:
    """Starts a demo and kills it, and the CDK CLI with it, as soon as it deploys."""
    command = [str(Path(sys.prefix) / "bin" / "fmops"), "demo", "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout
    with process.stdout:
        for line in process.stdout:
            if "✔ bootstrap" in line:
                break
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=2.5)  # in the middle of the deploy; if it were over by then, this would fail
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def put_back(folder: Path, port: int) -> bool:
    """Puts an earlier session's finished demo there, if FMOPS_SNAPSHOTS names a folder that has one of this code."""
    if SNAPSHOTS is None:
        return False
    try:
        snapshots.load(folder / STATE, SNAPSHOTS, "thread", made_of.digest(ROOT, [folder / "foundation.yaml"]))
    except ControlError:
        return False
    return run(folder, "local", "up", "--port", str(port)).returncode == 0


def keep(folder: Path, port: int) -> None:
    """Keeps the finished demo for later sessions, if FMOPS_SNAPSHOTS names a folder for it."""
    if SNAPSHOTS is not None:
        digest = made_of.digest(ROOT, [folder / "foundation.yaml"])
        beside = [EMBEDDED, PRINTED, Path("build/demo.json"), Path("build/demo.html")]
        snapshots.save(folder / STATE, SNAPSHOTS, "thread", digest, beside)
        assert run(folder, "local", "up", "--port", str(port)).returncode == 0


@pytest.fixture(scope="session")
def thread(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Thread]:
    folder, port = tmp_path_factory.mktemp("thread"), free_port()
    shutil.copy(ROOT / "foundation.yaml", folder)
    try:
        if not put_back(folder, port):
            kill_while_deploying(folder, port)
            done = run(folder, "demo", "--port", str(port))
            assert done.returncode == 0, done.stdout + done.stderr
            (folder / PRINTED).write_text(done.stdout)
            keep(folder, port)
        foundation = rollout.load(folder / "foundation.yaml")
        target = Target("the embedded AWS", foundation.regions.home, f"http://127.0.0.1:{port}")
        facts = json.loads((folder / "build/demo.json").read_text())
        yield Thread(folder, (folder / PRINTED).read_text(), facts, foundation, target)
    finally:
        run(folder, "local", "down")


@pytest.fixture
def anonymous() -> boto3.Session:
    """A session that nobody gave out."""
    return boto3.Session(aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="x", region_name="eu-west-1")
