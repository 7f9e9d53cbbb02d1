"""Snapshots of the state: a deployed organisation is kept under a name and put back in seconds.

A snapshot says what it was made of. It is put back only where the same would be made again, so it can't be stale.
"""

import json
import tarfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fmops.local import control
from fmops.local.control import ControlError, Running

KEPT = ("saved", "s3", "files")
"""What a snapshot has of a state folder: services' tables, objects, repositories. Not the log, nor the port."""
_ABOUT = "snapshot.json"
_OTHERS = "beside/"


@dataclass(frozen=True)
class Snapshot:
    """A snapshot in its folder.

    Attributes:
        made_of: a digest of what was deployed, and by what code.
        made: seconds since 1970.
        size: of its file, in bytes.
    """

    name: str
    made_of: str
    made: float
    size: int


def _path(folder: Path, name: str) -> Path:
    if not name or Path(name).name != name or name.startswith("."):
        raise ControlError(f"'{name}' is no name of a snapshot: letters, digits, - and _ are.")
    return folder / f"{name}.tar"


def listed(folder: Path) -> list[Snapshot]:
    """The snapshots of a folder, by name."""
    return [_read(path) for path in sorted(folder.glob("*.tar"))]


def _read(path: Path) -> Snapshot:
    with tarfile.open(path) as archive:
        member = archive.extractfile(_ABOUT)
        about = json.load(member) if member else {}
    return Snapshot(path.stem, about["made_of"], about["made"], path.stat().st_size)


def save(state: Path, folder: Path, name: str, made_of: str, beside: Iterable[Path] = ()) -> Snapshot:
    """Keeps the state under a name; one of the same name is replaced.

    The server is ended in good order and not started again, so that nothing changes while it is copied.

    Args:
        state: the state folder.
        folder: where snapshots lie.
        made_of: a digest of what the state was made of.
        beside: files that belong to the state though they lie beside it, relative to the state folder's parent.

    Raises:
        ControlError: there is no state, or the server does not end.
    """
    path = _path(folder, name)
    control.stop(state)
    if not (state / "saved").exists():
        raise ControlError(f"There is nothing to keep: {state} has no saved state.")
    folder.mkdir(parents=True, exist_ok=True)
    fresh, about = path.with_suffix(".new"), folder / f".{name}.json"
    about.write_text(json.dumps({"made_of": made_of, "made": time.time()}))
    with tarfile.open(fresh, "w") as archive:
        archive.add(about, _ABOUT)
        for part in KEPT:
            if (state / part).exists():
                archive.add(state / part, part)
        for other in beside:
            if (state.parent / other).exists():
                archive.add(state.parent / other, _OTHERS + other.as_posix())
    about.unlink()
    fresh.rename(path)
    return _read(path)


def load(state: Path, folder: Path, name: str, made_of: str) -> Running | None:
    """Puts a snapshot in the place of the state; the server that ran, if any, is ended. What ran, or None.

    Raises:
        ControlError: there is no such snapshot, or it was made of something else; then nothing has changed.
    """
    path = _path(folder, name)
    if not path.exists():
        known = ", ".join(snapshot.name for snapshot in listed(folder)) or "none"
        raise ControlError(f"There is no snapshot {name}; there are: {known}.")
    if _read(path).made_of != made_of:
        raise ControlError(f"The snapshot {name} was made of other code or another foundation: save it again.")
    ran = control.status(state)
    control.reset(state)
    state.mkdir(parents=True)
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            if member.name.startswith(_OTHERS):
                if member.isfile():
                    target = state.parent / member.name.removeprefix(_OTHERS)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    content = archive.extractfile(member)
                    target.write_bytes(content.read() if content else b"")
            elif member.name.split("/")[0] in KEPT:
                archive.extract(member, state, filter="data")
    return ran


def drop(folder: Path, name: str) -> None:
    """Deletes a snapshot; one that is gone already is no error."""
    _path(folder, name).unlink(missing_ok=True)
