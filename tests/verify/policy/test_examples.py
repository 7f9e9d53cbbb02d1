"""Worked examples of AWS's documentation: each names its page, and what the page says.

Pages are of https://docs.aws.amazon.com/IAM/latest/UserGuide/ where nothing else is said.
"""

from typing import Any

import pytest

from fmops.verify.policy import (
    Caller,
    Counterexample,
    Policy,
    Principal,
    Proven,
    Question,
    Request,
    Situation,
    Target,
    Unknown,
    Unproven,
    conditions,
    evaluate,
    parse,
    prove,
)
from fmops.verify.policy.request import Context

HOME, AWAY = "111122223333", "444455556666"
USER = Principal("user", f"arn:aws:iam::{HOME}:user/carlossalazar", HOME)
SESSION = f"arn:aws:sts::{HOME}:assumed-role/examplerole/examplerolesessionname"
ROLE = Principal("role", f"arn:aws:iam::{HOME}:role/examplerole", HOME, SESSION)
STRANGER = Principal("user", f"arn:aws:iam::{AWAY}:user/bob", AWAY)
NOTHING: dict[str, Any] = {"Effect": "Allow", "Action": "none:Nothing", "Resource": "*"}
ALL: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
OBJECT = "arn:aws:s3:::bucket/key"


def identity(*statements: dict[str, Any]) -> tuple[Policy, ...]:
    """One identity policy."""
    return (parse({"Version": "2012-10-17", "Statement": list(statements)}, "identity", "identity"),)


def limit(kind: Any, *statements: dict[str, Any]) -> Policy:
    """A policy of another kind."""
    return parse({"Version": "2012-10-17", "Statement": list(statements)}, kind, kind)


def bucket(*statements: dict[str, Any]) -> Target:
    """A resource of the account that a policy guards."""
    return Target(HOME, limit("resource", *statements)) if statements else Target(HOME)


def grants(principal: Any) -> dict[str, Any]:
    """An Allow of a resource's policy."""
    return ALL | {"Principal": principal}


def decided(situation: Situation, action: str = "s3:GetObject", resource: str = OBJECT, **context: str) -> bool:
    """What the evaluator says; `aws_X` stands for aws:X."""
    caller = situation.caller.principal
    assert isinstance(caller, Principal)
    given = {key.replace("_", ":"): value for key, value in context.items()}
    return evaluate(Request(caller, action, resource, given), situation).allowed


WITHIN_AN_ACCOUNT: list[tuple[str, Principal, bool, Any, bool | None, bool | None, bool]] = [
    # name, who, identity allows, the resource's policy grants to, boundary allows, session policy allows, allowed
    ("identity alone is enough", USER, True, None, None, None, True),
    ("the resource's policy alone is enough", USER, False, {"AWS": USER.id}, None, None, True),
    ("neither", USER, False, None, None, None, False),
    ("a boundary limits an identity policy", USER, True, None, False, None, False),
    ("a user that is named isn't limited by a boundary", USER, False, {"AWS": USER.id}, False, None, True),
    ("a role that is named is limited by a boundary", ROLE, False, {"AWS": ROLE.id}, False, None, False),
    ("a role that is named is limited by a session policy", ROLE, False, {"AWS": ROLE.id}, None, False, False),
    ("a role that is named needs no identity policy", ROLE, False, {"AWS": ROLE.id}, True, True, True),
    ("a session that is named is limited by neither", ROLE, False, {"AWS": SESSION}, False, False, True),
    ("everybody is limited by neither", ROLE, False, "*", False, False, True),
    ("the account hands the decision on", ROLE, False, {"AWS": HOME}, None, None, False),
    (
        "the account hands the decision on, and identity allows",
        ROLE,
        True,
        {"AWS": f"arn:aws:iam::{HOME}:root"},
        None,
        None,
        True,
    ),
    ("of another account, both must allow: identity doesn't", STRANGER, False, {"AWS": STRANGER.id}, None, None, False),
    ("of another account, both must allow: the resource doesn't", STRANGER, True, None, None, None, False),
    ("of another account, both allow", STRANGER, True, {"AWS": AWAY}, None, None, True),
    ("of another account, both allow, the boundary doesn't", STRANGER, True, {"AWS": STRANGER.id}, False, None, False),
]
"""reference_policies_evaluation-logic_policy-eval-denyallow.html and …-cross-account.html,
reference_policies_elements_principal.html (a role's ARN, a session's, everybody), access_policies_boundaries.html."""


