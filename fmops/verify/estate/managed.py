"""Policies that AWS manages, as moto keeps them: a snapshot of what AWS says, with each policy's date.

A policy that isn't in it is known by name only: what it allows is not proven.
"""

import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import Any

SNAPSHOT = "iam/aws_managed_policies.py"


def document(arn: str) -> dict[str, Any] | None:
    """The document of an AWS-managed policy; None where the snapshot doesn't have it."""
    name = arn.rpartition("/")[2]
    found = _snapshot().get(name)
    if found is None or arn != f"arn:aws:iam::aws:policy{found.get('Path', '/')}{name}":
        return None
    content: dict[str, Any] = found["Document"]
    return content


@cache
def _snapshot() -> dict[str, dict[str, Any]]:
    """The policies by name; none where moto isn't installed. Only the file is read: moto itself is slow to import."""
    package = importlib.util.find_spec("moto")
    places = package.submodule_search_locations if package else None
    file = Path(next(iter(places), "")) / SNAPSHOT if places else Path()
    if not file.is_file():
        return {}
    text = file.read_text(encoding="utf-8")
    start = text.index('"""') + 3
    found: dict[str, dict[str, Any]] = json.loads(text[start : text.rindex('"""')])
    return found
