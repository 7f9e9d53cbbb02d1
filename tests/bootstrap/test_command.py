"""`fmops bootstrap`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from fmops import rollout
from fmops.bootstrap import apply
from fmops.cli import main_group
from fmops.commands import bootstrap
from fmops.target import Target
from tests.assemblies import EXAMPLE


@pytest.fixture
def here(assembly: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run in, with an assembly that is there already."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(rollout, "ASSEMBLY", assembly)
    monkeypatch.setattr(rollout, "synth", lambda *_: "nothing found")
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main_group, ["bootstrap", "--foundation", str(EXAMPLE), *arguments])
    return result.exit_code, result.output


def test_show_writes_templates_and_asks_nobody(here: Path) -> None:
    code, output = run("retail-dev", "--show")
    assert code == 0
    assert "retail-dev" in output
    assert "retail-prod" not in output
    (file,) = (here / "build/bootstrap").iterdir()
    assert file.name == "000000000022-eu-west-1.template.json"
    assert json.loads(file.read_text())["Outputs"]["BootstrapVersion"]


def test_json_is_for_machines(here: Path) -> None:
    code, output = run("--show", "--json")
    found = json.loads(output)
    assert code == found["bootstrapped"] == 0
    assert len(found["accounts"]) >= 7
    assert all(entry["trust"] == "000000000011" for entry in found["accounts"])
    assert all(max(entry["policies"]) <= 6144 for entry in found["accounts"])


def test_accounts_are_bootstrapped(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(bootstrap.targets, "choose", lambda kind, region: Target("test", region))
    monkeypatch.setattr(
        apply, "bootstrap", lambda target, plans, progress: asked.extend(p.account for p in plans) or len(plans)
    )
    code, output = run("retail-dev", "retail-prod")
    assert code == 0
    assert asked == ["000000000022", "000000000024"]
    assert "2 of 2 accounts" in output


def test_an_unknown_environment_is_told(here: Path) -> None:
    code, output = run("retail-tset", "--show")
    assert code == 2
    assert "retail-tset" in output
    assert not (here / "build/bootstrap").exists()
