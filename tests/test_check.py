"""`make check` sees mistakes: each linter is given a template with one."""

import json
import shutil
from pathlib import Path

import pytest

from fmops import nag
from tests import check

BAD = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "UPPER", "Colour": "red"}}}}
FINDING = {"ruleName": "AwsSolutions-S1", "description": "No logs.", "violatingConstructs": [{"constructPath": "A/B"}]}


@pytest.fixture
def bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Bad.template.json").write_text(json.dumps(BAD))
    report = {"pluginReports": [{"pluginName": "AwsSolutions", "violations": [FINDING], "suppressedViolations": []}]}
    (tmp_path / nag.REPORT).write_text(json.dumps(report))
    catalog = tmp_path / "templates"
    shutil.copytree(check.CATALOG, catalog, ignore=shutil.ignore_patterns("README.md", "__pycache__"))
    monkeypatch.setattr(check, "ASSEMBLY", tmp_path)
    monkeypatch.setattr(check, "CATALOG", catalog)
    return tmp_path


@pytest.mark.parametrize("name", sorted(check.CHECKS))
def test_each_check_finds_a_mistake(name: str, bad: Path) -> None:
    assert check.CHECKS[name]()


def test_main_fails_and_says_where(
    bad: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check.deployment, "synth", lambda assembly: None)
    assert check.main() == 1
    assert "Bad.template.json" in capsys.readouterr().out
