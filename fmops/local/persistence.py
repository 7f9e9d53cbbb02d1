"""The state on disk: everything that ministack and our tables hold, saved as one folder that is swapped in whole.

A save that is interrupted leaves the previous one. S3 objects are written as they come, beside it.
"""

import ast
import json
import logging
import os
import shutil
import sys
import threading
import time
import types
from datetime import datetime
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core import persistence as ministack
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import cloudformation

from fmops.local import settings
from fmops.local.registry import RESTORED, TABLES

log = logging.getLogger("fmops.local")
_lock = threading.Lock()
_wanted = threading.Event()


def _folder() -> Path:
    return Path(os.environ[settings.STATE])


def _encode(value: Any) -> Any:
    """A value of a table as JSON: datetimes and bytes are marked, tuples become lists."""
    if isinstance(value, datetime):
        return {"__datetime__": value.isoformat()}
    if isinstance(value, dict):
        return {str(key): _encode(item) for key, item in list(value.items())}
    if isinstance(value, list | tuple):
        return [_encode(item) for item in value]
    return value


def _decode(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"__datetime__"}:
            return datetime.fromisoformat(value["__datetime__"])
        return {key: _decode(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_decode(item) for item in value]
    return value


def tables_state() -> dict[str, Any]:
    """All our tables, as ministack's persistence takes them."""
    return {
        name: [[*key[:2], repr(key[2]), _encode(value)] for key, value in list(rows._data.items())]
        for name, rows in list(TABLES.items())
    }


def restore_tables(state: dict[str, Any]) -> None:
    """Fills the tables with what `tables_state` gave."""
    for name, rows in state.items():
        found = TABLES.setdefault(name, AccountRegionScopedDict())
        for account, region, key, value in rows:
            found._data[account, region, ast.literal_eval(key)] = _decode(value)


def reset_tables() -> None:
    """Empties all our tables."""
    for rows in TABLES.values():
        rows.clear()


_INTERRUPTED = {
    "CREATE_IN_PROGRESS": "CREATE_FAILED",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK_FAILED",
    "UPDATE_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "DELETE_IN_PROGRESS": "DELETE_FAILED",
}
"""In which state a stack is found whose operation a killed server left: each can be deployed or deleted again."""


def settle_restored() -> None:
    """Lets stacks and behaviour settle what was under way when the state was saved."""
    for stack in list(cloudformation._stacks._data.values()):
        if stack.get("StackStatus") in _INTERRUPTED:
            stack["StackStatusReason"] = "The embedded AWS was stopped meanwhile."
            stack["StackStatus"] = _INTERRUPTED[stack["StackStatus"]]
    for hook in RESTORED:
        try:
            hook()
        except Exception:
            log.exception("%s failed on the restored state", hook)


def save() -> None:
    """Saves everything now. A state that cannot be written is logged and the previous save stays."""
    with _lock:
        started = time.monotonic()
        target, fresh, old = (_folder() / name for name in ("saved", "saved.new", "saved.old"))
        try:
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(parents=True)
            for name, state in app._build_persistence_save_dict().items():
                _write(fresh / f"{name}.json", name, state)
            _carry_over(target, fresh)
            shutil.rmtree(old, ignore_errors=True)
            if target.exists():
                target.rename(old)
            fresh.rename(target)
            shutil.rmtree(old, ignore_errors=True)
            log.info("state saved in %.2f s", time.monotonic() - started)
        except OSError as error:
            log.error("the state is not saved: %s (is the disk full?)", error)


def _carry_over(target: Path, fresh: Path) -> None:
    """What ministack keeps beside its tables goes along, as links: functions' code, keys that sign tokens."""
    for entry in target.iterdir() if target.exists() else ():
        if entry.is_dir():
            shutil.copytree(entry, fresh / entry.name, copy_function=os.link, dirs_exist_ok=True)
        elif entry.suffix != ".json":
            os.link(entry, fresh / entry.name)


def _write(path: Path, name: str, state: Any) -> None:
    for attempt in range(5):
        try:
            payload = state()
            if payload is not None:
                wrapped = {"__ministack_format__": ministack._state_format_version(name), "payload": payload}
                path.write_text(json.dumps(wrapped, default=ministack._json_default))
            return
        except RuntimeError:  # a dict changed while it was read
            if attempt == 4:
                raise
            time.sleep(0.05)


def request_save() -> None:
    """Saves soon, in the background; requests that come meanwhile are one save."""
    _wanted.set()


def _saver() -> None:
    while True:
        _wanted.wait()
        time.sleep(0.1)
        _wanted.clear()
        save()


def install() -> None:
    """Joins our tables to ministack's persistence and takes over how it writes."""
    module = types.ModuleType("ministack.services.fmops_local")
    vars(module).update(get_state=tables_state, load_persisted_state=restore_tables, reset=reset_tables)
    sys.modules[module.__name__] = app._loaded_modules["fmops_local"] = module
    app.SERVICE_REGISTRY["fmops_local"] = {"module": "fmops_local"}
    app._state_map["fmops_local"] = "fmops_local"
    app.save_all = lambda _states: save()
    load = app._load_persisted_state

    def load_and_settle() -> None:
        load()
        settle_restored()

    app._load_persisted_state = load_and_settle
    interrupted = _folder() / "saved.old"
    if interrupted.exists() and not (_folder() / "saved").exists():
        interrupted.rename(_folder() / "saved")
    threading.Thread(target=_saver, daemon=True, name="fmops-saver").start()
