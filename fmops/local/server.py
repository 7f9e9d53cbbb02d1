"""The server: ministack with our extension put in, on the loopback interface, until it is told to stop."""

import asyncio
import importlib
import json
import logging
import os
import pkgutil
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app
from ministack.services import cloudformation

from fmops.local import (
    authz,
    cloudcontrol,
    execution,
    fidelity,
    generic,
    holding,
    outer_limits,
    persistence,
    process,
    services,
    settings,
    status,
    wire,
)
from fmops.local.refusals import register

log = logging.getLogger("fmops.local")
Scope = dict[str, Any]
Asgi = Callable[[Scope, Any, Any], Awaitable[None]]

_STACK_OPERATIONS = ("ExecuteChangeSet", "CreateStack", "UpdateStack", "DeleteStack")
_PATIENCE, _GRACE = 4.0, 8.0
"""Seconds: until a stack operation is answered though it goes on; until a stop no longer waits for what runs."""


def load_services() -> None:
    """Imports every module in `services/`, and calls its `install` when it has one: that adds a service."""
    for found in pkgutil.walk_packages(services.__path__, f"{services.__name__}."):
        module = importlib.import_module(found.name)
        getattr(module, "install", lambda: None)()


def settle() -> None:
    """Answers a stack operation once it is done, or after 4 s: the CDK CLI would look again 5 s later. Then saves."""
    original = cloudformation.handle_request

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
        answer = await original(method, path, headers, body, query)
        form = {**query, **parse_qs(body.decode(errors="replace"))}
        if form.get("Action", [""])[0] in _STACK_OPERATIONS and answer[0] == 200:
            done = asyncio.create_task(_save_when_done(form.get("StackName", [""])[0]))
            await asyncio.wait((done,), timeout=_PATIENCE)
        return answer

    cloudformation.handle_request = handle


async def _save_when_done(name: str) -> None:
    """Waits for a stack's operation, however long it takes, and has the state saved."""
    while True:
        await asyncio.sleep(0.02)  # first: the operation may not have begun
        stacks = list(cloudformation._stacks.values())
        stack: dict[str, Any] = next(
            (found for found in stacks if name in (found.get("StackName"), found.get("StackId"))), {}
        )
        if not str(stack.get("StackStatus", "")).endswith("IN_PROGRESS"):
            persistence.request_save()
            return


def install() -> None:
    """Puts the extension into ministack. Order matters: services register before routing reads the register."""
    fidelity.install()
    load_services()
    persistence.install()
    generic.install()
    cloudcontrol.install()
    wire.install()
    register.install()
    authz.install()
    outer_limits.install()
    execution.install()
    settle()


def _with_status(inner: Asgi) -> Any:
    """The ASGI application with our own pages under `/_fmops/`."""

    async def application(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != "/_fmops/status":
            await inner(scope, receive, send)
            return
        body = json.dumps(status.report(), default=str).encode()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return application


async def _serve(port: int) -> None:
    stop = asyncio.Event()

    def begin_to_stop() -> None:
        _pid_file().unlink(missing_ok=True)  # from now on it answers nobody new; who waits, waits for the folder
        stop.set()
        last = threading.Timer(_GRACE, _end_now)  # a stack that waits for a custom resource may wait for ever
        last.daemon = True
        last.start()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, begin_to_stop)
    config = Config()
    config.bind = [f"{settings.HOST}:{port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 3
    config.loglevel = "WARNING"
    await serve(_with_status(app.app), config, shutdown_trigger=stop.wait)


def _pid_file() -> Path:
    return Path(os.environ[settings.STATE]) / "server.json"


def _end() -> None:
    """Ends children and saves."""
    process.kill_all()
    persistence.save()
    _pid_file().unlink(missing_ok=True)


def _end_now() -> None:
    _end()
    os._exit(0)


def main(port: int) -> None:
    """Serves until SIGTERM or Ctrl-C; then children are ended and the state is saved.

    The state folder is this process's from before the state is read until after the last save.
    """
    logging.getLogger("fmops.local").setLevel(logging.INFO)
    pid_file = _pid_file()
    pid_file.parent.mkdir(parents=True, exist_ok=True)
    if holding.hold(pid_file.parent) is None:
        sys.exit(f"{pid_file.parent}: another server has this state; look at it with: fmops local status")
    install()
    pid_file.write_text(json.dumps({"pid": os.getpid(), "port": port}))
    try:
        asyncio.run(_serve(port))
    finally:
        _end()
    os._exit(0)  # threads of running jobs must not hold the process up
