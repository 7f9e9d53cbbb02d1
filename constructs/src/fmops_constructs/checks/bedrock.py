"""Rules for foundation models: which, with which guardrail, and on the record."""

from fmops_constructs.checks.identity import IDENTITY_POLICIES, breaks
from fmops_constructs.checks.policies import Statement
from fmops_constructs.checks.rule import Rule, must_have

INVOKE = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
ANY_MODEL = ("*", "foundation-model/*", "inference-profile/*")
LOGGING = ("bedrock:DeleteModelInvocationLoggingConfiguration", "bedrock:PutModelInvocationLoggingConfiguration")
MANTLE = ("bedrock-mantle:CreateInference",)


def _any_model(statement: Statement) -> bool:
    wide = any(str(resource).endswith(ANY_MODEL) for resource in statement.resources)
    return statement.reaches(*INVOKE) and wide


def _no_guardrail(statement: Statement) -> bool:
    return statement.reaches(*INVOKE) and "bedrock:guardrailidentifier" not in statement.condition_keys


RULES = (
    Rule(
        "Bedrock-AnyModel",
        IDENTITY_POLICIES,
        breaks(_any_model),
        why="Every model of the region can be called, with terms and a region of processing that nobody has agreed to.",
        source="R52, https://docs.aws.amazon.com/bedrock/latest/userguide/security_iam_id-based-policy-examples.html",
        remedy="Name the models and inference profiles, from the one allow-list.",
    ),
    Rule(
        "Bedrock-Guardrail",
        IDENTITY_POLICIES,
        breaks(_no_guardrail),
        why="A model can be called without any filter.",
        source="R53, https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html",
        remedy="Add a condition on bedrock:GuardrailIdentifier.",
    ),
    Rule(
        "Bedrock-OtherDoor",
        IDENTITY_POLICIES,
        breaks(lambda statement: statement.reaches(*MANTLE)),
        why="No guardrail and no key for conditions is known to hold on bedrock-mantle.",
        source="R104, https://docs.aws.amazon.com/bedrock/latest/userguide/endpoints.html",
        remedy="Call models by bedrock:InvokeModel.",
    ),
    Rule(
        "Bedrock-Logging",
        IDENTITY_POLICIES,
        breaks(lambda statement: statement.reaches(*LOGGING)),
        why="Whoever has it can stop the record of what models were asked and what they said.",
        source="R67, https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html",
        remedy="Leave invocation logging to the account's deployment, which sets it once.",
    ),
    Rule(
        "Bedrock-Encrypted",
        ("AWS::Bedrock::Guardrail",),
        must_have("KmsKeyArn"),
        why="What is forbidden, and why, is encrypted with a key that nobody here governs.",
        source="R5, https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-kms.html",
        remedy="Give the key's ARN.",
    ),
)
