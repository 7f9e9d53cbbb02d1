"""The main job, held to its word with plain boto3: what runs, who may do what, and that a run may be repeated."""

import hashlib
import io
import json
import re
import tarfile
import time
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from fmops_constructs import names

from fmops import delivery
from fmops.target import STATE
from tests.thread.conftest import PROJECT, Thread

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]
DECIDED = {
    "registered": "SageMaker",
    "model approved": "cy",
    "Approve/ProductOwner: approved": "di",
    "Approve/Risk: approved": "pat",
}
"""What the approval log says of the first version, and of whom."""
REFUSALS = ("AccessDenied", "AccessDeniedException", "UnrecognizedClientException")
STEPS = ("environment", "bootstrap", "deploy", "verify", "launch", "build", "pipeline", "approve + promote", "predict")


def denied(call: Any, **arguments: Any) -> bool:
    """Whether AWS refuses a call for want of a right; any other refusal is a mistake of the test."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"] in REFUSALS


def stored(thread: Thread, uri: str) -> bytes:
    """What the embedded AWS keeps of an object of tooling's. By the API only the users of its key may read it."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    assert denied(thread.client("tooling", "s3").get_object, Bucket=bucket, Key=key)
    return (thread.folder / STATE / "s3" / (thread.foundation.account("tooling") or "") / bucket / key).read_bytes()


def object_of(thread: Thread, uri: str) -> bytes:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    account = "data-lake" if "-curated-" in bucket else "tooling"
    body: bytes = thread.client(account, "s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return body


def test_a_killed_demo_is_finished_by_the_next_one(thread: Thread) -> None:
    """The fixture killed the first try; the second one printed every step."""
    assert all(f"✔ {step}" in thread.printed for step in STEPS)
    assert "already there" in thread.printed  # of the first try's bootstrap


def test_its_figures_are_for_machines_too(thread: Thread) -> None:
    facts = thread.facts
    assert set(STEPS) | {"total"} <= set(facts["seconds"])
    assert facts["accounts"] == len(thread.foundation.environments()) >= 12
    assert facts["resources"] > 400
    assert facts["launch_seconds"] < 60
    assert facts["internet_paths"] == 0
    assert "prod" in (thread.folder / "build/demo.html").read_text()


def test_predictions_are_a_models(thread: Thread) -> None:
    """The endpoint tells the classes of real rows apart, each with a score of its own."""
    rows = thread.facts["predictions"]
    assert all((row["score"] > 0.5) == bool(row["label"]) for row in rows)
    assert len({row["score"] for row in rows}) > 1


def test_one_artifact_in_every_stage(thread: Thread) -> None:
    urls = {thread.model(stage)["PrimaryContainer"]["ModelDataUrl"] for stage in ("preprod", "prod")}
    package = thread.client("tooling", "sagemaker").describe_model_package(
        ModelPackageName=thread.facts["model_package"]
    )
    assert urls == {package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]}
    artifact = stored(thread, urls.pop())
    assert hashlib.sha256(artifact).hexdigest() == thread.facts["digest"]
    with tarfile.open(fileobj=io.BytesIO(artifact)) as archive:
        assert any(name.endswith("inference.py") for name in archive.getnames())


def test_the_version_says_where_it_comes_from(thread: Thread) -> None:
    """R34, R50: data version and hash, commit, metrics and a card travel with the model."""
    package = thread.client("tooling", "sagemaker").describe_model_package(
        ModelPackageName=thread.facts["model_package"]
    )
    about = package["CustomerMetadataProperties"]
    data = object_of(thread, f"{thread.facts['dataset']}data.csv")
    assert hashlib.sha256(data).hexdigest() in about.values()
    repository = thread.client("tooling", "codecommit")
    head = repository.get_branch(repositoryName=PROJECT.repository, branchName="main")["branch"]["commitId"]
    assert head in about.values()
    assert json.loads(package["ModelCard"]["ModelCardContent"])
    assert package["ModelMetrics"]


def test_boto3_sees_every_step_and_its_logs(thread: Thread) -> None:
    client = thread.client("dev", "sagemaker")
    newest = client.list_pipeline_executions(PipelineName=PROJECT.model_pipeline)["PipelineExecutionSummaries"][0]
    steps = client.list_pipeline_execution_steps(PipelineExecutionArn=newest["PipelineExecutionArn"])
    kinds = {kind for step in steps["PipelineExecutionSteps"] for kind in step["Metadata"]}
    assert {"ProcessingJob", "TrainingJob", "Condition", "RegisterModel"} <= kinds
    job = next(
        s["Metadata"]["TrainingJob"]["Arn"] for s in steps["PipelineExecutionSteps"] if "TrainingJob" in s["Metadata"]
    )
    described = client.describe_training_job(TrainingJobName=job.split("/")[-1])
    assert described["TrainingJobStatus"] == "Completed"
    assert described["VpcConfig"]["Subnets"]
    assert described["EnableNetworkIsolation"]
    streams = thread.client("dev", "logs").describe_log_streams(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=job.split("/")[-1]
    )
    assert streams["logStreams"]


