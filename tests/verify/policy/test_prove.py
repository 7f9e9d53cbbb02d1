"""The prover beside the evaluator: on single requests, on whole questions, and on changes."""

import importlib
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from fmops.verify.policy import (
    Anyone,
    Caller,
    Claim,
    Clause,
    Counterexample,
    Decision,
    Principal,
    Proven,
    Question,
    Request,
    Situation,
    Target,
    Unknown,
    conditions,
    evaluate,
    parse,
    prove,
    widened,
)
from tests.verify.policy.cases import ACTIONS, AWAY, HOME, MANY, ORGANISATION, RESOURCES, ROLE, SINGLE, Case, cases
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
    for case in cases(400, seed=11, rich=rich):
        if not possible(case):
            continue
        asked += 1
        allowed = evaluate(request(case), situation(case)).allowed
        question = Question((case["action"],), (case["resource"],), exactly(case))
        answer = prove("never", question, situation(case))
        assert isinstance(answer, Counterexample if allowed else Proven), (case, answer)
    assert asked > 80


def requests(case: Case, count: int) -> Iterator[Request]:
    """Random requests of a case's principal."""
    random_ = random.Random(3)  # noqa: S311
    for other in cases(count, seed=random_.randrange(1000)):
        if possible(other):
            context = {key: tuple(one) if isinstance(one, list) else one for key, one in other["context"].items()}
            yield Request(principal(case), random_.choice(ACTIONS), random_.choice(RESOURCES), context)


@pytest.mark.parametrize("rich", [False, True])
def test_what_is_proven_no_random_request_breaks(rich: bool) -> None:
    answers = list[str]()
    claims: tuple[Claim, ...] = ("never", "always")
    for case in cases(60, seed=7, rich=rich):
        whole = situation(case)
        for claim in claims:
            answer = prove(claim, Question(("*",)), whole, effort=2_000_000)
            answers.append(type(answer).__name__)
            if isinstance(answer, Proven):
                assert all(evaluate(one, whole).allowed == (claim == "always") for one in requests(case, 60)), case
    assert answers.count("Proven") > 5
    assert answers.count("Counterexample") > 50
    assert answers.count("Unknown") <= (0.02 * len(answers) if rich else 0)  # policy variables on both sides of a match


OUTSIDERS = Anyone(except_accounts=(HOME,), except_organisation=ORGANISATION)
SAMPLE = (
    Principal("user", f"arn:aws:iam::{AWAY}:user/bob", AWAY),
    Principal("role", f"arn:aws:iam::{AWAY}:role/x", AWAY, organisation="o-other"),
    Principal("root", "arn:aws:iam::777788889999:root", "777788889999"),
    Principal("anonymous", "*"),
)


def test_of_anyone_what_is_proven_no_outsider_breaks() -> None:
    """Where nothing is known of the caller, its own account is taken to allow it everything."""
    proven = refuted = 0
    for case in cases(150, seed=13, rich=True):
        if not case["resource_policy"]:
            continue
        target = situation(case).target
        whole = Situation(Caller(OUTSIDERS, None), target)
        answer = prove("never", Question(("s3:*",)), whole, effort=2_000_000)
        if isinstance(answer, Counterexample) and answer.request is not None:
            refuted += 1
            assert answer.request.principal.account != HOME
            assert answer.request.principal.organisation != ORGANISATION
        elif isinstance(answer, Proven):
            proven += 1
            for other in requests(case, 20):
                for outsider in SAMPLE:
                    context = {key: one for key, one in other.context.items() if "PrincipalTag" not in key}
                    asked = replace(other, principal=outsider, context=context, action="s3:GetObject")
                    assert not evaluate(asked, whole).allowed, (case, asked)
    assert proven > 10
    assert refuted > 10


def bucket(*statements: dict[str, object]) -> Situation:
    """Outsiders, and a bucket's policy."""
    policy = parse({"Version": "2012-10-17", "Statement": list(statements)}, "resource", "bucket")
    return Situation(Caller(OUTSIDERS, None), Target(HOME, policy, organisation=ORGANISATION))


