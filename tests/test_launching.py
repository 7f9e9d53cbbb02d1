"""A launch through Service Catalog's API: the same again is found, a taken name and a refusal are told."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fmops import launching
from fmops.launching import Launch
from fmops.problem import Problem

WANTED = Launch("ml", "churn", {"ProjectName": "churn", "BusinessUnit": "retail"})


def error(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "X")


class Catalog:
    """Service Catalog's answers, in its own shapes; `records` are handed out one a call."""

    def __init__(self, *, existing: dict[str, Any] | None = None, records: tuple[str, ...] = ("SUCCEEDED",)) -> None:
        self.existing, self.records, self.asked = existing, list(records), []  # type: ignore[var-annotated]
        self.ended = 0
        self.outputs = {"ProjectName": "churn"}
        self.refuse: ClientError | None = None
        self.why = "the seed's tests fail"

    def describe_product(self, **_: str) -> dict[str, Any]:
        artifacts = [
            {"Id": "pa-2", "CreatedTime": datetime(2026, 2, 1, tzinfo=UTC)},
            {"Id": "pa-1", "CreatedTime": datetime(2026, 1, 1, tzinfo=UTC)},
        ]
        return {"ProductViewSummary": {"ProductId": "prod-1", "Name": "ml"}, "ProvisioningArtifacts": artifacts}

    def describe_provisioned_product(self, **_: str) -> dict[str, Any]:
        if self.existing is None:
            raise error("ResourceNotFoundException")
        return {"ProvisionedProductDetail": self.existing}

    def provision_product(self, **asked: Any) -> dict[str, Any]:
        if self.refuse:
            raise self.refuse
        self.asked.append(asked)
        self.existing = {"Id": "pp-1", "ProductId": "prod-1", "Status": "UNDER_CHANGE", "LastRecordId": "r"}
        return {"RecordDetail": self.record()}

    def terminate_provisioned_product(self, **_: str) -> dict[str, Any]:
        self.existing, self.ended = None, self.ended + 1
        return {"RecordDetail": {"Status": "SUCCEEDED", "RecordId": "r", "ProvisionedProductName": "churn"}}

    def describe_record(self, **_: str) -> dict[str, Any]:
        return {"RecordDetail": self.record()}

    def record(self) -> dict[str, Any]:
        status = self.records.pop(0) if self.records else "SUCCEEDED"
        if status == "GONE":  # the record of a termination that ended
            status, self.existing = "SUCCEEDED", None
        if self.existing:
            self.existing["Status"] = {"SUCCEEDED": "AVAILABLE", "FAILED": "ERROR"}.get(status, "UNDER_CHANGE")
            self.existing.setdefault("LastProvisioningRecordId", "r")
        errors = [{"Description": self.why}] if status == "FAILED" else []
        return {
            "ProvisionedProductName": "churn",
            "Status": status,
            "RecordId": "r",
            "ProvisionedProductId": "pp-1",
            "RecordErrors": errors,
            "CreatedTime": datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC),
            "UpdatedTime": datetime(2026, 1, 1, 12, 0, 17, tzinfo=UTC),
        }

    def get_provisioned_product_outputs(self, **_: str) -> dict[str, Any]:
        return {"Outputs": [{"OutputKey": k, "OutputValue": v} for k, v in self.outputs.items()]}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "POLL_SECONDS", 0)


def run(
    catalog: Catalog, wanted: Launch = WANTED, progress: Callable[[str], None] = lambda _: None
) -> launching.Launched:
    target = SimpleNamespace(client=lambda session, service: catalog)
    return launching.launch(target, None, wanted, progress)  # type: ignore[arg-type]


def test_a_new_launch_takes_the_newest_version_and_waits() -> None:
    catalog, said = Catalog(records=("CREATED", "IN_PROGRESS", "SUCCEEDED")), []  # type: ignore[var-annotated]
    done = run(catalog, progress=said.append)
    assert (done.id, done.existed, done.outputs) == ("pp-1", False, {"ProjectName": "churn"})
    assert catalog.asked[0]["ProvisioningArtifactId"] == "pa-2"
    assert said == ["churn: created", "churn: in progress"]


