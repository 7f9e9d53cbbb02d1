"""Whether the organisation is the configured one, and each account is in it and can be entered."""

from collections.abc import Iterator

from fmops.doctor.asking import Unasked, Unreachable
from fmops.doctor.check import Check
from fmops.doctor.findings import Said, problem
from fmops.doctor.scene import Scene, Spot
from fmops.target import ADMIN_ROLE

SOURCE = "https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html"
NONE = "AWSOrganizationsNotInUseException"


def organization(scene: Scene, spot: Spot) -> Iterator[Said]:
    """Compares the command's own organisation with the configured one."""
    yield from _same(scene, spot)


def account(scene: Scene, spot: Spot) -> Iterator[Said]:
    """Enters an account, and asks in it whose member it is."""
    try:
        scene.aws.ask(spot.account, spot.region, "sts", "get_caller_identity")
    except Unreachable as why:
        yield problem(
            f"it can't be entered: {why.detail}",
            f"Let the platform's credentials take {ADMIN_ROLE} there, or correct the account's id.",
        )
        return
    yield from _same(scene, spot)


def _same(scene: Scene, spot: Spot) -> Iterator[Said]:
    wanted = scene.foundation.organization
    try:
        found = scene.aws.ask(spot.account, spot.region, "organizations", "describe_organization")["Organization"]
    except Unasked as why:
        if why.code != NONE:
            raise
        yield problem("it is in no organisation", f"Invite it into {wanted.id}, or correct its id.")
        return
    for what, said, told in (
        ("organization.id", wanted.id, found["Id"]),
        ("organization.management_account", wanted.management_account, found["MasterAccountId"]),
    ):
        if said != told:
            yield problem(f"{what} is {said}, and AWS says {told}", f"Correct {what}, or ask with other credentials.")


ORGANIZATION = Check(
    "organisation",
    "the organisation's id and management account",
    SOURCE,
    lambda scene: [scene.organization],
    organization,
)
ACCOUNTS = Check(
    "accounts",
    "whether each account can be entered and is a member",
    "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html",
    lambda scene: scene.accounts(),
    account,
)
