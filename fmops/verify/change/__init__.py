"""What a change does: data replaced, deleted or moved, permissions widened, network paths opened, faults brought in."""

from collections.abc import Iterator
from dataclasses import replace

from fmops.verify import posture, unread
from fmops.verify.change import opened, replaced, widened
from fmops.verify.change.pairs import Change
from fmops.verify.findings import Finding
from fmops.verify.values import World


def verify(new: World, old: World, asked: posture.Options = posture.NONE) -> Iterator[Finding]:
    """Everything that templates would do to what older ones made, at the resource of the new ones where it is there.

    Args:
        asked: what posture looks at and asks for.
    """
    for found in parts(new, old, asked).values():
        yield from found


def parts(new: World, old: World, asked: posture.Options) -> dict[str, Iterator[Finding]]:
    """The same, part by part, each looked for when it is asked for."""
    change = Change.between(new, old)
    return {
        "data that is lost or left behind": replaced.verify(change),
        "permissions that widen": widened.verify(change),
        "paths that open": opened.verify(change),
        "faults that come with it": _brought(change, asked),
    }


def _brought(change: Change, asked: posture.Options) -> Iterator[Finding]:
    """What posture finds in the new templates and not in the old ones, and what of them can't be read."""
    older = replace(asked, places=())
    before = {found.fingerprint for found in (*unread.verify(change.old), *posture.verify(change.old, older))}
    for found in (*unread.verify(change.new), *posture.verify(change.new, older)):
        if found.fingerprint not in before:
            yield found
