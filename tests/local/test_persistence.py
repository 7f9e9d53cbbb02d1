"""The state on disk: what comes back is what was there, and an interrupted save or server does no harm."""

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ministack.services import cloudformation

from fmops.local import context, persistence, settings
from fmops.local.registry import TABLES, table
from tests.local.conftest import start

MOMENT = datetime(2026, 11, 1, 12, 30, tzinfo=UTC)


def test_tables_come_back() -> None:
    value = {"when": MOMENT, "rows": [{"n": 1.5, "when": MOMENT}], "none": None}
    with context.scope("111111111111", "eu-west-1"):
        table("test.persistence")["a", 1] = value
        saved = persistence.tables_state()
        TABLES.pop("test.persistence")
        persistence.restore_tables(saved)
        assert table("test.persistence")["a", 1] == value
    with context.scope("222222222222", "eu-west-1"):
        assert len(table("test.persistence")) == 0
    persistence.reset_tables()
    with context.scope("111111111111", "eu-west-1"):
        assert len(table("test.persistence")) == 0


def test_a_save_is_swapped_in_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.STATE, str(tmp_path))
    monkeypatch.setattr(persistence.app, "_build_persistence_save_dict", lambda: {"x": lambda: {"v": 1}})
    persistence.save()
    assert '"v": 1' in (tmp_path / "saved/x.json").read_text()
    (tmp_path / "saved/lambda-blobs").mkdir()
    (tmp_path / "saved/lambda-blobs/code.zip").write_text("a function's code")
    persistence.save()
    assert (tmp_path / "saved/lambda-blobs/code.zip").read_text() == "a function's code"

    def fail() -> Any:
        raise OSError("No space left on device")

    monkeypatch.setattr(persistence.app, "_build_persistence_save_dict", lambda: {"x": fail})
    persistence.save()
    assert '"v": 1' in (tmp_path / "saved/x.json").read_text(), "the last good save stays"


def test_what_was_under_way_is_settled(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    called: list[str] = []

    def broken() -> None:
        raise RuntimeError("one behaviour's trouble is not the others'")

    monkeypatch.setattr("fmops.local.persistence.RESTORED", [broken, lambda: called.append("settled")])
    with context.scope("111111111111", "eu-west-1"):
        for name, status in (("a", "CREATE_IN_PROGRESS"), ("b", "UPDATE_IN_PROGRESS"), ("c", "CREATE_COMPLETE")):
            cloudformation._stacks[name] = {"StackStatus": status}
        persistence.settle_restored()
        found = {name: cloudformation._stacks.pop(name)["StackStatus"] for name in ("a", "b", "c")}
    assert found == {"a": "CREATE_FAILED", "b": "UPDATE_ROLLBACK_COMPLETE", "c": "CREATE_COMPLETE"}
    assert called == ["settled"]
    assert "broken" in caplog.text


@pytest.mark.e2e
def test_functions_run_after_two_saves_and_a_restart(tmp_path: Path) -> None:
    """ministack writes their code beside what it saves; a save that replaces the folder must not take it along."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", "def handler(event, context):\n    return event['n'] + 1\n")
    embedded = start(tmp_path)
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = embedded.client("iam", "000000000012").create_role(
        RoleName="runs", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    embedded.client("lambda", "000000000012").create_function(
        FunctionName="adds", Runtime="python3.12", Handler="index.handler", Role=role, Code={"ZipFile": code.getvalue()}
    )
    for _ in range(2):
        embedded.stop()
        embedded = start(tmp_path)
    answer = embedded.client("lambda", "000000000012").invoke(FunctionName="adds", Payload=b'{"n": 1}')
    embedded.stop()
    assert answer["Payload"].read() == b"2"
