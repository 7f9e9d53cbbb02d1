"""Jobs run as local processes under SageMaker's container contract; plain boto3 sees it."""

import io
import json
import tarfile
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.sagemaker.conftest import DEV, ML, World, archive, processing_job, training_job, until

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def rows(world: World) -> World:
    """The world with preprocessed rows in it."""
    world.client("s3").put_object(Bucket=ML, Key="train/rows.csv", Body=b"1,2\n3,4\n")
    return world


def train(world: World, name: str, **changes: Any) -> dict[str, Any]:
    world.client("sagemaker").create_training_job(**training_job(world, name, **changes))
    return world.job("Training", name)


def lines(world: World, group: str, job: str) -> list[str]:
    client = world.client("logs")
    streams = client.describe_log_streams(logGroupName=group, logStreamNamePrefix=job + "/")["logStreams"]
    assert len(streams) == 1
    events = client.get_log_events(logGroupName=group, logStreamName=streams[0]["logStreamName"])["events"]
    return [event["message"] for event in events]


def test_processing_reads_s3_runs_and_writes_s3(world: World) -> None:
    tags = [{"Key": "project", "Value": "churn"}]
    vpc = {"EnableNetworkIsolation": False, "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}}
    request = processing_job(world, "preprocess-1", "preprocess.py", Tags=tags, NetworkConfig=vpc)
    answer = world.client("sagemaker").create_processing_job(**request)
    assert answer["ProcessingJobArn"] == f"arn:aws:sagemaker:eu-west-1:{DEV}:processing-job/preprocess-1"
    job = world.job("Processing", "preprocess-1")
    assert job["ProcessingJobStatus"] == "Completed", job
    assert job["NetworkConfig"] == vpc
    assert job["ProcessingEndTime"] >= job["ProcessingStartTime"] >= job["CreationTime"]
    body = world.client("s3").get_object(Bucket=ML, Key="train/rows.csv")["Body"].read()
    assert body == b"1,2\n3,4"
    assert lines(world, "/aws/sagemaker/ProcessingJobs", "preprocess-1") == ["kept 2 rows"]
    listed = world.client("sagemaker").list_processing_jobs(NameContains="preprocess-1")["ProcessingJobSummaries"]
    assert [row["ProcessingJobStatus"] for row in listed] == ["Completed"]


def test_training_in_script_mode_leaves_model_metrics_and_logs(rows: World) -> None:
    job = train(rows, "train-1")
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Completed", job
    artifact = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert artifact == f"s3://{ML}/models/train-1/output/model.tar.gz"
    assert [(m["MetricName"], round(m["Value"], 2)) for m in job["FinalMetricDataList"]] == [("validation:auc", 0.93)]
    states = [row["Status"] for row in job["SecondaryStatusTransitions"]]
    assert states == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    body = rows.client("s3").get_object(Bucket=ML, Key="models/train-1/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as model:
        assert json.load(model.extractfile("weights.json")) == {"depth": 3, "rows": 2}  # type: ignore[arg-type]
    assert "validation:auc=0.93" in lines(rows, "/aws/sagemaker/TrainingJobs", "train-1")


def test_a_failing_script_gives_its_message(rows: World) -> None:
    given = training_job(rows, "")["HyperParameters"] | {"depth": "-1"}
    job = train(rows, "train-bad", HyperParameters=given)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: ValueError: depth must be positive, exit code: 1"
    assert "ModelArtifacts" not in job


def test_the_failure_file_is_the_reason(rows: World) -> None:
    code = "import pathlib, os; pathlib.Path(os.environ['SM_OUTPUT_DIR'], 'failure').write_text('no data'); os._exit(3)"
    rows.client("s3").put_object(Bucket=ML, Key="code/failing.tar.gz", Body=archive(train=code))
    given = training_job(rows, "")["HyperParameters"] | {"sagemaker_submit_directory": f"s3://{ML}/code/failing.tar.gz"}
    assert train(rows, "train-file", HyperParameters=given)["FailureReason"] == "AlgorithmError: no data, exit code: 3"


def test_the_execution_role_decides_what_a_job_reads(rows: World) -> None:
    job = train(rows, "train-blind", RoleArn=rows.roles["blind"])
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Data download failed")
    assert "AccessDenied" in job["FailureReason"]


def test_missing_data_is_named(rows: World) -> None:
    channel = training_job(rows, "")["InputDataConfig"]
    channel[0]["DataSource"]["S3DataSource"]["S3Uri"] = f"s3://{ML}/nothing/"
    job = train(rows, "train-empty", InputDataConfig=channel)
    assert f'No S3 objects found under S3 URL "s3://{ML}/nothing/"' in job["FailureReason"]


def test_a_job_that_takes_too_long_is_stopped(rows: World) -> None:
    world = rows
    world.client("s3").put_object(Bucket=ML, Key="code/slow.tar.gz", Body=archive(train="import time; time.sleep(60)"))
    given = training_job(world, "")["HyperParameters"] | {"sagemaker_submit_directory": f"s3://{ML}/code/slow.tar.gz"}
    job = train(world, "train-slow", HyperParameters=given, StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    client = world.client("sagemaker")
    client.create_training_job(**training_job(world, "train-stop", HyperParameters=given))
    until(
        lambda: client.describe_training_job(TrainingJobName="train-stop"), lambda j: j["SecondaryStatus"] == "Training"
    )
    time.sleep(0.3)
    client.stop_training_job(TrainingJobName="train-stop")
    job = world.job("Training", "train-stop")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    with pytest.raises(ClientError, match="cannot be stopped"):
        client.stop_training_job(TrainingJobName="train-stop")


def test_an_isolated_job_has_no_credentials_and_a_clean_environment(rows: World) -> None:
    code = "import os; print(sorted(n for n in os.environ if n.startswith(('AWS_', 'FMOPS_', 'MINISTACK'))))"
    rows.client("s3").put_object(Bucket=ML, Key="code/look.py", Body=code.encode())
    request = processing_job(rows, "look-isolated", "look.py", NetworkConfig={"EnableNetworkIsolation": True})
    rows.client("sagemaker").create_processing_job(**request)
    assert rows.job("Processing", "look-isolated")["ProcessingJobStatus"] == "Completed"
    assert lines(rows, "/aws/sagemaker/ProcessingJobs", "look-isolated") == ["['AWS_REGION']"]
    rows.client("sagemaker").create_processing_job(**processing_job(rows, "look-open", "look.py"))
    rows.job("Processing", "look-open")
    seen = lines(rows, "/aws/sagemaker/ProcessingJobs", "look-open")[0]
    assert "AWS_SESSION_TOKEN" in seen
    assert "FMOPS" not in seen


def test_tags_of_jobs_groups_and_pipelines_are_kept(rows: World) -> None:
    client = rows.client("sagemaker")
    tags = [{"Key": "project", "Value": "churn"}]
    job = client.create_training_job(**training_job(rows, "train-tagged", Tags=tags))["TrainingJobArn"]
    group = client.create_model_package_group(ModelPackageGroupName="tagged", Tags=tags)["ModelPackageGroupArn"]
    fail = {"Version": "2020-12-01", "Steps": [{"Name": "F", "Type": "Fail", "Arguments": {"ErrorMessage": "x"}}]}
    pipeline = client.create_pipeline(
        PipelineName="tagged", PipelineDefinition=json.dumps(fail), RoleArn=rows.roles["pipeline"], Tags=tags
    )["PipelineArn"]
    for arn in (job, group, pipeline):
        assert client.list_tags(ResourceArn=arn)["Tags"] == tags
        client.add_tags(ResourceArn=arn, Tags=[{"Key": "stage", "Value": "dev"}])
        client.delete_tags(ResourceArn=arn, TagKeys=["project"])
        assert client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "stage", "Value": "dev"}]
    with pytest.raises(ClientError, match="does not exist"):
        client.list_tags(ResourceArn=job + "x")
    rows.job("Training", "train-tagged")


def test_bad_requests_are_refused_in_sagemakers_words(rows: World) -> None:
    client = rows.client("sagemaker")
    with pytest.raises(ClientError, match="Could not assume role"):
        client.create_training_job(**training_job(rows, "train-norole", RoleArn=f"arn:aws:iam::{DEV}:role/nobody"))
    with pytest.raises(ClientError, match="must be unique"):
        client.create_training_job(**training_job(rows, "train-1"))
    with pytest.raises(ClientError, match="Requested resource not found"):
        client.describe_training_job(TrainingJobName="train-none")
