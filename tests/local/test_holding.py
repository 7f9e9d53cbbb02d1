"""One server at a time has a state folder: who stops waits for its last save, who starts waits for who stops."""

import contextlib
import multiprocessing
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fmops.local import control, holding
from tests.local.test_control import port as port
from tests.local.test_control import queue_client, queues
from tests.local.test_control import state as state


def test_a_folder_is_held_once_and_free_again(tmp_path: Path) -> None:
    assert not holding.held(tmp_path)
    first = holding.hold(tmp_path)
    assert first is not None
    assert holding.held(tmp_path)
    assert holding.hold(tmp_path) is None
    os.close(first)
    assert not holding.held(tmp_path)


def test_a_folder_that_is_not_there_is_not_held(tmp_path: Path) -> None:
    assert not holding.held(tmp_path / "none")


def _hold_until_killed(folder: Path, told: "multiprocessing.connection.Connection") -> None:
    told.send(holding.hold(folder) is not None)
    time.sleep(60)


def test_who_dies_holds_nothing(tmp_path: Path) -> None:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_hold_until_killed, args=(tmp_path, there))
    process.start()
    assert here.recv()
    assert holding.held(tmp_path)
    process.kill()
    process.join()
    assert not holding.held(tmp_path)


def _interrupted_stop(port: int, state: Path) -> control.Running:
    """A server that is held up in the middle of its end: somebody's `down` was cut off after its signal.

    Its last save takes a moment; where it was over before the server could be held up, another one is.
    """
    for _ in range(20):
        running = control.start(port, state)
        queue_client(running).create_queue(QueueName="kept")
        os.kill(running.pid, signal.SIGTERM)
        while control.status(state) is not None:
            time.sleep(0.002)
        with contextlib.suppress(ProcessLookupError):
            os.kill(running.pid, signal.SIGSTOP)
        if holding.held(state):
            return running
        control._children.pop(running.pid).wait()
    raise AssertionError("no server was held up in the middle of its end")


@pytest.mark.e2e
def test_a_start_waits_for_the_end_of_the_server_before(state: Path, port: int) -> None:
    """Else two have the folder, and the old one's end drops the new one's `server.json`."""
    running = _interrupted_stop(port, state)
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(control.start, port, state)
        time.sleep(4)
        too_early = starting.done()
        os.kill(running.pid, signal.SIGCONT)
        again = starting.result()
    control._children[running.pid].wait(20)
    assert not too_early
    assert control.status(state) == again
    assert queues(again) == ["kept"]


@pytest.mark.e2e
def test_a_stop_waits_for_the_end_that_another_began(state: Path, port: int) -> None:
    running = _interrupted_stop(port, state)
    with ThreadPoolExecutor(1) as pool:
        stopping = pool.submit(control.stop, state)
        time.sleep(0.5)
        too_early = stopping.done()
        os.kill(running.pid, signal.SIGCONT)
        assert stopping.result()
    assert not too_early
    assert not holding.held(state)
    assert (state / "saved").is_dir()


@pytest.mark.e2e
def test_two_starts_at_once_are_one_server(state: Path, port: int) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: control.start(port, state), range(2))
    assert first == second == control.status(state)
