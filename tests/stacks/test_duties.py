"""Who may come in, and what nobody may do, account by account. Each check has a twin that fails."""

import copy
from collections.abc import Callable, Iterator

import pytest

from tests.assemblies import Templates, as_list, resources

STAGES = ("-dev-", "-preprod-", "-prod-")


def public_access_is_blocked(templates: Templates) -> Iterator[str]:
    """R16: both ways, in every account that has a network."""
    for name in (name for name in templates if name.endswith("-Network")):
        kinds = resources({name: templates[name]}, "AWS::EC2::VPCBlockPublicAccessOptions")
        if [options["Properties"]["InternetGatewayBlockMode"] for _, options in kinds] != ["block-bidirectional"]:
            yield name


def no_person_works_in_a_stage(templates: Templates) -> Iterator[str]:
    """R29: no role of dev, preprod or prod is one that a person takes (a session that must say who it is)."""
    for where, role in resources(templates, "AWS::IAM::Role"):
        if any(stage in where for stage in STAGES) and "sts:SourceIdentity" in str(role["Properties"]):
            yield where


CHECKS = (public_access_is_blocked, no_person_works_in_a_stage)


@pytest.mark.parametrize("check", CHECKS)
def test_it_holds(check: Callable[[Templates], Iterator[str]], templates: Templates) -> None:
    assert list(check(templates)) == []


def unblocked(templates: Templates) -> None:
    network = templates["retail-prod-Network"]["Resources"]
    for key in [k for k, r in network.items() if r["Type"] == "AWS::EC2::VPCBlockPublicAccessOptions"]:
        del network[key]


def inhabited(templates: Templates) -> None:
    _, role = next(resources({"x": templates["retail-prod-Hosting"]}, "AWS::IAM::Role"))
    statement = as_list(role["Properties"]["AssumeRolePolicyDocument"]["Statement"])[0]
    statement["Condition"] = {"StringEquals": {"sts:SourceIdentity": ["ana"]}}


@pytest.mark.parametrize(("check", "spoil"), list(zip(CHECKS, (unblocked, inhabited), strict=True)))
def test_it_could_fail(
    check: Callable[[Templates], Iterator[str]], spoil: Callable[[Templates], None], templates: Templates
) -> None:
    spoilt = copy.deepcopy(templates)
    spoil(spoilt)
    assert list(check(spoilt))
