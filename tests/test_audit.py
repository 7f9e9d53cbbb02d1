"""The auditor's view: records become versions with their origin and decisions; a later change is shown."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fmops import audit
from fmops.cli import main_group

PACKAGE = "arn:aws:sagemaker:eu-west-1:000000000011:model-package/churn/"
ABOUT = {"commit": "c" * 40, "dataset_id": "v1", "dataset_sha256": "d", "model_sha256": "m", "trained_by": "cy"}


def record(number: int, when: str, what: str, who: str, **more: Any) -> dict[str, Any]:
    base = {"model_package": f"{PACKAGE}{number}", "when": when, "what": what, "who": who, "why": None}
    return {**base, "about": ABOUT, "image": "i@sha256:1", **more}


RECORDS = [
    record(9, "1", "registered", "SageMaker"),
    record(9, "2", "model approved", "uma", why="AUC 0.99"),
    {"model_package": f"{PACKAGE}9", "when": "3", "what": "Approve/Risk: approved", "who": "pat", "why": "fine"},
    record(10, "4", "registered", "SageMaker"),
]


class Bucket:
    """S3 with a log."""

    def __init__(self, content: dict[str, dict[str, Any]]) -> None:
        self.content = content

    def get_paginator(self, _name: str) -> "Bucket":
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> list[dict[str, Any]]:  # noqa: N803
        assert Bucket == "log"
        return [{"Contents": [{"Key": key} for key in reversed(self.content) if key.startswith(Prefix)]}, {}]

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        assert Bucket == "log"
        return {"Body": io.BytesIO(json.dumps(self.content[Key]).encode())}


def test_one_query_leads_from_the_model_to_its_approvals() -> None:
    log = {f"churn/{number}.json": one for number, one in enumerate(RECORDS)}
    newest, older = audit.versions(audit.read(Bucket({**log, "churn-2/0.json": RECORDS[0]}), "log", "churn"))
    assert (newest.number, older.number) == (10, 9)
    found = older.data()
    assert (found["commit"], found["dataset_sha256"], found["image"]) == ("c" * 40, "d", "i@sha256:1")
    assert [(one["who"], one["why"]) for one in found["decisions"]] == [
        ("SageMaker", None),
        ("uma", "AUC 0.99"),
        ("pat", "fine"),
    ]
    assert found["trained_by"] == "cy"
    assert found["changed"] == []


def test_what_changed_since_the_registration_is_shown() -> None:
    """The twin: the log has seen another digest, image or trainer."""
    other = {**ABOUT, "model_sha256": "n", "trained_by": "bo"}
    (version,) = audit.versions([RECORDS[0], record(9, "2", "changed", "x", about=other, image="i@sha256:2")])
    assert version.changed == [
        "model_sha256: m became n",
        "image: i@sha256:1 became i@sha256:2",
        "trained_by: cy became bo",
    ]


def test_a_build_is_called_by_its_role() -> None:
    session = "arn:aws:sts::000000000011:assumed-role/fmops-retail-deploy-prod/AWSCodeBuild-1"
    assert audit.actor({"who": "AWSCodeBuild-1", "as": session}) == "fmops-retail-deploy-prod"
    assert audit.actor({"who": "uma", "as": session}) == "uma"
    assert audit.actor({"who": None, "as": None}) == "unknown"


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`fmops audit`, where S3 has RECORDS."""

    class Aws:
        region = "eu-west-1"

        def person(self, role: str, person: str) -> str:
            assert (role, person) == ("arn:aws:iam::000000000011:role/fmops/fmops-auditor", "jo")
            return "jo"

        def client(self, session: str, service: str) -> Bucket:
            assert (session, service) == ("jo", "s3")
            return Bucket({f"churn/{number}.json": one for number, one in enumerate(RECORDS)})

    monkeypatch.setattr(audit, "bucket", lambda *_: "log")
    monkeypatch.setattr("fmops.commands.audit.target.choose", lambda *_: Aws())
    where = ("--foundation", str(Path(__file__).parents[1] / "foundation.yaml"))
    return lambda *arguments: CliRunner().invoke(main_group, ["audit", *arguments, *where])


def test_the_command_shows_versions_and_decisions(command: Callable[..., Result]) -> None:
    shown = command("churn")
    assert shown.exit_code == 0, shown.output
    assert shown.output.index("churn 10") < shown.output.index("churn 9")
    assert '2  model approved                   uma: "AUC 0.99"' in shown.output
    told = json.loads(command("churn", "--model-version", "9", "--json").output)
    assert [one["what"] for one in told[0]["decisions"]][-1] == "Approve/Risk: approved"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing",), "nothing: the approval log knows no model of it"),
        (("churn", "--model-version", "3"), "churn: the approval log has no version 3 of it"),
        (("churn", "--as", "cy"), "--as cy: not among the auditors"),
    ],
)
def test_a_wrong_question_is_named(command: Callable[..., Result], arguments: tuple[str, ...], said: str) -> None:
    asked = command(*arguments)
    assert asked.exit_code == 2
    assert said in asked.output.replace("\n", " ")


def test_a_version_whose_registration_is_not_known_says_so() -> None:
    (version,) = audit.versions(RECORDS[1:2])
    assert version.origin["commit"] is None
    assert version.changed
