"""CodeBuild projects inside the network."""

from collections.abc import Mapping

from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3_assets as assets

from constructs import Construct
from fmops_constructs.logs import LogGroup
from fmops_constructs.network import Place

IMAGE = "aws/codebuild/amazonlinux-x86_64-standard:5.0"


class PrivateBuild(Construct):
    """A build in isolated subnets, with its own encrypted log group.

    Args:
        name: the project's name.
        source: what it builds; its root holds `buildspec.yml`.
        role: what it may do.
        key: encrypts its artifacts.
        logs_key: encrypts its logs.
        environment: plain variables; secrets do not belong there.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        description: str,
        source: assets.Asset,
        role: iam.IRole,
        key: kms.IKey,
        logs_key: kms.IKey,
        place: Place,
        environment: Mapping[str, str],
        timeout_minutes: int = 15,
    ) -> None:
        super().__init__(scope, id)
        logs = LogGroup(self, "Logs", name=f"/aws/codebuild/{name}", key=logs_key)
        project = codebuild.CfnProject
        self.project = project(
            self,
            "Project",
            name=name,
            description=description,
            service_role=role.role_arn,
            encryption_key=key.key_arn,
            artifacts=project.ArtifactsProperty(type="NO_ARTIFACTS"),
            source=project.SourceProperty(type="S3", location=f"{source.s3_bucket_name}/{source.s3_object_key}"),
            environment=project.EnvironmentProperty(
                type="LINUX_CONTAINER",
                compute_type="BUILD_GENERAL1_SMALL",
                image=IMAGE,
                privileged_mode=False,
                environment_variables=[
                    project.EnvironmentVariableProperty(name=name, value=value) for name, value in environment.items()
                ],
            ),
            vpc_config=project.VpcConfigProperty(
                vpc_id=place.vpc_id, subnets=list(place.subnet_ids), security_group_ids=[place.security_group_id]
            ),
            logs_config=project.LogsConfigProperty(
                cloud_watch_logs=project.CloudWatchLogsConfigProperty(status="ENABLED", group_name=logs.log_group_name)
            ),
            timeout_in_minutes=timeout_minutes,
        )
