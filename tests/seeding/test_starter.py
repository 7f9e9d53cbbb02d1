"""The function behind Custom::Seed: each request of CloudFormation gets one answer, or a build that gives it."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import boto3
import fmops_constructs.seeding
import pytest
from botocore.stub import ANY, Stubber

STARTER = Path(fmops_constructs.seeding.__file__).parent / "runtime" / "starter"
PROPERTIES = {
    "ServiceToken": "arn:aws:lambda:eu-west-1:111111111111:function:fmops-seed-starter",
    "Template": "ml-train-deploy-realtime",
    "Repository": "churn",
    "Answers": {"project": "churn", "business_unit": "retail"},
}


@pytest.fixture
def index(monkeypatch):
    monkeypatch.syspath_prepend(str(STARTER))
    monkeypatch.setenv("SEEDER", "fmops-seeder")
    yield importlib.import_module("index")
    for name in ("index", "answer"):
        sys.modules.pop(name, None)


@pytest.fixture
def codebuild(monkeypatch):
    client = boto3.client("codebuild", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        monkeypatch.setattr(boto3, "client", lambda name: client)
        yield stub


def event(kind: str, url: str, **changes: Any) -> dict[str, Any]:
    return {
        "RequestType": kind,
        "ResponseURL": url,
        "StackId": "arn:aws:cloudformation:eu-west-1:111111111111:stack/s/1",
        "RequestId": "request-1",
        "LogicalResourceId": "Seed",
        "ResourceProperties": PROPERTIES | changes,
    }


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_a_launch_starts_the_build_and_leaves_the_answer_to_it(index, codebuild, cloudformation, kind):
    sent = {"projectName": "fmops-seeder", "idempotencyToken": "request-1", "environmentVariablesOverride": ANY}
    codebuild.add_response("start_build", {"build": {"id": "fmops-seeder:1"}}, sent)
    index.handler(event(kind, cloudformation.url), None)
    codebuild.assert_no_pending_responses()
    assert cloudformation.answers == []


def test_the_build_learns_all_it_needs(index, monkeypatch, cloudformation):
    calls = []

    class Client:
        def start_build(self, **request):
            calls.append(request)
            return {"build": {"id": "fmops-seeder:1"}}

    monkeypatch.setattr(boto3, "client", lambda name: Client())
    index.handler(event("Create", cloudformation.url), None)
    variables = {one["name"]: one["value"] for one in calls[0]["environmentVariablesOverride"]}
    assert json.loads(variables.pop("ANSWERS")) == PROPERTIES["Answers"]
    assert variables == {
        "TEMPLATE": "ml-train-deploy-realtime",
        "REPOSITORY": "churn",
        "RESPONSE_URL": cloudformation.url,
        "STACK_ID": "arn:aws:cloudformation:eu-west-1:111111111111:stack/s/1",
        "REQUEST_ID": "request-1",
        "LOGICAL_RESOURCE_ID": "Seed",
        "PHYSICAL_RESOURCE_ID": "churn",
    }


def test_a_deletion_is_answered_at_once(index, codebuild, cloudformation):
    index.handler(event("Delete", cloudformation.url) | {"PhysicalResourceId": "churn"}, None)
    assert cloudformation.answers == [
        {
            "Status": "SUCCESS",
            "Reason": "",
            "PhysicalResourceId": "churn",
            "StackId": "arn:aws:cloudformation:eu-west-1:111111111111:stack/s/1",
            "RequestId": "request-1",
            "LogicalResourceId": "Seed",
            "Data": {},
        }
    ]
    assert cloudformation.content_types == [""]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Template": "../../etc"}, "Template is '../../etc'"),
        ({"Template": None}, "Template is None"),
        ({"Repository": "a b; rm"}, "Repository is 'a b; rm'"),
        ({"Answers": "project=churn"}, "must map"),
    ],
)
def test_a_malformed_request_fails_with_its_reason(index, codebuild, cloudformation, changes, words):
    with pytest.raises((ValueError, TypeError), match="must"):
        index.handler(event("Create", cloudformation.url, **changes), None)
    assert [answer["Status"] for answer in cloudformation.answers] == ["FAILED"]
    assert words in cloudformation.answers[0]["Reason"]


def test_a_build_that_cannot_start_fails_the_launch(index, codebuild, cloudformation):
    codebuild.add_client_error("start_build", "AccessDeniedException", "not authorized")
    with pytest.raises(Exception, match="not authorized"):
        index.handler(event("Create", cloudformation.url), None)
    assert "not authorized" in cloudformation.answers[0]["Reason"]


def test_an_address_that_is_not_http_is_refused(index):
    request = index.Request("file:///etc/passwd", "s", "r", "l", "p")
    with pytest.raises(ValueError, match="not one of HTTP"):
        index.answer(request)
