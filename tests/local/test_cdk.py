"""The real CDK CLI: bootstrap, change-set deploys, updates, replacements, rollbacks, with IAM enforced."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_ssm as ssm

from tests.local.conftest import REGION, Embedded

pytestmark = pytest.mark.e2e
ACCOUNTS = ("000000000010", "000000000012")
CLI = Path(sys.executable).parents[2] / "node_modules/.bin/cdk"

ANSWER = """
import json, urllib.request
def handler(event, context):
    name = event["ResourceProperties"]["Name"]
    body = {k: event[k] for k in ("StackId", "RequestId", "LogicalResourceId")}
    body |= {"Status": "FAILED" if name == "bad" else "SUCCESS", "Reason": "no such name",
             "PhysicalResourceId": "custom", "Data": {"Upper": name.upper()}}
    request = urllib.request.Request(event["ResponseURL"], json.dumps(body).encode(), method="PUT")
    urllib.request.urlopen(request)
"""


def app(folder: Path, accounts: tuple[str, ...], *, name: str = "one", size: int = 1, custom: str = "good") -> Path:
    """A small app in each account: what a stack needs from Lambda, IAM, S3, SageMaker and SSM; its cdk.out."""
    program = cdk.App(outdir=str(folder), context={"aws:cdk:version-reporting": False})
    for account in accounts:
        stack = cdk.Stack(program, f"app-{account}", env=cdk.Environment(account=account, region=REGION))
        s3.Bucket(stack, "Bucket", enforce_ssl=True, versioned=size > 1)
        group = sagemaker.CfnModelPackageGroup(stack, "Group", model_package_group_name=f"{name}-group")
        parameter = ssm.StringParameter(stack, "Size", parameter_name="/cdk/size", string_value=str(size))
        role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        function = lambda_.Function(
            stack,
            "Answer",
            code=lambda_.Code.from_inline(ANSWER),
            handler="index.handler",
            runtime=lambda_.Runtime.PYTHON_3_12,
            role=role,
            log_group=logs.LogGroup(stack, "Log"),
        )
        made = cdk.CustomResource(stack, "Custom", service_token=function.function_arn, properties={"Name": custom})
        made.node.add_dependency(parameter)
        cdk.CfnOutput(stack, "Upper", value=made.get_att_string("Upper"))
        cdk.CfnOutput(stack, "Arn", value=group.attr_model_package_group_arn)
    program.synth()
    return folder


class Cli:
    """The CDK CLI with base credentials and the profile-less hop into each account."""

    def __init__(self, embedded: Embedded, home: Path) -> None:
        self.embedded, self.home = embedded, home

    def run(self, account: str, *arguments: str, fails: bool = False) -> str:
        """Runs the CLI with an account's credentials; its output."""
        environment = {
            "PATH": f"{CLI.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.embedded.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "CDK_DISABLE_NOTICES": "1",
            "CDK_DISABLE_VERSION_CHECK": "1",
        }
        done = subprocess.run(
            [str(CLI), *arguments],
            cwd=self.home,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        output = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, output[-3000:]
        return output

    def deploy(self, out: Path, account: str, *, fails: bool = False) -> str:
        """Deploys the account's stack."""
        command = ("deploy", "--app", str(out), f"app-{account}", "--require-approval", "never", "--progress", "events")
        return self.run(account, *command, fails=fails)

    def stack(self, account: str) -> dict[str, Any]:
        """The account's stack."""
        client = self.embedded.client("cloudformation", account)
        found: dict[str, Any] = client.describe_stacks(StackName=f"app-{account}")["Stacks"][0]
        return found


@pytest.fixture(scope="module")
def cli(embedded: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """The CLI, both accounts bootstrapped."""
    found = Cli(embedded, tmp_path_factory.mktemp("cdk"))
    for account in ACCOUNTS:
        output = found.run(account, "bootstrap", f"aws://{account}/{REGION}")
        assert "bootstrapped" in output
    return found


def outputs(stack: dict[str, Any]) -> dict[str, str]:
    """A stack's outputs by key."""
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def test_deploy_update_replace_roll_back_destroy(cli: Cli, tmp_path: Path) -> None:
    first, second = ACCOUNTS
    v1 = app(tmp_path / "v1", ACCOUNTS)
    for account in ACCOUNTS:
        cli.deploy(v1, account)
        stack = cli.stack(account)
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        assert outputs(stack) == {
            "Upper": "GOOD",
            "Arn": f"arn:aws:sagemaker:{REGION}:{account}:model-package-group/one-group",
        }
    assert "no changes" in cli.deploy(v1, first)

    cli.deploy(app(tmp_path / "v2", ACCOUNTS, name="two", size=2, custom="better"), first)
    assert cli.stack(first)["StackStatus"] == "UPDATE_COMPLETE"
    assert outputs(cli.stack(first))["Upper"] == "BETTER"
    groups = cli.embedded.client("sagemaker", first).list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert {group["ModelPackageGroupName"] for group in groups} & {"one-group", "two-group"} == {"two-group"}
    assert outputs(cli.stack(second))["Upper"] == "GOOD", "the other account is as it was"

    failed = cli.deploy(app(tmp_path / "v3", ACCOUNTS, name="two", size=3, custom="bad"), first, fails=True)
    assert "no such name" in failed
    assert cli.stack(first)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert cli.embedded.client("ssm", first).get_parameter(Name="/cdk/size")["Parameter"]["Value"] == "2"

    cli.run(second, "destroy", "--app", str(v1), f"app-{second}", "--force")
    found = cli.embedded.client("sagemaker", second).list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert "one-group" not in {group["ModelPackageGroupName"] for group in found}


def test_unknown_types_are_rejected_by_name(embedded: Embedded) -> None:
    template = json.dumps({"Resources": {"X": {"Type": "AWS::SageMaker::Crystal", "Properties": {}}}})
    client = embedded.client("cloudformation", ACCOUNTS[0])
    with pytest.raises(client.exceptions.ClientError, match="AWS::SageMaker::Crystal"):
        client.create_stack(StackName="unknown", TemplateBody=template)
