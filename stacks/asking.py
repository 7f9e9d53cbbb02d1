"""How an experimentation account asks tooling for a project: a message on the business unit's topic."""

from aws_cdk import aws_iam as iam
from fmops_constructs import names
from fmops_constructs.iam import allow

from stacks.base import FoundationStack


def publish(stack: FoundationStack) -> list[iam.PolicyStatement]:
    """What a role needs that asks for the stack's business unit."""
    topic = names.requests_topic(stack.business_unit)
    return [
        allow("sns:Publish", on=f"arn:aws:sns:{stack.region}:{stack.tooling}:{topic}"),
        # The topic is encrypted with tooling's data key, whose id AWS minted; its policy names the roles that ask.
        allow(
            "kms:Decrypt",
            "kms:GenerateDataKey",
            on=f"arn:aws:kms:{stack.region}:{stack.tooling}:key/*",
            when={
                "StringEquals": {"kms:ViaService": f"sns.{stack.region}.amazonaws.com"},
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": names.key_alias("data")},
            },
        ),
    ]
