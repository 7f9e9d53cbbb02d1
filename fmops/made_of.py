"""What a deployed organisation was made of: a digest of the code that made it and of the files it was made from."""

import hashlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

from fmops.problem import Problem

PACKAGES = ("fmops", "foundation", "fmops_constructs")
FOLDERS = ("stacks", "templates")
FILES = ("app.py", "cdk.json", "acknowledgements.yaml", "package-lock.json")
"""Beside `app.py`: what a synthesis reads."""
_SKIPPED = {"__pycache__", ".venv", "node_modules"}


def sources(root: Path) -> Iterator[Path]:
    """The files that decide what is deployed and how it behaves: our packages, and the checkout's own.

    Raises:
        Problem: the folder is no checkout.
    """
    if not (root / "app.py").exists():
        raise Problem(f"{root} has no app.py.", "Snapshots are taken in a checkout of the foundation.")
    for name in PACKAGES:
        found = importlib.util.find_spec(name)
        for folder in found.submodule_search_locations or () if found else ():
            yield from _files(Path(folder))
    for name in FOLDERS:
        yield from _files(root / name)
    yield from (root / name for name in FILES if (root / name).exists())


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not _SKIPPED & set(path.parts):
            yield path


def digest(root: Path, inputs: Iterable[Path]) -> str:
    """A digest of the code and of the given files; any change of either gives another.

    Args:
        root: the folder of `app.py`.
        inputs: the foundation file and what else the deployment was made from.

    Raises:
        Problem: the folder is no checkout.
    """
    found = hashlib.sha256(f"{sys.version_info[:2]} {version('ministack')} {version('aws-cdk-lib')}".encode())
    for path in (*sources(root), *inputs):
        found.update(hashlib.sha256(path.read_bytes()).digest())
        found.update(path.name.encode())
    return found.hexdigest()
