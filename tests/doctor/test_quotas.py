"""What templates take is compared with what each account may have."""

from typing import Any

import pytest

from fmops.bootstrap.plan import Plan
from fmops.doctor import quotas
from fmops.doctor.asking import Unasked
from fmops.doctor.scene import Scene
from tests.doctor.telling import ACCOUNT, REGION, Telling, found, scene, stack, told

VPC = {"Ref": "Vpc"}


def interfaces(count: int, vpc: Any = VPC) -> dict[str, Any]:
    one = ("AWS::EC2::VPCEndpoint", {"VpcEndpointType": "Interface", "VpcId": vpc})
    return {f"Endpoint{vpc}{number}": one for number in range(count)}


def allowing(value: float, name: str | None = None) -> Any:
    """Every quota has a value, and the name that we know it by."""
    known = {row["code"]: row["names"][0] for row in quotas.table()}
    return lambda account, region, asked: {"Quota": {"QuotaName": name or known[asked["QuotaCode"]], "Value": value}}


def needs(looked: Scene) -> dict[str, int]:
    return {spot.about.row["names"][0]: spot.about.amount for spot in quotas.spots(looked)}


def test_groups_are_counted_each_by_itself() -> None:
    many = stack({**interfaces(3), **interfaces(2, {"Ref": "Other"})})
    assert needs(scene(Telling(), many))["Interface VPC endpoints per VPC"] == 3


def test_an_accounts_quota_counts_all_its_regions_and_its_bootstrap() -> None:
    role = {"Role": "AWS::IAM::Role"}
    plan = Plan(ACCOUNT, REGION, ("retail-dev",), "", (), (), {"Resources": {"Execution": {"Type": "AWS::IAM::Role"}}})
    looked = scene(Telling(), stack(role), stack(role, region="us-east-1"), plans=[plan])
    (spot,) = [one for one in quotas.spots(looked) if one.about.row["names"] == ["Roles per account"]]
    assert spot.about.amount == 3
    assert spot.region == "us-east-1"  # where AWS keeps IAM's quotas
    stacks = [one.about.amount for one in quotas.spots(looked) if one.about.row["type"] == "stack"]
    assert stacks == [2, 1]


def test_policies_that_name_a_role_are_attached_to_it() -> None:
    named = stack(
        {
            "Role": ("AWS::IAM::Role", {"ManagedPolicyArns": ["a", "b"]}),
            "Policy": ("AWS::IAM::ManagedPolicy", {"Roles": [{"Ref": "Role"}]}),
            "Other": ("AWS::IAM::Role", {"ManagedPolicyArns": ["a"]}),
        }
    )
    assert needs(scene(Telling(), named))["Managed policies per role"] == 3


@pytest.mark.parametrize(("allowed", "verdicts"), [(50, []), (10, ["WARNING"]), (9, ["WARNING"]), (8, ["PROBLEM"])])
def test_what_is_needed_and_what_is_allowed(allowed: float, verdicts: list[str]) -> None:
    looked = scene(Telling(get_service_quota=allowing(allowed)), stack(interfaces(9)))
    findings = [one for one in found(quotas.CHECK, looked) if "VPC endpoints" in one.message]
    assert [one.verdict for one in findings] == verdicts
    assert all("--service-code vpc --quota-code L-29B6F2EB" in one.remedy for one in findings)


def test_a_quota_that_the_account_never_changed_has_awss_default() -> None:
    unset = Unasked("…", code="NoSuchResourceException")
    aws = Telling(get_service_quota=unset, get_aws_default_service_quota=allowing(5))
    assert ("PROBLEM", "Interface VPC endpoints per VPC: 9 are needed, 5 are allowed") in told(
        quotas.CHECK, scene(aws, stack(interfaces(9)))
    )


def test_another_quota_under_our_code_proves_nothing() -> None:
    looked = scene(Telling(get_service_quota=allowing(1, "Elastic IPs")), stack(interfaces(9)))
    assert {one.verdict for one in found(quotas.CHECK, looked)} == {"NOT CHECKED"}


def test_no_right_to_ask_is_not_checked() -> None:
    assert {one.verdict for one in found(quotas.CHECK, scene(Telling(), stack(interfaces(9))))} == {"NOT CHECKED"}


def test_the_embedded_aws_cannot_tell() -> None:
    aws = Telling(embedded=True, get_service_quota=allowing(5))
    assert {one.verdict for one in found(quotas.CHECK, scene(aws, stack(interfaces(9))))} == {"NOT CHECKED"}
    assert aws.asked == []


def test_every_row_has_a_code_and_a_source() -> None:
    assert all(row["code"].startswith("L-") and len(row["code"]) == 10 for row in quotas.table())
    assert all(row["source"].startswith("https://docs.aws.amazon.com/") for row in quotas.table())


def test_networks_quotas_have_the_codes_that_an_independent_table_has() -> None:
    defaults = pytest.importorskip("moto.servicequotas.resources.default_quotas.vpc").VPC_DEFAULT_QUOTAS
    theirs = {quota["QuotaCode"]: quota["QuotaName"] for quota in defaults}
    ours = {row["code"]: row["names"] for row in quotas.table() if row["service"] == "vpc"}
    assert {code: names for code, names in ours.items() if theirs[code] not in names} == {}
