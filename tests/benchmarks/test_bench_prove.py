"""The benchmark of the policy proof on a few claims: it proves what holds, and would see what doesn't."""

import json
from dataclasses import replace
from typing import Any

import pytest

from benchmarks import bench_prove as bench


def one_each() -> list[bench.Asked]:
    """One claim of each invariant."""
    found: dict[tuple[int, str], bench.Asked] = {}
    for one in bench.asked():
        found.setdefault((one.invariant, one.claim), one)
    return list(found.values())


def test_the_unit_is_as_large_as_the_stop_rule_says() -> None:
    callers = list(bench.callers())
    claims = list(bench.asked())
    assert len(callers) == 30
    assert len(bench.endpoints()) == 15
    assert sum(len(level) for level in bench.scps()) == 5 + len(bench.scps())  # FullAWSAccess at each level
    assert len({one.invariant for one in claims}) == 50
    assert all(caller.boundary for caller in callers)


def test_every_invariant_is_proven() -> None:
    outcome = bench.proven(one_each())
    assert set(outcome.answers) == {"Proven"}
    assert outcome.unknown == 0
    assert "kept" in bench.table(outcome, outcome, 50)


def test_an_unguarded_unit_would_be_seen() -> None:
    def opened(one: bench.Asked) -> bench.Asked:
        wide = bench.document("identity", "wide", bench.allow(["*"], "*"))
        caller = replace(one.situation.caller, identity=(wide,), boundary=None, scps=())
        target = bench.Target(bench.HOME, organisation=bench.ORGANISATION)
        return replace(one, situation=bench.Situation(caller, target))

    roles = [one for one in one_each() if one.claim == "never" and one.situation.caller.identity]
    assert set(bench.proven([opened(one) for one in roles]).answers) == {"Counterexample"}


def test_a_missed_bar_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    few: Any = one_each()[:2]
    monkeypatch.setattr(bench, "asked", lambda: iter(few))
    assert bench.main(["--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kept"] == {"seconds": True, "unknown": True}
    monkeypatch.setitem(bench.BARS, "seconds", 0.0)
    assert bench.main([]) == 1
    assert "MISSED" in capsys.readouterr().out