def test_who_trains_does_not_approve_and_who_approves_does_not_release(thread: Thread) -> None:
    """R25, R58: each of the three approvals takes its own persona, and none of them edits code."""
    package = thread.facts["model_package"]
    approve = {"ModelPackageArn": package, "ModelApprovalStatus": "Approved"}
    answer = {"pipelineName": PROJECT.promotion, "stageName": "Approve", "token": "t" * 36}
    answer["result"] = {"summary": "", "status": "Approved"}  # type: ignore[assignment]
    release, risk = ({**answer, "actionName": name} for name in ("ProductOwner", "Risk"))
    code = {"repositoryName": PROJECT.repository, "branchName": "main", "filePath": "x", "fileContent": b"x"}
    assert denied(thread.as_person("data-scientist", "sagemaker").update_model_package, **approve)
    assert denied(thread.as_person("data-scientist", "codepipeline").put_approval_result, **release)
    assert denied(thread.as_person("ml-engineer", "codepipeline").put_approval_result, **release)
    assert denied(thread.as_person("product-owner", "codepipeline").put_approval_result, **risk)
    assert denied(thread.as_person("risk", "codepipeline").put_approval_result, **release)
    assert denied(thread.as_person("risk", "sagemaker").update_model_package, **approve)
    assert denied(thread.as_person("product-owner", "sagemaker").update_model_package, **approve)
    assert denied(thread.as_person("product-owner", "codecommit").put_file, **code)


def test_the_right_persona_is_not_refused(thread: Thread) -> None:
    """The twin of the refusals: the same calls by who may make them."""
    code = {"repositoryName": PROJECT.repository, "branchName": "idea", "filePath": "idea.md", "fileContent": b"x"}
    author = thread.as_person("data-scientist", "codecommit")
    head = author.get_branch(repositoryName=PROJECT.repository, branchName="main")["branch"]["commitId"]
    thread.client("tooling", "codecommit").create_branch(
        repositoryName=PROJECT.repository, branchName="idea", commitId=head
    )
    assert author.put_file(**code, parentCommitId=head)["commitId"]
    thread.as_person("ml-engineer", "sagemaker").update_model_package(
        ModelPackageArn=thread.facts["model_package"], ApprovalDescription="looked at again"
    )
    package = thread.client("tooling", "sagemaker").describe_model_package(
        ModelPackageName=thread.facts["model_package"]
    )
    assert package["LastModifiedBy"]["IamIdentity"]["SourceIdentity"] == "cy"


def test_the_version_stands_in_prod_by_its_stages(thread: Thread) -> None:
    """R45, R49: life cycle, person, commit and image travel with the version."""
    package = thread.client("tooling", "sagemaker").describe_model_package(
        ModelPackageName=thread.facts["model_package"]
    )
    assert package["ModelLifeCycle"] | {"StageDescription": ""} == {
        "Stage": "prod",
        "StageStatus": "Approved",
        "StageDescription": "",
    }
    assert package["CustomerMetadataProperties"]["trained_by"] == "ana"  # who launched
    assert re.search(r"@sha256:[0-9a-f]{64}$", package["InferenceSpecification"]["Containers"][0]["Image"])
    assert thread.model("prod")["PrimaryContainer"]["Image"] == thread.model("preprod")["PrimaryContainer"]["Image"]
    run = thread.client("dev", "sagemaker").list_pipeline_executions(PipelineName=PROJECT.model_pipeline)
    first = run["PipelineExecutionSummaries"][-1]["PipelineExecutionArn"]
    started = thread.client("dev", "sagemaker").describe_pipeline_execution(PipelineExecutionArn=first)["CreatedBy"]
    assert started["IamIdentity"]["SourceIdentity"] == "ana"


def test_the_approval_log_answers_the_auditor_and_nobody_changes_it(thread: Thread) -> None:
    """R49, R51: who, when and why for every step; and the twin: nobody writes or deletes."""
    told = thread.fmops("audit", PROJECT.name, "--json")
    assert told.returncode == 0, told.stderr
    version = json.loads(told.stdout)[-1]
    decisions = {one["what"]: one for one in version["decisions"]}
    who = {what: decisions[what]["who"] for what in DECIDED}
    assert who == DECIDED
    assert all(decisions[what]["why"] for what in DECIDED)
    assert version["trained_by"] == "ana"
    assert version["model_sha256"] == thread.facts["digest"]
    assert version["changed"] == []
    bucket = names.bucket(names.APPROVALS, thread.project.tooling, thread.foundation.regions.home)
    platform = thread.client("tooling", "s3")
    (record, *_) = platform.list_objects_v2(Bucket=bucket, Prefix=f"{PROJECT.name}/")["Contents"]
    (kept,) = platform.list_object_versions(Bucket=bucket, Prefix=record["Key"])["Versions"]
    where = {"Bucket": bucket, "Key": record["Key"]}
    assert denied(platform.delete_object, **where, VersionId=kept["VersionId"])
    assert denied(platform.delete_object, **where, VersionId=kept["VersionId"], BypassGovernanceRetention=True)
    assert denied(platform.put_object, **where, Body=b"{}")
    auditor = thread.target.person(names.role_arn(thread.project.tooling, "auditor"), "jo")
    assert denied(thread.target.client(auditor, "s3").delete_object, **where)
    assert denied(thread.as_person("ml-engineer", "s3").get_object, **where)


