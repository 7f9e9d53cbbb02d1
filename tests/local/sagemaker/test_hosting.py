"""Endpoints load their artifact with the model's role and answer, or fail with the container's message."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.sagemaker.conftest import DEV, IMAGE, ML, World, archive, until

pytestmark = pytest.mark.e2e
INFERENCE = """
def model_fn(model_dir):
    return 2
def input_fn(body, content_type):
    if body == "teapot":
        from sagemaker_inference.errors import BaseInferenceToolkitError
        raise BaseInferenceToolkitError(418, "rows, please", "teapot")
    return [[float(v) for v in line.split(",")] for line in body.split()]
def predict_fn(rows, model):
    return [sum(row) * model for row in rows]
"""
CONTEXT = """
def model_fn(model_dir):
    return None
def transform_fn(model, body, content_type, accept, context):
    name = "X-Amzn-SageMaker-Custom-Attributes"
    context.set_response_header(name, context.request_headers[name] + "!")
    return body.upper(), content_type
"""
BROKEN = "def model_fn(model_dir):\n    raise RuntimeError('weights are missing')\n"


def make(world: World, name: str, code: str, variants: int = 1) -> Any:
    """A model and an endpoint configuration of that name; the client."""
    world.client("s3").put_object(Bucket=ML, Key=f"hosted/{name}/model.tar.gz", Body=archive(code__inference=code))
    client = world.client("sagemaker")
    client.create_model(
        ModelName=name,
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": f"s3://{ML}/hosted/{name}/model.tar.gz"},
        ExecutionRoleArn=world.roles["job"],
    )
    rows = [
        {"VariantName": f"v{n}", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        for n in range(1, variants + 1)
    ]
    client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=rows)
    return client


def endpoint(world: World, name: str) -> dict[str, Any]:
    """An endpoint once it is settled."""
    found: dict[str, Any] = until(
        lambda: world.client("sagemaker").describe_endpoint(EndpointName=name),
        lambda row: row["EndpointStatus"] not in ("Creating", "Updating"),
    )
    return found


def invoke(world: World, name: str, body: str = "1,2\n3,4", **more: str) -> Any:
    given = {"ContentType": "text/csv", "Accept": "application/json", **more}
    return world.client("sagemaker-runtime").invoke_endpoint(EndpointName=name, Body=body, **given)


def test_an_endpoint_loads_its_artifact_and_answers(world: World) -> None:
    client = make(world, "answers", INFERENCE, variants=2)
    client.create_endpoint(EndpointName="answers", EndpointConfigName="answers")
    found = endpoint(world, "answers")
    assert found["EndpointStatus"] == "InService", found
    assert found["EndpointArn"] == f"arn:aws:sagemaker:eu-west-1:{DEV}:endpoint/answers"
    answer = invoke(world, "answers", TargetVariant="v2")
    assert json.loads(answer["Body"].read()) == [6.0, 14.0]
    assert (answer["ContentType"], answer["InvokedProductionVariant"]) == ("application/json", "v2")
    assert invoke(world, "answers", Accept="text/csv")["Body"].read() == b"6.0\n14.0"
    with pytest.raises(ClientError) as error:
        invoke(world, "answers", "not,numbers")
    assert error.value.response["Error"]["Code"] == "ModelError"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert "Received server error (500) from v" in str(error.value)
    assert "ValueError: could not convert string to float: 'not'" in str(error.value)
    assert error.value.response["OriginalStatusCode"] == 500
    with pytest.raises(ClientError, match="Received client error \\(415\\)"):
        invoke(world, "answers", Accept="image/png")
    with pytest.raises(ClientError, match=r'client error \(418\) from v\d with message "rows, please"'):
        invoke(world, "answers", "teapot")
    logs = world.client("logs")
    streams = logs.describe_log_streams(logGroupName="/aws/sagemaker/Endpoints/answers")["logStreams"]
    assert sorted(stream["logStreamName"][:4] for stream in streams) == ["v1/i", "v2/i"]


def test_handlers_may_read_and_write_headers(world: World) -> None:
    make(world, "context", CONTEXT).create_endpoint(EndpointName="context", EndpointConfigName="context")
    endpoint(world, "context")
    answer = invoke(world, "context", "abc", CustomAttributes="trace=1")
    assert answer["Body"].read() == b"ABC"
    assert answer["CustomAttributes"] == "trace=1!"


def test_a_broken_model_fails_the_endpoint_with_its_message(world: World) -> None:
    make(world, "broken", BROKEN).create_endpoint(EndpointName="broken", EndpointConfigName="broken")
    found = endpoint(world, "broken")
    assert found["EndpointStatus"] == "Failed"
    assert "variant v1 did not pass the ping health check" in found["FailureReason"]
    assert "RuntimeError: weights are missing" in found["FailureReason"]
    with pytest.raises(ClientError, match="Endpoint broken of account"):
        invoke(world, "broken")


def test_an_update_that_fails_keeps_what_answered(world: World) -> None:
    client = make(world, "before", INFERENCE)
    make(world, "after", INFERENCE.replace("return 2", "return 3"))
    make(world, "worse", BROKEN)
    client.create_endpoint(EndpointName="updated", EndpointConfigName="before")
    endpoint(world, "updated")
    client.update_endpoint(EndpointName="updated", EndpointConfigName="after")
    assert endpoint(world, "updated")["EndpointConfigName"] == "after"
    assert json.loads(invoke(world, "updated")["Body"].read()) == [9.0, 21.0]
    client.update_endpoint(EndpointName="updated", EndpointConfigName="worse")
    found = endpoint(world, "updated")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "after")
    assert "weights are missing" in found["FailureReason"]
    assert json.loads(invoke(world, "updated")["Body"].read()) == [9.0, 21.0]
    client.delete_endpoint(EndpointName="updated")
    with pytest.raises(ClientError, match="Could not find endpoint"):
        client.describe_endpoint(EndpointName="updated")


def test_a_model_needs_data_that_its_role_may_read(world: World) -> None:
    client = world.client("sagemaker")
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{ML}/hosted/none/model.tar.gz"}
    with pytest.raises(ClientError, match="Could not access model data"):
        client.create_model(ModelName="none", PrimaryContainer=container, ExecutionRoleArn=world.roles["job"])
    make(world, "readable", INFERENCE)
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{ML}/hosted/readable/model.tar.gz"}
    with pytest.raises(ClientError, match="Could not access model data"):
        client.create_model(ModelName="unreadable", PrimaryContainer=container, ExecutionRoleArn=world.roles["blind"])
    with pytest.raises(ClientError, match="Could not find model"):
        client.describe_model(ModelName="unreadable")


def stack(world: World, name: str, code: str) -> tuple[Any, dict[str, Any]]:
    """A CloudFormation stack with a model, a configuration and an endpoint, once it is settled."""
    world.client("s3").put_object(Bucket=ML, Key=f"hosted/{name}/model.tar.gz", Body=archive(code__inference=code))
    url = f"s3://{ML}/hosted/{name}/model.tar.gz"
    template = {
        "Resources": {
            "Model": {
                "Type": "AWS::SageMaker::Model",
                "Properties": {
                    "PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": url},
                    "ExecutionRoleArn": world.roles["job"],
                },
            },
            "Config": {
                "Type": "AWS::SageMaker::EndpointConfig",
                "Properties": {
                    "ProductionVariants": [
                        {
                            "VariantName": "AllTraffic",
                            "ModelName": {"Fn::GetAtt": ["Model", "ModelName"]},
                            "InitialInstanceCount": 1,
                            "InitialVariantWeight": 1,
                            "InstanceType": "ml.m5.large",
                        }
                    ]
                },
            },
            "Endpoint": {
                "Type": "AWS::SageMaker::Endpoint",
                "Properties": {
                    "EndpointName": name,
                    "EndpointConfigName": {"Fn::GetAtt": ["Config", "EndpointConfigName"]},
                },
            },
        }
    }
    client = world.client("cloudformation")
    client.create_stack(StackName=name, TemplateBody=json.dumps(template))
    found = until(
        lambda: client.describe_stacks(StackName=name)["Stacks"][0],
        lambda row: not row["StackStatus"].endswith("IN_PROGRESS"),
    )
    return client, found


def test_a_templates_endpoint_is_in_service_when_its_stack_is_done(world: World) -> None:
    client, found = stack(world, "stacked", INFERENCE)
    assert found["StackStatus"] == "CREATE_COMPLETE"
    assert json.loads(invoke(world, "stacked")["Body"].read()) == [6.0, 14.0]
    client.delete_stack(StackName="stacked")
    until(
        lambda: [row["EndpointName"] for row in world.client("sagemaker").list_endpoints()["Endpoints"]],
        lambda names: "stacked" not in names,
    )


def test_a_templates_broken_endpoint_rolls_its_stack_back_with_the_message(world: World) -> None:
    client, found = stack(world, "shattered", BROKEN)
    assert found["StackStatus"] == "ROLLBACK_COMPLETE"
    reasons = [
        event.get("ResourceStatusReason", "")
        for event in client.describe_stack_events(StackName="shattered")["StackEvents"]
    ]
    assert any("RuntimeError: weights are missing" in reason for reason in reasons), reasons
