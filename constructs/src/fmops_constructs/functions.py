"""Lambda functions inside the network."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_sqs as sqs

from constructs import Construct
from fmops_constructs.iam import Policy, Role, allow, service
from fmops_constructs.logs import LogGroup
from fmops_constructs.network import Place


class PrivateFunction(Construct):
    """A Python function in isolated subnets, with its own encrypted log group.

    Args:
        name: the function's name.
        code: a folder with `index.py`, whose `handler` is called.
        role_name: of its role, e.g. `seed-starter`; it may write the function's logs, and what `policies` say.
        policies: what it may do; one of them must let it have network interfaces.
        key: encrypts its settings.
        logs_key: encrypts its logs.
        failed_events: where events go that it failed on.
        concurrency: how many may run at once: a limit to what an event storm can do.
        keep_logs: its logs outlive its stack.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        description: str,
        code: Path,
        role_name: str,
        policies: Sequence[iam.IManagedPolicy],
        key: kms.IKey,
        logs_key: kms.IKey,
        failed_events: sqs.IQueue,
        place: Place,
        environment: Mapping[str, str],
        concurrency: int = 5,
        timeout_seconds: int = 60,
        keep_logs: bool = False,
    ) -> None:
        super().__init__(scope, id)
        logs = LogGroup(self, "Logs", name=f"/aws/lambda/{name}", key=logs_key, keep=keep_logs)
        write_logs = Policy(
            self,
            "WriteLogs",
            description=f"Write the logs of {name}",
            statements=[allow("logs:CreateLogStream", "logs:PutLogEvents", on=logs.log_group_arn)],
        )
        self.role = Role(
            self,
            "Role",
            name=role_name,
            description=description,
            trusts=service("lambda.amazonaws.com"),
            policies=[write_logs, *policies],
        )
        asset = assets.Asset(self, "Code", path=str(code), exclude=["__pycache__", "*.pyc"])
        self.function = lambda_.CfnFunction(
            self,
            "Function",
            function_name=name,
            description=description,
            runtime="python3.14",
            architectures=["arm64"],
            handler="index.handler",
            code=lambda_.CfnFunction.CodeProperty(s3_bucket=asset.s3_bucket_name, s3_key=asset.s3_object_key),
            role=self.role.role_arn,
            kms_key_arn=key.key_arn,
            memory_size=256,
            timeout=timeout_seconds,
            reserved_concurrent_executions=concurrency,
            environment=lambda_.CfnFunction.EnvironmentProperty(variables=dict(environment)),
            vpc_config=lambda_.CfnFunction.VpcConfigProperty(
                subnet_ids=list(place.subnet_ids), security_group_ids=[place.security_group_id]
            ),
            logging_config=lambda_.CfnFunction.LoggingConfigProperty(log_group=logs.log_group_name, log_format="JSON"),
            dead_letter_config=lambda_.CfnFunction.DeadLetterConfigProperty(target_arn=failed_events.queue_arn),
            tracing_config=lambda_.CfnFunction.TracingConfigProperty(mode="PassThrough"),
        )
        asset.add_resource_metadata(self.function, "Code")
