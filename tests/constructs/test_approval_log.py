"""The approval log's recorder: what it says about each kind of event, and that a record is written once."""

import io
import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from fmops_constructs.approval_log.runtime import index

PACKAGE = "arn:aws:sagemaker:eu-west-1:000000000011:model-package/churn/3"
SESSION = "arn:aws:sts::000000000011:assumed-role/fmops-retail-ml-engineer/uma"
ABOUT = {"commit": "c" * 40, "trained_by": "cy", "model_sha256": "a" * 64, "dataset_sha256": "b" * 64}


class Registry:
    """SageMaker with one package."""

    def describe_model_package(self, *, ModelPackageName: str) -> dict[str, Any]:  # noqa: N803
        assert ModelPackageName == PACKAGE
        return {
            "CreatedBy": {"IamIdentity": {"Arn": SESSION.replace("uma", "SageMaker")}},
            "LastModifiedBy": {"IamIdentity": {"Arn": SESSION, "SourceIdentity": "uma"}},
            "ApprovalDescription": "AUC above the threshold",
            "ModelPackageDescription": "churn: trained and evaluated",
            "CustomerMetadataProperties": ABOUT,
            "InferenceSpecification": {"Containers": [{"Image": "i@sha256:0", "ModelDataUrl": "s3://b/m.tar.gz"}]},
        }


def detail(*changed: str, **more: Any) -> dict[str, Any]:
    found = {"ModelPackageArn": PACKAGE, "ModelPackageGroupName": "churn", "ModelApprovalStatus": "Approved"}
    return {**found, "UpdatedModelPackageFields": list(changed), **more}


STAGE = {"Stage": "preprod", "StageStatus": "PendingApproval", "StageDescription": "The tests passed"}


@pytest.mark.parametrize(
    ("event", "what", "who", "why"),
    [
        (detail(), "registered", "SageMaker", "churn: trained and evaluated"),
        (detail("ModelApprovalStatus", "ApprovalDescription"), "model approved", "uma", "AUC above the threshold"),
        (detail("ModelApprovalStatus", ModelApprovalStatus="Rejected"), "model rejected", "uma", None),
        (detail("ModelLifeCycle", ModelLifeCycle=STAGE), "preprod: PendingApproval", "uma", "The tests passed"),
        (detail("CustomerMetadataProperties"), "changed: CustomerMetadataProperties", "uma", None),
    ],
)
def test_a_models_record_says_what_who_and_why(event: dict[str, Any], what: str, who: str, why: str | None) -> None:
    record = index.of_model(event, Registry())
    assert (record["what"], record["who"], record["project"]) == (what, who, "churn")
    assert record["why"] == why or event["ModelApprovalStatus"] == "Rejected"
    assert record["about"] == ABOUT
    assert (record["image"], record["artifact"]) == ("i@sha256:0", "s3://b/m.tar.gz")


def client(service: str) -> Any:
    return boto3.client(service, region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")


def test_an_answers_record_says_who_and_what_was_promoted() -> None:
    codepipeline = client("codepipeline")
    owner = SESSION.replace("ml-engineer/uma", "product-owner/di")
    action = {
        "actionExecutionId": "one",
        "updatedBy": owner,
        "output": {"executionResult": {"externalExecutionSummary": "Preprod passed"}},
    }
    event = {"pipeline": "churn-promotion", "execution-id": "e", "action-execution-id": "one"}
    event |= {"stage": "Approve", "action": "ProductOwner", "state": "SUCCEEDED"}
    variables = [{"name": "MODEL_PACKAGE_ARN", "resolvedValue": PACKAGE}]
    with Stubber(codepipeline) as stub:
        stub.add_response("list_action_executions", {"actionExecutionDetails": [{"actionExecutionId": "no"}, action]})
        stub.add_response("get_pipeline_execution", {"pipelineExecution": {"variables": variables}})
        record = index.of_promotion(event, codepipeline)
    assert record["what"] == "Approve/ProductOwner: approved"
    assert (record["who"], record["as"], record["why"]) == ("di", owner, "Preprod passed")
    assert (record["project"], record["model_package"]) == ("churn", PACKAGE)


class Records:
    """A bucket that refuses to overwrite, as S3 does when it is asked to."""

    def __init__(self) -> None:
        self.stored: dict[str, bytes] = {}
        self.broken = ""

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, IfNoneMatch: str, **_: Any) -> None:  # noqa: N803
        assert IfNoneMatch == "*"
        code = self.broken or ("PreconditionFailed" if Key in self.stored else "")
        if code:
            raise ClientError({"Error": {"Code": code, "Message": ""}}, "PutObject")
        self.stored[Key] = Body


def test_an_event_that_comes_twice_is_one_record(monkeypatch: pytest.MonkeyPatch) -> None:
    records = Records()
    monkeypatch.setenv("LOG_BUCKET", "log")
    monkeypatch.setattr(boto3, "client", lambda name: {"s3": records, "sagemaker": Registry()}[name])
    event = {"source": "aws.sagemaker", "id": "e-1", "time": "2026-11-24T10:00:00Z", "detail": detail()}
    key = index.handler(event, None)
    assert key == index.handler(event, None) == "churn/2026-11-24T100000Z-e-1.json"
    (stored,) = records.stored.values()
    assert json.load(io.BytesIO(stored))["event"] == "e-1"


def test_a_record_that_cannot_be_written_is_not_forgotten() -> None:
    """The twin: any other refusal fails the function, which tries again and then keeps the event."""
    records = Records()
    records.broken = "AccessDenied"
    with pytest.raises(ClientError, match="AccessDenied"):
        index.write(records, "log", "k", {})
