"""The endpoint of one stage as a CDK app.

    cdk deploy --app "python -m deploy.app build/release.json"

Everything is known from the release file and by the foundation's naming: no lookups, and no credentials to synthesise.
"""

import sys
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sagemaker as sagemaker
from fmops_constructs import names

from deploy.settings import Release, Serving

VARIANT = "main"


class Endpoint(cdk.Stack):
    """A private endpoint that serves one verified model artifact, and the alarms that take a bad version back."""

    def __init__(self, scope: cdk.App, id: str, *, release: Release, serving: Serving) -> None:
        project = names.Project(release.project, release.business_unit)
        super().__init__(
            scope,
            id,
            stack_name=project.stack(release.stage),
            description=f"{release.project}: endpoint of {release.stage}",
            env=cdk.Environment(account=release.account, region=release.region),
            analytics_reporting=False,
        )
        self.release, self.serving = release, serving
        self.endpoint_name = project.endpoint(release.stage)
        model = self._model()
        alarms = self._alarms()
        endpoint = self._endpoint(model, alarms)
        cdk.Tags.of(self).add("project", release.project)
        cdk.Tags.of(self).add("business-unit", release.business_unit)
        cdk.Tags.of(self).add("stage", release.stage)
        cdk.CfnOutput(self, "EndpointName", value=endpoint.attr_endpoint_name)
        cdk.CfnOutput(self, "ModelDigest", value=release.model_sha256)
        cdk.CfnOutput(self, "ModelPackageArn", value=release.model_package_arn)

    def _published(self, id: str, kind: str, name: str) -> cdk.CfnParameter:
        """What the stage's foundation publishes; CloudFormation reads it when it deploys."""
        return cdk.CfnParameter(self, id, type=f"AWS::SSM::Parameter::Value<{kind}>", default=name)

    def _model(self) -> sagemaker.CfnModel:
        subnets = self._published("SubnetIds", "List<AWS::EC2::Subnet::Id>", names.SUBNET_IDS)
        group = self._published("SecurityGroupId", "AWS::EC2::SecurityGroup::Id", names.WORKLOAD_SECURITY_GROUP_ID)
        release = self.release
        return sagemaker.CfnModel(
            self,
            "Model",
            execution_role_arn=names.role_arn(cdk.Aws.ACCOUNT_ID, "hosting", release.business_unit),
            enable_network_isolation=True,
            primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(
                image=release.image,
                model_data_url=release.model_data_url,
                environment=dict(release.environment),
            ),
            vpc_config=sagemaker.CfnModel.VpcConfigProperty(
                subnets=subnets.value_as_list, security_group_ids=[group.value_as_string]
            ),
            tags=[cdk.CfnTag(key="model-sha256", value=release.model_sha256)],
        )

    def _alarms(self) -> list[cloudwatch.CfnAlarm]:
        limits = self.serving.alarms
        rules = {
            "Errors": ("Invocation5XXErrors", "Sum", limits["errors"], "The model fails on requests"),
            "Latency": (
                "ModelLatency",
                "Average",
                limits["latency_ms"] * 1000,
                "The model answers slowly (microseconds)",
            ),
        }
        alarms = []
        for id, (metric, statistic, threshold, description) in rules.items():
            alarm = cloudwatch.CfnAlarm(
                self,
                f"{id}Alarm",
                alarm_name=f"{self.endpoint_name}-{id.lower()}",
                alarm_description=description,
                namespace="AWS/SageMaker",
                metric_name=metric,
                statistic=statistic,
                dimensions=[
                    cloudwatch.CfnAlarm.DimensionProperty(name="EndpointName", value=self.endpoint_name),
                    cloudwatch.CfnAlarm.DimensionProperty(name="VariantName", value=VARIANT),
                ],
                comparison_operator="GreaterThanOrEqualToThreshold",
                threshold=threshold,
                period=60,
                evaluation_periods=limits["minutes"],
                datapoints_to_alarm=1,
                treat_missing_data="notBreaching",
            )
            reason = "The endpoint's deployment watches this alarm and rolls back: that is its action."
            cdk.Validations.of(alarm).acknowledge(
                cdk.Acknowledgment(id="NIST.800.53.R5::NIST.800.53.R5-CloudWatchAlarmAction", reason=reason)
            )
            alarms.append(alarm)
        return alarms

    def _endpoint(self, model: sagemaker.CfnModel, alarms: list[cloudwatch.CfnAlarm]) -> sagemaker.CfnEndpoint:
        serving, config_of = self.serving, sagemaker.CfnEndpointConfig
        key = self._published("DataKeyArn", "String", names.DATA_KEY_ARN)
        config = config_of(
            self,
            "Config",
            kms_key_id=key.value_as_string,
            production_variants=[
                config_of.ProductionVariantProperty(
                    variant_name=VARIANT,
                    model_name=model.attr_model_name,
                    instance_type=serving.instance_type,
                    initial_instance_count=serving.instances,
                    initial_variant_weight=1,
                )
            ],
            data_capture_config=self._capture(key.value_as_string),
        )
        deployment = sagemaker.CfnEndpoint
        canary = serving.instances > 1
        routing = deployment.TrafficRoutingConfigProperty(
            type="CANARY" if canary else "ALL_AT_ONCE",
            canary_size=deployment.CapacitySizeProperty(type="INSTANCE_COUNT", value=1) if canary else None,
            wait_interval_in_seconds=60 * serving.canary_minutes if canary else None,
        )
        return deployment(
            self,
            "Endpoint",
            endpoint_name=self.endpoint_name,
            endpoint_config_name=config.attr_endpoint_config_name,
            deployment_config=deployment.DeploymentConfigProperty(
                auto_rollback_configuration=deployment.AutoRollbackConfigProperty(
                    alarms=[deployment.AlarmProperty(alarm_name=alarm.ref) for alarm in alarms]
                ),
                blue_green_update_policy=deployment.BlueGreenUpdatePolicyProperty(
                    traffic_routing_configuration=routing
                ),
            ),
        )

    def _capture(self, key: str) -> sagemaker.CfnEndpointConfig.DataCaptureConfigProperty | None:
        if not self.serving.data_capture_percent:
            return None
        config = sagemaker.CfnEndpointConfig
        return config.DataCaptureConfigProperty(
            enable_capture=True,
            initial_sampling_percentage=self.serving.data_capture_percent,
            destination_s3_uri=self.serving.data_capture_uri,
            kms_key_id=key,
            capture_options=[config.CaptureOptionProperty(capture_mode=mode) for mode in ("Input", "Output")],
        )


def main(path: Path) -> None:
    release = Release.read(path)
    app = cdk.App(analytics_reporting=False)
    Endpoint(app, f"{release.stage}-Endpoint", release=release, serving=Serving.load(release.stage))
    app.synth()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
