"""Permissions that widen: found by proof with a request that shows it; what is only written otherwise is not."""

from typing import Any

import pytest

from fmops.verify.change import widened
from fmops.verify.change.pairs import Change
from fmops.verify.findings import Finding
from fmops.verify.templates import Template
from fmops.verify.values import World

Resources = dict[str, Any]
BUCKET = "arn:aws:s3:::data"
ORG = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
PLAIN = {"Bool": {"aws:SecureTransport": "false"}}


def template(resources: Resources, **body: Any) -> Template:
    return Template("t.json", "s", {"Resources": resources, **body}, "111111111111", "eu-west-1")


def changed(old: Resources, new: Resources, **body: Any) -> list[Finding]:
    worlds = [World([template(side, **body)]) for side in (new, old)]
    return list(widened.verify(Change.between(*worlds)))


def statement(action: Any = "s3:GetObject", resource: Any = f"{BUCKET}/*", effect: str = "Allow", **more: Any) -> Any:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def document(*statements: Any) -> Resources:
    return {"Version": "2012-10-17", "Statement": list(statements)}


TRUST = document({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})


def role(*statements: Any, boundary: Any = None, trust: Any = TRUST) -> Resources:
    limit = {"PermissionsBoundary": boundary} if boundary else {}
    policy = {"PolicyName": "own", "PolicyDocument": document(*statements)}
    properties = {"RoleName": "worker", "AssumeRolePolicyDocument": trust, "Policies": [policy], **limit}
    return {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}


def managed(*statements: Any) -> Resources:
    return {"Managed": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document(*statements)}}}


def bucket(*statements: Any) -> Resources:
    policy = {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": document(*statements)}
    return {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "data"}},
        "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": policy},
    }


def everybody(**more: Any) -> Any:
    return statement(Principal="*", **more)


def endpoint(*statements: Any) -> Resources:
    given = {"PolicyDocument": document(*statements)} if statements else {}
    return {"Endpoint": {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"ServiceName": "s3", "VpcId": "v", **given}}}


def control(*statements: Any) -> Resources:
    properties = {
        "Type": "SERVICE_CONTROL_POLICY",
        "Name": "n",
        "TargetIds": ["r-1"],
        "Content": document(*statements),
    }
    return {"Control": {"Type": "AWS::Organizations::Policy", "Properties": properties}}


