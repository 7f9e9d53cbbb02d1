"""The endpoint of STAGE, asked as a consumer: with the one role that may call it."""

import os

import boto3
import pytest
from botocore.exceptions import ClientError
from deploy.checks import Ask, Refused
from deploy.held_out import held_out
from deploy.settings import Serving
from fmops_constructs import names
from pipeline.settings import Project, Training


@pytest.fixture(scope="session")
def project() -> Project:
    return Project.load()


@pytest.fixture(scope="session")
def training() -> Training:
    return Training.load()


@pytest.fixture(scope="session")
def stage() -> str:
    return os.environ["STAGE"]


@pytest.fixture(scope="session")
def serving(stage: str) -> Serving:
    return Serving.load(stage)


@pytest.fixture(scope="session")
def labelled(training):
    """Rows that the deployed version was not trained on, and their labels."""
    registry = boto3.client("sagemaker", region_name=os.environ["AWS_REGION"])
    package = registry.describe_model_package(ModelPackageName=os.environ["MODEL_PACKAGE_ARN"])
    return held_out(training, package["CustomerMetadataProperties"]["dataset_sha256"])


@pytest.fixture(scope="session")
def ask(project, stage: str) -> Ask:
    account, region = os.environ[f"{stage.upper()}_ACCOUNT"], os.environ["AWS_REGION"]
    role = names.role_arn(account, "consumer", project.business_unit)
    session_name = f"{project.name}-stage-tests"
    answer = boto3.client("sts", region_name=region).assume_role(RoleArn=role, RoleSessionName=session_name)
    credentials = answer["Credentials"]
    runtime = boto3.client(
        "sagemaker-runtime",
        region_name=region,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )

    def invoke(body: str, content_type: str) -> str:
        endpoint = project.names.endpoint(stage)
        try:
            answer = runtime.invoke_endpoint(EndpointName=endpoint, ContentType=content_type, Body=body.encode())
        except ClientError as error:
            if error.response["Error"]["Code"] != "ModelError":
                raise
            message = error.response.get("OriginalMessage", str(error))
            raise Refused(int(error.response["OriginalStatusCode"]), message) from error
        return answer["Body"].read().decode()

    return invoke
