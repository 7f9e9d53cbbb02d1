"""The example organisation has nothing that posture finds, and each hole made in it is found."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fmops.verify import posture
from fmops.verify.templates import Template, read
from fmops.verify.values import World
from tests.assemblies import Templates

Spoil = Callable[[Templates], None]


def test_it_has_no_finding(assembly: Path) -> None:
    tags = ("business-unit", "owner", "cost-center")
    found = list(posture.verify(World(read([assembly])), posture.Options([assembly], tags=tags)))
    assert [f"{finding.rule} {finding.where}: {finding.message}" for finding in found] == []


def world(templates: Templates) -> World:
    place = ("000000000012", "eu-west-1")
    return World([Template(f"{name}.json", name, body, *place) for name, body in templates.items()])


def first(templates: Templates, type: str) -> dict[str, Any]:
    found = (r for t in templates.values() for r in t["Resources"].values() if r["Type"] == type)
    resource: dict[str, Any] = next(found)
    return resource


def without(type: str, setting: str) -> Spoil:
    def spoil(templates: Templates) -> None:
        resource = first(templates, type)
        (resource if setting in resource else resource["Properties"]).pop(setting)

    return spoil


def with_(type: str, **properties: Any) -> Spoil:
    return lambda templates: first(templates, type)["Properties"].update(properties)


def added(type: str, **properties: Any) -> Spoil:
    return lambda templates: templates["tooling-Tooling"]["Resources"].update(
        Spoilt={"Type": type, "Properties": properties}
    )


HOLES: tuple[tuple[str, Spoil], ...] = (
    ("Posture-Encryption", without("AWS::SNS::Topic", "KmsMasterKeyId")),
    ("Posture-Logging", without("AWS::StepFunctions::StateMachine", "LoggingConfiguration")),
    ("Posture-LogRetention", without("AWS::Logs::LogGroup", "RetentionInDays")),
    ("Posture-Retention", without("AWS::S3::Bucket", "DeletionPolicy")),
    ("Posture-Retention", without("AWS::KMS::Key", "UpdateReplacePolicy")),
    ("Posture-ClosedService", added("AWS::SageMaker::MonitoringSchedule")),
    ("Posture-Secret", with_("AWS::Lambda::Function", Environment={"Variables": {"API_KEY": "hunter2"}})),
    ("Posture-Partition", with_("AWS::Lambda::Function", Layers=["arn:aws-cn:lambda:cn-north-1:000000000012:layer:a"])),
    ("Posture-Tag", without("AWS::KMS::Key", "Tags")),
)


@pytest.mark.parametrize(("rule", "spoil"), HOLES)
def test_a_hole_in_it_would_be_seen(rule: str, spoil: Spoil, templates: Templates) -> None:
    def rules(bodies: Templates) -> list[str]:
        asked = posture.Options(tags=("owner",))
        return sorted(f.rule for f in posture.verify(world(bodies), asked) if f.rule == rule)

    spoilt = copy.deepcopy(templates)
    spoil(spoilt)
    assert len(rules(spoilt)) > len(rules(templates))
