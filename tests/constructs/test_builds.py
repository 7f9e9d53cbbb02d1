"""Builds: one construct for a folder of ours and for what a pipeline hands over."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template
from fmops_constructs.builds import PrivateBuild, from_pipeline
from fmops_constructs.network import Place


def project(source: codebuild.CfnProject.SourceProperty) -> dict[str, Any]:
    """The one project's properties."""
    stack = cdk.Stack()
    PrivateBuild(
        stack,
        "B",
        name="churn-build",
        owner="retail",
        source=source,
        role_arn="arn:aws:iam::000000000011:role/fmops/fmops-retail-build",
        key_arn="arn:aws:kms:eu-west-1:000000000011:key/a",
        logs_key=kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:eu-west-1:000000000011:key/b"),
        place=Place("vpc-1", ["subnet-1"], "sg-1"),
        environment={"B": "2", "A": "1"},
    )
    (found,) = Template.from_stack(stack).find_resources("AWS::CodeBuild::Project").values()
    properties: dict[str, Any] = found["Properties"]
    return properties


@pytest.mark.parametrize(
    ("source", "artifacts"),
    [
        (from_pipeline("deploy/buildspec.yml"), "CODEPIPELINE"),
        (codebuild.CfnProject.SourceProperty(type="S3", location="bucket/key"), "NO_ARTIFACTS"),
    ],
)
def test_a_pipelines_build_hands_on_what_another_keeps(
    source: codebuild.CfnProject.SourceProperty, artifacts: str
) -> None:
    made = project(source)
    assert made["Artifacts"]["Type"] == artifacts
    assert made["VpcConfig"] == {"VpcId": "vpc-1", "Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    assert [variable["Name"] for variable in made["Environment"]["EnvironmentVariables"]] == ["A", "B"]