READ = Question(("s3:GetObject",), ("arn:aws:s3:::data/*",))
OPEN: dict[str, object] = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::data/*",
}
ORGS = "aws:PrincipalOrgID"

HOLES = [
    ("no condition", {}, {"StringEquals": {ORGS: ORGANISATION}}),
    ("IfExists", {"StringEqualsIfExists": {ORGS: ORGANISATION}}, {"StringEquals": {ORGS: ORGANISATION}}),
    ("a star too many", {"StringLike": {ORGS: "o-abc*"}}, {"StringLike": {ORGS: ORGANISATION}}),
    (
        "ForAllValues",
        {"ForAllValues:StringEquals": {ORGS: ORGANISATION}},
        {"ForAnyValue:StringEquals": {ORGS: ORGANISATION}},
    ),
    (
        "an account too many",
        {"StringEquals": {"aws:PrincipalAccount": [HOME, AWAY]}},
        {"StringEquals": {"aws:PrincipalAccount": HOME}},
    ),
    (
        "any account's role",
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}},
        {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{HOME}:role/x"}},
    ),
    (
        "paths of any",
        {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-*/r-1/*"}},
        {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{ORGANISATION}/r-1/*"}},
    ),
    (
        "a variable of both",
        {"StringNotEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}},
        {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}},
    ),
]


@pytest.mark.parametrize(("hole", "clean"), [row[1:] for row in HOLES], ids=[row[0] for row in HOLES])
def test_a_hole_is_found_and_its_clean_twin_proven(hole: dict[str, object], clean: dict[str, object]) -> None:
    found = prove("never", READ, bucket(OPEN | {"Condition": hole}))
    assert isinstance(found, Counterexample)
    assert "may ask for s3:GetObject on arn:aws:s3:::data/" in found.words
    assert prove("never", READ, bucket(OPEN | {"Condition": clean})) == Proven()


def test_what_follows_from_the_target_is_known() -> None:
    away = bucket(OPEN | {"Condition": {"StringEquals": {"aws:ResourceAccount": AWAY}}})
    home = bucket(OPEN | {"Condition": {"StringEquals": {"aws:ResourceAccount": HOME}}})
    assert prove("never", READ, away) == Proven()
    assert isinstance(prove("never", READ, home), Counterexample)


def test_through_an_endpoint_there_is_no_source_address() -> None:
    whole = bucket(OPEN | {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}})
    assert isinstance(prove("never", READ, whole), Counterexample)
    through = replace(READ, where=conditions({"Null": {"aws:SourceVpce": "false"}}))
    assert prove("never", through, whole) == Proven()


def test_what_the_evaluator_does_not_confirm_is_no_counterexample(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("fmops.verify.policy.prove")
    monkeypatch.setattr(module, "evaluate", lambda *_: Decision(False, "made up"))
    answer = prove("never", READ, bucket(OPEN))
    assert isinstance(answer, Unknown)
    assert "doesn't confirm" in answer.why


def test_of_anyone_the_excepted_are_left_out() -> None:
    named = OPEN | {"Principal": {"AWS": [HOME, f"arn:aws:iam::{AWAY}:role/x"]}}
    target = bucket(named).target

    def asked(**excepted: tuple[str, ...]) -> object:
        return prove("never", READ, Situation(Caller(Anyone(**excepted), None), target))  # type: ignore[arg-type]

    assert isinstance(asked(except_accounts=(HOME,)), Counterexample)
    assert isinstance(asked(except_accounts=(AWAY,)), Counterexample)
    assert isinstance(asked(except_arns=(f"arn:aws:iam::{AWAY}:*",)), Counterexample)
    assert asked(except_accounts=(HOME,), except_arns=("arn:aws:iam::*:role/x",)) == Proven()
    assert asked(except_accounts=(HOME, AWAY)) == Proven()


def test_a_question_leaves_out_what_it_says() -> None:
    whole = bucket(OPEN)
    assert isinstance(prove("never", replace(READ, but=("arn:aws:s3:::data/public/*",)), whole), Counterexample)
    assert prove("never", replace(READ, but=("arn:aws:s3:::data/*",)), whole) == Proven()
    unless = conditions({"Null": {"aws:SourceIp": "true"}}), conditions({"Null": {"aws:SourceIp": "false"}})
    assert isinstance(prove("never", replace(READ, unless=unless[:1]), whole), Counterexample)
    assert prove("never", replace(READ, unless=unless), whole) == Proven()


def test_a_question_about_nothing_that_aws_has_proves_nothing() -> None:
    assert isinstance(prove("never", Question(("s3:GetObject",), ("data",)), bucket(OPEN)), Unknown)


def test_of_anyone_only_never_can_be_proven() -> None:
    assert isinstance(prove("always", READ, bucket(OPEN)), Unknown)


def test_the_solver_gives_up_by_name() -> None:
    answer = prove(
        "never", READ, bucket(OPEN | {"Condition": {"StringEquals": {ORGS: [ORGANISATION, "o-x"]}}}), effort=1
    )
    assert isinstance(answer, Unknown)
    assert "gave up" in answer.why


def test_sometimes_has_a_witness_or_there_is_none() -> None:
    case = next(one for one in cases(50) if evaluate(request(one), situation(one)).allowed)
    answer = prove("sometimes", Question((case["action"],), (case["resource"],)), situation(case))
    assert isinstance(answer, Proven)
    assert answer.witness is not None
    assert evaluate(answer.witness, situation(case)).allowed
    nobody = Situation(Caller(principal(case)), Target(HOME))
    none = prove("sometimes", Question(("s3:GetObject",)), nobody)
    assert isinstance(none, Counterexample)
    assert none.request is None


def test_a_role_whose_session_is_not_named_has_any() -> None:
    role = Principal("role", ROLE, HOME)
    named = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:sts::{HOME}:assumed-role/trainer/x"},
        "Action": "*",
        "Resource": "*",
    }
    policy = parse({"Version": "2012-10-17", "Statement": named}, "resource", "bucket")
    answer = prove("never", READ, Situation(Caller(role), Target(HOME, policy)))
    assert isinstance(answer, Counterexample)
    assert answer.request is not None
    assert answer.request.principal.session.endswith("/trainer/x")
    other = replace(role, id=f"arn:aws:iam::{HOME}:role/tester")
    assert prove("never", READ, Situation(Caller(other), Target(HOME, policy))) == Proven()


def test_what_a_change_widens_is_found() -> None:
    closed = OPEN | {"Condition": {"StringEquals": {ORGS: ORGANISATION}}}
    opened = OPEN | {"Condition": {"StringEqualsIfExists": {ORGS: ORGANISATION}}}
    found = widened(READ, bucket(closed), bucket(opened))
    assert isinstance(found, Counterexample)
    assert "before, it was denied" in found.words
    assert widened(READ, bucket(opened), bucket(closed)) == Proven()
    assert widened(READ, bucket(opened), bucket(opened)) == Proven()
