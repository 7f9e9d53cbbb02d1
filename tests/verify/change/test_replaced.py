"""What a change does to data: replaced, deleted, moved, each with its clean twin."""

import copy
from typing import Any

import pytest

from fmops.verify import stateful
from fmops.verify.change import replaced
from fmops.verify.change.pairs import Change
from fmops.verify.findings import Finding
from fmops.verify.templates import Template
from fmops.verify.values import World

Resources = dict[str, Any]
KEEP = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


def resource(type: str, properties: Resources | None = None, **more: Any) -> Resources:
    return {"Type": type, "Properties": properties or {}, **more}


def template(resources: Resources, stack: str = "s", file: str = "t.json", **body: Any) -> Template:
    return Template(file, stack, {"Resources": resources, **body}, "111111111111", "eu-west-1")


def changed(old: Any, new: Any, **body: Any) -> list[Finding]:
    """Findings of two templates' resources, or of two lists of templates."""
    worlds = [World(side if isinstance(side, list) else [template(side, **body)]) for side in (new, old)]
    return list(replaced.verify(Change.between(*worlds)))


def said(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(found.rule.removeprefix("Change-"), found.logical_id, found.verdict) for found in findings]


TABLE = "AWS::DynamoDB::Table"
VPC = resource("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"})
SUBNETS = resource("AWS::RDS::DBSubnetGroup", {"DBSubnetGroupName": "mine", "SubnetIds": ["subnet-1"]})
SCHEMA = [{"AttributeName": "a", "KeyType": "HASH"}]

REPLACED: dict[str, tuple[Resources, Resources]] = {
    "a create-only property": (
        {"It": resource("AWS::S3::Bucket", {"BucketName": "one"})},
        {"It": resource("AWS::S3::Bucket", {"BucketName": "two"})},
    ),
    "one that is new": (
        {"It": resource("AWS::SQS::Queue")},
        {"It": resource("AWS::SQS::Queue", {"FifoQueue": True})},
    ),
    "one that is no more": (
        {"It": resource("AWS::EFS::FileSystem", {"Encrypted": True})},
        {"It": resource("AWS::EFS::FileSystem")},
    ),
    "another type": ({"It": resource(TABLE)}, {"It": resource("AWS::S3::Bucket")}),
    "a nested one": (
        {"It": resource("AWS::ECR::Repository", {"EncryptionConfiguration": {"EncryptionType": "AES256"}})},
        {"It": resource("AWS::ECR::Repository", {"EncryptionConfiguration": {"EncryptionType": "KMS"}})},
    ),
    "by a mapping": (
        {"It": resource("AWS::S3::Bucket", {"BucketName": "one"})},
        {"It": resource("AWS::S3::Bucket", {"BucketName": {"Fn::FindInMap": ["Names", "a", "b"]}})},
    ),
    "by another": (
        {"Group": SUBNETS, "It": resource("AWS::RDS::DBInstance", {"DBSubnetGroupName": {"Ref": "Group"}})},
        {
            "Group": resource("AWS::RDS::DBSubnetGroup", {"DBSubnetGroupName": "other", "SubnetIds": ["subnet-1"]}),
            "It": resource("AWS::RDS::DBInstance", {"DBSubnetGroupName": {"Ref": "Group"}}),
        },
    ),
}
KEPT: dict[str, tuple[Resources, Resources]] = {
    "another property": (
        {"It": resource("AWS::S3::Bucket", {"BucketName": "one"})},
        {"It": resource("AWS::S3::Bucket", {"BucketName": "one", "Tags": [{"Key": "a", "Value": "b"}]})},
    ),
    "the same, written otherwise": (
        {"It": resource("AWS::S3::Bucket", {"BucketName": "one-eu-west-1"})},
        {"It": resource("AWS::S3::Bucket", {"BucketName": {"Fn::Sub": "one-${AWS::Region}"}})},
    ),
    "truth as text": (
        {"It": resource("AWS::EFS::FileSystem", {"Encrypted": True})},
        {"It": resource("AWS::EFS::FileSystem", {"Encrypted": "true"})},
    ),
    "what holds nothing": (
        {"It": resource("AWS::EC2::Subnet", {"CidrBlock": "10.0.0.0/24"})},
        {"It": resource("AWS::EC2::Subnet", {"CidrBlock": "10.0.1.0/24"})},
    ),
    "a neighbour that it doesn't refer to": (
        {"Vpc": VPC, "It": resource("AWS::S3::Bucket")},
        {"Vpc": resource("AWS::EC2::VPC", {"CidrBlock": "10.1.0.0/16"}), "It": resource("AWS::S3::Bucket")},
    ),
    "what is new": ({}, {"It": resource("AWS::S3::Bucket")}),
}
NAMES = {"Names": {"a": {"b": "two"}}}


@pytest.mark.parametrize("name", REPLACED)
def test_a_replacement_is_found(name: str) -> None:
    found = changed(*REPLACED[name], Mappings=NAMES)
    assert said(found) == [("Replaced", "It", "found")]
    assert found[0].path[0] == "s/It"
    assert found[0].remedy


@pytest.mark.parametrize("name", KEPT)
def test_what_stays_is_not(name: str) -> None:
    assert changed(*KEPT[name], Mappings=NAMES) == []


def test_it_says_what_becomes_of_the_data() -> None:
    old, new = copy.deepcopy(REPLACED["a create-only property"])
    assert "with objects, is deleted" in changed(old, new)[0].message
    old["It"] |= KEEP
    assert "stays behind" in changed(old, new)[0].message


