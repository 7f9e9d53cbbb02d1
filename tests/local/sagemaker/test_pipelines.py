"""A pipeline runs through plain boto3: every step a local process, every call evaluated by IAM."""

import io
import json
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import REGION
from tests.local.sagemaker.conftest import (
    DEV,
    ML,
    MODELS,
    TOOLING,
    World,
    definition,
    make_role,
    policy,
    processing_job,
    until,
)

pytestmark = pytest.mark.e2e
GROUP = f"arn:aws:sagemaker:{REGION}:{TOOLING}:model-package-group/churn"


def consent(principal: str) -> str:
    """A group's policy that lets one role of the dev account register models."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{DEV}:root"},
        "Action": ["sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage"],
        "Resource": [GROUP, f"arn:aws:sagemaker:{REGION}:{TOOLING}:model-package/churn/*"],
        "Condition": {"ArnEquals": {"aws:PrincipalArn": principal}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def group(world: World) -> str:
    """The model package group in tooling, open to dev's pipeline role."""
    tooling = world.client("sagemaker", TOOLING)
    tooling.create_model_package_group(ModelPackageGroupName="churn")
    tooling.put_model_package_group_policy(
        ModelPackageGroupName="churn", ResourcePolicy=consent(world.roles["pipeline"])
    )
    return GROUP


def create(world: World, name: str, body: dict[str, Any]) -> Any:
    client = world.client("sagemaker")
    client.create_pipeline(PipelineName=name, PipelineDefinition=json.dumps(body), RoleArn=world.roles["pipeline"])
    return client


def run(world: World, name: str, **parameters: str) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    given = [{"Name": key, "Value": value} for key, value in parameters.items()]
    arn = world.client("sagemaker").start_pipeline_execution(PipelineName=name, PipelineParameters=given)
    return world.execution(arn["PipelineExecutionArn"])


@pytest.fixture(scope="module")
def pipeline(world: World, group: str) -> str:
    """The whole pipeline, in dev."""
    create(world, "churn", definition(world, group))
    return "churn"


def test_the_whole_dag_registers_a_model_in_the_other_account(world: World, pipeline: str) -> None:
    execution, steps = run(world, pipeline)
    assert execution["PipelineExecutionStatus"] == "Succeeded", (execution, steps)
    assert {name: step["StepStatus"] for name, step in steps.items()} == dict.fromkeys(
        ("Preprocess", "Train", "Evaluate", "GoodEnough", "Register"), "Succeeded"
    )
    assert steps["GoodEnough"]["Metadata"] == {"Condition": {"Outcome": "True"}}
    assert steps["Train"]["StartTime"] >= steps["Preprocess"]["EndTime"]
    job = steps["Train"]["Metadata"]["TrainingJob"]["Arn"]
    assert f":{DEV}:training-job/pipelines-{execution['PipelineExecutionArn'].rsplit('/')[-1]}-Train-" in job
    package = steps["Register"]["Metadata"]["RegisterModel"]["Arn"]
    assert package == f"arn:aws:sagemaker:{REGION}:{TOOLING}:model-package/churn/1"
    found = world.client("sagemaker", TOOLING).describe_model_package(ModelPackageName=package)
    assert found["ModelApprovalStatus"] == "PendingManualApproval"
    assert found["MetadataProperties"]["GeneratedBy"] == execution["PipelineExecutionArn"]
    assert found["CreatedBy"]["IamIdentity"]["Arn"] == f"arn:aws:sts::{DEV}:assumed-role/test-pipeline/SageMaker"
    artifact = found["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    assert artifact == f"s3://{MODELS}/models/{job.rsplit('/')[-1]}/output/model.tar.gz"
    described = world.client("sagemaker").describe_pipeline(PipelineName=pipeline)
    assert described["LastRunTime"] == execution["CreationTime"]


def test_the_other_branch_fails_with_its_message(world: World, pipeline: str) -> None:
    execution, steps = run(world, pipeline, Depth="2", Threshold="0.5")
    assert execution["PipelineExecutionStatus"] == "Failed"
    assert execution["FailureReason"] == "Step failure: One or multiple steps failed."
    assert steps["GoodEnough"]["Metadata"]["Condition"]["Outcome"] == "False"
    assert steps["TooWeak"]["FailureReason"] == "auc 0.2 is too weak"
    assert "Register" not in steps
    arn = execution["PipelineExecutionArn"]
    client = world.client("sagemaker")
    bound = client.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
    assert {row["Name"]: row["Value"] for row in bound} == {"Depth": "2", "Threshold": "0.5"}
    text = client.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)["PipelineDefinition"]
    assert json.loads(text)["Version"] == "2020-12-01"


