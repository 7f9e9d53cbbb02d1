"""The application of one stage as a CDK app.

    cdk deploy --app "python -m deploy.app build/<digest>.zip"

Everything is known from the environment and by the foundation's naming: no lookups, and no credentials to synthesise.
"""

import os
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_ssm as ssm
from fmops_constructs import names

from deploy.interface import Interface
from deploy.settings import Build, Capacity, Project

PUBLISHED = {
    "SubnetIds": ("List<AWS::EC2::Subnet::Id>", names.SUBNET_IDS),
    "SecurityGroupId": ("AWS::EC2::SecurityGroup::Id", names.WORKLOAD_SECURITY_GROUP_ID),
    "DataKeyArn": ("String", names.DATA_KEY_ARN),
    "TokensKeyArn": ("String", names.TOKENS_KEY_ARN),
    "EndpointId": ("String", names.EXECUTE_API_ENDPOINT_ID),
    "GuardrailId": ("String", names.GUARDRAIL_ID),
    "GuardrailVersion": ("String", names.GUARDRAIL_VERSION),
}
"""What the stage's foundation publishes: parameter, its type, and the name in Systems Manager."""


class Application(cdk.Stack):
    """Functions, their table, and the private interface in front of them."""

    def __init__(self, scope: cdk.App, id: str, *, project: Project, build: Build, bundle: Path) -> None:
        super().__init__(
            scope,
            id,
            stack_name=project.names.stack(build.stage),
            description=f"{project.name}: application of {build.stage}",
            env=cdk.Environment(account=build.account, region=build.region),
            analytics_reporting=False,
        )
        self.project, self.release, self.capacity = project, build, Capacity.load(build.stage)
        self.published = {
            id: cdk.CfnParameter(self, id, type=f"AWS::SSM::Parameter::Value<{kind}>", default=name)
            for id, (kind, name) in {**PUBLISHED, "Profile": ("String", names.model_profile(project.model))}.items()
        }
        self._code = assets.Asset(self, "Code", path=str(bundle))
        table = self._table()
        answer, api, authorizer = self._functions(table)
        api.add_resource_dependency(answer)
        interface = Interface(
            self,
            "Interface",
            name=project.names.interface(build.stage),
            stage=build.stage,
            endpoints=self._endpoints(),
            function=api,
            authorizer=authorizer,
            requests_per_second=self.capacity.requests_per_second,
        )
        ssm.CfnParameter(
            self,
            "InterfaceParameter",
            name=project.names.interface_parameter(build.stage),
            type="String",
            value=interface.api.ref,
            description="Where tests find the application",
        )
        about = {"project": project.name, names.UNIT_TAG: project.business_unit, "stage": build.stage}
        for tag, value in about.items():
            cdk.Tags.of(self).add(tag, value)
        cdk.CfnOutput(self, "InterfaceId", value=interface.api.ref)
        cdk.CfnOutput(self, "ReleaseSha256", value=build.release)

    def value(self, id: str) -> str:
        """What the foundation publishes under a parameter's name."""
        return self.published[id].value_as_string

    def _endpoints(self) -> list[str]:
        """From where the interface is reached: the account's own network; before prod also from where it is tested."""
        tests = [] if self.release.stage == "prod" else [self.release.tests_from]
        return [self.value("EndpointId"), *tests]

    def _table(self) -> dynamodb.CfnTable:
        of = dynamodb.CfnTable
        table = of(
            self,
            "Messages",
            table_name=self.project.names.messages(self.release.stage),
            billing_mode="PAY_PER_REQUEST",
            attribute_definitions=[of.AttributeDefinitionProperty(attribute_name="id", attribute_type="S")],
            key_schema=[of.KeySchemaProperty(attribute_name="id", key_type="HASH")],
            sse_specification=of.SSESpecificationProperty(
                sse_enabled=True, sse_type="KMS", kms_master_key_id=self.value("DataKeyArn")
            ),
            point_in_time_recovery_specification=of.PointInTimeRecoverySpecificationProperty(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_specification=of.TimeToLiveSpecificationProperty(attribute_name="expires", enabled=True),
            deletion_protection_enabled=self.release.stage == "prod",
        )
        if self.release.stage == "prod":
            table.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        reason = "Messages expire; point-in-time recovery covers them until then."
        acknowledge(table, "NIST.800.53.R5", "NIST.800.53.R5-DynamoDBInBackupPlan", reason)
        return table

    def _functions(self, table: dynamodb.CfnTable) -> list[lambda_.CfnFunction]:
        stage, project = self.release.stage, self.project.names
        told = {
            "TABLE": table.ref,
            "ANSWERER": project.function("answer", stage),
            "PROFILE": self.value("Profile"),
            "GUARDRAIL": self.value("GuardrailId"),
            "GUARDRAIL_VERSION": self.value("GuardrailVersion"),
            "KEEP_DAYS": str(self.capacity.keep_days),
            "RELEASE_SHA256": self.release.release,
        }
        trusted = {"AUDIENCE": project.interface(stage), "TOKENS_KEY_ARN": self.value("TokensKeyArn")}
        return [
            self._function("answer", "Answers a question", "application", told, self.capacity.answer_seconds),
            self._function("api", "Page, questions, ratings", "application", told, 25),
            self._function("authorizer", "Tells who calls", "authorizer", trusted, 10),
        ]

    def _function(
        self, kind: str, description: str, role: str, environment: dict[str, str], seconds: int
    ) -> lambda_.CfnFunction:
        of = lambda_.CfnFunction
        function = of(
            self,
            kind.title(),
            function_name=self.project.names.function(kind, self.release.stage),
            description=f"{self.project.name}: {description}",
            runtime="python3.14",
            architectures=["arm64"],
            handler=f"app.{kind}.handler",
            code=of.CodeProperty(s3_bucket=self._code.s3_bucket_name, s3_key=self._code.s3_object_key),
            role=names.role_arn(cdk.Aws.ACCOUNT_ID, role, self.project.business_unit),
            kms_key_arn=self.value("DataKeyArn"),
            memory_size=256,
            timeout=seconds,
            reserved_concurrent_executions=self.capacity.concurrency,
            environment=of.EnvironmentProperty(variables=environment),
            vpc_config=of.VpcConfigProperty(
                subnet_ids=self.published["SubnetIds"].value_as_list,
                security_group_ids=[self.value("SecurityGroupId")],
            ),
            logging_config=of.LoggingConfigProperty(log_group=names.APPLICATION_LOGS, log_format="JSON"),
            tracing_config=of.TracingConfigProperty(mode="PassThrough"),
        )
        reason = "A question that isn't answered shows in the page, which asks again; nothing waits for it."
        acknowledge(function, "NIST.800.53.R5", "NIST.800.53.R5-LambdaDLQ", reason)
        return function


def acknowledge(construct: Any, pack: str, rule: str, reason: str) -> None:
    """A reviewed exception to one finding."""
    cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=f"{pack}::{rule}", reason=reason))


def main(bundle: Path) -> None:
    build, project = Build.of(os.environ), Project.load()
    app = cdk.App(analytics_reporting=False)
    Application(app, f"{build.stage}-Application", project=project, build=build, bundle=bundle)
    app.synth()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