def test_a_name_that_is_taken_fails_the_deployment() -> None:
    old = {"It": resource(TABLE, {"TableName": "mine", "KeySchema": SCHEMA})}
    new = {"It": resource(TABLE, {"TableName": "mine", "KeySchema": [*SCHEMA, *SCHEMA]})}
    (finding,) = changed(old, new)
    assert "Its name mine is taken" in finding.message
    assert "is taken" not in changed(*REPLACED["a create-only property"])[0].message


def test_what_is_given_at_the_launch_is_not_proven() -> None:
    old = {"It": resource("AWS::S3::Bucket", {"BucketName": "one"})}
    new = {"It": resource("AWS::S3::Bucket", {"BucketName": {"Ref": "Given"}})}
    assert said(changed(old, new, Parameters={"Given": {"Type": "String"}})) == [("Replaced", "It", "not proven")]
    assert changed(new, new, Parameters={"Given": {"Type": "String"}}) == []


def test_what_may_replace_by_its_schema_is_not_proven() -> None:
    old = {"It": resource("AWS::RDS::DBInstance", {"StorageEncrypted": True, "Engine": "mysql"})}
    new = {"It": resource("AWS::RDS::DBInstance", {"StorageEncrypted": True, "Engine": "postgres"})}
    assert said(changed(old, new)) == [("Replaced", "It", "not proven")]


def test_a_type_without_a_schema_is_not_proven() -> None:
    old, new = {"It": resource("Acme::Store::Box", {"Size": 1})}, {"It": resource("Acme::Store::Box", {"Size": 2})}
    assert said(changed(old, new)) == [("Replaced", "It", "not proven")]
    assert changed(old, old) == []
    assert said(changed(old, {})) == [("Deleted", "It", "not proven")]


@pytest.mark.parametrize("type", sorted(stateful.STATEFUL))
def test_a_deletion_is_found(type: str) -> None:
    (finding,) = changed({"It": resource(type)}, {"Other": resource("AWS::SSM::Parameter")})
    assert (finding.rule, finding.logical_id) == ("Change-Deleted", "It")
    assert stateful.STATEFUL[type] in finding.message or "stays behind" in finding.message


def test_what_is_kept_leaves_the_templates() -> None:
    (finding,) = changed({"It": resource("AWS::S3::Bucket", **KEEP)}, {})
    assert "stays behind, with objects" in finding.message


def test_what_holds_nothing_may_go() -> None:
    assert changed({"It": resource("AWS::EC2::Subnet")}, {}) == []


def test_a_stack_that_is_no_more_takes_its_data_with_it() -> None:
    other = template({}, "other")
    bucket = template({"It": resource("AWS::S3::Bucket")}, "s")
    assert said(changed([bucket, other], [other])) == [("Deleted", "It", "found")]


KEY = resource("AWS::KMS::Key", {"Description": "of the bucket"})


def encrypted(key: str) -> Resources:
    rule = {"ServerSideEncryptionByDefault": {"KMSMasterKeyID": {"Fn::GetAtt": [key, "Arn"]}}}
    return resource("AWS::S3::Bucket", {"BucketEncryption": {"ServerSideEncryptionConfiguration": [rule]}})


def test_another_logical_id_is_a_move() -> None:
    found = changed({"OldA1": encrypted("Key"), "Key": KEY}, {"NewB2": encrypted("Key"), "Key": KEY})
    assert said(found) == [("Moved", "NewB2", "found")]
    assert found[0].path == ("s/OldA1", "s/NewB2")
    assert "with objects, is deleted" in found[0].message


def test_several_that_refer_to_each_other_move_together() -> None:
    found = changed({"A1": encrypted("Key1"), "Key1": KEY}, {"A2": encrypted("Key2"), "Key2": KEY})
    assert sorted(finding.path for finding in found) == [("s/A1", "s/A2"), ("s/Key1", "s/Key2")]


def test_another_stack_is_a_move() -> None:
    here = [template({"It": KEY}, "a"), template({}, "b")]
    there = [template({}, "a"), template({"It": KEY}, "b")]
    assert [finding.path for finding in changed(here, there)] == [("a/It", "b/It")]


def test_a_move_of_a_name_fails_the_deployment() -> None:
    role = resource("AWS::IAM::Role", {"RoleName": "mine"})
    (finding,) = changed({"Old": role}, {"New": role})
    assert (finding.rule, "Its name mine is taken" in finding.message) == ("Change-Moved", True)
    assert changed({"Old": resource("AWS::IAM::Role")}, {"New": resource("AWS::IAM::Role")}) == []


def test_one_that_is_different_is_deleted_not_moved() -> None:
    other = resource("AWS::KMS::Key", {"Description": "of the queue"})
    assert said(changed({"Old": KEY}, {"New": other})) == [("Deleted", "Old", "found")]


def test_two_files_are_each_others_whatever_they_are_called() -> None:
    old = template({"It": resource("AWS::S3::Bucket", {"BucketName": "one"})}, "old", "old.yaml")
    new = template({"It": resource("AWS::S3::Bucket", {"BucketName": "two"})}, "new", "new.yaml")
    assert said(changed([old], [new])) == [("Replaced", "It", "found")]
    assert changed([old], [template(dict(old.body["Resources"]), "new", "new.yaml")]) == []