def test_a_failing_step_tells_why_and_a_retry_keeps_what_succeeded(world: World, pipeline: str) -> None:
    execution, steps = run(world, pipeline, Depth="-1")
    assert execution["PipelineExecutionStatus"] == "Failed"
    assert steps["Train"]["FailureReason"] == "AlgorithmError: ValueError: depth must be positive, exit code: 1"
    assert "Evaluate" not in steps
    world.client("sagemaker").retry_pipeline_execution(PipelineExecutionArn=execution["PipelineExecutionArn"])
    again, after = world.execution(execution["PipelineExecutionArn"])
    assert again["PipelineExecutionStatus"] == "Failed"
    assert after["Preprocess"]["EndTime"] == steps["Preprocess"]["EndTime"]
    assert after["Train"]["StartTime"] > steps["Train"]["EndTime"]


def test_a_role_that_the_group_does_not_name_cannot_register(world: World, group: str, pipeline: str) -> None:
    tooling = world.client("sagemaker", TOOLING)
    tooling.put_model_package_group_policy(ModelPackageGroupName="churn", ResourcePolicy=consent(world.roles["job"]))
    try:
        _, steps = run(world, pipeline)
    finally:
        policy = consent(world.roles["pipeline"])
        tooling.put_model_package_group_policy(ModelPackageGroupName="churn", ResourcePolicy=policy)
    assert steps["Register"]["StepStatus"] == "Failed"
    assert "not authorized to perform: sagemaker:CreateModelPackage" in steps["Register"]["FailureReason"]


def test_the_pipelines_role_decides_what_a_step_may_start(world: World, group: str) -> None:
    client, body = world.client("sagemaker"), json.dumps(definition(world, group))
    client.create_pipeline(PipelineName="powerless", PipelineDefinition=body, RoleArn=world.roles["job"])
    execution, steps = run(world, "powerless")
    assert execution["PipelineExecutionStatus"] == "Failed"
    assert "not authorized to perform: sagemaker:CreateProcessingJob" in steps["Preprocess"]["FailureReason"]


def test_a_token_starts_one_execution(world: World, pipeline: str) -> None:
    client, token = world.client("sagemaker"), "t" * 32
    started = [
        client.start_pipeline_execution(PipelineName=pipeline, ClientRequestToken=token)["PipelineExecutionArn"]
        for _ in range(2)
    ]
    assert started[0] == started[1]
    until(lambda: client.list_pipeline_execution_steps(PipelineExecutionArn=started[0])["PipelineExecutionSteps"], bool)
    client.stop_pipeline_execution(PipelineExecutionArn=started[0])
    execution, steps = world.execution(started[0])
    assert execution["PipelineExecutionStatus"] == "Stopped"
    assert steps["Preprocess"]["StepStatus"] in ("Stopped", "Succeeded")
    listed = client.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"]
    assert listed[0]["PipelineExecutionArn"] == started[0]


