"""Findings that somebody accepted, with a reason and a date, so that adopters see what is new. A YAML file.

An entry stands for one finding, by its fingerprint; one that nothing is found for any more is stale, and said so.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from fmops.verify.findings import Finding
from fmops.verify.templates import UnreadableError

HEAD = "# Findings of fmops verify that are accepted, and why. `fmops verify --baseline THIS` leaves them out.\n"


@dataclass(frozen=True)
class Entry:
    """An accepted finding.

    Attributes:
        fingerprint: the finding's.
        rule, where: for whoever reads the file.
        reason: why it stands.
        date: since when, `YYYY-MM-DD`.
    """

    fingerprint: str
    rule: str
    where: str
    reason: str
    date: str


class Sorted(NamedTuple):
    """Findings by whether a baseline has them.

    Attributes:
        open: those that it hasn't.
        accepted: those that it has, each with its entry.
        stale: entries for which nothing is found.
    """

    open: list[Finding]
    accepted: list[tuple[Finding, Entry]]
    stale: list[Entry]


def load(path: Path) -> list[Entry]:
    """The entries of a file.

    Raises:
        UnreadableError: it isn't there or isn't a baseline; it names the entry, and what is wrong with it.
    """
    try:
        content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror}. Make one: --baseline {path} --write-baseline.") from error
    except (ValueError, YAMLError) as error:
        raise UnreadableError(f"{path}: not YAML ({' '.join(str(error).split())}).") from error
    listed = content.get("accepted") if isinstance(content, dict) and content.keys() == {"accepted"} else None
    if not isinstance(listed, list):
        raise UnreadableError(f"{path}: a baseline has a list `accepted`, and nothing else.")
    entries = [_entry(path, number, item) for number, item in enumerate(listed)]
    seen: set[str] = set()
    for number, entry in enumerate(entries):
        if entry.fingerprint in seen:
            raise UnreadableError(f"{path}: accepted[{number}]: {entry.fingerprint} is there already. Remove one.")
        seen.add(entry.fingerprint)
    return entries


def _entry(path: Path, number: int, item: Any) -> Entry:
    place, names = f"{path}: accepted[{number}]", [one.name for one in fields(Entry)]
    if not isinstance(item, dict):
        raise UnreadableError(f"{place} is no mapping: it has {', '.join(names)}.")
    if unknown := sorted(map(str, item.keys() - set(names))):
        raise UnreadableError(f"{place}: unknown key {unknown[0]}. It has {', '.join(names)}.")
    if lacking := [name for name in names if not str(item.get(name) or "").strip()]:
        raise UnreadableError(f"{place}: {lacking[0]} is missing. Say it: an exception without one isn't reviewed.")
    entry = Entry(**{name: str(item[name]) for name in names})
    try:
        date.fromisoformat(entry.date)
    except ValueError:
        raise UnreadableError(f"{place}: date {entry.date} is none. Write YYYY-MM-DD.") from None
    return entry


def sort(found: Sequence[Finding], entries: Sequence[Entry]) -> Sorted:
    """Findings and entries, each told apart."""
    known = {entry.fingerprint: entry for entry in entries}
    there = {finding.fingerprint for finding in found}
    return Sorted(
        [finding for finding in found if finding.fingerprint not in known],
        [(finding, known[finding.fingerprint]) for finding in found if finding.fingerprint in known],
        [entry for entry in entries if entry.fingerprint not in there],
    )


def write(path: Path, found: Sequence[Finding], entries: Sequence[Entry], reason: str, today: str) -> list[Entry]:
    """Accepts everything that is found: entries that are there stay as they are, stale ones go.

    Args:
        reason: of the new ones.
        today: their date.

    Returns:
        What was written.

    Raises:
        UnreadableError: the file can't be written.
    """
    known = {entry.fingerprint: entry for entry in entries}
    made: dict[str, Entry] = {}
    for finding in sorted(found):
        new = Entry(finding.fingerprint, finding.rule, finding.where, reason, today)
        made.setdefault(finding.fingerprint, known.get(finding.fingerprint, new))
    yaml = YAML()
    yaml.default_flow_style, yaml.width = False, 4096
    try:
        with path.open("w", encoding="utf-8") as file:
            file.write(HEAD)
            yaml.dump({"accepted": [asdict(entry) for entry in made.values()]}, file)
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror}.") from error
    return list(made.values())