@pytest.mark.parametrize(
    ("who", "may", "named", "boundary", "session", "allowed"),
    [row[1:] for row in WITHIN_AN_ACCOUNT],
    ids=[row[0] for row in WITHIN_AN_ACCOUNT],
)
def test_what_identity_resource_boundary_and_session_decide_together(
    who: Principal, may: bool, named: Any, boundary: bool | None, session: bool | None, allowed: bool
) -> None:
    caller = Caller(
        who,
        identity(ALL if may else NOTHING),
        None if boundary is None else limit("boundary", ALL if boundary else NOTHING),
        () if session is None else (limit("session", ALL if session else NOTHING),),
    )
    situation = Situation(caller, bucket(grants(named)) if named else bucket())
    assert decided(situation) == allowed
    answer = prove("never", Question(("s3:GetObject",), (OBJECT,)), situation)
    assert isinstance(answer, Counterexample if allowed else Proven)


def test_an_explicit_deny_overrides_every_allow() -> None:
    """reference_policies_evaluation-logic_AccessPolicyLanguage_Interplay.html"""
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    open_ = Situation(Caller(USER, identity(ALL)), bucket(grants("*")))
    closed = (
        Situation(Caller(USER, identity(ALL, deny)), bucket(grants("*"))),
        Situation(Caller(USER, identity(ALL)), bucket(grants("*"), deny | {"Principal": "*"})),
        Situation(Caller(USER, identity(ALL), limit("boundary", ALL, deny)), bucket(grants("*"))),
        Situation(Caller(ROLE, identity(ALL), session=(limit("session", ALL, deny),)), bucket(grants("*"))),
        Situation(Caller(USER, identity(ALL), scps=((limit("scp", ALL, deny),),)), bucket(grants("*"))),
        Situation(Caller(USER, identity(ALL)), Target(HOME, rcps=((limit("rcp", deny | {"Principal": "*"}),),))),
    )
    assert decided(open_)
    assert not any(decided(one) for one in closed)


def test_every_level_of_service_control_policies_must_allow() -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html:
    FullAWSAccess at the root, S3 only at the unit, EC2 only at the account leaves nothing."""
    full, s3 = limit("scp", ALL), limit("scp", ALL | {"Action": "s3:*"})
    ec2 = limit("scp", ALL | {"Action": "ec2:*"})
    assert decided(Situation(Caller(USER, identity(ALL), scps=((full,), (s3,), (full,))), bucket()))
    assert decided(Situation(Caller(USER, identity(ALL), scps=((full,), (s3, ec2), (full,))), bucket()))
    assert not decided(Situation(Caller(USER, identity(ALL), scps=((full,), (s3,), (ec2,))), bucket()))
    assert not decided(Situation(Caller(USER, identity(ALL), scps=((full,), (), (full,))), bucket()))


def test_a_resource_control_policy_needs_no_allow_beside_it() -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html: RCPFullAWSAccess is
    attached everywhere and can't be detached; principals of other accounts are bound too."""
    secure = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}},
    }
    target = Target(HOME, limit("resource", grants({"AWS": AWAY})), rcps=((limit("rcp", secure),),))
    situation = Situation(Caller(STRANGER, identity(ALL)), target)
    assert decided(situation, aws_SecureTransport="true")
    assert not decided(situation, aws_SecureTransport="false")


def test_an_endpoint_policy_counts_for_what_passes_it() -> None:
    """https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html"""
    endpoint = limit("endpoint", ALL | {"Principal": "*", "Resource": "arn:aws:s3:::ours/*"})
    situation = Situation(Caller(USER, identity(ALL)), bucket(), {"vpce-1": endpoint})
    assert not decided(situation, aws_SourceVpce="vpce-1")
    assert decided(situation, resource="arn:aws:s3:::ours/x", aws_SourceVpce="vpce-1")
    assert decided(situation, aws_SourceVpce="vpce-2")
    assert decided(situation)


