"""Boundaries, models, guardrails and endpoints."""

from typing import Any

from tests.verify.invariants.faults.fault import Fault, if_, org, right
from tests.verify.invariants.faults.guarded import ANY, ORGS
from tests.verify.invariants.faults.rights import READ_ONLY
from tests.verify.invariants.parts import BOUNDARY, ORG, OURS, Resources, endpoint, role, statement

BUILT_IN = {"boundary": "arn:aws:iam::*:policy/ours-*"}


def _limited(value: Any) -> Resources:
    return role(statement("s3:GetObject", "*"), PermissionsBoundary=value)


BOUNDARIES = (
    Fault(
        "no boundary", "Policy-Boundary", role(statement("s3:GetObject", "*")), _limited(BOUNDARY), settings=BUILT_IN
    ),
    Fault("another boundary", "Policy-Boundary", _limited(READ_ONLY), _limited(BOUNDARY), settings=BUILT_IN),
    Fault(
        "perhaps a boundary",
        "Policy-Boundary",
        _limited(if_(BOUNDARY, {"Ref": "AWS::NoValue"})),
        _limited(if_(BOUNDARY, BOUNDARY)),
        settings=BUILT_IN,
    ),
)

NOVA = "arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0"
RAIL = f"arn:aws:bedrock:eu-west-1:{OURS}:guardrail/g"
CALL = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
WITH_RAIL = org("StringEquals", "bedrock:GuardrailIdentifier", f"{RAIL}:1")


def _model(name: str, broken: Any, clean: Any) -> Fault:
    return right(name, "Policy-Model", broken, clean, models=[NOVA])


def _rail(name: str, broken: Any, clean: Any) -> Fault:
    return right(name, "Policy-Guardrail", broken, clean, guardrails=[f"{RAIL}*"])


MODELS = (
    _model("every model", statement(CALL, "*"), statement(CALL, NOVA)),
    _model(
        "every model of AWS",
        statement("bedrock:Invoke*", "arn:aws:bedrock:*::foundation-model/*"),
        statement("bedrock:Invoke*", NOVA),
    ),
    _model(
        "one model more",
        statement(CALL, [NOVA, "arn:aws:bedrock:*::foundation-model/meta.llama4-v1:0"]),
        statement(CALL, [NOVA]),
    ),
    _model(
        "a family of models",
        statement(CALL, "arn:aws:bedrock:*::foundation-model/amazon.*"),
        statement(CALL, "arn:aws:bedrock:eu-*::foundation-model/amazon.nova-lite-v1:0"),
    ),
    _rail("no guardrail", statement(CALL, NOVA), statement(CALL, NOVA, when=WITH_RAIL)),
    _rail(
        "a guardrail if it exists",
        statement(CALL, NOVA, when=org("StringEqualsIfExists", "bedrock:GuardrailIdentifier", f"{RAIL}:1")),
        statement(CALL, NOVA, when=WITH_RAIL),
    ),
    _rail(
        "any guardrail",
        statement(CALL, NOVA, when={"Null": {"bedrock:GuardrailIdentifier": "false"}}),
        statement(CALL, NOVA, when=WITH_RAIL),
    ),
    _rail(
        "streams forgotten",
        statement("bedrock:InvokeModel*", NOVA, when=org("StringNotEquals", "bedrock:GuardrailIdentifier", "x")),
        statement("bedrock:InvokeModel", NOVA, when=WITH_RAIL),
    ),
    _rail(
        "a batch", statement("bedrock:CreateModelInvocationJob", "*"), statement("bedrock:GetModelInvocationJob", "*")
    ),
    _rail(
        "an agent",
        statement(["bedrock:InvokeAgent", *CALL], "*", when=WITH_RAIL)
        | {"Condition": {"StringLike": {"aws:RequestedRegion": "eu-*"}}},
        statement(CALL, "*", when=WITH_RAIL),
    ),
    _rail("the other endpoint", statement("bedrock-mantle:*", "*"), statement("bedrock-mantle:Get*", "*")),
)

THROUGH = {"organization": ORG}
ENDPOINTS = (
    Fault(
        "an endpoint without policy",
        "Policy-Endpoint",
        endpoint(),
        endpoint(statement("*", "*", **ORGS)),
        settings=THROUGH,
    ),
    Fault(
        "an endpoint for everybody",
        "Policy-Endpoint",
        endpoint(statement("*", "*", **ANY)),
        endpoint(statement("*", "*", **ORGS)),
        settings=THROUGH,
    ),
    Fault(
        "an endpoint for the org, if it exists",
        "Policy-Endpoint",
        endpoint(statement("*", "*", who="*", when=org("StringEqualsIfExists"))),
        endpoint(statement("*", "*", who="*", when=org("StringEquals", "aws:ResourceOrgID"))),
        settings=THROUGH,
    ),
)
