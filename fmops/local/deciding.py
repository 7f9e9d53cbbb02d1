"""Whether a principal may do something that no request of its own asks for: an object's key, a stack's resources."""

import dataclasses
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.iam_actions import identity_denial_message
from ministack.core.iam_evaluator import EvalContext, EvalResult, PrincipalInfo

from fmops.local import context
from fmops.local.registry import Model


def principal(access_key: str) -> PrincipalInfo | None:
    """Who an access key belongs to, with all policies that limit it; None for an account's root, which may do all."""
    found = iam_evaluator.resolve_principal(access_key, context.account())
    return found if isinstance(found, PrincipalInfo) and found.policies is not None else None


def asked(who: PrincipalInfo, action: str, resource: str, keys: Model) -> EvalContext:
    """A question to the evaluator; the keys' names may have any case."""
    return EvalContext(
        principal_arn=who.arn,
        principal_type=who.type,
        principal_account=who.account,
        action=action,
        resource_arn=resource,
        region=context.region(),
        service_context={name.lower(): value for name, value in keys.items()},
        principal_keys=who.keys,
    )


def identity_decision(who: PrincipalInfo, question: EvalContext) -> EvalResult:
    """What the principal's own policies, boundary and session policies say."""
    return iam_evaluator.evaluate(question, who.policies or [], *who.limits)


def anywhere(who: PrincipalInfo, action: str) -> bool:
    """Whether the principal may do an action on something, under some condition: all that can be asked before the
    resource has its name."""
    layers = [who.policies or [], *who.limits]
    return all(
        any(
            statement.effect == "Allow"
            and iam_evaluator._action_matches(action, statement.actions, statement.not_actions)
            for document in layer
            for statement in document
        )
        for layer in layers
    )


def with_policy(who: PrincipalInfo, question: EvalContext, policy: Any, owner: str) -> EvalResult:
    """The decision where the resource's own policy must allow too, as a key's must."""
    own = identity_decision(who, question)
    decided: EvalResult = iam_evaluator.combine_resource_policy(
        own, question, policy, owner, required=True, limits=who.limits
    )
    return dataclasses.replace(decided, principal_arn=who.arn)


def refusal(who: PrincipalInfo, action: str, resource: str, decided: EvalResult) -> str:
    """IAM's sentence."""
    return str(identity_denial_message(action, who.arn, resource, decided.decision == "Deny"))
