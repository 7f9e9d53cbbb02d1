"""One organisation over all accounts."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import ORGANIZATION

pytestmark = pytest.mark.e2e
MANAGEMENT, TOOLING, GOVERNANCE = "000000000001", "000000000012", "000000000010"


def test_every_account_sees_the_same_organisation(embedded: Any) -> None:
    for account in (MANAGEMENT, TOOLING):
        found = embedded.client("organizations", account).describe_organization()["Organization"]
        assert (found["Id"], found["MasterAccountId"]) == (ORGANIZATION["id"], MANAGEMENT)


def test_the_management_account_lists_the_configured_accounts(embedded: Any) -> None:
    accounts = embedded.client("organizations", MANAGEMENT).list_accounts()["Accounts"]
    assert {found["Id"]: found["Name"] for found in accounts}.items() >= ORGANIZATION["accounts"].items()


def test_a_member_does_not_administer(embedded: Any) -> None:
    with pytest.raises(ClientError, match="AccessDeniedException"):
        embedded.client("organizations", TOOLING).list_accounts()


def test_base_credentials_enter_a_member_by_its_access_role(embedded: Any) -> None:
    role = f"arn:aws:iam::{TOOLING}:role/OrganizationAccountAccessRole"
    taken = embedded.assume("sts", role, by=MANAGEMENT)
    assert taken.get_caller_identity()["Account"] == TOOLING


def test_a_stranger_does_not(embedded: Any) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        embedded.assume("sts", f"arn:aws:iam::{TOOLING}:role/OrganizationAccountAccessRole", by=GOVERNANCE)
    with pytest.raises(ClientError, match="AccessDenied"):
        embedded.assume("sts", "arn:aws:iam::999999999999:role/OrganizationAccountAccessRole", by=MANAGEMENT)


@pytest.mark.parametrize(("organization", "allowed"), [(ORGANIZATION["id"], True), ("o-somebodyelse", False)])
def test_a_bucket_can_be_open_to_the_organisation(embedded: Any, organization: str, allowed: bool) -> None:
    bucket, s3 = f"org-{organization}", embedded.client("s3", TOOLING)
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": organization}},
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    other = embedded.assume("s3", f"arn:aws:iam::{GOVERNANCE}:role/OrganizationAccountAccessRole", by=MANAGEMENT)
    if allowed:
        assert other.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    else:
        with pytest.raises(ClientError, match="AccessDenied"):
            other.get_object(Bucket=bucket, Key="k")


def test_an_account_that_is_made_has_its_access_role(embedded: Any) -> None:
    organizations = embedded.client("organizations", MANAGEMENT)
    made = organizations.create_account(Email="new@example.com", AccountName="new")["CreateAccountStatus"]["AccountId"]
    taken = embedded.assume("sts", f"arn:aws:iam::{made}:role/OrganizationAccountAccessRole", by=MANAGEMENT)
    assert taken.get_caller_identity()["Account"] == made


def test_service_control_policies_are_kept(embedded: Any) -> None:
    organizations = embedded.client("organizations", MANAGEMENT)
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="workloads")["OrganizationalUnit"]
    content = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "x:*", "Resource": "*"}]})
    made = organizations.create_policy(Name="p", Description="d", Type="SERVICE_CONTROL_POLICY", Content=content)
    policy = made["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=unit["Id"])
    targets = organizations.list_targets_for_policy(PolicyId=policy)["Targets"]
    assert [target["TargetId"] for target in targets] == [unit["Id"]]
    assert organizations.describe_policy(PolicyId=policy)["Policy"]["Content"] == content
