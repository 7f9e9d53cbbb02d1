"""A second region: an environment of its own with what is regional, and no identity twice in an account."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foundation import Foundation
from tests.assemblies import Templates, example, read, resources, synthesise
from tests.stacks.conftest import changed

HERE, THERE = "retail-dev", "retail-dev-us-east-1"
ONCE = ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::Budgets::Budget")


def in_regions(*regions: str) -> Foundation:
    """The example with other regions for retail's dev account."""
    values: dict[str, Any] = example().model_dump()
    values["regions"]["others"] = regions
    values["network"]["other_supernets"] = dict(zip(regions, ("10.80.0.0/12", "10.96.0.0/12"), strict=False))
    values["business_units"]["retail"]["regions"]["dev"] = regions
    return changed(example(), **values)


def identities(templates: Templates) -> Iterator[str]:
    """The name of each resource that an account has once; CloudFormation makes one up of the stack's where none is."""
    for where, resource in resources(templates, *ONCE):
        if where.startswith((f"{HERE}-Baseline", f"{HERE}-Network", THERE)):
            properties = resource["Properties"]
            yield str(properties.get("RoleName") or properties.get("ManagedPolicyName") or where)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    outdir = tmp_path_factory.mktemp("alone")
    synthesise(in_regions(), outdir)
    return read(outdir)


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    outdir = tmp_path_factory.mktemp("beside")
    synthesise(in_regions("us-east-1"), outdir)
    return read(outdir)


def test_its_environment_is_named_after_it() -> None:
    environments = {e.name: e for e in in_regions("us-east-1").environments()}
    home, other = environments[HERE], environments[THERE]
    assert (home.region, home.home) == ("eu-west-1", True)
    assert (other.region, other.home) == ("us-east-1", False)
    assert other.account == home.account
    assert not other.cidr.overlaps(home.cidr)


def test_it_has_keys_and_a_network(beside: Templates) -> None:
    assert sorted(name for name in beside if name.startswith(THERE)) == [f"{THERE}-Baseline", f"{THERE}-Network"]
    assert list(resources({f"{THERE}-Baseline": beside[f"{THERE}-Baseline"]}, "AWS::KMS::Key"))
    assert "com.amazonaws.us-east-1.kms" in str(beside[f"{THERE}-Network"])
    assert "eu-west-1" not in str(beside[f"{THERE}-Network"])


def test_no_identity_is_there_twice(beside: Templates) -> None:
    assert [name for name, times in Counter(identities(beside)).items() if times > 1] == []


def test_an_identity_that_is_there_twice_would_be_seen(beside: Templates) -> None:
    twice = {**beside, f"{THERE}-Again": beside[f"{HERE}-Network"]}
    assert [name for name, times in Counter(identities(twice)).items() if times > 1]


def test_a_region_changes_nothing_but_the_address_plan(alone: Templates, beside: Templates) -> None:
    """It lists the new network."""
    differing = [
        f"{stack}/{logical_id}"
        for stack, template in alone.items()
        for logical_id in template["Resources"]
        if template["Resources"][logical_id] != beside[stack]["Resources"].get(logical_id)
    ]
    assert [where.rstrip("0123456789ABCDEF") for where in differing] == ["network-AddressPlan/Networks"]


def test_it_can_be_synthesised_alone(tmp_path: Path) -> None:
    from stacks.application import Application

    app = Application(outdir=tmp_path, context={"accounts": THERE})
    app.build(in_regions("us-east-1"))
    assert app.passes()
    assert {name.rpartition("-")[0] for name in read(tmp_path)} == {THERE}
