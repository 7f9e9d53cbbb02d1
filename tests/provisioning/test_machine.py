"""The state machine, walked against a Service Catalog that does as told: whole, or absent, and answered."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from fmops_constructs.provisioning.infrastructure import DEFINITION
from ministack.core.responses import request_scope
from ministack.services import stepfunctions

ARN = "arn:aws:states:eu-west-1:000000000011:stateMachine:fmops-provisioner"
ASK: dict[str, Any] = {
    "type": "Create",
    "unit": "retail",
    "portfolio": "FMOps catalog (retail)",
    "product": "ml",
    "version": "1.0.0",
    "project": "churn",
    "parameters": [{"Key": "ProjectName", "Value": "churn"}],
    "token": "retail-6f7a",
    "physical_id": "",
    "refused": "",
    "request": {"ResponseURL": "u", "StackId": "s", "RequestId": "r-1", "LogicalResourceId": "Project"},
}


class Catalog:
    """Service Catalog in tooling, with what stands by name, and errors by operation."""

    def __init__(self) -> None:
        self.stands: dict[str, dict[str, str]] = {}
        self.units: dict[str, str] = {}
        self.fails: dict[str, str] = {}
        self.ends_badly: set[str] = set()
        self.calls: list[str] = []
        self.answers: list[dict[str, Any]] = []
        self.records: dict[str, tuple[str, str]] = {}

    def stand(self, name: str, *, unit: str = "retail", token: str = "", status: str = "AVAILABLE") -> str:
        self.stands[name] = {"Id": f"pp-{name}", "Name": name, "IdempotencyToken": token, "Status": status}
        self.units[f"pp-{name}"] = unit
        return f"pp-{name}"

    def call(self, resource: str, given: dict[str, Any]) -> Any:
        operation = resource.rsplit(":", 1)[-1]
        self.calls.append(operation)
        if operation in self.fails:
            raise stepfunctions._ExecutionError(f"ServiceCatalog.{self.fails[operation]}", f"{operation} is refused")
        return getattr(self, operation)(given)

    def record(self, kind: str, name: str) -> dict[str, Any]:
        record = f"rec-{len(self.records)}"
        self.records[record] = (kind, name)
        return {"RecordDetail": {"RecordId": record, "ProvisionedProductId": f"pp-{name}", "Status": "CREATED"}}

    def provisionProduct(self, given: dict[str, Any]) -> Any:  # noqa: N802 - as Step Functions names it
        name = given["ProvisionedProductName"]
        if name in self.stands and self.stands[name]["IdempotencyToken"] != given["ProvisionToken"]:
            raise stepfunctions._ExecutionError("ServiceCatalog.DuplicateResourceException", f"{name} exists")
        self.stand(name, token=given["ProvisionToken"])
        return self.record("provision", name)

    def updateProvisionedProduct(self, given: dict[str, Any]) -> Any:  # noqa: N802
        return self.record("change", given["ProvisionedProductId"].removeprefix("pp-"))

    def terminateProvisionedProduct(self, given: dict[str, Any]) -> Any:  # noqa: N802
        return self.record("remove", given["ProvisionedProductId"].removeprefix("pp-"))

    def describeRecord(self, given: dict[str, Any]) -> Any:  # noqa: N802
        kind, name = self.records[given["Id"]]
        if kind in self.ends_badly:
            errors = [{"Description": f"{kind} went wrong"}]
            return {"RecordDetail": {"Status": "FAILED", "RecordErrors": errors}, "RecordOutputs": []}
        if kind == "remove":
            self.stands.pop(name, None)
        outputs = [] if kind == "remove" else [{"OutputKey": "RepositoryUrl", "OutputValue": "https://x"}]
        return {"RecordDetail": {"Status": "SUCCEEDED", "RecordErrors": []}, "RecordOutputs": outputs}

    def describeProvisionedProduct(self, given: dict[str, Any]) -> Any:  # noqa: N802
        if given["Name"] not in self.stands:
            raise stepfunctions._ExecutionError("ServiceCatalog.ResourceNotFoundException", "there is none")
        return {"ProvisionedProductDetail": self.stands[given["Name"]]}

    def getProvisionedProductOutputs(self, given: dict[str, Any]) -> Any:  # noqa: N802
        unit = self.units[given["ProvisionedProductId"]]
        return {"Outputs": [{"OutputKey": "BusinessUnit", "OutputValue": unit}]}

    def invoke(self, given: dict[str, Any]) -> Any:
        self.answers.append(given["Payload"])
        return {"Payload": None}


Walk = Callable[..., tuple[str, dict[str, Any]]]


@pytest.fixture
def catalog() -> Catalog:
    return Catalog()


@pytest.fixture
def walk(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """Carries a request out; gives how the execution ended, and what CloudFormation was told."""
    monkeypatch.setattr(stepfunctions, "_SFN_WAIT_SCALE", 0)
    monkeypatch.setattr(stepfunctions, "_invoke_resource", catalog.call)
    monkeypatch.setattr(stepfunctions, "_emit_execution_status_event", lambda _: None)
    monkeypatch.setattr(time, "sleep", lambda _: None)

    def walked(**changes: Any) -> tuple[str, dict[str, Any]]:
        with request_scope("000000000011", "eu-west-1"):
            machine = {"name": "fmops-provisioner", "definition": DEFINITION.read_text(), "roleArn": "r"}
            execution: dict[str, Any] = {
                "executionArn": "e",
                "stateMachineArn": ARN,
                "name": "r-1",
                "status": "RUNNING",
                "startDate": "2026-01-01T00:00:00Z",
                "input": json.dumps({**ASK, **changes}),
                "events": [],
                "mockAttempts": {},
            }
            monkeypatch.setitem(stepfunctions._state_machines, ARN, machine)
            monkeypatch.setitem(stepfunctions._executions, "e", execution)
            before = len(catalog.answers)
            stepfunctions._run_execution("e")
            assert len(catalog.answers) == before + 1, execution
            return execution["status"], catalog.answers[-1]

    return walked


def test_a_launch_is_answered_with_what_it_made(walk: Walk, catalog: Catalog) -> None:
    ended, told = walk()
    assert ended == "SUCCEEDED"
    assert told == {
        "request": ASK["request"],
        "failed": "",
        "physical_id": "pp-churn",
        "data": {"RepositoryUrl": "https://x"},
    }
    assert list(catalog.stands) == ["churn"]


def test_a_launch_that_fails_is_taken_back_before_it_is_answered(walk: Walk, catalog: Catalog) -> None:
    catalog.ends_badly = {"provision"}
    ended, told = walk()
    assert (ended, told["failed"], told["physical_id"]) == ("FAILED", "provision went wrong", "none")
    assert catalog.stands == {}
    assert catalog.calls.index("terminateProvisionedProduct") < catalog.calls.index("invoke")


def test_what_cannot_be_taken_back_is_said(walk: Walk, catalog: Catalog) -> None:
    """The twin: it stands, and nobody is told otherwise."""
    catalog.ends_badly = {"provision", "remove"}
    _, told = walk()
    assert told["failed"] == "provision went wrong What it left could not be removed: remove went wrong"


def test_a_name_that_is_taken_is_refused_and_its_owner_keeps_it(walk: Walk, catalog: Catalog) -> None:
    catalog.stand("churn", unit="lending")
    ended, told = walk()
    assert (ended, told["failed"], told["physical_id"]) == ("FAILED", "churn exists", "none")
    assert list(catalog.stands) == ["churn"]
    walk(type="Delete", physical_id="none")  # CloudFormation's rollback
    assert list(catalog.stands) == ["churn"]


def test_what_an_earlier_request_of_the_unit_left_does_not_hold_the_name(walk: Walk, catalog: Catalog) -> None:
    catalog.stand("churn", token="retail-of-a-request-that-broke", status="ERROR")
    ended, told = walk()
    assert (ended, told["failed"]) == ("SUCCEEDED", "")
    assert catalog.stands["churn"]["IdempotencyToken"] == ASK["token"]


@pytest.mark.parametrize(
    ("token", "status"),
    [("lending-x", "ERROR"), ("retail-x", "AVAILABLE"), ("retail-x", "TAINTED"), ("by-a-person", "ERROR")],
)
def test_anything_else_keeps_its_name(walk: Walk, catalog: Catalog, token: str, status: str) -> None:
    """The twin: another unit's, one that stands, and what a person launched."""
    catalog.stand("churn", token=token, status=status)
    ended, told = walk()
    assert (ended, told["failed"]) == ("FAILED", "churn exists")
    assert catalog.stands["churn"]["IdempotencyToken"] == token


