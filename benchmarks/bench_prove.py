"""How long the policy proof of one business unit takes: 30 roles, a boundary, 5 SCPs, 15 endpoints, 50 invariants.

python benchmarks/bench_prove.py [--json]

The unit is synthetic, with statements like those of this foundation's policies. Most invariants are asked of every
role, some of anyone for a guarded resource. The floor is the same claims where there are no policies. The stop rule of
the prover (ADR 0018) is the bar: 20 seconds, and 2 % unknown.
the prover (ADR 0018) is the bar: 20 seconds, and 2 % unknown.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fmops.verify.policy import (
    Answer,
    Anyone,
    Caller,
    Claim,
    Kind,
    Policy,
    Principal,
    Question,
    Situation,
    Target,
    conditions,
    parse,
    prove,
)

HOME, ORGANISATION = "111122223333", "o-example123"
ROLES, BUCKETS, KEYS, ENDPOINTS = 30, 6, 4, 15
BARS = {"seconds": 20.0, "unknown": 0.02}
"""The most that the whole may take, and the most of its answers that may be unknown."""

ENDPOINT_SERVICES = (
    "s3",
    "kms",
    "sagemaker",
    "bedrock",
    "sts",
    "logs",
    "monitoring",
    "ecr",
    "secretsmanager",
    "ssm",
    "sqs",
    "sns",
    "events",
    "codecommit",
    "codeartifact",
)


@dataclass(frozen=True)
class Asked:
    """One claim to prove."""

    invariant: int
    claim: Claim
    question: Question
    situation: Situation


@dataclass(frozen=True)
class Outcome:
    """What the proof of all claims took."""

    seconds: float
    milliseconds: tuple[float, ...]
    answers: dict[str, int]

    @property
    def unknown(self) -> float:
        """The share of unknown answers."""
        return self.answers.get("Unknown", 0) / max(1, sum(self.answers.values()))


def document(kind: Kind, place: str, *statements: dict[str, Any]) -> Policy:
    """A policy of statements."""
    return parse({"Version": "2012-10-17", "Statement": list(statements)}, kind, place)


def allow(actions: Sequence[str], resources: Sequence[str] | str, **condition: Any) -> dict[str, Any]:
    """An Allow."""
    found = {"Effect": "Allow", "Action": list(actions), "Resource": resources}
    return found | ({"Condition": condition} if condition else {})


def deny(actions: Sequence[str], resources: Sequence[str] | str, **condition: Any) -> dict[str, Any]:
    """A Deny."""
    return allow(actions, resources, **condition) | {"Effect": "Deny"}


def identity(number: int) -> tuple[Policy, ...]:
    """A role's policies: its own bucket and key, jobs and their roles, models with a guardrail, logs."""
    bucket, key = f"arn:aws:s3:::unit-data-{number % BUCKETS}", f"arn:aws:kms:eu-west-1:{HOME}:key/{number % KEYS}"
    return (
        document(
            "identity",
            f"role {number} data",
            allow(
                ["s3:GetObject", "s3:PutObject"],
                [f"{bucket}/team-{number}/*", f"{bucket}/${{aws:PrincipalTag/team}}/*"],
            ),
            allow(["s3:ListBucket"], bucket, StringLike={"s3:prefix": [f"team-{number}/*", ""]}),
            allow(
                ["kms:Decrypt", "kms:GenerateDataKey*"],
                key,
                StringEquals={"kms:ViaService": "s3.eu-west-1.amazonaws.com"},
            ),
        ),
        document(
            "identity",
            f"role {number} work",
            allow(
                ["sagemaker:CreateTrainingJob", "sagemaker:CreateProcessingJob"],
                f"arn:aws:sagemaker:eu-west-1:{HOME}:*/team-{number}-*",
                **{
                    "ForAllValues:StringEquals": {"sagemaker:VpcSubnets": ["subnet-1", "subnet-2"]},
                    "Null": {"sagemaker:VpcSubnets": "false"},
                },
            ),
            allow(
                ["iam:PassRole"],
                f"arn:aws:iam::{HOME}:role/unit/job-{number}",
                StringEquals={"iam:PassedToService": "sagemaker.amazonaws.com"},
            ),
            allow(
                ["bedrock:InvokeModel"],
                "arn:aws:bedrock:*::foundation-model/amazon.nova-*",
                StringLike={"bedrock:GuardrailIdentifier": f"arn:aws:bedrock:*:{HOME}:guardrail/*"},
            ),
            allow(
                ["logs:CreateLogStream", "logs:PutLogEvents"],
                f"arn:aws:logs:eu-west-1:{HOME}:log-group:/unit/{number}:*",
            ),
        ),
    )


