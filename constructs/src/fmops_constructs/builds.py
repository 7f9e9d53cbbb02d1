"""CodeBuild projects inside the network."""

from collections.abc import Mapping

from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3_assets as assets

from constructs import Construct
from fmops_constructs import names
from fmops_constructs.logs import LogGroup
from fmops_constructs.network import Place

IMAGE = "aws/codebuild/amazonlinux-x86_64-standard:5.0"

Project = codebuild.CfnProject


class PrivateBuild(Construct):
    """A build in isolated subnets, with its own encrypted log group.

    Args:
        name: the project's name.
        owner: the business unit whose it is, or "shared".
        source: what it builds: `from_asset` or `from_pipeline`.
        role_arn: what it may do.
        key_arn: encrypts what it hands on.
        logs_key: encrypts its logs.
        environment: plain variables; secrets do not belong there.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        owner: str,
        source: Project.SourceProperty,
        role_arn: str,
        key_arn: str,
        logs_key: kms.IKey,
        place: Place,
        environment: Mapping[str, str],
        description: str | None = None,
        timeout_minutes: int = 15,
    ) -> None:
        super().__init__(scope, id)
        logs = LogGroup(self, "Logs", name=names.build_logs(name, owner), key=logs_key)
        in_a_pipeline = source.type == "CODEPIPELINE"
        self.project = Project(
            self,
            "Project",
            name=name,
            description=description,
            service_role=role_arn,
            encryption_key=key_arn,
            source=source,
            artifacts=Project.ArtifactsProperty(type="CODEPIPELINE" if in_a_pipeline else "NO_ARTIFACTS"),
            environment=Project.EnvironmentProperty(
                type="LINUX_CONTAINER",
                compute_type="BUILD_GENERAL1_SMALL",
                image=IMAGE,
                privileged_mode=False,
                environment_variables=[
                    Project.EnvironmentVariableProperty(name=variable, value=value)
                    for variable, value in sorted(environment.items())
                ],
            ),
            vpc_config=Project.VpcConfigProperty(
                vpc_id=place.vpc_id, subnets=list(place.subnet_ids), security_group_ids=[place.security_group_id]
            ),
            logs_config=Project.LogsConfigProperty(
                cloud_watch_logs=Project.CloudWatchLogsConfigProperty(status="ENABLED", group_name=logs.log_group_name)
            ),
            timeout_in_minutes=timeout_minutes,
        )


def from_asset(source: assets.Asset) -> Project.SourceProperty:
    """A folder of this program; its root holds `buildspec.yml`."""
    return Project.SourceProperty(type="S3", location=f"{source.s3_bucket_name}/{source.s3_object_key}")


def from_pipeline(buildspec: str) -> Project.SourceProperty:
    """What a delivery pipeline hands over.

    Args:
        buildspec: its path in the repository.
    """
    return Project.SourceProperty(type="CODEPIPELINE", build_spec=buildspec)