READ, WRITE = statement(), statement("s3:PutObject")
DENY = statement("s3:*", "*", "Deny", Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1"}})
LIMIT = {"Limit": managed(statement("s3:GetObject", "*"))["Managed"]}
WIDER = {"Limit": managed(statement(["s3:GetObject", "s3:PutObject"], "*"))["Managed"]}
NOBODY = statement("*", "*", "Deny", Principal="*", Condition=PLAIN)

WIDENED: dict[str, tuple[Resources, Resources]] = {
    "an action": (role(READ), role(READ, WRITE)),
    "an action's wildcard": (role(READ), role(statement("s3:Get*"))),
    "a resource": (role(READ), role(statement(resource="arn:aws:s3:::*/*"))),
    "a condition dropped": (role(statement(Condition=ORG)), role(READ)),
    "a Deny dropped": (role(READ, DENY), role(READ)),
    "a Deny with an exception more": (
        role(READ, DENY),
        role(
            READ,
            {**DENY, "Condition": {"StringNotEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}}},
        ),
    ),
    "all but something": (role(READ), role({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})),
    "its boundary dropped": (
        {**role(WRITE, boundary={"Ref": "Limit"}), **LIMIT},
        {**role(WRITE), **LIMIT},
    ),
    "its boundary widened": (
        {**role(WRITE, boundary={"Ref": "Limit"}), **LIMIT},
        {**role(WRITE, boundary={"Ref": "Limit"}), **WIDER},
    ),
    "who may assume it": (
        role(READ),
        role(READ, trust=document({**TRUST["Statement"][0], "Principal": {"AWS": "222222222222"}})),
    ),
    "a managed policy that others have": (managed(READ), managed(READ, WRITE)),
    "a bucket for everybody": (
        bucket(statement(Principal={"AWS": "arn:aws:iam::222222222222:role/reader"})),
        bucket(everybody()),
    ),
    "a bucket's condition dropped": (bucket(everybody(Condition=ORG)), bucket(everybody())),
    "a bucket's Deny dropped": (bucket(everybody(), NOBODY), bucket(everybody())),
    "a bucket's policy dropped": (
        bucket(NOBODY),
        {key: value for key, value in bucket().items() if key == "Bucket"},
    ),
    "an endpoint's policy": (endpoint(everybody(Condition=ORG)), endpoint(everybody())),
    "an endpoint's policy dropped": (endpoint(everybody()), endpoint()),
    "a bucket's policy that is new": (
        {key: value for key, value in bucket().items() if key == "Bucket"},
        bucket(everybody()),
    ),
    "a control policy dropped": (control(statement("s3:*", "*", "Deny")), {}),
    "a control policy": (
        control(statement("s3:*", "*", "Deny"), statement("ec2:*", "*", "Deny")),
        control(statement("s3:*", "*", "Deny")),
    ),
    "somebody new": ({}, role(READ)),
}

SAME: dict[str, tuple[Resources, Resources]] = {
    "nothing": (role(READ), role(READ)),
    "an action less": (role(READ, WRITE), role(READ)),
    "an action that a wildcard had": (role(statement("s3:*")), role(statement("s3:*"), READ)),
    "one statement cut in two": (role(statement(["s3:GetObject", "s3:PutObject"])), role(READ, WRITE)),
    "another case": (role(READ), role(statement("S3:getobject"))),
    "a condition more": (role(READ), role(statement(Condition=ORG))),
    "a Deny more": (role(READ), role(READ, DENY)),
    "a Deny that another has": (role(READ, DENY, {**DENY, "Sid": "Again"}), role(READ, DENY)),
    "an action that the boundary doesn't have": (
        {**role(READ, boundary={"Ref": "Limit"}), **LIMIT},
        {**role(READ, WRITE, boundary={"Ref": "Limit"}), **LIMIT},
    ),
    "an action that a Deny takes": (
        role(READ, statement("iam:*", "*", "Deny")),
        role(READ, statement("iam:CreateUser", "*"), statement("iam:*", "*", "Deny")),
    ),
    "a boundary more": (role(READ), {**role(READ, boundary={"Ref": "Limit"}), **LIMIT}),
    "another name of a statement": (role(statement(Sid="One")), role(statement(Sid="Two"))),
    "a bucket's narrower principal": (bucket(everybody()), bucket(everybody(Condition=ORG))),
    "a bucket that goes with its policy": (bucket(NOBODY), {}),
    "an endpoint that is new": ({}, endpoint(everybody())),
    "a bucket that is new, with its policy": ({}, bucket(everybody(Condition=ORG))),  # invariants ask that
    "somebody who is gone": (role(READ), {}),
    "a control policy that is new": ({}, control(statement("*", "*", "Deny"))),
    "an endpoint that gets a policy": (endpoint(), endpoint(everybody())),
    "a control policy more": (control(statement("s3:*", "*", "Deny")), control(statement("*", "*", "Deny"))),
}


@pytest.mark.parametrize("name", WIDENED)
def test_what_widens_is_found(name: str) -> None:
    found = changed(*WIDENED[name])
    assert found
    assert {finding.verdict for finding in found} == {"found"}
    assert {finding.rule for finding in found} == {"Change-Widened"}
    assert all("a request is allowed that wasn't" in f.message or "it is new" in f.message for f in found)


@pytest.mark.parametrize("name", SAME)
def test_what_does_not_is_not(name: str) -> None:
    assert changed(*SAME[name]) == []


def test_the_request_that_shows_it_is_told() -> None:
    (finding,) = changed(role(READ), role(READ, WRITE))
    assert "s3:PutObject" in finding.message
    assert "arn:aws:s3:::data/" in finding.message
    assert "worker" in finding.message


def test_a_condition_of_the_template_is_not_proven() -> None:
    maybe = role({"Fn::If": ["More", WRITE, READ]})
    found = changed(role(READ), maybe, Conditions={"More": {"Fn::Equals": ["a", "b"]}})
    assert {finding.verdict for finding in found} == {"not proven"}
    assert changed(maybe, maybe) == []


def test_what_is_given_at_the_launch_is_not_proven() -> None:
    given = role(statement(resource={"Ref": "Given"}))
    found = changed(role(READ), given, Parameters={"Given": {"Type": "String"}})
    assert {finding.verdict for finding in found} == {"not proven"}
    assert any("Given is given at the launch" in finding.message for finding in found)
    assert changed(given, given, Parameters={"Given": {"Type": "String"}}) == []


def test_an_operator_that_is_not_known_is_not_proven() -> None:
    strange = role(statement("s3:PutObject", Condition={"StringMaybe": {"aws:PrincipalOrgID": "o-1"}}))
    assert {finding.verdict for finding in changed(role(READ), strange)} == {"not proven"}


def test_a_policy_of_a_type_that_is_not_known_is_not_proven() -> None:
    def box(*statements: Any) -> Resources:
        return {"Box": {"Type": "Acme::Store::Box", "Properties": {"AccessPolicy": document(*statements)}}}

    (finding,) = changed(box(READ), box(READ, WRITE))
    assert finding.verdict == "not proven"
    assert "isn't understood" in finding.message
    assert changed(box(READ), box(READ)) == []
