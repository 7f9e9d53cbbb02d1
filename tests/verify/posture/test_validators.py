"""What validators say: cdk-nag's report of an assembly, and cloudformation-validate."""

import json
from pathlib import Path
from typing import Any

import pytest

from fmops.verify.findings import Finding
from fmops.verify.posture import nag, validated
from fmops.verify.templates import Template, UnreadableError, read
from fmops.verify.values import World

VIOLATION = {
    "ruleName": "AwsSolutions-S1",
    "description": "The bucket has no log",
    "violatingConstructs": [{"constructPath": "Stack/Bucket/Resource"}],
}


def reported(folder: Path, content: Any) -> list[Finding]:
    (folder / "validation-report.json").write_text(content if isinstance(content, str) else json.dumps(content))
    template = Template("s.json", "s", {"Resources": {}}, constructs={"B1": "Stack/Bucket/Resource"})
    return list(nag.verify(World([template]), [folder]))


def test_a_violation_is_found_at_its_resource(tmp_path: Path) -> None:
    pack = {"pluginName": "AwsSolutions", "violations": [VIOLATION], "suppressedViolations": []}
    (finding,) = reported(tmp_path, {"pluginReports": [pack]})
    assert (finding.rule, finding.stack, finding.logical_id) == ("Nag-AwsSolutions-S1", "s", "B1")


def test_an_acknowledged_one_is_none(tmp_path: Path) -> None:
    acknowledged = {**VIOLATION, "reason": "because"}
    pack = {"pluginName": "AwsSolutions", "violations": [], "suppressedViolations": [acknowledged]}
    assert reported(tmp_path, {"pluginReports": [pack]}) == []


def test_a_rule_says_whose_it_is(tmp_path: Path) -> None:
    pack = {"pluginName": "Mine", "violations": [{**VIOLATION, "ruleName": "Private"}]}
    assert [finding.rule for finding in reported(tmp_path, {"pluginReports": [pack]})] == ["Nag-Mine-Private"]


@pytest.mark.parametrize("content", ["{", "[]", '{"pluginReports": [{}]}', '{"pluginReports": null}'])
def test_a_broken_report_is_an_error(content: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"validation-report\.json"):
        reported(tmp_path, content)


def test_an_assembly_without_one_has_no_nag(tmp_path: Path) -> None:
    assert list(nag.verify(World([]), [tmp_path])) == []


def validates(folder: Path, resource: dict[str, Any]) -> list[Finding]:
    (folder / "t.json").write_text(json.dumps({"Resources": {"It": resource}}))
    return list(validated.verify(World(read([folder / "t.json"]))))


@pytest.mark.parametrize(
    "properties", [{"BucketName": "UPPER_CASE"}, {"Bucketname": "unknown-key"}, {"VersioningConfiguration": "Enabled"}]
)
def test_what_cloudformation_would_refuse_is_found(properties: dict[str, Any], tmp_path: Path) -> None:
    found = validates(tmp_path, {"Type": "AWS::S3::Bucket", "Properties": properties})
    assert found
    assert {finding.logical_id for finding in found} == {"It"}
    assert all(finding.rule.startswith("Validate-") for finding in found)


def test_a_valid_one_is_not(tmp_path: Path) -> None:
    assert validates(tmp_path, {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "x"}}) == []


def test_an_unknown_type_is_found(tmp_path: Path) -> None:
    assert validates(tmp_path, {"Type": "AWS::S3::Buckett", "Properties": {}})


def test_places_are_asked_elsewhere(tmp_path: Path) -> None:
    role = {"Fn::Sub": "arn:aws:iam::111111111111:role/a"}
    found = validates(tmp_path, {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": role}})
    assert {finding.rule for finding in found} & {f"Validate-{rule}" for rule in validated.ELSEWHERE} == set()
