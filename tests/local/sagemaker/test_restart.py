"""What SageMaker holds survives a restart: an endpoint answers again, what was under way has failed and says so."""

import json
from pathlib import Path

import pytest

from tests.local import conftest as local
from tests.local.sagemaker.conftest import ML, TOOLING, World, archive, build, definition, training_job, until
from tests.local.sagemaker.test_hosting import INFERENCE, endpoint, invoke, make

pytestmark = pytest.mark.e2e


def test_state_survives_a_restart(tmp_path: Path) -> None:
    world = build(local.start(tmp_path))
    try:
        make(world, "kept", INFERENCE).create_endpoint(EndpointName="kept", EndpointConfigName="kept")
        assert endpoint(world, "kept")["EndpointStatus"] == "InService"
        tooling = world.client("sagemaker", TOOLING)
        group = tooling.create_model_package_group(ModelPackageGroupName="kept")["ModelPackageGroupArn"]
        inference = {"Containers": [{"Image": "i"}], "SupportedContentTypes": [], "SupportedResponseMIMETypes": []}
        package = tooling.create_model_package(ModelPackageGroupName="kept", InferenceSpecification=inference)
        world.client("s3").put_object(Bucket=ML, Key="train/rows.csv", Body=b"1,2\n")
        world.client("s3").put_object(
            Bucket=ML, Key="code/slow.tar.gz", Body=archive(train="import time; time.sleep(99)")
        )
        client, slow = world.client("sagemaker"), training_job(world, "slow")
        slow["HyperParameters"]["sagemaker_submit_directory"] = f"s3://{ML}/code/slow.tar.gz"
        client.create_training_job(**slow)
        body = json.dumps(definition(world, group))
        client.create_pipeline(PipelineName="kept", PipelineDefinition=body, RoleArn=world.roles["pipeline"])
        execution = client.start_pipeline_execution(PipelineName="kept")["PipelineExecutionArn"]
        until(
            lambda: client.describe_training_job(TrainingJobName="slow"),
            lambda job: job["SecondaryStatus"] == "Training",
        )
    finally:
        world.aws.stop()
    world = World(local.start(tmp_path), world.roles)
    try:
        assert json.loads(invoke(world, "kept")["Body"].read()) == [6.0, 14.0]
        client = world.client("sagemaker")
        job = client.describe_training_job(TrainingJobName="slow")
        assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
        assert "the embedded AWS stopped" in job["FailureReason"]
        run = client.describe_pipeline_execution(PipelineExecutionArn=execution)
        assert run["PipelineExecutionStatus"] == "Failed"
        assert "the embedded AWS stopped" in run["FailureReason"]
        found = world.client("sagemaker", TOOLING).describe_model_package(ModelPackageName=package["ModelPackageArn"])
        assert found["ModelPackageVersion"] == 1
        client.retry_pipeline_execution(PipelineExecutionArn=execution)
        _, steps = world.execution(execution)
        assert steps["Evaluate"]["StepStatus"] == "Succeeded"
    finally:
        world.aws.stop()
