"""The baseline: what it accepts is left out with its reason, what is new is seen, what is stale is told."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fmops.commands.verify import ADOPTED, command
from fmops.problem import FOUND, INPUT
from fmops.verify import baseline
from fmops.verify.findings import Finding
from fmops.verify.templates import UnreadableError

OPEN = """
Parameters:
  Connection: {Type: String}
Resources:
  Function:
    Type: AWS::Events::ApiDestination
    Properties: {InvocationEndpoint: "https://example.com", HttpMethod: GET, ConnectionArn: !Ref Connection}
"""
WORSE = OPEN + "  Gateway: {Type: AWS::EC2::InternetGateway}\n"
CLEAN = "Resources: {Handle: {Type: AWS::CloudFormation::WaitConditionHandle}}\n"


def run(folder: Path, template: str, *arguments: str) -> Result:
    (folder / "t.yaml").write_text(template)
    return CliRunner().invoke(command, [str(folder / "t.yaml"), "--baseline", str(folder / "base.yaml"), *arguments])


def test_what_is_accepted_is_left_out_and_what_is_new_is_not(tmp_path: Path) -> None:
    assert run(tmp_path, OPEN, "--write-baseline").exit_code == 0
    again = run(tmp_path, OPEN)
    assert again.exit_code == 0
    assert "0 findings, 0 not proven, 1 accepted" in again.output
    worse = run(tmp_path, WORSE)
    assert worse.exit_code == FOUND
    assert "Gateway" in worse.output
    assert "t/Function" not in worse.output


def test_it_holds_wherever_the_templates_lie(tmp_path: Path) -> None:
    run(tmp_path, OPEN, "--write-baseline")
    other = tmp_path / "other"
    other.mkdir()
    (other / "base.yaml").write_text((tmp_path / "base.yaml").read_text())
    assert run(other, OPEN).exit_code == 0


def test_each_entry_says_why_and_since_when(tmp_path: Path) -> None:
    run(tmp_path, OPEN, "--write-baseline")
    (first,) = baseline.load(tmp_path / "base.yaml")
    assert (first.rule, first.where, first.reason) == ("Network-Events-ApiDestination", "t/Function", ADOPTED)
    run(tmp_path, WORSE, "--write-baseline", "--reason", "The gateway is for a test.")
    reasons = {entry.where: entry.reason for entry in baseline.load(tmp_path / "base.yaml")}
    assert reasons == {"t/Function": ADOPTED, "t/Gateway": "The gateway is for a test."}


def test_a_stale_entry_is_told_and_goes_when_it_is_written_again(tmp_path: Path) -> None:
    run(tmp_path, WORSE, "--write-baseline")
    mended = run(tmp_path, OPEN)
    assert mended.exit_code == 0
    assert "is stale" in mended.stderr
    assert "t/Gateway" in mended.stderr
    assert [entry["where"] for entry in json.loads(run(tmp_path, OPEN, "--json").stdout)["stale"]] == ["t/Gateway"]
    run(tmp_path, OPEN, "--write-baseline")
    assert run(tmp_path, OPEN).stderr == ""


def test_machines_see_what_is_accepted(tmp_path: Path) -> None:
    run(tmp_path, OPEN, "--write-baseline")
    (accepted,) = json.loads(run(tmp_path, OPEN, "--json").stdout)["accepted"]
    assert accepted["reason"] == ADOPTED
    (result,) = json.loads(run(tmp_path, OPEN, "--format", "sarif").stdout)["runs"][0]["results"]
    assert result["suppressions"] == [{"kind": "external", "justification": ADOPTED}]
    assert ADOPTED in run(tmp_path, OPEN, "--format", "html").stdout


GOOD = {"fingerprint": "0" * 16, "rule": "R", "where": "w", "reason": "because", "date": "2026-11-24"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("accepted: [", "not YAML"),
        ("- 1", "has a list `accepted`"),
        ("accepted: {}", "has a list `accepted`"),
        (json.dumps({"accepted": [], "more": 1}), "and nothing else"),
        (json.dumps({"accepted": ["x"]}), "accepted[0] is no mapping"),
        (json.dumps({"accepted": [{**GOOD, "reson": "x"}]}), "accepted[0]: unknown key reson"),
        (json.dumps({"accepted": [{**GOOD, "reason": " "}]}), "accepted[0]: reason is missing"),
        (json.dumps({"accepted": [{k: v for k, v in GOOD.items() if k != "date"}]}), "accepted[0]: date is missing"),
        (json.dumps({"accepted": [{**GOOD, "date": "yesterday"}]}), "Write YYYY-MM-DD"),
        (json.dumps({"accepted": [GOOD, GOOD]}), "accepted[1]: 0000000000000000 is there already"),
    ],
)
def test_a_broken_baseline_is_an_error_that_names_the_place(content: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(content)
    answer = run(tmp_path, CLEAN)
    assert answer.exit_code == INPUT
    assert says in answer.output
    assert "base.yaml" in answer.output


def test_one_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    answer = run(tmp_path, CLEAN)
    assert answer.exit_code == INPUT
    assert "--write-baseline" in answer.output


def test_writing_needs_a_file(tmp_path: Path) -> None:
    answer = CliRunner().invoke(command, ["--write-baseline"])
    assert answer.exit_code == INPUT
    assert "needs --baseline" in answer.output
    with pytest.raises(UnreadableError, match="Is a directory"):
        baseline.write(tmp_path, [], [], "because", "2026-11-24")


def test_a_fingerprint_is_of_what_is_found_not_of_how_it_is_said() -> None:
    one = Finding("R", "a/t.json", "s", "It", "Said so.", "Do this.", path=("a", "b"))
    assert one.fingerprint == Finding("R", "b/t.json", "s", "It", "Said otherwise.", "", path=("a", "b")).fingerprint
    others = [
        Finding("R", "a/t.json", "s", "It", "", "", path=("a", "c")),
        Finding("R", "a/t.json", "s", "Other", "", "", path=("a", "b")),
        Finding("R", "a/t.json", "other", "It", "", "", path=("a", "b")),
        Finding("S", "a/t.json", "s", "It", "", "", path=("a", "b")),
        Finding("R", "a/t.json", "s", "It", "", "", path=("a", "b"), verdict="not proven"),
    ]
    assert len({one.fingerprint, *(other.fingerprint for other in others)}) == 6