def boundary() -> Policy:
    """What no role of the unit may ever do."""
    return document(
        "boundary",
        "boundary",
        allow(["*"], "*"),
        deny(["iam:Create*", "iam:Put*", "iam:Attach*", "iam:Delete*", "iam:Update*"], "*"),
        deny(
            ["s3:*", "kms:*", "sagemaker:*"],
            "*",
            StringNotEqualsIfExists={"aws:SourceVpce": [f"vpce-{number}" for number in range(ENDPOINTS)]},
            BoolIfExists={"aws:ViaAWSService": "false"},
        ),
        deny(["s3:*"], "*", Bool={"aws:SecureTransport": "false"}),
    )


def scps() -> tuple[tuple[Policy, ...], ...]:
    """Three levels, five policies beside FullAWSAccess."""
    full = document("scp", "FullAWSAccess", allow(["*"], "*"))
    return (
        (
            full,
            document(
                "scp",
                "regions",
                deny(
                    ["sagemaker:*", "bedrock:*", "s3:*"],
                    "*",
                    StringNotEquals={"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]},
                ),
            ),
        ),
        (
            full,
            document(
                "scp",
                "models",
                {
                    "Effect": "Deny",
                    "Action": "bedrock:InvokeModel*",
                    "NotResource": ["arn:aws:bedrock:*::foundation-model/amazon.nova-*"],
                },
            ),
            document("scp", "users", deny(["iam:CreateUser", "iam:CreateAccessKey"], "*")),
        ),
        (
            full,
            document(
                "scp",
                "perimeter",
                deny(["s3:*", "kms:*"], "*", StringNotEqualsIfExists={"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}),
            ),
            document("scp", "network", deny(["ec2:CreateInternetGateway", "ec2:AttachInternetGateway"], "*")),
        ),
    )


def endpoints() -> dict[str, Policy]:
    """An endpoint for each service, for principals and resources of the organisation."""
    ours = {"StringEquals": {"aws:PrincipalOrgID": ORGANISATION, "aws:ResourceOrgID": ORGANISATION}}
    return {
        f"vpce-{number}": document("endpoint", service, allow([f"{service}:*"], "*", **ours) | {"Principal": "*"})
        for number, service in enumerate(ENDPOINT_SERVICES)
    }


def bucket(number: int) -> Target:
    """A bucket of the unit: only the organisation, only over TLS."""
    arn = f"arn:aws:s3:::unit-data-{number}"
    policy = document(
        "resource",
        arn,
        allow(["s3:GetObject"], f"{arn}/shared/*", StringEquals={"aws:PrincipalOrgID": ORGANISATION})
        | {"Principal": "*"},
        deny(["s3:*"], [arn, f"{arn}/*"], Bool={"aws:SecureTransport": "false"}) | {"Principal": "*"},
        deny(
            ["s3:*"],
            [arn, f"{arn}/*"],
            StringNotEqualsIfExists={"aws:PrincipalOrgID": ORGANISATION},
            BoolIfExists={"aws:PrincipalIsAWSService": "false"},
        )
        | {"Principal": "*"},
    )
    return Target(HOME, policy, organisation=ORGANISATION)


def key(number: int) -> Target:
    """A key of the unit: its account, and exact roles."""
    roles = [f"arn:aws:iam::{HOME}:role/unit/role-{one}" for one in range(ROLES) if one % KEYS == number]
    root = {"AWS": f"arn:aws:iam::{HOME}:root"}
    policy = document(
        "resource",
        f"key {number}",
        allow(["kms:Decrypt", "kms:GenerateDataKey*"], "*", ArnEquals={"aws:PrincipalArn": roles})
        | {"Principal": root},
    )
    return Target(HOME, policy, policy_decides=True, organisation=ORGANISATION)


def callers() -> Iterator[Caller]:
    """The unit's roles."""
    limit, levels = boundary(), scps()
    for number in range(ROLES):
        arn = f"arn:aws:iam::{HOME}:role/unit/role-{number}"
        principal = Principal("role", arn, HOME, organisation=ORGANISATION, tags={"team": f"team-{number}"})
        yield Caller(principal, identity(number), limit, scps=levels)


OUTSIDE = {"Null": {"aws:SourceVpce": "true"}, "Bool": {"aws:ViaAWSService": "false"}}
NO_GUARDRAIL = {"Null": {"bedrock:GuardrailIdentifier": "true"}}
RAISING = (
    "iam:CreatePolicyVersion",
    "iam:AttachRolePolicy",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "iam:CreateUser",
    "iam:CreateAccessKey",
    "iam:PassRole",
)
OWN_JOB = f"arn:aws:iam::{HOME}:role/unit/job-*"


def asked() -> Iterator[Asked]:
    """50 invariants: 20 of every role, 6 + 6 buckets and 4 keys for outsiders, 14 cells of the access matrix."""
    roles, open_ = list(callers()), Target(HOME, organisation=ORGANISATION)
    doors, buckets = endpoints(), [bucket(number) for number in range(BUCKETS)]
    everywhere = [Situation(one, open_, doors) for one in roles]
    questions = [
        *(Question((action,), but=(OWN_JOB,) if action == "iam:PassRole" else ()) for action in RAISING),
        *(
            Question((action,), where=conditions(OUTSIDE))
            for action in ("s3:GetObject", "s3:PutObject", "sagemaker:CreateTrainingJob")
        ),
        Question(("bedrock:InvokeModel",), where=conditions(NO_GUARDRAIL)),
        Question(("bedrock:InvokeModel",), but=("arn:aws:bedrock:*::foundation-model/amazon.nova-*",)),
        Question(("bedrock:*",), where=conditions({"StringEquals": {"aws:RequestedRegion": "us-east-1"}})),
        Question(("s3:*",), where=conditions({"Bool": {"aws:SecureTransport": "false"}})),
        Question(("sagemaker:CreateTrainingJob",), where=conditions({"Null": {"sagemaker:VpcSubnets": "true"}})),
        Question(
            ("sagemaker:CreateTrainingJob",),
            where=conditions({"ForAnyValue:StringNotEquals": {"sagemaker:VpcSubnets": ["subnet-1", "subnet-2"]}}),
        ),
        Question(("iam:*",), but=(OWN_JOB,)),
        Question(("ec2:*",)),
        Question(("s3:PutBucketPolicy", "s3:DeleteBucketPolicy")),
        Question(("*",), ("arn:aws:s3:::somebody-elses/*",)),
    ]
    for number, question in enumerate(questions):
        yield from (Asked(number, "never", question, situation) for situation in everywhere)
    outsiders = Caller(Anyone(except_accounts=(HOME,), except_organisation=ORGANISATION), None)
    first = len(questions)
    for number, target in enumerate(buckets):
        yield Asked(
            first + number,
            "never",
            Question(("s3:*",), (f"arn:aws:s3:::unit-data-{number}/*",)),
            Situation(outsiders, target),
        )
        read = Question(
            ("s3:GetObject",),
            (f"arn:aws:s3:::unit-data-{number}/shared/*",),
            conditions({"Bool": {"aws:SecureTransport": "false"}}),
        )
        yield from (Asked(first + BUCKETS + number, "never", read, Situation(one, target)) for one in roles)
    first += 2 * BUCKETS
    for number in range(KEYS):
        yield Asked(
            first + number,
            "never",
            Question(("kms:*",), (f"arn:aws:kms:eu-west-1:{HOME}:key/{number}",)),
            Situation(outsiders, key(number)),
        )
    first += KEYS
    for number, role in enumerate(roles[:14]):
        own = Question(("s3:GetObject",), (f"arn:aws:s3:::unit-data-{number % BUCKETS}/team-{number}/*",))
        yield Asked(first + number, "sometimes", own, Situation(role, buckets[number % BUCKETS], doors))
        foreign = replace(own, resources=(f"arn:aws:s3:::unit-data-{number % BUCKETS}/team-{number + BUCKETS * 5}/*",))
        yield Asked(first + number, "never", foreign, Situation(role, buckets[number % BUCKETS], doors))


def emptied(one: Asked) -> Asked:
    """The same question where there are no policies: the floor."""
    caller = replace(one.situation.caller, identity=(), boundary=None, scps=())
    return replace(one, claim="never", situation=Situation(caller, Target(HOME)))


def proven(claims: Sequence[Asked]) -> Outcome:
    """Proves all claims, one after the other, on one core."""
    answers: Counter[str] = Counter()
    each: list[float] = []
    started = time.perf_counter()
    for one in claims:
        before = time.perf_counter()
        answer: Answer = prove(one.claim, one.question, one.situation)
        each.append((time.perf_counter() - before) * 1000)
        answers[type(answer).__name__] += 1
    return Outcome(time.perf_counter() - started, tuple(each), dict(answers))


def table(whole: Outcome, floor: Outcome, invariants: int) -> str:
    """The figures beside their floor."""
    lines = [f"{'':<12}{'seconds':>9}{'claims':>8}{'median ms':>11}{'99 % ms':>9}{'most ms':>9}  answers"]
    for name, one in (("unit", whole), ("floor", floor)):
        order = sorted(one.milliseconds)
        said = ", ".join(f"{count} {answer.lower()}" for answer, count in sorted(one.answers.items()))
        lines.append(
            f"{name:<12}{one.seconds:>9.2f}{len(order):>8}{statistics.median(order):>11.2f}"
            f"{order[int(len(order) * 0.99)]:>9.1f}{order[-1]:>9.1f}  {said}"
        )
    kept = "kept" if all(verdicts(whole).values()) else "MISSED"
    lines.append(
        f"{ROLES} roles, boundary, 5 SCPs, {ENDPOINTS} endpoints, {invariants} invariants; 1 of {os.cpu_count()} cores."
    )
    lines.append(f"Bar: {BARS['seconds']:.0f} s, {BARS['unknown']:.0%} unknown: {kept}.")
    return "\n".join(lines)


def verdicts(whole: Outcome) -> dict[str, bool]:
    """Whether each bar is kept."""
    return {name: getattr(whole, name) <= most for name, most in BARS.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="for machines")
    given = parser.parse_args(arguments)
    claims = list(asked())
    floor, whole = proven([emptied(one) for one in claims]), proven(claims)
    invariants = len({one.invariant for one in claims})
    figures = {"seconds": whole.seconds, "floor": floor.seconds, "claims": len(claims), "invariants": invariants}
    as_json = {**figures, "answers": whole.answers, "unknown": whole.unknown, "kept": verdicts(whole)}
    print(json.dumps(as_json, indent=2) if given.json else table(whole, floor, invariants))
    return 0 if all(verdicts(whole).values()) else 1


if __name__ == "__main__":
    sys.exit(main())
