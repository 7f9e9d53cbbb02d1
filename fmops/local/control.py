"""The embedded AWS as a process of its own: start, stop, status, reset. It outlives whoever starts it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fmops.local import holding, settings

_START_SECONDS, _STOP_SECONDS = 60.0, 60.0


class ControlError(RuntimeError):
    """The embedded AWS cannot be started, stopped or dropped; the message names what to do."""


@dataclass(frozen=True)
class Running:
    """A started embedded AWS."""

    url: str
    port: int
    pid: int
    state: Path
    log: Path


_children: dict[int, "subprocess.Popen[bytes]"] = {}
"""Servers that this process started: they outlive it, and until then it must reap them."""


def describe(running: Running) -> dict[str, Any]:
    """What a server says of itself: accounts, stacks, resource types and their backends, denied calls (`status`)."""
    found = _ask(running.port)
    if found is None:
        raise ControlError(f"The embedded AWS at {running.url} does not answer; its log is {running.log}.")
    return found


def _ask(port: int) -> dict[str, Any] | None:
    try:
        with urllib.request.urlopen(f"http://{settings.HOST}:{port}/_fmops/status", timeout=10) as answer:
            found = json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "fmops" in found else None


def status(state: Path) -> Running | None:
    """The server that runs with a state folder, or None."""
    state = state.resolve()
    try:
        told = json.loads((state / "server.json").read_text())
    except (OSError, ValueError):
        return None
    found = _ask(told["port"])
    if found is None or found["state"] != str(state):
        return None
    return Running(f"http://{settings.HOST}:{told['port']}", told["port"], found["pid"], state, state / "server.log")


def _free(port: int) -> None:
    """Raises ControlError when somebody listens on the port."""
    other = _ask(port)
    if other is not None:
        raise ControlError(f"Port {port}: an embedded AWS with another state runs there ({other['state']}).")
    with socket.socket() as probe:
        if probe.connect_ex((settings.HOST, port)) == 0:
            raise ControlError(f"Port {port} is in use by another program; end it or choose another port (--port).")


def start(
    port: int, state: Path, organization: Mapping[str, Any] | None = None, *, enforce_iam: bool = True
) -> Running:
    """Starts the embedded AWS and waits until it answers; one that runs already with this state is simply returned.

    One that is on its way, up or down, is waited for: a folder has one server at a time.

    Args:
        port: on the loopback interface.
        state: folder of the state, made when missing; the log is `server.log` in it.
        organization: `{"id": ..., "management_account": ..., "accounts": {id: name}}`.
        enforce_iam: whether calls need the permissions that they need on AWS.

    Raises:
        ControlError: the port is taken, the folder cannot be written, or the server did not come up.
    """
    state = state.resolve()
    found = _settled(state)
    if found is not None:
        return found
    _free(port)
    try:
        state.mkdir(parents=True, exist_ok=True)
        log = (state / "server.log").open("ab")
    except OSError as error:
        raise ControlError(f"{state}: {error.strerror}; the embedded AWS keeps its state there.") from error
    environment = {**os.environ, settings.ORGANIZATION: json.dumps(organization) if organization else ""}
    command = [sys.executable, "-m", "fmops.local", "serve", "--port", str(port), "--state", str(state)]
    with log:
        process = subprocess.Popen(
            command + ([] if enforce_iam else ["--no-iam"]),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            start_new_session=True,
        )
    _children[process.pid] = process
    return _await(process, port, state)


def _settled(state: Path) -> Running | None:
    """The server of a state folder once it answers, or None once nobody has the folder."""
    deadline = time.monotonic() + _STOP_SECONDS
    while (found := status(state)) is None and holding.held(state):
        if time.monotonic() > deadline:
            raise ControlError(f"{state} is held by a server that does not answer; its log is {state / 'server.log'}.")
        time.sleep(0.05)
    return found


def _await(process: "subprocess.Popen[bytes]", port: int, state: Path) -> Running:
    """The server once it answers: this process, or another's that had the folder sooner."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and (process.poll() is None or holding.held(state)):
        found = status(state)
        if found is not None:
            return found
        time.sleep(0.1)
    process.kill()
    tail = (state / "server.log").read_text(errors="replace")[-1500:]
    raise ControlError(f"The embedded AWS did not start on port {port}. The end of {state / 'server.log'}:\n{tail}")


def stop(state: Path) -> bool:
    """Ends the server of a state folder and waits until the state is saved; False when none runs.

    Raises:
        ControlError: it does not end.
    """
    state, asked = state.resolve(), 0
    deadline = time.monotonic() + _STOP_SECONDS
    ran = False
    while (found := status(state)) is not None or holding.held(state):
        ran = True
        if found is not None and found.pid != asked:  # once: a second signal would cut its last save short
            os.kill(found.pid, signal.SIGTERM)
            asked = found.pid
        if time.monotonic() > deadline:
            raise ControlError(f"The server of {state} does not end; its log is {state / 'server.log'}.")
        time.sleep(0.05)
    if asked in _children:
        _children.pop(asked).wait()
    return ran


def reset(state: Path) -> None:
    """Ends the server of a state folder and drops the state.

    Raises:
        ControlError: the folder holds something else; nothing is dropped.
    """
    stop(state)
    if not state.exists():
        return
    foreign = {entry.name for entry in state.iterdir()} - _CONTENTS
    if foreign:
        raise ControlError(f"{state} is not only the embedded AWS's: {', '.join(sorted(foreign))}; delete it by hand.")
    shutil.rmtree(state)


_CONTENTS = {"saved", "saved.new", "saved.old", "s3", "files", "server.log", "server.json"}