def test_a_key_policy_must_allow_also_in_its_own_account() -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html: without it, IAM policies
    have no effect."""
    delegated, other = limit("resource", grants({"AWS": HOME})), limit("resource", grants({"AWS": AWAY}))
    for policy, allowed in ((delegated, True), (other, False), (None, False)):
        situation = Situation(Caller(ROLE, identity(ALL)), Target(HOME, policy, policy_decides=True))
        assert decided(situation, "kms:Decrypt", f"arn:aws:kms:eu-west-1:{HOME}:key/1") == allowed


def test_a_trust_policy_names_services_and_their_resources() -> None:
    """confused-deputy.html: aws:SourceAccount keeps a service from acting for another account."""
    trust = parse(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": "sagemaker.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": HOME}},
            },
        },
        "trust",
        "trust",
    )
    service = Principal("service", "sagemaker.amazonaws.com")
    situation = Situation(Caller(service), Target(HOME, trust, policy_decides=True))
    assert decided(situation, "sts:AssumeRole", ROLE.id, aws_SourceAccount=HOME)
    assert not decided(situation, "sts:AssumeRole", ROLE.id, aws_SourceAccount=AWAY)
    lambda_ = Situation(Caller(Principal("service", "lambda.amazonaws.com")), situation.target)
    assert not decided(lambda_, "sts:AssumeRole", ROLE.id, aws_SourceAccount=HOME)
    question = Question(("sts:AssumeRole",), (ROLE.id,), conditions({"StringNotEquals": {"aws:SourceAccount": HOME}}))
    assert prove("never", question, situation) == Proven()


NOT_PRINCIPAL = [
    # reference_policies_elements_notprincipal.html: Bob and his account are named; Alice of the same account isn't.
    ([f"arn:aws:iam::{HOME}:user/carlossalazar", f"arn:aws:iam::{HOME}:root"], USER, True),
    ([f"arn:aws:iam::{HOME}:user/alice", f"arn:aws:iam::{HOME}:root"], USER, False),
    ([SESSION, ROLE.id, f"arn:aws:iam::{HOME}:root"], ROLE, True),
    ([AWAY], USER, False),
]


@pytest.mark.parametrize(("named", "who", "spared"), NOT_PRINCIPAL)
def test_not_principal_with_deny_spares_whom_it_names_in_full(named: list[str], who: Principal, spared: bool) -> None:
    deny = {"Effect": "Deny", "NotPrincipal": {"AWS": named}, "Action": "*", "Resource": "*"}
    assert decided(Situation(Caller(who, identity(ALL)), bucket(deny))) == spared
    # access_policies_boundaries.html: whoever has a boundary is always denied
    assert not decided(Situation(Caller(who, identity(ALL), limit("boundary", ALL)), bucket(deny)))


def test_not_principal_that_names_in_part_is_refused_by_name() -> None:
    deny = {"Effect": "Deny", "NotPrincipal": {"AWS": ROLE.id}, "Action": "*", "Resource": "*"}
    situation = Situation(Caller(ROLE, identity(ALL)), bucket(deny))
    with pytest.raises(Unproven, match="in part"):
        evaluate(Request(ROLE, "s3:GetObject", OBJECT), situation)
    assert isinstance(prove("never", Question(("s3:GetObject",), (OBJECT,)), situation), Unknown)


CLAUSES: list[tuple[dict[str, Any], Context, bool]] = [
    # reference_policies_elements_condition_operators.html: text in its case, in any case, with wildcards
    ({"StringEquals": {"s3:prefix": "a*"}}, {"s3:prefix": "abc"}, False),
    ({"StringEquals": {"s3:prefix": ["x", "abc"]}}, {"s3:prefix": "abc"}, True),
    ({"StringEqualsIgnoreCase": {"s3:prefix": "ABC"}}, {"s3:prefix": "abc"}, True),
    ({"StringNotEqualsIgnoreCase": {"s3:prefix": "ABC"}}, {"s3:prefix": "abc"}, False),
    ({"StringLike": {"s3:prefix": "a?c*"}}, {"s3:prefix": "abc"}, True),
    ({"StringNotLike": {"s3:prefix": ["x*", "a*"]}}, {"s3:prefix": "abc"}, False),
    # the same: a key in any case
    ({"StringEquals": {"S3:PREFIX": "abc"}}, {"s3:prefix": "abc"}, True),
    # the same: an absent key matches no operator, but every negated one; IfExists; Null
    ({"StringEquals": {"s3:prefix": "abc"}}, {}, False),
    ({"StringNotEquals": {"s3:prefix": "abc"}}, {}, True),
    ({"StringEqualsIfExists": {"s3:prefix": "abc"}}, {}, True),
    ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {}, True),
    ({"Null": {"aws:TokenIssueTime": "true"}}, {}, True),
    ({"Null": {"aws:TokenIssueTime": "false"}}, {}, False),
    # numbers, dates, truths, bytes
    ({"NumericLessThanEquals": {"s3:max-keys": "10"}}, {"s3:max-keys": "9"}, True),
    ({"NumericLessThanEquals": {"s3:max-keys": "10"}}, {"s3:max-keys": "10.5"}, False),
    ({"NumericEquals": {"s3:max-keys": 10}}, {"s3:max-keys": "10.0"}, True),
    (
        {"DateGreaterThan": {"aws:TokenIssueTime": "2020-01-01T00:00:01Z"}},
        {"aws:TokenIssueTime": "2020-01-01T00:00:02Z"},
        True,
    ),
    ({"DateLessThan": {"aws:EpochTime": "1577836800"}}, {"aws:EpochTime": "2019-12-31T23:59:59Z"}, True),
    ({"DateEquals": {"aws:TokenIssueTime": "2020-01-01"}}, {"aws:TokenIssueTime": "2020-01-01T01:00:00+01:00"}, True),
    ({"Bool": {"aws:SecureTransport": "false"}}, {"aws:SecureTransport": "true"}, False),
    ({"BinaryEquals": {"a:key": "QmluYXJ5VmFsdWVJbkJhc2U2NA=="}}, {"a:key": "QmluYXJ5VmFsdWVJbkJhc2U2NA=="}, True),
    # addresses of both versions
    ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {"aws:SourceIp": "203.0.113.77"}, True),
    ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {"aws:SourceIp": "203.0.114.77"}, False),
    ({"IpAddress": {"aws:SourceIp": "2001:DB8:1234:5678::/64"}}, {"aws:SourceIp": "2001:db8:1234:5678::1"}, True),
    ({"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "203.0.113.0/24"]}}, {"aws:SourceIp": "203.0.113.1"}, False),
    # ARNs, part by part: a star doesn't leave its part
    (
        {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:*:123:topic"}},
        {"aws:SourceArn": "arn:aws:sns:eu-west-1:123:topic"},
        True,
    ),
    ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:topic:*"}}, {"aws:SourceArn": "arn:aws:sns:eu:1:topic:x"}, False),
    ({"ArnNotLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}, {"aws:SourceArn": "arn:aws:sqs:eu:1:x"}, True),
    # reference_policies_condition-single-vs-multi-valued-context-keys.html
    ({"ForAllValues:StringEquals": {"aws:TagKeys": ["environment", "cost"]}}, {"aws:TagKeys": ("cost",)}, True),
    ({"ForAllValues:StringEquals": {"aws:TagKeys": ["environment", "cost"]}}, {"aws:TagKeys": ("cost", "x")}, False),
    ({"ForAllValues:StringEquals": {"aws:TagKeys": ["environment", "cost"]}}, {}, True),
    ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["environment", "cost"]}}, {"aws:TagKeys": ("cost", "x")}, True),
    ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["environment", "cost"]}}, {}, False),
    ({"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["cost"]}}, {"aws:TagKeys": ("cost", "x")}, True),
    ({"ForAllValues:StringNotLike": {"aws:TagKeys": ["c*"]}}, {"aws:TagKeys": ("cost", "x")}, False),
    # reference_policies_multi-key-or-value-conditions.html: all operators and keys, any of a key's values
    (
        {"StringEquals": {"aws:PrincipalTag/a": ["1", "2"], "s3:prefix": "x"}},
        {"aws:PrincipalTag/a": "2", "s3:prefix": "x"},
        True,
    ),
    ({"StringEquals": {"aws:PrincipalTag/a": ["1", "2"], "s3:prefix": "x"}}, {"aws:PrincipalTag/a": "2"}, False),
    # reference_policies_variables.html: a variable without a value matches nothing, and negated operators match it
    ({"StringEquals": {"s3:prefix": "home/${aws:username}"}}, {"s3:prefix": "home/carlossalazar"}, True),
    ({"StringLike": {"s3:prefix": "${aws:PrincipalTag/team}/*"}}, {"s3:prefix": "/x"}, False),
    ({"StringNotEquals": {"s3:prefix": "${aws:PrincipalTag/team}"}}, {"s3:prefix": "x"}, True),
    ({"StringLike": {"s3:prefix": "${aws:PrincipalTag/team, 'none'}/*"}}, {"s3:prefix": "none/x"}, True),
    ({"StringLike": {"s3:prefix": "a${*}"}}, {"s3:prefix": "a*"}, True),
    ({"StringLike": {"s3:prefix": "a${*}"}}, {"s3:prefix": "ab"}, False),
    ({"StringLike": {"s3:prefix": "a${?}${$}"}}, {"s3:prefix": "a?$"}, True),
]


@pytest.mark.parametrize(("condition", "context", "holds"), CLAUSES, ids=[str(row[0]) for row in CLAUSES])
def test_what_a_condition_means(condition: dict[str, Any], context: Context, holds: bool) -> None:
    allow = Situation(Caller(USER, identity(ALL | {"Condition": condition})), bucket())
    assert evaluate(Request(USER, "s3:GetObject", OBJECT, context), allow).allowed == holds


RESOURCES = [
    # reference_policies_elements_resource.html: a star within a part; one that ends a part runs on past the colon
    ("arn:aws:s3:::amzn-s3-demo-bucket/*/test/*", "arn:aws:s3:::amzn-s3-demo-bucket/1/2/test/3/object.jpg", True),
    ("arn:aws:s3:::amzn-s3-demo-bucket/*/test/*", "arn:aws:s3:::amzn-s3-demo-bucket/1-test/object.jpg", False),
    ("arn:aws:iam::111122223333:user/accounting/*", "arn:aws:iam::111122223333:user/accounting/a/b", True),
    ("arn:aws:s3:*", "arn:aws:s3:::bucket/key", True),
    ("arn:aws:dynamodb:*:table/prod-*", "arn:aws:dynamodb:us-east-1:111122223333:table/prod-x", True),
    ("arn:aws:dynamodb:us*-1:*:table/x", "arn:aws:dynamodb:us:east-1:1:table/x", False),
    ("arn:aws:iam::111122223333:user/bob", "arn:aws:iam::111122223333:user/Bob", False),
    # reference_policies_variables.html
    ("arn:aws:s3:::home/${aws:username}/*", "arn:aws:s3:::home/carlossalazar/x", True),
    ("arn:aws:s3:::home/${aws:PrincipalTag/team}/*", "arn:aws:s3:::home//x", False),
    ("arn:aws:s3:::demo-${aws:PrincipalTag/team, 'company-wide'}", "arn:aws:s3:::demo-company-wide", True),
]


@pytest.mark.parametrize(("pattern", "resource", "matches"), RESOURCES)
def test_what_a_resource_matches(pattern: str, resource: str, matches: bool) -> None:
    situation = Situation(Caller(USER, identity(ALL | {"Resource": pattern})), bucket())
    assert evaluate(Request(USER, "s3:GetObject", resource), situation).allowed == matches
    answer = prove(
        "always",
        Question(("s3:GetObject",), (resource,), conditions({"Null": {"aws:PrincipalTag/team": "true"}})),
        situation,
    )
    assert isinstance(answer, Proven if matches else Counterexample)


def test_variables_are_text_before_their_version() -> None:
    """reference_policies_elements_version.html: without 2012-10-17, ${aws:username} is a literal string."""
    allow = ALL | {"Resource": "arn:aws:s3:::home/${aws:username}"}
    old = parse({"Statement": allow}, "identity", "old")
    situation = Situation(Caller(USER, (old,)), bucket())
    assert not evaluate(Request(USER, "s3:GetObject", "arn:aws:s3:::home/carlossalazar"), situation).allowed
    assert evaluate(Request(USER, "s3:GetObject", "arn:aws:s3:::home/${aws:username}"), situation).allowed


def test_a_key_of_many_values_without_a_set_operator_is_refused_by_name() -> None:
    situation = Situation(Caller(USER, identity(ALL | {"Condition": {"StringEquals": {"aws:TagKeys": "a"}}})), bucket())
    with pytest.raises(Unproven, match="aws:tagkeys has many values"):
        evaluate(Request(USER, "s3:GetObject", OBJECT, {"aws:TagKeys": ("a", "b")}), situation)
    answer = prove("never", Question(("s3:GetObject",), (OBJECT,)), situation)
    assert isinstance(answer, Unknown)
    assert "aws:tagkeys" in answer.why
