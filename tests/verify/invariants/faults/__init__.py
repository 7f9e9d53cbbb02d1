"""Seeded faults of policies, one per template, each with its clean twin (issue 5, Build 7)."""

from tests.verify.invariants.faults.buckets import BUCKETS
from tests.verify.invariants.faults.deputies import DEPUTIES
from tests.verify.invariants.faults.fault import Fault
from tests.verify.invariants.faults.guarded import GUARDED
from tests.verify.invariants.faults.handing import HANDING, REACHES
from tests.verify.invariants.faults.models import BOUNDARIES, ENDPOINTS, MODELS
from tests.verify.invariants.faults.rights import RIGHTS
from tests.verify.invariants.faults.trust import TRUST

__all__ = ["FAULTS", "Fault"]

FAULTS: tuple[Fault, ...] = (
    *BUCKETS,
    *GUARDED,
    *TRUST,
    *DEPUTIES,
    *RIGHTS,
    *HANDING,
    *REACHES,
    *BOUNDARIES,
    *MODELS,
    *ENDPOINTS,
)
