"""What holds for all policies: a Deny more never allows more, an Allow more never allows less."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops.verify.policy import Counterexample, Kind, Policy, Situation, evaluate, parse, widened
from fmops.verify.policy.patterns import Dialect, matches, overlap, tokens
from fmops.verify.policy.representatives import Shape, representatives
from fmops.verify.policy.request import Question
from tests.verify.policy.cases import case, statement
from tests.verify.policy.situations import request, situation

seeds = st.integers(0, 2**32)
Adding = Callable[[Situation, Policy], Situation]

PLACES: list[tuple[Kind, Adding]] = [
    (
        "identity",
        lambda old, more: replace(old, caller=replace(old.caller, identity=(*(old.caller.identity or ()), more))),
    ),
    (
        "boundary",
        lambda old, more: replace(old, caller=replace(old.caller, boundary=_joined(old.caller.boundary, more))),
    ),
    ("scp", lambda old, more: replace(old, caller=replace(old.caller, scps=_first(old.caller.scps, more)))),
    ("rcp", lambda old, more: replace(old, target=replace(old.target, rcps=_first(old.target.rcps, more)))),
    ("resource", lambda old, more: replace(old, target=replace(old.target, policy=_joined(old.target.policy, more)))),
]
"""Where a statement may be added, and how."""


def _joined(policy: Policy | None, more: Policy) -> Policy | None:
    return None if policy is None else replace(policy, statements=(*policy.statements, *more.statements))


def _first(levels: tuple[tuple[Policy, ...], ...], more: Policy) -> tuple[tuple[Policy, ...], ...]:
    return ((*levels[0], more), *levels[1:]) if levels else levels


def _statement(random_: random.Random, effect: str, kind: Kind) -> Policy:
    content: Any = statement(random_, effect, kind in ("resource", "rcp"), rich=True)
    return parse({"Version": "2012-10-17", "Statement": content}, kind, "more")


@pytest.mark.parametrize(("kind", "adding"), PLACES, ids=[row[0] for row in PLACES])
@given(seed=seeds)
@settings(max_examples=60, deadline=None)
def test_a_deny_more_never_allows_more(kind: Kind, adding: Adding, seed: int) -> None:
    random_ = random.Random(seed)  # noqa: S311
    asked = case(random_, rich=True)
    before = situation(asked)
    after = adding(before, _statement(random_, "Deny", kind))
    assert evaluate(request(asked), before).allowed >= evaluate(request(asked), after).allowed


@pytest.mark.parametrize(("kind", "adding"), PLACES, ids=[row[0] for row in PLACES])
@given(seed=seeds)
@settings(max_examples=60, deadline=None)
def test_an_allow_more_never_allows_less(kind: Kind, adding: Adding, seed: int) -> None:
    random_ = random.Random(seed)  # noqa: S311
    asked = case(random_, rich=True)
    before = situation(asked)
    after = adding(before, _statement(random_, "Allow", kind))
    assert evaluate(request(asked), before).allowed <= evaluate(request(asked), after).allowed


@given(seed=seeds)
@settings(max_examples=25, deadline=None)
def test_by_proof_too_a_deny_more_widens_nothing(seed: int) -> None:
    random_ = random.Random(seed)  # noqa: S311
    before = situation(case(random_, rich=False))
    after = PLACES[0][1](before, _statement(random_, "Deny", "identity"))
    assert not isinstance(widened(Question(("s3:*",)), before, after, effort=1_000_000), Counterexample)


globs = st.text("ab:*?", max_size=6)
texts = st.text("ab:", max_size=6)


@given(globs, globs, texts)
@settings(max_examples=300, deadline=None)
def test_patterns_that_share_a_text_overlap(one: str, other: str, text: str) -> None:
    both = all(matches(tokens(pattern, "glob", False), text, lambda _: None) for pattern in (one, other))
    assert overlap(one, other) or not both


@pytest.mark.parametrize("dialect", ["glob", "resource"])
@given(st.lists(globs, min_size=1, max_size=4), globs, texts)
@settings(max_examples=300, deadline=None)
def test_every_text_has_a_representative(dialect: Dialect, patterns: list[str], within: str, text: str) -> None:
    """For each text that is asked about, one of the representatives matches the same patterns."""
    shapes = tuple(Shape(tokens(pattern, dialect, False)) for pattern in patterns)
    group = (Shape(tokens(within, "glob", False)),)
    few = representatives(shapes, (group,))
    assert few is not None

    def vector(one: str) -> list[bool]:
        return [matches(shape.tokens, one, lambda _: None) for shape in shapes]

    assert all(matches(group[0].tokens, one, lambda _: None) for one in few)
    if matches(group[0].tokens, text, lambda _: None):
        assert vector(text) in [vector(one) for one in few]


def test_too_many_patterns_have_no_representatives() -> None:
    hard = tuple(Shape(tokens("*" + "*".join(f"{a}{b}" for a in "abcdef") + "*", "glob", False)) for b in "ghijklmnop")
    assert representatives(hard, ()) is None
