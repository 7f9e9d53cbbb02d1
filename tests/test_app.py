"""app.py as a program: its exit codes, what it prints, and which environments it takes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stacks.application import selected
from tests.assemblies import EXAMPLE, ROOT, example


def run(out: Path, **context: str) -> subprocess.CompletedProcess[str]:
    """Runs app.py as the CDK CLI does, without credentials."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**env, "CDK_OUTDIR": str(out), "CDK_CONTEXT_JSON": json.dumps(context)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_one_environment_can_be_chosen(tmp_path: Path) -> None:
    answer = run(tmp_path, accounts="governance")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
    assert [path.name for path in tmp_path.glob("assembly-*")] == ["assembly-governance"]


def test_a_wrong_file_ends_with_2_and_no_traceback(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(EXAMPLE.read_text().replace("azs: 2", "azs: 99"))
    answer = run(tmp_path / "out", foundation=str(wrong))
    assert answer.returncode == 2
    assert answer.stderr.startswith("wrong.yaml:7:")
    assert "Traceback" not in answer.stderr
    assert not list((tmp_path / "out").glob("assembly-*"))


def test_a_region_without_a_known_prefix_list_is_told(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.yaml"
    elsewhere.write_text(EXAMPLE.read_text().replace("eu-west-1", "eu-south-2"))
    answer = run(tmp_path / "out", foundation=str(elsewhere))
    assert answer.returncode == 2
    assert "describe-prefix-lists --region eu-south-2" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_unknown_environment_is_named() -> None:
    with pytest.raises(LookupError, match=r"no environment is called nowhere\. There are governance, tooling"):
        selected(example().environments(), "tooling,nowhere")


def test_without_a_choice_all_are_taken() -> None:
    assert selected(example().environments(), None) == example().environments()
    assert [e.name for e in selected(example().environments(), "tooling, retail-dev")] == ["tooling", "retail-dev"]
