"""Preprod and prod: the one way in for a person, for an hour, with a reason, and with an alarm (R29).

It is there only where foundation.yaml asks for it. Whoever takes the role comes by Identity Center, where a second
factor is asked; says who they are and why; and is seen: CloudTrail's record of taking the role, or of trying to, goes
to a topic at once. The role is taken in the home region only, since the record is written where it is taken.
"""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_sns as sns
from fmops_constructs import names
from fmops_constructs.iam import Policy
from fmops_constructs.keys import Key

from constructs import Construct
from foundation.access import current
from stacks import access
from stacks.base import FoundationStack

REASON = "reason"
"""The session tag that says why."""
TOLD = (
    "Somebody took the role <role> in account <account> of <environment>, or tried to: <person>, because: <why>. "
    "From <address> at <time>; error: <error>."
)
LOOKING = (
    "R29: in an emergency nobody knows yet what must be looked at and stopped; it changes nothing else, for an hour"
)


def add(stack: FoundationStack) -> None:
    """The role and its alarm, in an account whose foundation asks for them."""
    asked = stack.foundation.people_access.break_glass
    if asked and access.BREAK_GLASS in access.made(stack.foundation, stack.environment_.account_type):
        BreakGlass(stack, notify=asked.notify)


class BreakGlass(Construct):
    """A role for emergencies, and who is told of its use."""

    def __init__(self, stack: FoundationStack, *, notify: tuple[str, ...]) -> None:
        super().__init__(stack, "BreakGlass")
        here = stack.environment_
        policy = Policy(
            self,
            "Act",
            description=current().roles[access.BREAK_GLASS],
            statements=access.statements(stack, access.BREAK_GLASS),
        )
        for grant in access.GRANTS[access.BREAK_GLASS]:
            for resource in grant.resources(here.region, here.account, ""):
                finding = f"AwsSolutions::AwsSolutions-IAM5[Resource::{resource}]"
                cdk.Validations.of(policy).acknowledge(cdk.Acknowledgment(id=finding, reason=LOOKING))
        access.persona_role(
            stack, self, access.BREAK_GLASS, unit=None, policies=[policy], says=(REASON,), region=here.region
        )
        self._alarm(stack, notify)

    def _alarm(self, stack: FoundationStack, notify: tuple[str, ...]) -> None:
        """Each record of taking the role goes to the topic, whether or not it was let in."""
        here = stack.environment_
        name = names.role(access.BREAK_GLASS)
        rule_arn = stack.arn_of("events", f"rule/{name}")
        topic = sns.CfnTopic(
            self,
            "Topic",
            topic_name=name,
            kms_master_key_id=self._key(here.account, rule_arn).key_arn,
            subscription=[sns.CfnTopic.SubscriptionProperty(endpoint=one, protocol="email") for one in notify],
        )
        sns.CfnTopicPolicy(self, "Publishers", topics=[topic.ref], policy_document=publishers(topic.ref, rule_arn))
        events.CfnRule(
            self,
            "Taken",
            name=name,
            description="Somebody took the role for emergencies, or tried to",
            event_pattern={
                "source": ["aws.sts"],
                "detail-type": ["AWS API Call via CloudTrail"],
                "detail": {
                    "eventName": ["AssumeRole"],
                    "requestParameters": {"roleArn": [names.role_arn(here.account, access.BREAK_GLASS)]},
                },
            },
            targets=[
                events.CfnRule.TargetProperty(
                    id="Topic",
                    arn=topic.ref,
                    input_transformer=events.CfnRule.InputTransformerProperty(
                        input_paths_map={
                            "account": "$.account",
                            "address": "$.detail.sourceIPAddress",
                            "error": "$.detail.errorCode",
                            "person": "$.detail.requestParameters.sourceIdentity",
                            "role": "$.detail.requestParameters.roleArn",
                            "time": "$.time",
                            "why": "$.detail.requestParameters.tags[0].value",
                        },
                        input_template=f'"{TOLD.replace("<environment>", here.name)}"',
                    ),
                )
            ],
        )

    def _key(self, account: str, rule_arn: str) -> Key:
        """EventBridge encrypts what it publishes with a key whose policy lets it; AWS's own key for SNS doesn't."""
        return Key(
            self,
            "Key",
            purpose=access.BREAK_GLASS,
            description="Messages about the use of the role for emergencies",
            statements=[
                {
                    "Sid": "Events",
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                    "Resource": "*",
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": account},
                        "ArnEquals": {"aws:SourceArn": rule_arn},
                    },
                }
            ],
        )


def publishers(topic: str, rule_arn: str) -> dict[str, Any]:
    """The topic's policy: the one rule publishes, encrypted on its way, and nobody else."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TheRule",
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": topic,
                "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
            },
            {
                "Sid": "EncryptedOnly",
                "Effect": "Deny",
                "Principal": {"AWS": "*"},
                "Action": "sns:Publish",
                "Resource": topic,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }
