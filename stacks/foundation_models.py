"""Foundation models for a business unit's account: those that the allow-list opens there, and a record of each call."""

from fmops_constructs import names
from fmops_constructs.invocation_log.infrastructure import InvocationLog
from fmops_constructs.model_access import ModelAccess, Team

from stacks.base import FoundationStack
from stacks.shared_policies import USE_NETWORK


def open_models(stack: FoundationStack) -> ModelAccess:
    """The unit's guardrail, its inference profiles, and the record of what was asked; what is minted is published."""
    here = stack.environment_
    key = stack.key(names.DATA_KEY_ARN)
    access = ModelAccess(
        stack,
        "Models",
        team=Team(stack.business_unit, {names.UNIT_TAG: stack.business_unit, "stage": here.stage or ""}),
        models=stack.models,
        key=key,
    )
    stack.publish("GuardrailId", names.GUARDRAIL_ID, access.guardrail_id)
    stack.publish("GuardrailVersion", names.GUARDRAIL_VERSION, access.guardrail_version)
    for family, arn in access.profiles.items():
        stack.publish(f"Profile-{family}", names.model_profile(family), arn)
    InvocationLog(
        stack,
        "InvocationLog",
        key=key,
        logs_key=stack.key(names.LOGS_KEY_ARN),
        place=stack.place(vpc=False),
        run_function=[stack.shared(USE_NETWORK)],
        keep=here.production,
    )
    return access