def test_independent_steps_run_two_at_once(world: World) -> None:
    world.client("s3").put_object(Bucket=ML, Key="code/pause.py", Body=b"import time; time.sleep(1)")
    request = processing_job(world, "", "pause.py")
    del request["ProcessingJobName"]
    steps: list[dict[str, Any]] = [
        {"Name": name, "Type": "Processing", "Arguments": request} for name in ("One", "Two", "Three")
    ]
    steps[2]["DependsOn"] = ["One"]
    create(world, "parallel", {"Version": "2020-12-01", "Steps": steps})
    execution, rows = run(world, "parallel")
    assert execution["PipelineExecutionStatus"] == "Succeeded", rows
    assert rows["Two"]["StartTime"] < rows["One"]["EndTime"]
    assert rows["One"]["StartTime"] < rows["Two"]["EndTime"]
    assert rows["Three"]["StartTime"] >= rows["One"]["EndTime"]


def test_a_lambda_step_hands_its_answer_on(world: World) -> None:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as target:
        target.writestr("app.py", "def handler(event, context):\n    return {'threshold': event['depth'] / 2}\n")
    functions = world.client("lambda")
    functions.create_function(
        FunctionName="halve",
        Runtime="python3.11",
        Role=make_role(world.aws, DEV, "test-lambda", policy((["logs:PutLogEvents"], ["*"])), "lambda.amazonaws.com"),
        Handler="app.handler",
        Code={"ZipFile": code.getvalue()},
    )
    arn = functions.get_function(FunctionName="halve")["Configuration"]["FunctionArn"]
    caller = make_role(world.aws, DEV, "test-lambda-caller", policy((["lambda:InvokeFunction"], [arn])))
    halved = {"Get": "Steps.Halve.OutputParameters['threshold']"}
    steps = [
        {
            "Name": "Halve",
            "Type": "Lambda",
            "FunctionArn": arn,
            "Arguments": {"depth": 8},
            "OutputParameters": [{"OutputName": "threshold", "OutputType": "Float"}],
        },
        {
            "Name": "Tell",
            "Type": "Fail",
            "Arguments": {"ErrorMessage": {"Std:Join": {"On": "", "Values": ["it is ", halved]}}},
        },
    ]
    body = json.dumps({"Version": "2020-12-01", "Steps": steps})
    world.client("sagemaker").create_pipeline(PipelineName="lambda", PipelineDefinition=body, RoleArn=caller)
    _, rows = run(world, "lambda")
    assert rows["Tell"]["FailureReason"] == "it is 4.0", rows
    assert rows["Halve"]["Metadata"]["Lambda"]["Arn"] == arn


def test_bad_input_is_refused(world: World, group: str, pipeline: str) -> None:
    client = world.client("sagemaker")
    body = definition(world, group)
    body["Steps"][0]["Arguments"]["Colour"] = "red"
    with pytest.raises(ClientError, match="Unknown Argument member 'Colour'"):
        create(world, "bad", body)
    with pytest.raises(ClientError, match="Invalid parameters") as error:
        client.start_pipeline_execution(PipelineName=pipeline, PipelineParameters=[{"Name": "Nope", "Value": "1"}])
    assert error.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(client.exceptions.ResourceNotFound):
        client.start_pipeline_execution(PipelineName="nothing")
    with pytest.raises(ClientError, match="already exists"):
        create(world, "churn", definition(world, group))
    assert "bad" not in [row["PipelineName"] for row in client.list_pipelines()["PipelineSummaries"]]


def test_an_update_changes_the_pipeline_and_delete_removes_it(world: World, group: str) -> None:
    client = create(world, "short-lived", definition(world, group))
    body = json.dumps(
        definition(world, group, Parameters=[*definition(world, group)["Parameters"], {"Name": "X", "Type": "Integer"}])
    )
    client.update_pipeline(PipelineName="short-lived", PipelineDefinition=body)
    found = client.describe_pipeline(PipelineName="short-lived")
    assert json.loads(found["PipelineDefinition"])["Parameters"][-1]["Name"] == "X"
    assert found["RoleArn"] == world.roles["pipeline"]
    with pytest.raises(ClientError, match="no default value"):
        client.start_pipeline_execution(PipelineName="short-lived")
    client.delete_pipeline(PipelineName="short-lived")
    with pytest.raises(client.exceptions.ResourceNotFound):
        client.describe_pipeline(PipelineName="short-lived")
