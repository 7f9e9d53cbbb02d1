"""The approval log: a bucket in which nothing can be changed, and the function that alone writes there."""

from collections.abc import Sequence
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from constructs import Construct
from fmops_constructs import names
from fmops_constructs.buckets import PrivateBucket
from fmops_constructs.functions import PrivateFunction
from fmops_constructs.iam import Policy, allow
from fmops_constructs.network import Place

RUNTIME = Path(__file__).parent / "runtime"
ROLE = "approval-recorder"
RETENTION = cdk.Duration.days(7 * 365 + 2)
"""Seven years, in GOVERNANCE mode: a reason may name a person, and who must delete that can (ADR 0017)."""

EVENTS = {
    "Models": {"source": ["aws.sagemaker"], "detail-type": ["SageMaker Model Package State Change"]},
    "Promotions": {
        "source": ["aws.codepipeline"],
        "detail-type": ["CodePipeline Action Execution State Change"],
        "detail": {"type": {"category": ["Approval"]}, "state": ["SUCCEEDED", "FAILED"]},
    },
}
"""What is recorded."""


class ApprovalLog(Construct):
    """Records of registrations, approvals and moves of models, and of the answers to promotions' questions.

    Args:
        key: encrypts the records, the function's settings and its failed events.
        logs: who read which record is written there.
        run_function: what a function in the network needs.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        organization_id: str,
        key: kms.IKey,
        logs_key: kms.IKey,
        logs: s3.IBucket,
        place: Place,
        run_function: Sequence[iam.IManagedPolicy],
    ) -> None:
        super().__init__(scope, id)
        stack = cdk.Stack.of(self)
        arn = f"arn:aws:s3:::{names.bucket(names.APPROVALS, stack.account, stack.region)}"
        self.bucket = PrivateBucket(
            self,
            "Records",
            purpose=names.APPROVALS,
            key=key,
            logs=logs,
            organization_id=organization_id,
            lock=s3.ObjectLockRetention.governance(RETENTION),
            statements=_append_only(arn, names.role_arn(stack.account, ROLE)),
        )
        failed = sqs.Queue(
            self,
            "FailedEvents",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
        )
        recorder = PrivateFunction(
            self,
            "Recorder",
            name=f"{names.PREFIX}-{ROLE}",
            description="Writes the approval log",
            code=RUNTIME,
            role_name=ROLE,
            policies=[self._record(arn, failed, key), *run_function],
            key=key,
            logs_key=logs_key,
            failed_events=failed,
            environment={"LOG_BUCKET": self.bucket.bucket_name},
            place=place,
        )
        for name, pattern in EVENTS.items():
            self._on(name, pattern, recorder.function)

    def _record(self, bucket: str, failed: sqs.Queue, key: kms.IKey) -> Policy:
        stack = cdk.Stack.of(self)
        place = f"{stack.region}:{stack.account}"
        return Policy(
            self,
            "Record",
            description="Learn who decided and why, and write it down once",
            statements=[
                allow("s3:PutObject", on=f"{bucket}/*"),
                allow("sagemaker:DescribeModelPackage", on=f"arn:aws:sagemaker:{place}:model-package/*"),
                allow(
                    "codepipeline:GetPipelineExecution",
                    "codepipeline:ListActionExecutions",
                    on=f"arn:aws:codepipeline:{place}:*{names.PROMOTION_SUFFIX}",
                ),
                allow("sqs:SendMessage", on=failed.queue_arn),
                allow("kms:Decrypt", "kms:GenerateDataKey", on=key.key_arn),
            ],
        )

    def _on(self, name: str, pattern: object, function: lambda_.CfnFunction) -> None:
        rule = events.CfnRule(
            self,
            name,
            name=f"{names.PREFIX}-{ROLE}-{name.lower()}",
            description="What the approval log records",
            event_pattern=pattern,
            targets=[events.CfnRule.TargetProperty(id="recorder", arn=function.attr_arn)],
        )
        lambda_.CfnPermission(
            self,
            f"{name}MayCall",
            action="lambda:InvokeFunction",
            function_name=function.ref,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
        )


def _append_only(bucket: str, recorder: str) -> list[iam.PolicyStatement]:
    """Nobody but the recorder writes, and nobody at all takes away: not who administers the account's data either."""
    everyone = [iam.AnyPrincipal()]
    return [
        iam.PolicyStatement(
            sid="OnlyTheRecorderWrites",
            effect=iam.Effect.DENY,
            principals=everyone,
            actions=["s3:PutObject"],
            resources=[f"{bucket}/*"],
            conditions={"StringNotEquals": {"aws:PrincipalArn": recorder}},
        ),
        iam.PolicyStatement(
            sid="NobodyTakesAway",
            effect=iam.Effect.DENY,
            principals=everyone,
            actions=[
                "s3:BypassGovernanceRetention",
                "s3:DeleteObject",
                "s3:DeleteObjectVersion",
                "s3:PutObjectLegalHold",
                "s3:PutObjectRetention",
            ],
            resources=[f"{bucket}/*"],
        ),
    ]
