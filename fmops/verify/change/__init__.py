"""What a change does: data replaced, deleted or moved, permissions widened, network paths opened, faults brought in."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from fmops.verify import invariants, posture, unread
from fmops.verify.change import opened, replaced, widened
from fmops.verify.change.pairs import Change
from fmops.verify.findings import Finding
from fmops.verify.invariants.settings import Settings
from fmops.verify.values import World


def verify(
    new: World, old: World, settings: Settings | None = None, asked: posture.Options = posture.NONE
) -> Iterator[Finding]:
    """Everything that templates would do to what older ones made, at the resource of the new ones where it is there.

    Args:
        settings: what is known of the organisation.
        asked: what posture looks at and asks for.
    """
    for found in parts(new, old, settings, asked).values():
        yield from found


def parts(new: World, old: World, settings: Settings | None, asked: posture.Options) -> dict[str, Iterator[Finding]]:
    """The same, part by part, each looked for when it is asked for."""
    change = Change.between(new, old)
    here = replace(asked, places=())  # reports and assets are of one side only
    return {
        "data that is lost or left behind": replaced.verify(change),
        "permissions that widen": widened.verify(change, settings.policies if settings else None),
        "paths that open": opened.verify(change),
        "invariants that break": _brought(change, lambda world: invariants.verify(world, settings), _at_resource),
        "faults that come with it": _brought(change, lambda world: _faults(world, here)),
    }


Key = Callable[[Finding], object]


def _exactly(found: Finding) -> str:
    return found.fingerprint


def _at_resource(found: Finding) -> tuple[str, ...]:
    """By rule and resource: which of many requests breaks an invariant is the solver's choice."""
    return found.rule, found.verdict, found.stack, found.logical_id


def _faults(world: World, asked: posture.Options) -> Iterator[Finding]:
    yield from unread.verify(world)
    yield from posture.verify(world, asked)


def _brought(change: Change, look: Callable[[World], Iterator[Finding]], same: Key = _exactly) -> Iterator[Finding]:
    """What is found in the new templates and wasn't in the old ones, as far as `same` tells them apart."""
    after = list(look(change.new))
    before = {same(found) for found in look(change.old)} if after else set()
    yield from (found for found in after if same(found) not in before)
