"""The provisioner's desk: whose a request is follows from its topic, and each request gets one answer."""

import importlib.util
import json
import sys
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from fmops_constructs.provisioning.infrastructure import RUNTIME

TOPIC = "arn:aws:sns:eu-west-1:000000000011:fmops-retail-requests"
STACK = "arn:aws:cloudformation:eu-west-1:000000000021:stack/SC-1/6f7a"
REQUEST: dict[str, Any] = {
    "RequestType": "Create",
    "ResponseURL": "https://example.com/answer",
    "StackId": STACK,
    "RequestId": "r-1",
    "LogicalResourceId": "Project",
    "ResourceProperties": {
        "Product": "ml",
        "Version": "1.0.0",
        "ProjectName": "churn",
        "Parameters": {"Dataset": "example"},
    },
}


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Any:
    index, answer = RUNTIME
    for name in ("PROVISIONER", "PORTFOLIO"):
        monkeypatch.setenv(name, {"PROVISIONER": "arn:machine", "PORTFOLIO": "Catalog ({unit})"}[name])
    found: dict[str, ModuleType] = {}
    for name, path in (("answer", answer), ("provisioner_desk", index)):
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec
        assert spec.loader
        found[name] = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, found[name])
        spec.loader.exec_module(found[name])
    return found["provisioner_desk"]


@pytest.fixture
def answers(desk: Any, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(
        desk,
        "answer",
        lambda request, *, failed=None, data=None: told.append({**vars(request), "failed": failed, "data": data}),
    )
    return told


class Machine:
    """Step Functions, which knows some executions already."""

    def __init__(self, *known: str) -> None:
        self.started, self.known = [], set(known)  # type: ignore[var-annotated]

    def start_execution(self, **asked: str) -> None:
        if asked["name"] in self.known:
            raise ClientError({"Error": {"Code": "ExecutionAlreadyExists", "Message": "x"}}, "StartExecution")
        self.known.add(asked["name"])
        self.started.append(asked)


def event(topic: str = TOPIC, **changes: Any) -> dict[str, Any]:
    return {"Records": [{"Sns": {"TopicArn": topic, "Message": json.dumps({**REQUEST, **changes})}}]}


def ask(desk: Any, topic: str = TOPIC, **changes: Any) -> dict[str, Any]:
    asked: dict[str, Any] = desk.asked(topic, {**REQUEST, **changes})
    return asked


def test_a_request_starts_one_execution_however_often_it_is_sent(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine()
    monkeypatch.setattr(boto3, "client", lambda _: machine)
    for _ in range(2):
        desk.handler(event(), None)
    assert [started["name"] for started in machine.started] == ["r-1"]
    assert json.loads(machine.started[0]["input"]) == ask(desk)


def test_another_refusal_is_not_swallowed(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: Lambda tries again, and keeps the event when it may not go on."""

    class Closed:
        def start_execution(self, **_: str) -> None:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "x"}}, "StartExecution")

    monkeypatch.setattr(boto3, "client", lambda _: Closed())
    with pytest.raises(ClientError):
        desk.handler(event(), None)


def test_the_unit_is_the_topics_whatever_the_message_says(desk: Any) -> None:
    parameters = {"Dataset": "example", "BusinessUnit": "lending", "ProjectName": "other"}
    asked = ask(desk, ResourceProperties={**REQUEST["ResourceProperties"], "Parameters": parameters})
    values = {entry["Key"]: entry["Value"] for entry in asked["parameters"]}
    assert values == {"BusinessUnit": "retail", "Dataset": "example", "ProjectName": "churn"}
    assert (asked["unit"], asked["portfolio"], asked["token"]) == ("retail", "Catalog (retail)", "retail-6f7a")
    other = ask(desk, TOPIC.replace("retail", "lending"))
    assert (other["unit"], other["token"]) == ("lending", "lending-6f7a")


@pytest.mark.parametrize(
    "topic", ["arn:aws:sns:eu-west-1:000000000011:other", TOPIC + "2", TOPIC.replace("retail", "")]
)
def test_no_other_topic_is_believed(desk: Any, topic: str) -> None:
    with pytest.raises(ValueError, match="no business unit's topic"):
        desk.asked(topic, REQUEST)


@pytest.mark.parametrize("name", ["Churn", "x", "a--b", "a" * 25, "a/b", "*"])
def test_a_name_that_cannot_be_is_refused(desk: Any, name: str) -> None:
    properties = {**REQUEST["ResourceProperties"], "ProjectName": name}
    assert "ProjectName is" in ask(desk, ResourceProperties=properties)["refused"]
    assert (
        ask(desk, ResourceProperties=properties, RequestType="Delete")["refused"] == ""
    )  # nothing is kept alive by it
    assert ask(desk)["refused"] == ""


def test_a_project_keeps_its_name(desk: Any) -> None:
    before = {**REQUEST["ResourceProperties"], "ProjectName": "old"}
    assert "keeps its name" in ask(desk, RequestType="Update", OldResourceProperties=before)["refused"]
    assert ask(desk, RequestType="Update", OldResourceProperties=REQUEST["ResourceProperties"])["refused"] == ""


def test_the_machines_word_is_passed_on(desk: Any, answers: list[dict[str, Any]]) -> None:
    request = ask(desk)["request"]
    desk.handler({"request": request, "failed": "", "physical_id": "pp-1", "data": {"Url": "x"}}, None)
    desk.handler({"request": request, "failed": "no", "physical_id": "none", "data": {}}, None)
    assert [(a["physical_resource_id"], a["failed"], a["data"]) for a in answers] == [
        ("pp-1", None, {"Url": "x"}),
        ("none", "no", {}),
    ]


@pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT", "FAILED"])
def test_an_execution_that_broke_is_answered_for(desk: Any, answers: list[dict[str, Any]], status: str) -> None:
    desk.handler({"detail": {"status": status, "error": None, "input": json.dumps(ask(desk))}}, None)
    assert status in answers[0]["failed"]
    assert answers[0]["physical_resource_id"] == "none"


def test_one_that_told_is_not_answered_for_twice(desk: Any, answers: list[dict[str, Any]]) -> None:
    desk.handler({"detail": {"status": "FAILED", "error": "Refused", "input": json.dumps(ask(desk))}}, None)
    assert answers == []
