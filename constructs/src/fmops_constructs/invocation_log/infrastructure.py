"""Invocation logging of an account: an encrypted log group, the role that writes it, and what sets it."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs

from constructs import Construct
from fmops_constructs import names, seeding
from fmops_constructs.functions import PrivateFunction
from fmops_constructs.iam import Policy, Role, allow, service
from fmops_constructs.logs import LogGroup
from fmops_constructs.network import Place

RUNTIME = Path(__file__).parent / "runtime"
ANSWER = Path(seeding.__file__).parent / "runtime/starter/answer.py"
FUNCTION = f"{names.PREFIX}-invocation-log"
ROLE = "invocation-log"


class InvocationLog(Construct):
    """What models were asked and what they said, kept a year under the account's own key.

    Args:
        key: encrypts the function's settings and failed events.
        logs_key: encrypts the record.
        place: where the function runs; it reaches Bedrock's control plane over a private endpoint.
        run_function: what a function in the network needs.
        keep: the record outlives its stack.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        key: kms.IKey,
        logs_key: kms.IKey,
        place: Place,
        run_function: Sequence[iam.IManagedPolicy],
        keep: bool,
    ) -> None:
        super().__init__(scope, id)
        record = LogGroup(self, "Record", name=names.INVOCATION_LOG, key=logs_key, keep=keep)
        writer = self._writer()
        failed = sqs.Queue(
            self,
            "FailedEvents",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
        )
        with TemporaryDirectory() as folder:  # copied into the assembly at once
            shutil.copy(RUNTIME / "index.py", folder)
            shutil.copy(ANSWER, folder)
            setter = PrivateFunction(
                self,
                "Setter",
                name=FUNCTION,
                description="Sets the account's invocation logging",
                code=Path(folder),
                role_name=f"{ROLE}-setter",
                policies=[self._set(writer, failed, key), *run_function],
                key=key,
                logs_key=logs_key,
                failed_events=failed,
                environment={},
                place=place,
                concurrency=1,
                keep_logs=keep,
            )
        cdk.CustomResource(
            self,
            "Setting",
            resource_type="Custom::InvocationLog",
            service_token=setter.function.attr_arn,
            service_timeout=cdk.Duration.minutes(2),
            properties={"LogGroup": record.log_group_name, "Role": writer.role_arn},
        )

    def _writer(self) -> Role:
        """https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html"""
        write = Policy(
            self,
            "Write",
            description="Write the record of model calls",
            statements=[allow("logs:CreateLogStream", "logs:PutLogEvents", on=self._stream())],
        )
        return Role(
            self,
            "Role",
            name=ROLE,
            description="Bedrock writes the record of model calls",
            trusts=service("bedrock.amazonaws.com", cdk.Stack.of(self).account),
            policies=[write],
        )

    def _stream(self) -> str:
        stack = cdk.Stack.of(self)
        group = f"arn:aws:logs:{stack.region}:{stack.account}:log-group:{names.INVOCATION_LOG}"
        return f"{group}:log-stream:aws/bedrock/modelinvocations"

    def _set(self, writer: Role, failed: sqs.Queue, key: kms.IKey) -> Policy:
        return Policy(
            self,
            "Set",
            description="Set invocation logging, hand Bedrock the role that writes it, keep failed events",
            statements=[
                allow(
                    "bedrock:DeleteModelInvocationLoggingConfiguration",
                    "bedrock:PutModelInvocationLoggingConfiguration",
                    on="*",
                ),
                allow(
                    "iam:PassRole",
                    on=writer.role_arn,
                    when={"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}},
                ),
                allow("sqs:SendMessage", on=failed.queue_arn),
                allow("kms:Decrypt", "kms:GenerateDataKey", on=key.key_arn),
            ],
        )
