"""Deployed outputs to the lock and back: what AWS minted, where it is written down, what differs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from fmops.problem import FAILED, Problem
from fmops.target import Target
from foundation import ConfigError, Foundation
from foundation.handoff import LOCK, Handoff, Source, sources

EMBEDDED = Path("build") / LOCK
"""The embedded AWS's ids die with its state: they stay out of the file that an organisation commits."""

ABSENT = re.compile(r"Stack .*does not exist")


@dataclass(frozen=True)
class Drift:
    """A place of the lock that doesn't say what is deployed; None is "nothing"."""

    key: str
    locked: str | None
    deployed: str | None

    def __str__(self) -> str:
        return f"{self.key}: the lock has {self.locked or 'none'}, deployed is {self.deployed or 'none'}"


def lock_of(target: Target, foundation: Path) -> Path:
    """The lock of a target: beside the foundation file for AWS, in build/ for the embedded one."""
    return foundation.with_name(LOCK) if target.endpoint is None else EMBEDDED


def load(lock: Path) -> Handoff:
    """What a lock says; an empty one while there is none.

    Raises:
        Problem: with every mistake in it, each at its line.
    """
    try:
        return Handoff.load(lock)
    except ConfigError as error:
        raise Problem(str(error)) from error


def deployed(target: Target, foundation: Foundation) -> Handoff:
    """The ids that the foundation's stacks publish now; a stack that isn't deployed publishes none.

    Raises:
        Problem: an account refuses, or an output isn't what the contract says.
    """
    ids: dict[str, dict[str, str]] = {}
    for source in sources(foundation):
        value = _output(target, source)
        if value is not None:
            ids.setdefault(source.minted.name, {})[source.place] = value
    return Handoff(ids)


def pull(target: Target, foundation: Foundation, lock: Path) -> bool:
    """Writes the lock from what is deployed; says whether that changed it."""
    text = deployed(target, foundation).text(sources(foundation))
    if lock.is_file() and lock.read_text(encoding="utf-8") == text:
        return False
    lock.parent.mkdir(parents=True, exist_ok=True)
    fresh = lock.with_name(f".{lock.name}.new")  # a killed run leaves the old lock whole
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(lock)
    return True


def drift(locked: Handoff, found: Handoff) -> Iterator[Drift]:
    """Where the lock and what is deployed differ, in the order of the keys."""
    keys = {(kind, name) for handoff in (locked, found) for kind, ids in handoff.ids.items() for name in ids}
    for kind, name in sorted(keys):
        before, now = (handoff.ids.get(kind, {}).get(name) for handoff in (locked, found))
        if before != now:
            yield Drift(f"{kind}.{name}", before, now)


def _output(target: Target, source: Source) -> str | None:
    """The value that a stack publishes, or None where there is no such stack, or it doesn't stand yet."""
    place = replace(target, region=source.environment.region)
    client = place.client(place.administrator(source.environment.account), "cloudformation")
    try:
        stack = client.describe_stacks(StackName=source.stack_name)["Stacks"][0]
    except (ClientError, BotoCoreError) as error:
        if ABSENT.search(str(error)):
            return None
        raise Problem(f"{source.key}: can't read the {source.origin}: {error}", exit_code=FAILED) from error
    outputs = {output["OutputKey"]: str(output["OutputValue"]) for output in stack.get("Outputs", ())}
    value = outputs.get(source.output)
    if value is not None and not source.minted.pattern.fullmatch(value):
        raise Problem(
            f"{source.key}: {value!r} is no id of {source.minted.what} ({source.minted.pattern.pattern}).",
            f"It is the {source.origin}: deploy that stack from this version of the foundation.",
            FAILED,
        )
    return value
