"""What resources need of the organisation follows from the templates."""

from typing import Any

import pytest

from fmops.doctor import access
from fmops.doctor.asking import Unasked
from tests.doctor.telling import ACCOUNT, Telling, found, scene, stack, told

SHARE = ("AWS::RAM::ResourceShare", {"Principals": ["arn:aws:organizations::1:organization/o-a"]})
BY_ID = ("AWS::RAM::ResourceShare", {"Principals": ["000000000023"]})
JOINED = ("AWS::RAM::ResourceShare", {"Principals": [{"Fn::Sub": "arn:aws:organizations::1:ou/o-a/ou-b"}]})
ANALYZER = ("AWS::AccessAnalyzer::Analyzer", {"Type": "ORGANIZATION"})
OWN_ANALYZER = ("AWS::AccessAnalyzer::Analyzer", {"Type": "ACCOUNT"})
AGGREGATOR = ("AWS::Config::ConfigurationAggregator", {"OrganizationAggregationSource": {"RoleArn": "x"}})
POLICY = "AWS::Organizations::Policy"


def trusted(*services: str, delegated: str = "") -> Telling:
    return Telling(
        list_aws_service_access_for_organization={
            "EnabledServicePrincipals": [{"ServicePrincipal": service} for service in services]
        },
        list_delegated_administrators={"DelegatedAdministrators": [{"Id": delegated}] if delegated else []},
        describe_resource_policy=Unasked("none", code="ResourcePolicyNotFoundException"),
    )


@pytest.mark.parametrize("resource", [BY_ID, OWN_ANALYZER, ("AWS::ServiceCatalog::PortfolioShare", {"AccountId": "1"})])
def test_what_stays_between_accounts_needs_nothing(resource: Any) -> None:
    assert list(access.spots(scene(trusted(), stack({"It": resource})))) == []


@pytest.mark.parametrize("resource", [SHARE, JOINED])
def test_sharing_with_the_organisation_needs_trusted_access(resource: Any) -> None:
    assert told(access.CHECK, scene(trusted("ram.amazonaws.com"), stack({"It": resource}))) == []
    (finding,) = found(access.CHECK, scene(trusted(), stack({"It": resource})))
    assert finding.verdict == "PROBLEM"
    assert "ram.amazonaws.com" in finding.message
    assert "aws ram enable-sharing-with-aws-organization" in finding.remedy


@pytest.mark.parametrize(
    ("resource", "service"), [(ANALYZER, "access-analyzer.amazonaws.com"), (AGGREGATOR, "config.amazonaws.com")]
)
def test_who_acts_for_the_organisation_is_its_delegate(resource: Any, service: str) -> None:
    assert told(access.CHECK, scene(trusted(service, delegated=ACCOUNT), stack({"It": resource}))) == []
    (finding,) = found(access.CHECK, scene(trusted(service), stack({"It": resource})))
    assert f"--account-id {ACCOUNT} --service-principal {service}" in finding.remedy


def test_the_management_account_needs_no_delegation() -> None:
    looked = scene(trusted("access-analyzer.amazonaws.com"), stack({"It": ANALYZER}, account="000000000001"))
    assert told(access.CHECK, looked) == []


def test_policies_of_the_organisation_elsewhere_need_a_delegation_policy() -> None:
    looked = scene(trusted(), stack({"It": POLICY}))
    assert [one.verdict for one in found(access.CHECK, looked)] == ["PROBLEM"]
    delegating = trusted()
    delegating.answers["describe_resource_policy"] = {"ResourcePolicy": {"Content": f'{{"AWS": "{ACCOUNT}"}}'}}
    assert told(access.CHECK, scene(delegating, stack({"It": POLICY}))) == []


def test_no_right_to_ask_is_not_checked() -> None:
    assert [one.verdict for one in found(access.CHECK, scene(Telling(), stack({"It": SHARE})))] == ["NOT CHECKED"]


def test_every_row_has_a_source() -> None:
    assert all(row["source"].startswith("https://docs.aws.amazon.com/") for row in access.table())
