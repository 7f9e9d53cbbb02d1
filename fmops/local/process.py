"""Local processes that stand in for containers: their output goes to CloudWatch Logs, their end is awaited."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Sink = Callable[[str], None]
"""Takes one line of output, without its newline."""


@dataclass(frozen=True)
class Result:
    """How a process ended: `returncode` as subprocess gives it, `timed_out`, and the last lines it printed."""

    returncode: int
    timed_out: bool
    tail: tuple[str, ...]


RUNNING: set[subprocess.Popen[str]] = set()
CLOSING = threading.Event()
"""Set once the server goes down: a process that ends now did not fail by itself."""


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    sink: Sink,
    timeout: float,
    started: "Callable[[subprocess.Popen[str]], None] | None" = None,
) -> Result:
    """Runs a program to its end, each line of its output (both streams) handed to `sink` as it comes.

    Args:
        argv: the program and its arguments; no shell is involved.
        cwd: the folder it starts in.
        env: its whole environment.
        timeout: seconds until it and its children are killed.
        started: called with the process once it runs, for who wants to end it earlier (`kill`).
    """
    process = subprocess.Popen(
        list(argv),
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    RUNNING.add(process)
    if started is not None:
        started(process)
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        kill(process)

    timer = threading.Timer(timeout, expire)
    timer.daemon = True
    timer.start()
    tail: list[str] = []
    try:
        assert process.stdout is not None  # noqa: S101 - for the type checker: stdout=PIPE
        with process.stdout:
            for line in process.stdout:
                tail = [*tail[-39:], line.rstrip("\n")]
                sink(tail[-1])
        code = process.wait()
    finally:
        timer.cancel()
        RUNNING.discard(process)
        kill(process)
    return Result(code, expired.is_set(), tuple(tail))


def kill(process: "subprocess.Popen[str]") -> None:
    """Ends a process and all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def kill_all() -> None:
    """Ends everything that `run` has under way: the server is going down."""
    CLOSING.set()
    for process in list(RUNNING):
        kill(process)
