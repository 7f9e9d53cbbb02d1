"""In whose name, where and when: the account, region and caller of the current request."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ministack.core import concurrency, iam_evaluator, responses

from fmops.local import settings


def account() -> str:
    """The account that the current request acts in, 12 digits."""
    return str(responses.get_account_id())


def region() -> str:
    """The region that the current request acts in."""
    return str(responses.get_region())


def caller() -> str:
    """ARN of the current request's principal: a root, a user, or a role's session."""
    return str(iam_evaluator.caller_arn())


@contextmanager
def scope(account_id: str, region_name: str) -> Iterator[None]:
    """Acts as another account and region: tables, the store and `account()` follow."""
    with responses.request_scope(account_id, region_name):
        yield


def spawn(name: str, fn: Callable[..., object], *args: Any) -> threading.Thread:
    """Runs `fn` on a background thread with the current account and region; what it raises is logged."""
    thread: threading.Thread = concurrency.spawn_background(fn, *args, thread_name=name)
    return thread


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def state_folder() -> Path:
    """The folder for files that belong to the state (git repositories, job folders); it exists."""
    folder = Path(os.environ[settings.STATE]) / "files"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
