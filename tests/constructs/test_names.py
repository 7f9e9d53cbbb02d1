"""Names: their limits hold for the longest business unit, project, account and region."""

import pytest
from fmops_constructs import names

UNIT, PROJECT, ACCOUNT, REGION = "a" * 12, "p" * 24, "0" * 12, "ap-southeast-2"


def test_the_longest_names_fit() -> None:
    assert names.BUSINESS_UNIT.fullmatch(UNIT)
    assert names.PROJECT.fullmatch(PROJECT)
    project = names.Project(PROJECT, UNIT)
    assert len(names.bucket("access-logs", ACCOUNT, REGION)) <= 63
    assert len(names.role("start-pipeline", UNIT)) <= 64
    assert len(project.endpoint("preprod")) <= 63


@pytest.mark.parametrize("name", ["a" * 13, "A", "a-b", "1a", "", "a"])
def test_a_wrong_business_unit_is_no_match(name: str) -> None:
    assert not names.BUSINESS_UNIT.fullmatch(name)


@pytest.mark.parametrize("name", ["p" * 25, "P", "a--b", "a-", "1a", ""])
def test_a_wrong_project_is_no_match(name: str) -> None:
    assert not names.PROJECT.fullmatch(name)


def test_a_role_is_named_alike_by_everyone() -> None:
    assert names.role_arn("000000000022", "training", "retail") == (
        "arn:aws:iam::000000000022:role/fmops/fmops-retail-training"
    )
    assert names.role_arn("000000000011", "events") == "arn:aws:iam::000000000011:role/fmops/fmops-events"


def test_the_launch_role_is_found_by_its_name_alone() -> None:
    """And no other: a unit's role of the same short name is one like any other."""
    assert names.role_arn("000000000011", "launch") == "arn:aws:iam::000000000011:role/fmops-launch"
    assert names.role_arn("000000000011", "launcher").endswith(":role/fmops/fmops-launcher")