def test_a_refusal_that_came_too_late_leaves_nothing(walk: Walk, catalog: Catalog) -> None:
    """The call was carried out, but its answer was lost: the token tells whose it is."""
    catalog.stand("churn", token=ASK["token"])
    catalog.fails = {"provisionProduct": "InternalServerException"}
    _, told = walk()
    assert told["failed"] == "provisionProduct is refused"
    assert catalog.stands == {}


@pytest.mark.parametrize("physical_id", ["pp-churn", "none", "chosen-by-cloudformation"])
def test_an_end_removes_what_this_request_launched(walk: Walk, catalog: Catalog, physical_id: str) -> None:
    catalog.stand("churn", token=ASK["token"])
    assert walk(type="Delete", physical_id=physical_id)[1] == {
        "request": ASK["request"],
        "failed": "",
        "physical_id": physical_id,
        "data": {},
    }
    assert catalog.stands == {}


def test_after_an_update_the_id_tells_and_the_unit_must_be_right(walk: Walk, catalog: Catalog) -> None:
    physical = catalog.stand("churn", token="of-an-update")
    walk(type="Delete", physical_id=physical)
    assert catalog.stands == {}
    physical = catalog.stand("churn", token="of-an-update", unit="lending")
    walk(type="Delete", physical_id=physical)
    assert list(catalog.stands) == ["churn"]


