"""What a change does: data replaced, deleted or moved, permissions widened, network paths opened."""

from collections.abc import Iterator

from fmops.verify.change import opened, replaced, widened
from fmops.verify.change.pairs import Change
from fmops.verify.findings import Finding
from fmops.verify.values import World


def verify(new: World, old: World) -> Iterator[Finding]:
    """Everything that templates would do to what older ones made, at the resource of the new ones where it is there."""
    change = Change.between(new, old)
    yield from replaced.verify(change)
    yield from widened.verify(change)
    yield from opened.verify(change)
