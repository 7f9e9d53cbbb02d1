"""Buckets that outsiders read."""

from tests.verify.invariants.faults.fault import if_, org, outsider
from tests.verify.invariants.parts import IN_ORG, ORG, OTHERS, OURS, ROOT, THEIRS, bucket, read, statement

OWN_ROLE = f"arn:aws:iam::{OURS}:role/reader"
TOPIC_ARN = f"arn:aws:sns:eu-west-1:{OURS}:alerts"
SECURE = {"Bool": {"aws:SecureTransport": "true"}}
ALLOWED = read("*", IN_ORG)
BUCKETS = (
    outsider("everybody", bucket(read("*")), bucket(ALLOWED)),
    outsider("every AWS principal", bucket(read({"AWS": "*"})), bucket(read(ROOT))),
    outsider("one of several is everybody", bucket(read({"AWS": [OWN_ROLE, "*"]})), bucket(read({"AWS": [OWN_ROLE]}))),
    outsider("org if it exists", bucket(read("*", org("StringEqualsIfExists"))), bucket(ALLOWED)),
    outsider("all but the org", bucket(read("*", org("StringNotEquals"))), bucket(ALLOWED)),
    outsider("any org", bucket(read("*", org("StringLike", value="o-*"))), bucket(ALLOWED)),
    outsider("over TLS only", bucket(read("*", SECURE)), bucket(read("*", {**SECURE, **IN_ORG}))),
    outsider("org is absent", bucket(read("*", {"Null": {"aws:PrincipalOrgID": "true"}})), bucket(ALLOWED)),
    outsider("org is present", bucket(read("*", {"Null": {"aws:PrincipalOrgID": "false"}})), bucket(ALLOWED)),
    outsider("everybody but one", bucket(read(unwho=THEIRS, who=None)), bucket(read(ROOT))),
    outsider(
        "a denial that asks if it exists",
        bucket(
            read("*"),
            read("*", org("StringNotEqualsIfExists") | {"Null": {"aws:PrincipalOrgID": "false"}}, effect="Deny"),
        ),
        bucket(read("*"), read("*", org("StringNotEquals"), effect="Deny")),
    ),
    outsider(
        "a denial of another action",
        bucket(read("*"), {**read("*", org("StringNotEquals"), effect="Deny"), "Action": "s3:PutObject"}),
        bucket(read("*"), {**read("*", org("StringNotEquals"), effect="Deny"), "Action": "s3:*"}),
    ),
    outsider(
        "a denial of the bucket, not its objects",
        bucket(read("*"), read("*", org("StringNotEquals"), effect="Deny", Resource={"Fn::GetAtt": ["Bucket", "Arn"]})),
        bucket(read("*"), read("*", org("StringNotEquals"), effect="Deny")),
    ),
    outsider("every address", bucket(read("*", {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})), bucket(ALLOWED)),
    outsider(
        "a browser's word",
        bucket(read("*", org("StringLike", "aws:Referer", "https://ours.example/*"))),
        bucket(ALLOWED),
    ),
    outsider("a program's name", bucket(read("*", org("StringEquals", "aws:UserAgent", "ours"))), bucket(ALLOWED)),
    outsider(
        "a role's name in any account",
        bucket(read("*", org("StringLike", "aws:PrincipalArn", "arn:aws:iam::*:role/reader"))),
        bucket(read("*", org("StringLike", "aws:PrincipalArn", f"arn:aws:iam::{OURS}:role/read*"))),
    ),
    outsider(
        "an ARN with a star for the account",
        bucket(read("*", org("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/ours/*"))),
        bucket(read("*", org("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OURS}:role/ours/*"))),
    ),
    outsider(
        "every path of none",
        bucket(read("*", org("ForAllValues:StringLike", "aws:PrincipalOrgPaths", f"{ORG}/*"))),
        bucket(read("*", org("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", f"{ORG}/*"))),
    ),
    outsider(
        "a tag that anybody sets",
        bucket(read("*", org("StringEquals", "aws:PrincipalTag/team", "ml"))),
        bucket(ALLOWED),
    ),
    outsider(
        "a condition of the template opens it",
        bucket(if_(read("*", Resource="*"), read(ROOT, Resource="*"))),
        bucket(read(ROOT)),
    ),
    outsider("the second statement", bucket(ALLOWED, read("*")), bucket(ALLOWED, read(ROOT))),
    outsider("another account", bucket(read(THEIRS)), bucket(read(ROOT))),
    outsider(
        "another account's role",
        bucket(read({"AWS": f"arn:aws:iam::{OTHERS}:role/x"})),
        bucket(read({"AWS": OWN_ROLE})),
    ),
    outsider("all but one action", bucket(statement("", who="*", unaction="s3:DeleteBucket")), bucket(ALLOWED)),
)
