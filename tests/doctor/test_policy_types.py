"""The root has the policy types of the foundation's policies enabled."""

from typing import Any

import pytest

from fmops.doctor import policy_types
from foundation import Foundation
from tests.assemblies import example
from tests.doctor.telling import Telling, found, scene, stack, told

STACK = stack({"Key": "AWS::KMS::Key"})


def delivered(how: str) -> Foundation:
    plain = example()
    policies = plain.organization.policies.model_copy(update={"deliver": how})
    return plain.model_copy(update={"organization": plain.organization.model_copy(update={"policies": policies})})


def roots(*types: str, status: str = "ENABLED") -> Telling:
    root = {"Id": "r-abcd", "PolicyTypes": [{"Type": one, "Status": status} for one in types]}
    return Telling(list_roots={"Roots": [root]})


def test_all_enabled_is_fine() -> None:
    wanted = policy_types.needed(example())
    assert "SERVICE_CONTROL_POLICY" in wanted
    assert "RESOURCE_CONTROL_POLICY" in wanted
    assert told(policy_types.CHECK, scene(roots(*wanted), STACK)) == []


@pytest.mark.parametrize(("how", "verdict"), [("stack", "PROBLEM"), ("files", "WARNING")])
def test_a_type_that_is_not_enabled_is_named_with_the_command(how: str, verdict: str) -> None:
    only = roots("SERVICE_CONTROL_POLICY")
    findings = found(policy_types.CHECK, scene(only, STACK, foundation=delivered(how)))
    assert {one.verdict for one in findings} == {verdict}
    assert any("--root-id r-abcd --policy-type RESOURCE_CONTROL_POLICY" in one.remedy for one in findings)
    assert not any("--policy-type SERVICE_CONTROL_POLICY" in one.remedy for one in findings)


def test_being_enabled_is_not_enabled_yet() -> None:
    wanted = policy_types.needed(example())
    assert len(found(policy_types.CHECK, scene(roots(*wanted, status="PENDING_ENABLE"), STACK))) == len(wanted)


def test_without_policies_nothing_is_needed() -> None:
    assert list(policy_types.CHECK.spots(scene(roots(), STACK, foundation=delivered("none")))) == []


def test_no_right_to_ask_is_not_checked() -> None:
    findings: list[Any] = found(policy_types.CHECK, scene(Telling(), STACK))
    assert [one.verdict for one in findings] == ["NOT CHECKED"]