def test_what_is_gone_needs_no_end(walk: Walk, catalog: Catalog) -> None:
    assert walk(type="Delete", physical_id="pp-churn")[1]["failed"] == ""


@pytest.mark.parametrize("operation", ["describeProvisionedProduct", "getProvisionedProductOutputs"])
def test_nobody_is_told_that_it_is_gone_when_that_is_not_known(walk: Walk, catalog: Catalog, operation: str) -> None:
    physical = catalog.stand("churn")
    catalog.fails = {operation: "AccessDeniedException"}
    told = walk(type="Delete", physical_id=physical)[1]
    assert "can not be told" in told["failed"]


def test_a_change_is_made_in_place(walk: Walk, catalog: Catalog) -> None:
    physical = catalog.stand("churn")
    ended, told = walk(type="Update", physical_id=physical)
    assert (ended, told["physical_id"], told["data"]) == ("SUCCEEDED", physical, {"RepositoryUrl": "https://x"})
    assert "updateProvisionedProduct" in catalog.calls


def test_a_change_that_fails_removes_nothing(walk: Walk, catalog: Catalog) -> None:
    physical = catalog.stand("churn")
    catalog.ends_badly = {"change"}
    ended, told = walk(type="Update", physical_id=physical)
    assert (ended, told["failed"], told["physical_id"]) == ("FAILED", "change went wrong", physical)
    assert list(catalog.stands) == ["churn"]


def test_a_change_of_what_is_not_there_fails(walk: Walk) -> None:
    assert "has no project churn" in walk(type="Update", physical_id="pp-churn")[1]["failed"]


def test_what_the_desk_refused_touches_nothing(walk: Walk, catalog: Catalog) -> None:
    _, told = walk(refused="ProjectName is wrong")
    assert told["failed"] == "ProjectName is wrong"
    assert catalog.calls == ["invoke"]


def test_one_under_change_is_waited_for(walk: Walk, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog.stand("churn", token=ASK["token"], status="UNDER_CHANGE")
    seen: list[str] = []

    def describe(given: dict[str, Any]) -> Any:
        found = {"ProvisionedProductDetail": dict(catalog.stands[given["Name"]])}
        seen.append(found["ProvisionedProductDetail"]["Status"])
        catalog.stands[given["Name"]]["Status"] = "AVAILABLE"
        return found

    monkeypatch.setattr(catalog, "describeProvisionedProduct", describe)
    walk(type="Delete", physical_id="none")
    assert seen == ["UNDER_CHANGE", "AVAILABLE"]
    assert catalog.stands == {}
