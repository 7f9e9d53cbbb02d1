"""What an ended project left is found and removed, and the name is free: production's table outlives its stack."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from fmops.problem import Problem
from fmops.purging import Platform
from fmops.target import Target
from tests.assemblies import example

PROD = str(example().account("application-prod", "retail"))
TABLE = "fmops-chat-prod-messages"


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "X")


class Waiter:
    def wait(self, **_: Any) -> None:
        pass


class Account:
    """One account, as far as a purge looks: a stack and tables, each with its protection."""

    class exceptions:  # noqa: N801 - boto3's name
        ResourceNotFoundException = ClientError

    def __init__(self, tables: dict[str, bool], stack: str | None = None) -> None:
        self.tables, self.stack = tables, stack

    def get_waiter(self, _: str) -> Waiter:
        return Waiter()

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_tables"
        found = [{"TableNames": [name]} for name in self.tables]
        return type("Pages", (), {"paginate": lambda _: found})()

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        if StackName != self.stack:
            raise error("ValidationError")
        return {"Stacks": [{"StackStatus": "CREATE_COMPLETE"}]}

    def delete_stack(self, *, StackName: str) -> None:  # noqa: N803
        self.stack = None
        self.tables.pop("fmops-chat-preprod-messages", None)  # goes with its stack; prod's is kept

    def describe_table(self, *, TableName: str) -> dict[str, Any]:  # noqa: N803
        if TableName not in self.tables:
            raise error("ResourceNotFoundException")
        return {"Table": {"DeletionProtectionEnabled": self.tables[TableName]}}

    def update_table(self, *, TableName: str, DeletionProtectionEnabled: bool) -> None:  # noqa: N803
        self.tables[TableName] = DeletionProtectionEnabled

    def delete_table(self, *, TableName: str) -> None:  # noqa: N803
        if self.tables[TableName]:
            raise error("ValidationException")
        del self.tables[TableName]

    def get_repository(self, **_: str) -> None:
        raise error("RepositoryDoesNotExistException")

    def describe_model_package_group(self, **_: str) -> None:
        raise error("ValidationException")


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch) -> dict[str, Account]:
    found: dict[str, Account] = {}
    monkeypatch.setattr(Platform, "client", lambda _, account, _service: found.setdefault(account, Account({})))
    return found


def platform() -> Platform:
    return Platform(Target("AWS", "eu-west-1"), example(), "retail", "chat")


def test_productions_table_is_told_and_goes(accounts: dict[str, Account]) -> None:
    accounts[PROD] = Account({TABLE: True, "fmops-other-prod-messages": True}, "prod-Application")
    accounts[PROD].stack = platform().project.stack("prod")
    remains = platform().remains()
    assert f"table {TABLE} in retail-application-prod ({PROD})" in remains.lines("chat")
    platform().purge(remains, lambda _: None)
    assert accounts[PROD].tables == {"fmops-other-prod-messages": True}, "another project's stays"
    assert platform().remains().lines("chat") == []


def test_a_purge_that_was_stopped_after_the_stack_finds_the_table(accounts: dict[str, Account]) -> None:
    accounts[PROD] = Account({TABLE: True})
    assert platform().remains().lines("chat") == [f"table {TABLE} in retail-application-prod ({PROD})"]


def test_a_table_that_went_with_its_stack_is_no_error(accounts: dict[str, Account]) -> None:
    preprod = str(example().account("application-preprod", "retail"))
    accounts[preprod] = Account({"fmops-chat-preprod-messages": False}, platform().project.stack("preprod"))
    platform().purge(platform().remains(), lambda _: None)
    assert accounts[preprod].tables == {}


def test_a_protected_table_would_not_go_by_itself() -> None:
    """The twin: without lifting the protection the deletion is refused."""
    with pytest.raises(ClientError):
        Account({TABLE: True}).delete_table(TableName=TABLE)


class Registry(Account):
    """A registry into which a training in dev still puts `late` versions, one after each time it was emptied."""

    def __init__(self, late: int) -> None:
        super().__init__({})
        self.late, self.models = late, ["arn:x/chat/1"]

    def describe_model_package_group(self, **_: str) -> None:
        if self.models is None:
            raise error("ValidationException")

    def get_paginator(self, operation: str) -> Any:
        if operation != "list_model_packages":
            return super().get_paginator(operation)
        found = [{"ModelPackageSummaryList": [{"ModelPackageArn": arn} for arn in self.models]}]
        return type("Pages", (), {"paginate": lambda _, **__: found})()

    def delete_model_package(self, *, ModelPackageName: str) -> None:  # noqa: N803
        self.models.remove(ModelPackageName)
        if self.late:
            self.late -= 1
            self.models.append(f"arn:x/chat/late-{self.late}")

    def delete_model_package_group(self, **_: str) -> None:
        if self.models:
            raise error("ConflictException")
        self.models = None  # type: ignore[assignment]


def test_a_version_that_comes_meanwhile_goes_too(accounts: dict[str, Account]) -> None:
    tooling = str(example().account("tooling"))
    registry = accounts[tooling] = Registry(late=1)
    platform().purge(platform().remains(), lambda _: None)
    assert registry.models is None


def test_a_training_that_does_not_end_is_told(accounts: dict[str, Account]) -> None:
    accounts[str(example().account("tooling"))] = Registry(late=9)
    with pytest.raises(Problem, match="new versions came"):
        platform().purge(platform().remains(), lambda _: None)
