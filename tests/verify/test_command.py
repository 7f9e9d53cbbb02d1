"""`fmops verify`: any templates, four forms, exit codes, and errors that name the file."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fmops.commands.verify import command
from fmops.problem import FOUND, INPUT

OPEN = """
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Role: {Type: String}
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Role: !Ref Role
      Code: {ZipFile: "pass"}
      Handler: index.handler
      Runtime: python3.13
      Environment: {Variables: {NAME: !Sub "${AWS::StackName}-x"}}
"""
CLOSED = OPEN + "      VpcConfig: {SubnetIds: [subnet-0abcdef1], SecurityGroupIds: [sg-0abcdef1]}\n"


def run(folder: Path, *arguments: str, **files: str) -> Result:
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(content)
    return CliRunner().invoke(command, [*arguments, str(folder)])


def test_a_finding_ends_with_1_and_shows_the_way(tmp_path: Path) -> None:
    answer = run(tmp_path, open=OPEN)
    assert answer.exit_code == FOUND
    assert "open/Function → a network of AWS's with a way out → the internet" in answer.output
    assert "1 templates, 1 resources: 1 findings, 0 not proven" in answer.output


def test_nothing_found_ends_with_0(tmp_path: Path) -> None:
    answer = run(tmp_path, closed=CLOSED)
    assert answer.exit_code == 0, answer.output
    assert answer.output.strip() == "1 templates, 1 resources: 0 findings, 0 not proven"


def test_for_machines(tmp_path: Path) -> None:
    found = json.loads(run(tmp_path, "--json", open=OPEN).output)
    assert [finding["logical_id"] for finding in found["findings"]] == ["Function"]
    report = json.loads(run(tmp_path, "--format", "sarif", open=OPEN).output)
    (result,) = report["runs"][0]["results"]
    assert result["level"] == "error"
    assert result["ruleId"] in {rule["id"] for rule in report["runs"][0]["tool"]["driver"]["rules"]}
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("open.yaml")


def test_the_page_escapes_what_a_stranger_wrote(tmp_path: Path) -> None:
    page = run(tmp_path, "--format", "html", **{"a<b>": OPEN}).output
    assert "a&lt;b&gt;" in page
    assert "<b>" not in page


def test_an_assembly_is_read_with_its_constructs(assembly: Path) -> None:
    answer = CliRunner().invoke(command, [str(assembly), "--json"])
    assert answer.exit_code == 0
    assert json.loads(answer.output)["templates"] > 20


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("a: [", "neither JSON nor YAML"),
        ("Resources: !Invented x", "unknown tag !Invented"),
        ("{", "neither JSON nor YAML"),
    ],
)
def test_a_broken_file_is_named(content: str, says: str, tmp_path: Path) -> None:
    answer = run(tmp_path, broken=content)
    assert answer.exit_code == INPUT
    assert "broken.yaml" in answer.output
    assert says in answer.output


def test_nothing_to_verify_is_an_error(tmp_path: Path) -> None:
    assert "no template" in run(tmp_path).output
    answer = CliRunner().invoke(command, [str(tmp_path / "absent")])
    assert answer.exit_code == INPUT
    assert "not there" in answer.output
