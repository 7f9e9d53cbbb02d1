"""Who may do what, proven over what templates hold: invariants are data, the prover answers them (R24, R90)."""

from collections.abc import Iterator

from fmops.verify import estate
from fmops.verify.findings import Finding
from fmops.verify.invariants import cells
from fmops.verify.invariants.asking import Asking
from fmops.verify.invariants.settings import Settings
from fmops.verify.invariants.table import TABLE
from fmops.verify.values import World


def verify(world: World, settings: Settings | None = None) -> Iterator[Finding]:
    """Every invariant that doesn't hold, with a request that breaks it, and what could not be proven."""
    known = settings or Settings()
    asking = Asking(estate.read(world, known.policies), known)
    for invariant in TABLE:
        yield from invariant.findings(asking)
    yield from cells.findings(asking, world.templates[0])
