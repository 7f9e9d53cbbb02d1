"""Tags that say whose everything is, and data that no deletion of a stack takes along (R7, R10)."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fmops.local import schemas
from foundation.model import Environment
from tests.assemblies import Templates, example, resources
from tests.stacks.test_stability import environment

TAGS = {"owner", "cost-center", "business-unit", "stage", "environment", "project", "data-class"}
STATEFUL = (
    "AWS::CodeCommit::Repository",
    "AWS::ECR::Repository",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SageMaker::ModelPackageGroup",
)
KEPT = ("Retain", "RetainExceptOnCreate")


def untagged(templates: Templates) -> Iterator[str]:
    """R7: resources of whatever type that can have tags, and lack one."""
    for where, resource in resources(templates):
        schema = schemas.load(resource["Type"], "eu-west-1")
        name = schemas.tag_property(schema) if schema else None
        if name:
            tags = resource.get("Properties", {}).get(name) or []
            given = tags.keys() if isinstance(tags, dict) else {tag["Key"] for tag in tags}
            yield from (f"{where}: {tag}" for tag in sorted(TAGS - given))


def production() -> dict[str, Environment]:
    """The environments that production is, or rests on."""
    return {one.name: one for one in example().environments() if one.production}


def lost(templates: Templates) -> Iterator[str]:
    """R10: data and logs of production that go with their stack."""
    units = {name for name, one in production().items() if one.business_unit}
    for where, resource in resources(templates, *STATEFUL):
        log = resource["Type"] == "AWS::Logs::LogGroup"
        kept = {resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")} <= set(KEPT)
        if not kept and (not log or environment(where.partition("/")[0]) in units):
            yield where


def _spoil(templates: Templates, type_: str, spoil: Callable[[dict[str, Any]], Any], stack: str = "") -> Templates:
    spoilt = copy.deepcopy(templates)
    spoil(next(resource for where, resource in resources(spoilt, type_) if where.startswith(stack)))
    return spoilt


def test_everything_says_whose_it_is(templates: Templates) -> None:
    assert list(untagged(templates)) == []


@pytest.mark.parametrize("type_", ["AWS::EC2::VPC", "AWS::SageMaker::Domain", "AWS::SSM::Parameter"])
def test_a_missing_tag_would_be_seen(templates: Templates, type_: str) -> None:
    schema = schemas.load(type_, "eu-west-1")
    assert schema
    spoilt = _spoil(templates, type_, lambda resource: resource["Properties"].pop(schemas.tag_property(schema)))
    assert {found.rpartition(": ")[2] for found in untagged(spoilt)} == TAGS


def test_no_deletion_of_a_stack_takes_data_along(templates: Templates) -> None:
    assert list(lost(templates)) == []


@pytest.mark.parametrize("type_", STATEFUL)
def test_a_deletion_would_be_seen(templates: Templates, type_: str) -> None:
    stack = "retail-prod" if type_ == "AWS::Logs::LogGroup" else ""
    spoilt = _spoil(templates, type_, lambda resource: resource.update(DeletionPolicy="Delete"), stack)
    assert len(list(lost(spoilt))) == 1
