"""The lake's zones: a bucket, a database and an end for each; one role writes, one zone is read from outside (R30)."""

import copy
from typing import Any

import pytest

from stacks.agreed import READABLE
from stacks.zones import ZONES
from tests.assemblies import Template, Templates, as_list, resources

STACK = "data-lake-DataLake"
NAMES = ("raw", "curated", "feature", "labelled", "feedback", "prompt-catalog")


@pytest.fixture
def template(templates: Templates) -> Template:
    return copy.deepcopy(templates[STACK])


def properties(template: Template, type_: str) -> dict[str, dict[str, Any]]:
    return {where.partition("/")[2]: one["Properties"] for where, one in resources({STACK: template}, type_)}


def zones(template: Template) -> dict[str, dict[str, Any]]:
    """The bucket of each zone that has a database, by the zone's name."""
    buckets = {one["BucketName"]: one for one in properties(template, "AWS::S3::Bucket").values()}
    return {
        bucket.removeprefix("fmops-").partition("-000000000012")[0]: buckets[bucket]
        for one in properties(template, "AWS::Glue::Database").values()
        if (bucket := str(one["DatabaseInput"]["LocationUri"]).removeprefix("s3://").rstrip("/")) in buckets
    }


def endless(template: Template) -> list[str]:
    """Zones where old versions, or parts of uploads that were never finished, stay for ever."""
    found = []
    for name, bucket in zones(template).items():
        rules = bucket.get("LifecycleConfiguration", {}).get("Rules", [])
        ends = any("NoncurrentVersionExpiration" in rule for rule in rules) or name == "prompt-catalog"
        if not ends or not any("AbortIncompleteMultipartUpload" in rule for rule in rules):
            found.append(name)
    return found


def writers(template: Template) -> dict[str, set[str]]:
    """The zones that the data lake's roles may write, by policy."""
    return {
        policy: {
            str(on).removeprefix("arn:aws:s3:::fmops-").partition("-000000000012")[0]
            for statement in one["PolicyDocument"]["Statement"]
            if "s3:PutObject" in as_list(statement["Action"])
            for on in as_list(statement["Resource"])
        }
        for policy, one in properties(template, "AWS::IAM::ManagedPolicy").items()
    }


def readers(template: Template) -> set[str]:
    """The zones whose bucket policy lets a named role in."""
    return {
        template["Resources"][policy["Bucket"]["Ref"]]["Properties"]["BucketName"].removeprefix("fmops-")[:-23]
        for policy in properties(template, "AWS::S3::BucketPolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if "aws:PrincipalArn" in statement.get("Condition", {}).get("StringEquals", {})
    }


def test_every_zone_has_a_bucket_and_a_database_there(template: Template) -> None:
    assert tuple(zone.name for zone in ZONES) == NAMES
    assert set(zones(template)) == set(NAMES)


def test_a_database_that_points_elsewhere_would_be_seen(template: Template) -> None:
    database = next(iter(properties(template, "AWS::Glue::Database").values()))
    database["DatabaseInput"]["LocationUri"] = "s3://elsewhere/"
    assert len(zones(template)) == len(NAMES) - 1


def test_what_is_old_goes_and_what_is_rarely_read_moves(template: Template) -> None:
    assert endless(template) == []
    raw, feedback = zones(template)["raw"], zones(template)["feedback"]
    (transition,) = (rule["Transitions"] for rule in raw["LifecycleConfiguration"]["Rules"] if "Transitions" in rule)
    assert transition == [{"StorageClass": "STANDARD_IA", "TransitionInDays": 90}]
    assert any(rule.get("ExpirationInDays") == 730 for rule in feedback["LifecycleConfiguration"]["Rules"])


def test_a_zone_without_an_end_would_be_seen(template: Template) -> None:
    zones(template)["feature"].pop("LifecycleConfiguration")
    assert endless(template) == ["feature"]


def test_one_role_writes_and_only_what_comes_from_outside(template: Template) -> None:
    assert [zones_ for zones_ in writers(template).values() if zones_] == [{"raw", "curated", "feature"}]


def test_one_zone_is_read_from_other_accounts(template: Template) -> None:
    assert readers(template) == {READABLE}


def test_personal_and_raw_data_say_so(template: Template) -> None:
    classes = {
        name: next(tag["Value"] for tag in bucket["Tags"] if tag["Key"] == "data-class")
        for name, bucket in zones(template).items()
    }
    assert {name for name, value in classes.items() if value == "confidential"} == {"raw", "feedback"}
