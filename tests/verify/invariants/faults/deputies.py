"""Services that act for somebody else."""

from typing import Any

from tests.verify.invariants.faults.fault import Fault, deputy, org
from tests.verify.invariants.parts import (
    OTHERS,
    OURS,
    assume,
    bucket,
    key,
    permission,
    queue,
    read,
    statement,
    topic,
    trusted,
)

FOR_US = org("StringEquals", "aws:SourceAccount", OURS)


def by(name: str) -> dict[str, Any]:
    return {"Service": f"{name}.amazonaws.com"}


def _job(name: str, service: str, broken: Any, clean: Any = FOR_US) -> Fault:
    who = by(service)
    return Fault(name, "Policy-DeputyTrust", trusted(assume(who, broken)), trusted(assume(who, clean)))


TRAILS = "arn:aws:cloudtrail:eu-west-1:{}:trail/t"
LOGS = "kms:EncryptionContext:aws:logs:arn"
DEPUTIES = (
    deputy("access logs for anybody", bucket(read(by("logging.s3"))), bucket(read(by("logging.s3"), FOR_US))),
    deputy(
        "access logs if it exists",
        bucket(read(by("logging.s3"), org("StringEqualsIfExists", "aws:SourceAccount", OURS))),
        bucket(read(by("logging.s3"), FOR_US)),
    ),
    deputy(
        "another account's deliveries",
        bucket(read(by("config"), org("StringEquals", "aws:SourceAccount", [OURS, OTHERS]))),
        bucket(read(by("config"), FOR_US)),
    ),
    deputy(
        "a trail of any account",
        bucket(read(by("cloudtrail"), org("ArnLike", "aws:SourceArn", TRAILS.format("*")))),
        bucket(read(by("cloudtrail"), org("ArnLike", "aws:SourceArn", TRAILS.format(OURS)))),
    ),
    deputy(
        "any rule to a queue",
        queue(statement("sqs:SendMessage", "*", who=by("events"))),
        queue(
            statement(
                "sqs:SendMessage",
                "*",
                who=by("events"),
                when=org("ArnLike", "aws:SourceArn", f"arn:aws:events:eu-west-1:{OURS}:rule/*"),
            )
        ),
    ),
    deputy(
        "any bucket to a topic",
        topic(statement("sns:Publish", "*", who=by("s3"), when=org("ArnLike", "aws:SourceArn", "arn:aws:s3:::*"))),
        topic(
            statement(
                "sns:Publish",
                "*",
                who=by("s3"),
                when={**FOR_US, **org("ArnLike", "aws:SourceArn", "arn:aws:s3:::*")},
            )
        ),
    ),
    deputy(
        "any org's deliveries",
        bucket(read(by("delivery.logs"), org("StringLike", "aws:SourceOrgID", "o-*"))),
        bucket(read(by("delivery.logs"), org("StringEquals", "aws:SourceOrgID"))),
    ),
    deputy(
        "a key for anybody's logs",
        key(statement("kms:Encrypt", "*", who=by("logs.eu-west-1"))),
        key(
            statement(
                "kms:Encrypt",
                "*",
                who=by("logs.eu-west-1"),
                when=org("ArnLike", LOGS, f"arn:aws:logs:eu-west-1:{OURS}:*"),
            )
        ),
    ),
    deputy(
        "a key for logs of any account",
        key(
            statement(
                "kms:Encrypt",
                "*",
                who=by("logs.eu-west-1"),
                when=org("ArnLike", LOGS, "arn:aws:logs:eu-west-1:*:log-group:*"),
            )
        ),
        key(
            statement(
                "kms:Encrypt",
                "*",
                who=by("logs.eu-west-1"),
                when=org("ArnLike", LOGS, f"arn:aws:logs:eu-west-1:{OURS}:log-group:*"),
            )
        ),
    ),
    deputy(
        "any bucket calls a function",
        permission("s3.amazonaws.com"),
        permission("s3.amazonaws.com", SourceAccount=OURS),
    ),
    deputy(
        "any API calls a function",
        permission("apigateway.amazonaws.com", SourceArn="arn:aws:execute-api:eu-west-1:*:a/*"),
        permission("apigateway.amazonaws.com", SourceArn=f"arn:aws:execute-api:eu-west-1:{OURS}:a/*"),
    ),
    _job("jobs of anybody", "sagemaker", None),
    _job("builds if it exists", "codebuild", org("StringEqualsIfExists", "aws:SourceAccount", OURS)),
    _job("models of any account", "bedrock", org("StringLike", "aws:SourceAccount", "*")),
    _job("all but another's flow logs", "vpc-flow-logs", org("StringNotEquals", "aws:SourceAccount", OTHERS)),
    _job(
        "machines of any account",
        "states",
        org("ArnLike", "aws:SourceArn", "arn:aws:states:*:*:stateMachine:*"),
        org("ArnLike", "aws:SourceArn", f"arn:aws:states:*:{OURS}:stateMachine:*"),
    ),
)
