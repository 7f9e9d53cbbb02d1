"""`fmops project`: the register is listed, who launched a project changes and ends it, nobody else does."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner

from fmops import launching, projects, target
from fmops.cli import main_group
from fmops.people import Person, known
from fmops.problem import Problem
from fmops.target import Target
from tests.assemblies import EXAMPLE, example

ENTRY = json.dumps({"template": "ml", "version": "1.0.0"})


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "X")


class Pages:
    def __init__(self, *pages: dict[str, Any]) -> None:
        self.pages = pages

    def paginate(self, **_: str) -> tuple[dict[str, Any], ...]:
        return self.pages


class Aws:
    """As much of AWS as the commands ask: what stands by account and name, and what is registered."""

    def __init__(self) -> None:
        self.registered: dict[str, str] = {"/fmops/projects/retail/churn": ENTRY}
        self.stands: dict[str, dict[str, dict[str, Any]]] = {"000000000011": {}, "000000000021": {}}
        self.account, self.asked = "", []  # type: ignore[var-annotated]
        self.refuse: ClientError | None = None
        self.outcome = "SUCCEEDED"

    def launched(self, account: str, name: str = "churn") -> None:
        self.stands[account][name] = {"Id": "pp-1", "Name": name, "ProductId": "prod-1", "Status": "AVAILABLE"}

    def at(self, account: str) -> "Aws":
        self.account = account
        return self

    def get_paginator(self, operation: str) -> Pages:
        assert operation == "get_parameters_by_path"
        return Pages({"Parameters": [{"Name": name, "Value": value} for name, value in self.registered.items()]})

    def describe_provisioned_product(self, *, Name: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        if Name not in self.stands[self.account]:
            raise error("ResourceNotFoundException")
        return {"ProvisionedProductDetail": self.stands[self.account][Name]}

    def list_pipeline_executions(self, *, pipelineName: str, **_: int) -> dict[str, Any]:  # noqa: N803
        if pipelineName == "churn-promotion":
            raise error("PipelineNotFoundException")
        return {"pipelineExecutionSummaries": [{"status": "Succeeded"}]}

    def list_model_packages(self, **_: str) -> dict[str, Any]:
        return {"ModelPackageSummaryList": [{"ModelPackageVersion": 2, "ModelApprovalStatus": "Approved"}]}

    def describe_product(self, **_: str) -> dict[str, Any]:
        versions = [{"Id": f"pa-{n}", "Name": f"1.{n}.0", "CreatedTime": 1} for n in (2, 10, 9)]  # made at once
        return {"ProductViewSummary": {"Name": "ml"}, "ProvisioningArtifacts": versions}

    def list_launch_paths(self, **_: str) -> dict[str, Any]:
        return {"LaunchPathSummaries": [{"Id": "path"}]}

    def describe_provisioning_parameters(self, **_: str) -> dict[str, Any]:
        names = ("ProjectName", "Dataset", "VpcId")
        return {"ProvisioningArtifactParameters": [{"ParameterKey": name} for name in names]}

    def get_provisioned_product_outputs(self, **_: str) -> dict[str, Any]:
        outputs = {"ProjectName": "churn", "Dataset": "example", "RepositoryUrl": "u"}
        return {"Outputs": [{"OutputKey": k, "OutputValue": v} for k, v in outputs.items()]}

    def update_provisioned_product(self, **asked: Any) -> dict[str, Any]:
        if self.refuse:
            raise self.refuse
        self.asked.append(asked)
        errors = [] if self.outcome == "SUCCEEDED" else [{"Description": "the stack says no"}]
        return {"RecordDetail": {"Status": self.outcome, "RecordId": "r", "RecordErrors": errors}}

    def terminate_provisioned_product(self, *, ProvisionedProductName: str, **_: str) -> dict[str, Any]:  # noqa: N803
        self.stands[self.account].pop(ProvisionedProductName)
        return {"RecordDetail": {"Status": "SUCCEEDED", "RecordId": "r"}}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Aws:
    found = Aws()
    monkeypatch.setattr(target, "choose", lambda _kind, region: Target("AWS", region))
    monkeypatch.setattr(Target, "person", lambda _self, arn, _name: arn.split(":")[4])
    monkeypatch.setattr(Target, "client", lambda _self, account, _service: found.at(account))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "foundation.yaml").write_text(EXAMPLE.read_text())
    return found


def fmops(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main_group, ["project", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


ASKED = ("churn", "--business-unit", "retail")


def test_the_register_is_what_is_listed(aws: Aws) -> None:
    code, said = fmops("list", "--business-unit", "retail")
    assert (code, said.splitlines()[1].split()) == (0, ["churn", "retail", "ml", "1.0.0"])
    rows = json.loads(fmops("list", "--business-unit", "retail", "--json")[1])
    assert rows == [{"name": "churn", "business_unit": "retail", "template": "ml", "version": "1.0.0"}]
    aws.registered.clear()
    assert json.loads(fmops("list", "--business-unit", "retail", "--json")[1]) == []


def test_status_says_what_a_person_may_know(aws: Aws) -> None:
    facts = json.loads(fmops("status", *ASKED, "--json")[1])
    assert (facts["launched_by_you"], facts["launch"]) == (False, None)
    assert facts["pipelines"] == {"churn-build": "Succeeded"}  # the other isn't there, and isn't invented
    assert facts["models"] == [{"version": 2, "approval": "Approved"}]
    aws.launched("000000000021")
    assert json.loads(fmops("status", *ASKED, "--json")[1])["launch"] == "AVAILABLE"
    assert "available" in fmops("status", *ASKED)[1]


def test_a_project_that_is_not_there_is_said_so(aws: Aws) -> None:
    code, said = fmops("status", "other", "--business-unit", "retail")
    assert code == 2
    assert "retail has no project other." in said
    assert "There is: churn" in said


@pytest.mark.parametrize("account", ["000000000011", "000000000021"])
def test_who_launched_it_ends_it_by_whichever_door(aws: Aws, account: str) -> None:
    aws.launched(account)
    code, said = fmops("delete", *ASKED, "--yes", "--json")
    assert code == 0
    assert aws.stands[account] == {}
    told = json.loads(said)
    assert any("repository churn" in line for line in told["kept"])
    assert told["remove_with"] == "fmops project purge churn --business-unit retail"


def test_nobody_else_does(aws: Aws) -> None:
    code, said = fmops("delete", *ASKED, "--yes")
    assert code == 3
    assert "ana (data-scientist) launched no project churn" in said


def test_an_end_is_asked_for(aws: Aws) -> None:
    aws.launched("000000000011")
    assert CliRunner().invoke(main_group, ["project", "delete", *ASKED], input="n\n").exit_code != 0
    assert "churn" in aws.stands["000000000011"]


def test_an_update_keeps_what_it_is_not_told(aws: Aws) -> None:
    aws.launched("000000000011")
    code, _ = fmops("update", *ASKED, "--param", "Dataset=s3://b/2/", "--json")
    assert code == 0
    (asked,) = aws.asked
    assert asked["ProvisioningArtifactId"] == "pa-10", "the newest by its number"
    assert asked["ProvisioningParameters"] == [
        {"Key": "Dataset", "Value": "s3://b/2/"},
        {"Key": "ProjectName", "UsePreviousValue": True},
    ]


def test_an_update_goes_to_the_version_that_is_asked_for(aws: Aws) -> None:
    aws.launched("000000000011")
    assert fmops("update", *ASKED, "--version", "1.2.0")[0] == 0
    assert [asked["ProvisioningArtifactId"] for asked in aws.asked] == ["pa-2"]
    code, said = fmops("update", *ASKED, "--version", "3.0.0")
    assert (code, "Version 3.0.0 of ml is not offered" in said, len(aws.asked)) == (2, True, 1)


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ("colour=red", "colour: not a parameter"),
        ("Dataset", "NAME=VALUE is expected"),
        ("ProjectName=other", "ProjectName: a project keeps it"),
        ("BusinessUnit=lending", "BusinessUnit: a project keeps it"),
    ],
)
def test_a_wrong_parameter_is_named(aws: Aws, parameter: str, said: str) -> None:
    aws.launched("000000000011")
    code, output = fmops("update", *ASKED, "--param", parameter)
    assert (code, said in output, aws.asked) == (2, True, [])


def test_an_update_that_aws_refuses_or_fails_says_why(aws: Aws) -> None:
    aws.launched("000000000011")
    aws.outcome = "FAILED"
    code, said = fmops("update", *ASKED)
    assert (code, "the stack says no" in said, "as it was before" in said) == (3, True, True)
    aws.refuse = error("InvalidParametersException")
    code, said = fmops("update", *ASKED)
    assert (code, "Nothing is changed." in said) == (3, True)


def test_a_business_unit_must_be_named_where_there_are_several(aws: Aws) -> None:
    code, said = fmops("status", "churn")
    assert (code, "--business-unit: which one?" in said) == (2, True)


@pytest.mark.parametrize(
    ("unit", "name", "said"), [("bank", None, "--business-unit bank"), ("retail", "zoe", "--as zoe: not among")]
)
def test_who_asks_is_known(unit: str, name: str | None, said: str) -> None:
    with pytest.raises(Problem, match=said):
        known(example(), unit, "data-scientist", name)
    assert known(example(), "retail", "data-scientist", None) == "ana"


def test_an_error_that_is_no_absence_is_not_hidden(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise error("InternalServerException")

    monkeypatch.setattr(launching, "standing", broken)
    person = Person.of(Target("AWS", "eu-west-1"), example(), "retail", "data-scientist", None)
    with pytest.raises(ClientError):
        projects.door_of(person, "churn")
