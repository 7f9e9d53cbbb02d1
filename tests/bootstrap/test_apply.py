"""Only accounts whose template differs are bootstrapped, and nobody else's toolkit is overwritten."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fmops import deployment
from fmops.bootstrap import apply, plan
from fmops.bootstrap.plan import Plan
from fmops.bootstrap.template import STAMP, VARIANT
from fmops.problem import Problem
from fmops.target import Target


class Anywhere(Target):
    """An AWS in which everybody is whom they want to be."""

    def administrator(self, account: str) -> Any:
        return account

    def environment(self, session: Any) -> dict[str, str]:
        return {"ACCOUNT": str(session)}


AWS = Anywhere("test", "eu-west-1")


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Toolkit stacks by account; `apply.toolkit` finds them there."""
    found: dict[str, Any] = {}
    monkeypatch.setattr(apply, "toolkit", lambda target, plan: found.get(plan.account))
    return found


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Sequence[str]]:
    """What the CDK CLI is told."""
    said: list[Sequence[str]] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(deployment, "run_cdk", lambda arguments, **_: said.append(arguments))
    return said


def stack(stamp: str, *, status: str = "CREATE_COMPLETE", variant: str = VARIANT) -> dict[str, Any]:
    return {
        "StackStatus": status,
        "Parameters": [{"ParameterKey": "BootstrapVariant", "ParameterValue": variant}],
        "Outputs": [{"OutputKey": STAMP, "OutputValue": stamp}],
    }


def accounts_told(told: list[Sequence[str]]) -> set[str]:
    return {arguments[1].removeprefix("aws://").partition("/")[0] for arguments in told}


def test_only_what_differs(planned: list[Plan], accounts: dict[str, Any], told: list[Sequence[str]]) -> None:
    same, older, failed, *new = planned
    accounts[same.account] = stack(same.stamp)
    accounts[older.account] = stack("1-0123456789abcdef")
    accounts[failed.account] = stack(failed.stamp, status="UPDATE_ROLLBACK_COMPLETE")
    notes: list[str] = []
    made = apply.bootstrap(AWS, planned, progress=notes.append)
    assert made == len(planned) - 1
    assert accounts_told(told) == {plan.account for plan in (older, failed, *new)}
    assert notes[-1] == f"{made} of {made} accounts"


def test_what_the_cli_is_told(planned: list[Plan], accounts: dict[str, Any], told: list[Sequence[str]]) -> None:
    apply.run(AWS, planned[0])
    (arguments,) = told
    assert arguments[0] == "bootstrap"
    assert f"--template={planned[0].file.resolve()}" in arguments
    assert "--trust=000000000011" in arguments
    assert "--force" not in arguments
    assert not any("AdministratorAccess" in argument for argument in arguments)
    assert planned[0].file.exists()


def test_cdk_s_own_toolkit_is_replaced(
    planned: list[Plan], accounts: dict[str, Any], told: list[Sequence[str]]
) -> None:
    accounts[planned[0].account] = stack("", variant=apply.OFFICIAL)
    apply.run(AWS, planned[0])
    assert "--force" in told[0]


def test_another_s_toolkit_is_not(planned: list[Plan], accounts: dict[str, Any], told: list[Sequence[str]]) -> None:
    accounts[planned[0].account] = stack("", variant="Landing zone of the bank")
    with pytest.raises(Problem, match="Landing zone of the bank"):
        apply.run(AWS, planned[0])
    assert told == []


class Cloud:
    """CloudFormation that answers as told."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def describe_stacks(self, **_: str) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"Stacks": [self.answer]}


@pytest.mark.parametrize(("message", "raises"), [("Stack with id CDKToolkit does not exist", False), ("Denied", True)])
def test_no_toolkit_is_not_an_error_but_a_refusal_is(
    planned: list[Plan], monkeypatch: pytest.MonkeyPatch, message: str, raises: bool
) -> None:
    error = ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")
    monkeypatch.setattr(Target, "administrator", lambda self, account: account)
    monkeypatch.setattr(Target, "client", lambda self, session, service: Cloud(error))
    target = Target("test", "eu-west-1")
    if raises:
        with pytest.raises(Problem, match="Denied"):
            apply.toolkit(target, planned[0])
    else:
        assert apply.toolkit(target, planned[0]) is None


def test_a_broken_cli_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "cdk"
    program.write_text(f"#!{sys.executable}\nraise SystemExit('no such command')\n")
    program.chmod(0o755)
    monkeypatch.setattr(deployment, "CDK", program)
    with pytest.raises(Problem, match="no such command"):
        apply.official.__wrapped__()


def test_environments_are_chosen_by_name(planned: list[Plan]) -> None:
    assert plan.chosen(planned, []) == planned
    (one,) = plan.chosen(planned, ["retail-dev"])
    assert one.account == "000000000022"
    with pytest.raises(Problem, match=r"No environment is called retail-tset") as caught:
        plan.chosen(planned, ["retail-tset"])
    assert "retail-dev" in caught.value.remedy


def test_a_template_too_large_for_a_first_bootstrap_is_told(
    planned: list[Plan], assembly: Path, official: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.assemblies import example

    monkeypatch.setattr(plan, "BODY", 10_000)
    with pytest.raises(Problem, match="CloudFormation takes 10000"):
        plan.plans(assembly, example(), official)
