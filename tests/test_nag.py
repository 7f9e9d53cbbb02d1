"""The report of cdk-nag's findings: text, JSON and HTML, from a validation report as cdk-nag 3 writes it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from fmops import nag
from fmops.cli import main_group
from fmops.problem import Problem

OPEN = {
    "ruleName": "AwsSolutions-S10",
    "description": "No TLS.",
    "violatingConstructs": [{"constructPath": "retail-dev/A/B"}],
}
CLOSED = {
    "ruleName": "AwsSolutions-S1",
    "description": "No logs.",
    "violatingConstructs": [{"constructPath": "retail-dev/A/<L>"}],
    "acknowledgedId": "AwsSolutions::AwsSolutions-S1",
    "reason": "It is the log bucket.",
}


def write(folder: Path, *, violations: list[object]) -> Path:
    report = {
        "pluginReports": [{"pluginName": "AwsSolutions", "violations": violations, "suppressedViolations": [CLOSED]}]
    }
    (folder / nag.REPORT).write_text(json.dumps(report))
    return folder


def test_open_finding_is_listed_and_fails(tmp_path: Path) -> None:
    result = CliRunner().invoke(main_group, ["nag", str(write(tmp_path, violations=[OPEN]))])
    assert result.exit_code == 1
    assert "FINDING  AwsSolutions-S10" in result.output
    assert "1 unacknowledged · 1 acknowledged" in result.output


def test_an_acknowledged_rule_is_named_whole(tmp_path: Path) -> None:
    exact = "AwsSolutions-IAM5[Resource::arn:aws:s3:::bucket/*]"
    closed = {**CLOSED, "ruleName": "AwsSolutions-IAM5", "acknowledgedId": f"AwsSolutions::{exact}"}
    report = {"pluginName": "AwsSolutions", "violations": [], "suppressedViolations": [closed]}
    assert [finding.rule for finding in nag.findings(report)] == [exact]


def test_acknowledged_only_passes(tmp_path: Path) -> None:
    result = CliRunner().invoke(main_group, ["nag", str(write(tmp_path, violations=[])), "--json"])
    assert result.exit_code == 0
    assert json.loads(result.output)["findings"][0]["reason"] == "It is the log bucket."


def test_html_escapes(tmp_path: Path) -> None:
    result = CliRunner().invoke(main_group, ["nag", str(write(tmp_path, violations=[OPEN])), "--format", "html"])
    assert "&lt;L&gt;" in result.output
    assert "not acknowledged" in result.output


@pytest.mark.parametrize("content", [None, "no json", "[]", '{"pluginReports": 3}'])
def test_no_report_is_one_clear_error(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / nag.REPORT).write_text(content)
    with pytest.raises(Problem, match=nag.REPORT) as caught:
        nag.read(tmp_path)
    assert "make synth" in caught.value.remedy
