"""The prover beside the evaluator: on single requests, on whole questions, and on changes."""

import random
from collections.abc import Iterator

import pytest

from fmops.verify.policy import (
    Clause,
    Counterexample,
    Proven,
    Question,
    Request,
    Unknown,
    conditions,
    evaluate,
    prove,
)
from tests.verify.policy.cases import ACTIONS, MANY, RESOURCES, SINGLE, Case, cases
from tests.verify.policy.situations import principal, request, situation

EQUALS = {"aws:MultiFactorAuthAge": "NumericEquals", "aws:TokenIssueTime": "DateEquals", "aws:SourceIp": "IpAddress"}


def exactly(case: Case) -> tuple[Clause, ...]:
    """Clauses that hold for a case's context only."""
    found: list[Clause] = []
    for key in (*SINGLE, *MANY):
        value = case["context"].get(key)
        if value is None:
            found += conditions({"Null": {key: "true"}})
        elif isinstance(value, list):
            found += conditions({"ForAllValues:StringEquals": {key: value}})
            for one in value:
                found += conditions({"ForAnyValue:StringEquals": {key: one}})
        else:
            found += conditions({EQUALS.get(key, "StringEquals"): {key: value}})
    return tuple(found)


def possible(case: Case) -> bool:
    """Whether AWS sends such a request: through an endpoint there is no aws:SourceIp."""
    context = case["context"]
    return "aws:ViaAWSService" in context and not {"aws:SourceVpce", "aws:SourceIp"} <= set(context)


@pytest.mark.parametrize("rich", [False, True])
def test_of_one_request_the_prover_says_what_the_evaluator_says(rich: bool) -> None:
    asked = 0
    for case in cases(700, seed=11, rich=rich):
        if not possible(case):
            continue
        asked += 1
        allowed = evaluate(request(case), situation(case)).allowed
        question = Question((case["action"],), (case["resource"],), exactly(case))
        answer = prove("never", question, situation(case))
        assert isinstance(answer, Counterexample if allowed else Proven), (case, answer)
    assert asked > 150


def requests(case: Case, count: int) -> Iterator[Request]:
    """Random requests of a case's principal."""
    random_ = random.Random(3)  # noqa: S311
    for other in cases(count, seed=random_.randrange(1000)):
        if possible(other):
            context = {key: tuple(one) if isinstance(one, list) else one for key, one in other["context"].items()}
            yield Request(principal(case), random_.choice(ACTIONS), random_.choice(RESOURCES), context)


@pytest.mark.parametrize("rich", [False, True])
def test_what_is_proven_no_random_request_breaks(rich: bool) -> None:
    proven = refuted = 0
    for case in cases(60, seed=7, rich=rich):
        whole = situation(case)
        for claim in ("never", "always"):
            answer = prove(claim, Question(("*",)), whole)  # type: ignore[arg-type]
            refuted += isinstance(answer, Counterexample)
            assert not isinstance(answer, Unknown), (case, answer)
            if isinstance(answer, Proven):
                proven += 1
                assert all(evaluate(one, whole).allowed == (claim == "always") for one in requests(case, 60)), case
    assert proven > 5
    assert refuted > 50