def test_who_pushed_cannot_approve_and_a_colleague_can(thread: Thread) -> None:
    """R25: cy, an ML engineer, pushes; what that trains is uma's to approve, whoever the commit says wrote it."""
    pushed = thread.as_person("ml-engineer", "codecommit")
    head = pushed.get_branch(repositoryName=PROJECT.repository, branchName="main")["branch"]["commitId"]
    since = time.time() - 1
    commit = pushed.put_file(
        repositoryName=PROJECT.repository,
        branchName="main",
        parentCommitId=head,
        filePath="NOTES.md",
        fileContent=b"by cy",
        name="uma",
        email="uma@example.com",
    )["commitId"]
    package = delivery.wait_for_model(thread.project, since, lambda _: None).package
    about = thread.client("tooling", "sagemaker").describe_model_package(ModelPackageName=package)
    assert about["CustomerMetadataProperties"]["trained_by"] == "cy"
    assert about["CustomerMetadataProperties"]["commit"] == commit
    approve = {"ModelPackageArn": package, "ModelApprovalStatus": "Rejected", "ApprovalDescription": "a test"}
    cy, uma = (
        thread.target.client(thread.project.as_person("ml-engineer", name), "sagemaker") for name in ("cy", "uma")
    )
    assert denied(cy.update_model_package, **approve)
    uma.update_model_package(**approve)
    again = thread.client("tooling", "sagemaker").describe_model_package(ModelPackageName=package)
    assert again["LastModifiedBy"]["IamIdentity"]["SourceIdentity"] == "uma"


def test_nobody_else_gets_in(thread: Thread, anonymous: boto3.Session) -> None:
    assert denied(thread.target.client(anonymous, "sagemaker").list_models)
    stranger = thread.target.administrator(thread.foundation.accounts.data_lake)  # of another account
    bucket = thread.model("prod")["PrimaryContainer"]["ModelDataUrl"].split("/")[2]
    assert denied(thread.target.client(stranger, "s3").list_objects_v2, Bucket=bucket)


def test_every_type_of_our_templates_has_a_known_backend(thread: Thread) -> None:
    status = json.loads(thread.fmops("local", "status", "--json").stdout)
    assert len(status["types"]) > 30
    assert {entry["backend"] for entry in status["types"].values()} <= {"ministack", "schema", "behaviour"}
    assert status["types"]["AWS::SageMaker::Endpoint"]["backend"] == "behaviour"


def test_a_launch_again_finds_the_project(thread: Thread) -> None:
    again = thread.fmops(
        "launch", "ml-train-deploy-realtime", "--name", "churn", "--business-unit", "retail", "--json",
        "--param", f"dataset={thread.facts['dataset']}",
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["existed"]


def test_a_taken_name_is_refused(thread: Thread) -> None:
    taken = thread.fmops("launch", "ml-train-deploy-realtime", "--name", "churn", "--business-unit", "retail")
    assert taken.returncode == 2
    assert "churn: taken" in taken.stderr
    assert "Dataset" in taken.stderr


def test_a_launch_that_fails_leaves_nothing_and_may_be_repeated(thread: Thread) -> None:
    """A repository of the project's name stands in the way; once it is gone, the same launch succeeds."""
    tooling = thread.client("tooling", "codecommit")
    tooling.create_repository(repositoryName="hurdle")
    command = ("launch", "ml-train-deploy-realtime", "--name", "hurdle", "--business-unit", "retail")
    failed = thread.fmops(*command)
    assert failed.returncode == 3
    assert "hurdle" in failed.stderr
    names = [p["name"] for p in thread.client("tooling", "codepipeline").list_pipelines()["pipelines"]]
    assert not any(name.startswith("hurdle") for name in names)
    tooling.delete_repository(repositoryName="hurdle")
    again = thread.fmops(*command)
    assert again.returncode == 0, again.stderr
    assert tooling.get_branch(repositoryName="hurdle", branchName="main")["branch"]["commitId"]


def test_the_demo_again_promotes_a_new_version(thread: Thread) -> None:
    again = thread.fmops("demo", "--json")
    assert again.returncode == 0, again.stderr
    facts = json.loads(again.stdout)
    assert facts["launch_existed"]
    assert facts["model_package"] != thread.facts["model_package"]
    assert [row["label"] for row in facts["predictions"]] == [row["label"] for row in thread.facts["predictions"]]
