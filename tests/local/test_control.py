"""The server as a process: it comes up once, says where it is, survives, ends, and is dropped."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from fmops.local import control
from tests.local.conftest import free_port

pytestmark = pytest.mark.e2e


@pytest.fixture
def port() -> int:
    """A free port."""
    return free_port()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state folder whose server is stopped at the end."""
    yield tmp_path / "state"
    control.stop(tmp_path / "state")


def queues(running: control.Running) -> list[str]:
    """The names of an account's queues."""
    found = queue_client(running).list_queues()
    return [url.rsplit("/", 1)[1] for url in found.get("QueueUrls", [])]


def queue_client(running: control.Running):  # type: ignore[no-untyped-def]
    """SQS as an account's root."""
    session = boto3.Session(aws_access_key_id="000000000012", aws_secret_access_key="test", region_name="eu-west-1")
    return session.client("sqs", endpoint_url=running.url)


def test_start_stop_and_the_state_between(state: Path, port: int) -> None:
    running = control.start(port, state)
    assert control.start(port, state).pid == running.pid, "starting twice is one server"
    queue_client(running).create_queue(QueueName="kept")
    assert control.stop(state)
    assert control.status(state) is None
    assert not control.stop(state)
    again = control.start(port, state)
    assert again.pid != running.pid
    assert queues(again) == ["kept"]
    control.reset(state)
    assert not (state).exists()
    assert queues(control.start(port, state)) == []


def test_after_kill_9_the_last_stack_is_there(state: Path, port: int) -> None:
    running = control.start(port, state)
    session = boto3.Session(aws_access_key_id="000000000012", aws_secret_access_key="test", region_name="eu-west-1")
    template = '{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "made"}}}}'
    session.client("cloudformation", endpoint_url=running.url).create_stack(StackName="s", TemplateBody=template)
    time.sleep(1.5)
    os.kill(running.pid, signal.SIGKILL)
    control._children[running.pid].wait()
    again = control.start(port, state)
    stacks = session.client("cloudformation", endpoint_url=again.url).describe_stacks()["Stacks"]
    assert [(stack["StackName"], stack["StackStatus"]) for stack in stacks] == [("s", "CREATE_COMPLETE")]
    assert queues(again) == ["made"]


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(control.ControlError, match=f"Port {port} is in use"):
            control.start(port, tmp_path)


def test_another_state_on_the_port_is_named(state: Path, port: int) -> None:
    control.start(port, state)
    with pytest.raises(control.ControlError, match="another state"):
        control.start(port, state.parent / "two")


def test_only_loopback_listens(state: Path, port: int) -> None:
    running = control.start(port, state)
    sockets = {str(link.readlink()) for link in Path(f"/proc/{running.pid}/fd").iterdir() if link.is_symlink()}
    inodes = {name[8:-1] for name in sockets if name.startswith("socket:[")}
    rows = [line.split() for file in ("tcp", "tcp6") for line in Path(f"/proc/net/{file}").read_text().splitlines()[1:]]
    listening = [row[1] for row in rows if row[3] == "0A" and row[9] in inodes]
    assert listening == [f"0100007F:{port:04X}"]


def test_a_foreign_folder_is_not_dropped(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(control.ControlError, match=r"thesis\.tex"):
        control.reset(tmp_path)
    assert (tmp_path / "thesis.tex").exists()
