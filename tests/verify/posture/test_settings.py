"""Encryption, logs and retention: each fault is found with its setting, each clean twin is not."""

from collections.abc import Iterator
from typing import Any

import pytest

from fmops.verify import stateful
from fmops.verify.findings import Finding
from fmops.verify.posture import encryption, logs, retention
from fmops.verify.templates import Template
from fmops.verify.values import World
from tests.verify.posture.faults import FAULTS, Fault

TABLES = (encryption.AT_REST, encryption.ON_THE_WIRE, logs.TABLE, retention.LOGS)


def world(resources: dict[str, Any], **body: Any) -> World:
    return World([Template("stack.json", "stack", {"Resources": resources, **body}, "111111111111", "eu-west-1")])


def asked(type: str, properties: dict[str, Any], **body: Any) -> list[Finding]:
    def all_tables() -> Iterator[Finding]:
        for table in TABLES:
            yield from table.verify(world({"It": {"Type": type, "Properties": properties}}, **body))

    return list(all_tables())


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.type}-{fault.what}")
def test_a_fault_is_found(fault: Fault) -> None:
    found = [f for f in asked(fault.type, fault.broken) if f.rule == fault.rule and "".join(f.path) == fault.what]
    assert [finding.verdict for finding in found] == ["found"]
    assert fault.type in found[0].message
    assert found[0].remedy
    assert found[0].source.startswith("https://docs.aws.amazon.com/AWSCloudFormation/")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.type}-{fault.what}")
def test_its_clean_twin_is_not(fault: Fault) -> None:
    found = [f for f in asked(fault.type, fault.clean) if f.rule == fault.rule and "".join(f.path) == fault.what]
    assert found == []


def test_every_row_has_a_fault() -> None:
    rows = {(table.rule, row.type, row.what) for table in TABLES for row in table.rows}
    assert rows == {(fault.rule, fault.type, fault.what) for fault in FAULTS}


def test_what_the_template_does_not_tell_is_not_proven() -> None:
    given = {"Given": {"Type": "String"}}
    found = asked("AWS::EFS::FileSystem", {"Encrypted": {"Ref": "Given"}}, Parameters=given)
    assert [(f.verdict, "Given is given at the launch" in f.message) for f in found] == [("not proven", True)]
    disks = [{"Ebs": {"Encrypted": {"Ref": "Given"}}}]
    (finding,) = asked("AWS::EC2::Instance", {"BlockDeviceMappings": disks}, Parameters=given)
    assert finding.verdict == "not proven"


def test_a_condition_stands_for_both_branches() -> None:
    either = {"Encrypted": {"Fn::If": ["Prod", True, False]}}
    assert [finding.verdict for finding in asked("AWS::EFS::FileSystem", either)] == ["found"]
    both = {"Encrypted": {"Fn::If": ["Prod", True, "true"]}}
    assert asked("AWS::EFS::FileSystem", both) == []


@pytest.mark.parametrize("row", encryption.OWN_KEYS.rows, ids=lambda row: row.type)
def test_keys_of_ones_own_are_asked_for_when_asked(row: Any) -> None:
    empty = world({"It": {"Type": row.type, "Properties": {}}})
    assert [finding.logical_id for finding in encryption.OWN_KEYS.verify(empty)] == ["It"]
    properties: Any = "key"
    if row.type == "AWS::S3::Bucket":
        properties = [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
    for name in reversed(row.what.split(".")):
        properties = {name: properties}
    assert list(encryption.OWN_KEYS.verify(world({"It": {"Type": row.type, "Properties": properties}}))) == []


def test_a_bucket_of_access_logs_takes_no_key() -> None:
    log = {"Type": "AWS::S3::Bucket", "Properties": {}}
    own = [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
    bucket = {
        "Type": "AWS::S3::Bucket",
        "Properties": {
            "BucketEncryption": {"ServerSideEncryptionConfiguration": own},
            "LoggingConfiguration": {"DestinationBucketName": {"Ref": "Log"}},
        },
    }
    assert list(encryption.OWN_KEYS.verify(world({"Log": log, "Bucket": bucket}))) == []
    bucket["Properties"].pop("LoggingConfiguration")
    assert [finding.logical_id for finding in encryption.OWN_KEYS.verify(world({"Log": log, "Bucket": bucket}))] == [
        "Log"
    ]


@pytest.mark.parametrize("type", logs.WATCHED)
def test_a_log_may_be_a_resource_of_its_own(type: str) -> None:
    watcher, names, says, _ = logs.WATCHED[type]
    it = {"It": {"Type": type, "Properties": {}}}
    (finding,) = logs.verify(world(it))
    assert says in finding.message
    for reference in ({"Ref": "It"}, {"Fn::GetAtt": ["It", "Arn"]}):
        assert list(logs.verify(world({**it, "Log": {"Type": watcher, "Properties": {names: reference}}}))) == []
    other = {"Log": {"Type": watcher, "Properties": {names: {"Ref": "Elsewhere"}}}}
    assert [finding.verdict for finding in logs.verify(world({**it, **other}))] == ["not proven"]


def retained(type: str, properties: dict[str, Any] | None = None, **policies: str) -> list[str]:
    resource = {"Type": type, "Properties": properties or {"RetentionInDays": 1}, **policies}
    return [finding.path[0] for finding in retention.verify(world({"It": resource}))]


@pytest.mark.parametrize("type", sorted(stateful.STATEFUL))
def test_what_holds_data_is_kept_or_said_why_not(type: str) -> None:
    found = retained(type)
    if type in stateful.NO_POLICY_NEEDED:
        assert found == []
    else:
        assert "UpdateReplacePolicy" in found
    assert retained(type, DeletionPolicy="RetainExceptOnCreate", UpdateReplacePolicy="Retain") == []


def test_policies_are_asked_one_by_one() -> None:
    assert retained("AWS::S3::Bucket", DeletionPolicy="Retain") == ["UpdateReplacePolicy"]
    assert retained("AWS::S3::Bucket", DeletionPolicy="Delete", UpdateReplacePolicy="Snapshot") == ["DeletionPolicy"]


def test_what_has_an_end_of_its_own_may_be_deleted_by_decision_only() -> None:
    assert retained("AWS::Logs::LogGroup", DeletionPolicy="Delete", UpdateReplacePolicy="Delete") == []
    assert retained("AWS::Logs::LogGroup") == ["DeletionPolicy", "UpdateReplacePolicy"]
    assert retained("AWS::S3::Bucket", DeletionPolicy="Delete", UpdateReplacePolicy="Delete") != []


def test_what_databases_do_by_default_counts() -> None:
    for alone in ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster"):
        assert retained(alone, {"Engine": "postgres"}) == ["UpdateReplacePolicy"]
    assert retained("AWS::RDS::DBInstance", {"DBClusterIdentifier": "c"}) == ["DeletionPolicy", "UpdateReplacePolicy"]
