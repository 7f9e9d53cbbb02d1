"""`fmops doctor`: exit codes, and what goes to which stream."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fmops import rollout, target
from fmops.bootstrap import apply, plan
from fmops.bootstrap.plan import Plan
from fmops.cli import main_group
from fmops.doctor import asking
from fmops.problem import FOUND, INPUT, Problem
from fmops.target import Target
from tests.assemblies import EXAMPLE
from tests.doctor.telling import Telling

OURS = {"Organization": {"Id": "o-exampleorgid", "MasterAccountId": "000000000001"}}


class Signed(Target):
    """An AWS with credentials."""

    def base(self) -> Any:
        return self

    def get_credentials(self) -> object:
        return object()


class Anonymous(Signed):
    """One without."""

    def get_credentials(self) -> Any:
        return None


@pytest.fixture
def aws(assembly: Path, planned: list[Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Telling:
    """An AWS that answers nothing yet, and an assembly that is there already."""
    telling = Telling(get_caller_identity={}, describe_organization=OURS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(rollout, "ASSEMBLY", assembly)
    monkeypatch.setattr(rollout, "synth", lambda *_: "nothing found")
    monkeypatch.setattr(plan, "plans", lambda *_: planned)
    monkeypatch.setattr(apply, "official", dict)
    monkeypatch.setattr(target, "choose", lambda kind, region: Signed("test", region))
    monkeypatch.setattr(asking, "Aws", lambda _: telling)
    return telling


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main_group, ["doctor", "--foundation", str(EXAMPLE), *arguments])


def test_what_cannot_be_asked_is_told_and_is_no_problem(aws: Telling) -> None:
    answer = run()
    assert answer.exit_code == 0, answer.output
    assert "NOT CHECKED  quotas: no right to ask service-quotas:get_service_quota" in answer.stdout
    assert "9 checks at" in answer.stdout
    assert "quotas" in answer.stderr  # how far it is
    assert "0 problems" in answer.stdout


def test_a_problem_ends_with_1(aws: Telling) -> None:
    aws.answers["describe_organization"] = {"Organization": {**OURS["Organization"], "Id": "o-another0001"}}
    answer = run("retail-dev", "--json")
    assert answer.exit_code == FOUND
    found = json.loads(answer.stdout)
    assert answer.stderr == ""
    assert {one["place"] for one in found["findings"] if one["verdict"] == "PROBLEM"} == {
        "the organisation",
        "retail-dev (000000000022)",
    }


def test_only_the_environments_that_are_named_are_asked(aws: Telling) -> None:
    run("retail-dev")
    assert {account for account, *_ in aws.asked} == {None, "000000000022"}


def test_an_environment_that_is_none_is_wrong_input(aws: Telling) -> None:
    answer = run("retail-nowhere")
    assert isinstance(answer.exception, Problem) or answer.exit_code == INPUT
    assert "retail-nowhere" in answer.output


def test_without_credentials_nobody_is_asked(aws: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, "choose", lambda kind, region: Anonymous("test", region))
    answer = run()
    assert answer.exit_code == INPUT
    assert "No AWS credentials" in answer.output
    assert aws.asked == []
