"""cloudformation-validate, strict, over every template of the assembly."""

import json
from collections.abc import Iterator
from pathlib import Path

import cloudformation_validate as validate
import pytest

ACCEPTED = {
    "W9013": "Accounts are known at synthesis: a template is for one account, and names others on purpose.",
    "W9002": "Roles of the account are named by convention, so that a product needs no id from another stack.",
    "E3050": "It takes Fn::GetAtt for Ref at CodeBuild's ServiceRole (cloudformation-validate 1.14.0).",
}
"""Rules whose findings stand, and why."""


def findings(template: bytes) -> Iterator[tuple[str, str]]:
    """(rule, message) of each warning or error."""
    report = validate.CompositeEngine().validate_template(template, validate.ValidateConfig(strict=True))
    for found in report.diagnostics:
        if found.severity in (validate.Severity.WARN, validate.Severity.ERROR, validate.Severity.FATAL):
            yield found.rule_id, f"{found.entity}: {found.message}"


def test_templates_are_valid(assembly: Path) -> None:
    files = sorted(assembly.rglob("*.template.json"))
    found = {
        (file.name, rule, message)
        for file in files
        for rule, message in findings(file.read_bytes())
        if rule not in ACCEPTED
    }
    assert len(files) > 20
    assert found == set()


def test_what_is_accepted_is_found(assembly: Path) -> None:
    found = {rule for file in assembly.rglob("*.template.json") for rule, _ in findings(file.read_bytes())}
    assert set(ACCEPTED) <= found


@pytest.mark.parametrize(
    "properties", [{"BucketName": "UPPER_CASE"}, {"Bucketname": "unknown-key"}, {"VersioningConfiguration": "Enabled"}]
)
def test_a_mistake_would_be_seen(properties: dict[str, str]) -> None:
    template = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}}
    assert [rule for rule, _ in findings(json.dumps(template).encode()) if rule not in ACCEPTED]