def test_every_request_has_a_token_of_its_own() -> None:
    """Service Catalog answers a repeated token with the first record, though the project has been ended since."""
    first, second = Catalog(), Catalog()
    run(first)
    run(second)
    assert first.asked[0]["ProvisionToken"] != second.asked[0]["ProvisionToken"]


def test_a_project_that_stands_is_found() -> None:
    catalog = Catalog(
        existing={"Id": "pp-1", "ProductId": "prod-1", "Status": "AVAILABLE", "LastProvisioningRecordId": "r"}
    )
    found = run(catalog)
    assert (found.existed, found.seconds) == (True, 17.0)
    assert catalog.asked == []


def test_a_launch_under_way_is_waited_for_not_repeated() -> None:
    existing = {"Id": "pp-1", "ProductId": "prod-1", "Status": "UNDER_CHANGE", "LastRecordId": "r"}
    catalog = Catalog(existing=existing, records=("IN_PROGRESS", "SUCCEEDED"))
    assert run(catalog).id == "pp-1"
    assert catalog.asked == []


def test_a_project_that_is_being_ended_is_launched_anew() -> None:
    existing = {"Id": "pp-0", "ProductId": "prod-1", "Status": "UNDER_CHANGE", "LastRecordId": "r"}
    catalog = Catalog(existing=existing, records=("IN_PROGRESS", "GONE", "SUCCEEDED"))
    assert run(catalog).id == "pp-1"
    assert len(catalog.asked) == 1


def test_what_a_failed_launch_left_is_removed_first() -> None:
    catalog = Catalog(existing={"Id": "pp-1", "ProductId": "prod-1", "Status": "ERROR"})
    run(catalog)
    assert (catalog.ended, len(catalog.asked)) == (1, 1)


def test_a_taken_name_is_refused() -> None:
    with pytest.raises(Problem, match="churn: taken, by a project launched from another template"):
        run(
            Catalog(
                existing={"Id": "pp-1", "ProductId": "prod-2", "Status": "AVAILABLE", "LastProvisioningRecordId": "r"}
            )
        )
    other = Catalog(
        existing={"Id": "pp-1", "ProductId": "prod-1", "Status": "AVAILABLE", "LastProvisioningRecordId": "r"}
    )
    other.outputs = {"ProjectName": "churn", "BusinessUnit": "bank"}
    with pytest.raises(Problem, match="with another BusinessUnit"):
        run(other)


def test_a_failed_launch_says_why() -> None:
    with pytest.raises(Problem, match="the seed's tests fail") as caught:
        run(catalog := Catalog(records=("IN_PROGRESS", "FAILED")))
    assert caught.value.exit_code == 3
    assert (catalog.ended, catalog.existing) == (1, None)  # what Service Catalog keeps of it is taken back


def test_what_an_earlier_project_left_is_told_with_the_way_out() -> None:
    catalog = Catalog(records=("FAILED",))
    catalog.why = "Repository: Repository named churn already exists"
    with pytest.raises(Problem, match="already exists") as caught:
        run(catalog)
    assert "fmops project purge churn" in caught.value.remedy
    catalog = Catalog(records=("FAILED",))
    with pytest.raises(Problem) as caught:  # the twin: another reason has another remedy
        run(catalog)
    assert "purge" not in caught.value.remedy


def test_a_product_without_a_version_is_withdrawn() -> None:
    catalog = Catalog()
    described = catalog.describe_product()
    catalog.describe_product = lambda **_: {**described, "ProvisioningArtifacts": []}  # type: ignore[method-assign]
    with pytest.raises(Problem, match="Every version of ml is withdrawn"):
        run(catalog)


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("DuplicateResourceException", "Use another --name."),
        ("InvalidParametersException", "fmops catalog show ml"),
        ("AccessDeniedException", "--as PERSON"),
    ],
)
def test_a_refusal_comes_with_a_remedy(code: str, remedy: str) -> None:
    catalog = Catalog()
    catalog.refuse = error(code)
    with pytest.raises(Problem, match=code) as caught:
        run(catalog)
    assert remedy in caught.value.remedy
