"""Who has a state folder: one server at a time, from before it reads the state until after its last save.

The kernel lets go of a folder when its holder ends, however it ends: nothing is left over that a next start must judge.
"""

import contextlib
import fcntl
import os
from pathlib import Path


def hold(folder: Path) -> int | None:
    """Takes a folder for this process, for as long as the descriptor that it gives is open; None if another has it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def held(folder: Path) -> bool:
    """Whether a process has a folder."""
    with contextlib.suppress(FileNotFoundError):
        descriptor = hold(folder)
        if descriptor is None:
            return True
        os.close(descriptor)
    return False
