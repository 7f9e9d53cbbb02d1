"""`fmops organization policies`: files as Organizations takes them, an index, and errors with a remedy."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fmops_constructs.organization import policies, scope

from fmops import cli
from tests.assemblies import EXAMPLE, example

TEXT = EXAMPLE.read_text(encoding="utf-8")
NAMED = 'management_account: "000000000001"}'


def run(folder: Path, *arguments: str, text: str = TEXT) -> Result:
    file = folder / "foundation.yaml"
    file.write_text(text, encoding="utf-8")
    return CliRunner().invoke(
        cli.main_group,
        ["organization", "policies", "--foundation", str(file), "--out", str(folder / "out"), *arguments],
    )


def test_each_policy_is_a_file_and_the_index_says_where_it_goes(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.exit_code == 0, result.output
    index = json.loads((tmp_path / "out/policies.json").read_text(encoding="utf-8"))
    made = policies(scope(example()))
    assert [entry["name"] for entry in index] == [policy.name for policy in made]
    for entry, policy in zip(index, made, strict=True):
        file = tmp_path / "out" / entry["file"]
        assert file.read_text(encoding="utf-8") == policy.text
        assert len(policy.text) == entry["size"]
        assert entry["targets"] == list(policy.targets)
        assert policy.name in result.output
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "policies.json",
        *(entry["file"] for entry in index),
    }


def test_machines_get_the_index(tmp_path: Path) -> None:
    result = run(tmp_path, "--json")
    assert json.loads(result.output) == json.loads((tmp_path / "out/policies.json").read_text(encoding="utf-8"))


def test_what_is_no_policy_any_more_goes_and_nothing_else(tmp_path: Path) -> None:
    run(tmp_path)
    (tmp_path / "out/mine.json").write_text("{}", encoding="utf-8")
    run(tmp_path, text=TEXT.replace("phase: scalable", "phase: initial"))
    left = {path.name for path in (tmp_path / "out").iterdir()}
    assert "mine.json" in left
    assert "fmops-scp-experimentation-1.json" in left
    assert "fmops-scp-prod-1.json" not in left


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TEXT.replace(NAMED, NAMED[:-1] + ", policies: {deliver: none}}"), "deliver is none"),
        (TEXT.replace("amazon.nova-lite,", "amazon.unheard-of,"), "family amazon.unheard-of is not known"),
        (TEXT.replace(NAMED, NAMED[:-1] + ", policies: {deliver: mail}}"), "'stack' or 'none'"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, text: str, words: str) -> None:
    assert text != TEXT
    result = run(tmp_path, text=text)
    assert result.exit_code == 2
    assert words in result.output
    assert not (tmp_path / "out").exists()
