"""The checks ask an AWS that runs: the embedded one, which knows an organisation and its policies, and no quotas."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from fmops.bootstrap.plan import Plan
from fmops.doctor import accounts, bootstrapped, control_policies, policy_types, quotas
from fmops.doctor.asking import Aws
from fmops.doctor.check import Check
from fmops.doctor.scene import Scene, Spot
from fmops.target import Target
from foundation import Foundation
from tests.assemblies import example
from tests.doctor.telling import stack, told
from tests.local.conftest import ORGANIZATION, REGION, Embedded, start

pytestmark = pytest.mark.e2e
MEMBER, STRANGER = "000000000012", "999999999999"


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """A server of its own: a policy is attached to its whole organisation."""
    found = start(tmp_path_factory.mktemp("doctor"))
    yield found
    found.stop()


def foundation(**organization: str) -> Foundation:
    plain = example()
    known = {"id": ORGANIZATION["id"], "management_account": ORGANIZATION["management_account"], **organization}
    return plain.model_copy(update={"organization": plain.organization.model_copy(update=known)})


def asked(embedded: Embedded, *, account: str = MEMBER, **organization: str) -> Scene:
    right = {"Effect": "Allow", "Action": ["kms:CreateKey"], "Resource": ["*"]}
    plan = Plan(account, REGION, ("tooling",), "", (), ({"Statement": [right]},), {"Outputs": {}})
    aws = Aws(Target("the embedded AWS", REGION, embedded.url))
    return Scene(foundation(**organization), aws, [stack({"Key": "AWS::KMS::Key"}, account, name="tooling")], [plan])


def verdicts(check: Check, scene: Scene) -> list[str]:
    return [verdict for verdict, _ in told(check, scene)]


def test_the_organisation_and_its_accounts(embedded: Embedded) -> None:
    ours = asked(embedded)
    assert told(accounts.ORGANIZATION, ours) == told(accounts.ACCOUNTS, ours) == []
    other = asked(embedded, id="o-another0001")
    assert verdicts(accounts.ORGANIZATION, other) == verdicts(accounts.ACCOUNTS, other) == ["PROBLEM"]
    assert verdicts(accounts.ACCOUNTS, asked(embedded, account=STRANGER)) == ["PROBLEM"]


def test_an_account_without_toolkit(embedded: Embedded) -> None:
    assert told(bootstrapped.CHECK, asked(embedded)) == [("WARNING", "it isn't bootstrapped yet")]


def test_policy_types_of_the_root(embedded: Embedded) -> None:
    messages = [message for _, message in told(policy_types.CHECK, asked(embedded))]
    assert not any("SERVICE_CONTROL_POLICY" in message for message in messages)
    assert any("RESOURCE_CONTROL_POLICY" in message for message in messages)


def test_a_control_policy_that_is_attached_there_is_found(embedded: Embedded) -> None:
    assert told(control_policies.CHECK, asked(embedded)) == []
    organizations: Any = embedded.client("organizations", str(ORGANIZATION["management_account"]))
    deny = {"Sid": "NoKeys", "Effect": "Deny", "Action": "kms:CreateKey", "Resource": "*"}
    content = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    made = organizations.create_policy(Name="corp", Description="d", Type=control_policies.KIND, Content=content)
    organizations.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=MEMBER)
    ((verdict, message),) = told(control_policies.CHECK, asked(embedded))
    assert verdict == "PROBLEM"
    assert "Statement[0] (NoKeys) denies kms:CreateKey" in message


def test_what_it_has_not_got_is_not_checked(embedded: Embedded) -> None:
    assert set(verdicts(quotas.CHECK, asked(embedded))) == {"NOT CHECKED"}
    scene = asked(embedded)
    trusted = Check(
        "trusted",
        "",
        "",
        lambda found: [found.organization],
        lambda found, spot: iter(_trusted(found, spot)),
    )
    assert told(trusted, scene) == [
        ("NOT CHECKED", "the embedded AWS has no organizations:ListAWSServiceAccessForOrganization")
    ]


def _trusted(scene: Scene, spot: Spot) -> list[Any]:
    scene.aws.ask(spot.account, spot.region, "organizations", "list_aws_service_access_for_organization")
    return []
