"""The CDK CLI and the tools around it: what is missing or fails is told, with its own words."""

import os
import socket
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from fmops import deployment, rollout
from fmops.cli import main_group
from fmops.deployment import Tool
from fmops.problem import Problem

ROOT = Path(__file__).resolve().parents[1]


def test_versions_are_those_of_the_locks() -> None:
    found = deployment.versions()
    assert found["Node"].startswith("24.")
    assert found["CDK"] == "2.1148.1"


def test_a_missing_tool_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment, "TOOLS", (Tool("Node", ("no-such-node", "--version")),))
    with pytest.raises(Problem, match=r"Node doesn't run") as caught:
        deployment.versions()
    assert "make setup" in caught.value.remedy


def fake_cdk(tmp_path: Path, script: str) -> Path:
    program = tmp_path / "cdk"
    program.write_text(f"#!{sys.executable}\n{script}\n")
    program.chmod(0o755)
    return program


def test_a_failed_deploy_says_what_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "print('noise'); print('❌ tooling-Tooling failed: no bucket'); print('  because'); raise SystemExit(1)"
    monkeypatch.setattr(deployment, "CDK", fake_cdk(tmp_path, script))
    lines: list[str] = []
    with pytest.raises(Problem) as caught:
        deployment.run_cdk(["deploy"], env=dict(os.environ), folder=tmp_path, on_line=lines.append)
    assert "no bucket" in caught.value.message
    assert "because" in caught.value.message
    assert "noise" not in caught.value.message
    assert lines[0] == "noise"


def test_a_good_deploy_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment, "CDK", fake_cdk(tmp_path, "print('✅ done')"))
    deployment.run_cdk(["deploy"], env=dict(os.environ), folder=tmp_path, on_line=lambda _: None)


def test_a_broken_foundation_is_told_at_its_line(tmp_path: Path) -> None:
    text = (ROOT / "foundation.yaml").read_text().replace('prod: "000000000024"', 'prod: "000000000022"')
    (tmp_path / "foundation.yaml").write_text(text)
    result = CliRunner().invoke(main_group, ["demo", "--foundation", str(tmp_path / "foundation.yaml")])
    assert result.exit_code == 2
    assert "business_units.retail.accounts.prod" in result.output
    with pytest.raises(Problem, match="000000000022"):
        rollout.load(tmp_path / "foundation.yaml")


def test_no_foundation_is_told() -> None:
    with pytest.raises(Problem, match=r"nowhere\.yaml"):
        rollout.load(Path("nowhere.yaml"))


def test_a_phase_without_the_account_is_told() -> None:
    foundation = rollout.load(ROOT / "foundation.yaml").model_copy(update={"phase": "initial"})
    with pytest.raises(Problem, match="no tooling account in phase initial"):
        rollout.account(foundation, "tooling")


def test_a_port_in_use_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "foundation.yaml").write_text((ROOT / "foundation.yaml").read_text())
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = CliRunner().invoke(main_group, ["local", "up", "--port", str(port)])
    assert result.exit_code == 3
    assert str(port) in result.output
    assert "--port" in result.output
