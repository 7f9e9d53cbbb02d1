"""Seeded faults of policies: each is found, no clean twin is; precision and recall are printed, and are 100 %."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest

from fmops.verify import invariants
from fmops.verify.findings import Finding
from fmops.verify.invariants import settings
from fmops.verify.invariants.table import TABLE
from fmops.verify.templates import Template
from fmops.verify.values import World
from tests.verify.invariants.faults import FAULTS, Fault
from tests.verify.invariants.parts import ORG, OURS, Resources


def verified(resources: Resources, **more: Any) -> list[Finding]:
    """What is found in one template of our account."""
    template = Template("stack.json", "stack", {"Resources": resources}, OURS, "eu-west-1")
    known = settings.read({"organization": ORG, "accounts": [OURS], **more})
    return list(invariants.verify(World([template]), known))


NAMED = {fault.name: fault for fault in FAULTS}


@cache
def broken(name: str) -> tuple[Finding, ...]:
    return tuple(verified(NAMED[name].broken, **NAMED[name].settings))


@cache
def clean(name: str) -> tuple[Finding, ...]:
    return tuple(verified(NAMED[name].clean, **NAMED[name].settings))


def rules(found: Iterable[Finding]) -> set[tuple[str, str]]:
    return {(finding.rule, finding.verdict) for finding in found}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_found(fault: Fault) -> None:
    found = broken(fault.name)
    assert rules(found) == {(rule, "found") for rule in (fault.rule, *fault.also)}, found
    assert "It" in {finding.logical_id for finding in found if finding.rule == fault.rule}
    for finding in found:
        assert finding.message
        assert finding.remedy
        assert len(finding.path) > 1
        assert finding.source.startswith("https://docs.aws.amazon.com/")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_its_clean_twin_is_not(fault: Fault) -> None:
    assert clean(fault.name) == ()


def test_precision_and_recall(capsys: pytest.CaptureFixture[str]) -> None:
    caught = sum((fault.rule, "found") in rules(broken(fault.name)) for fault in FAULTS)
    alarms = sum(bool(clean(fault.name)) for fault in FAULTS)
    recall, precision = caught / len(FAULTS), caught / (caught + alarms)
    with capsys.disabled():
        print(f"\n{len(FAULTS)} faults of policies: recall {recall:.1%}, precision {precision:.1%}")
    assert (recall, precision) == (1, 1)


def test_every_invariant_has_a_twin_that_breaks_it() -> None:
    assert {row.id for row in TABLE} == {fault.rule for fault in FAULTS}
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert len(FAULTS) >= 60
