"""Whether services have the trusted access, and accounts the delegation, that resources of the templates rest on."""

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from fmops.doctor.asking import Unasked, listed
from fmops.doctor.check import Check
from fmops.doctor.findings import Said, problem
from fmops.doctor.scene import Resource, Scene, Spot, resources

FILE = Path(__file__).with_name("access.yaml")
ORGANIZATIONS = "organizations.amazonaws.com"
"""The service itself needs no trusted access; another account than management's needs a delegation policy."""


@functools.cache
def table() -> Sequence[Mapping[str, Any]]:
    """What resources need, as data."""
    found: list[dict[str, Any]] = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))
    return found


def applies(row: Mapping[str, Any], resource: Resource) -> bool:
    """Whether a row is about a resource."""
    return row["type"] == resource.type and all(
        _matches(resource.properties.get(name), wanted) for name, wanted in row.get("when", {}).items()
    )


def _matches(value: Any, wanted: str | bool) -> bool:
    """Whether a value begins with a text; with `true`, whether there is one. One of a list, or within a function."""
    if isinstance(wanted, bool):
        return bool(value) == wanted
    if isinstance(value, list):
        return any(_matches(one, wanted) for one in value)
    return value.startswith(wanted) if isinstance(value, str) else wanted in json.dumps(value)


def spots(scene: Scene) -> Iterator[Spot]:
    """A spot per account and row, with the row."""
    for account in scene.accounts():
        for row in table():
            if any(applies(row, resource) for resource in resources(account.about, row["type"])):
                yield Spot(account.place, account.account, account.region, row)


def look(scene: Scene, spot: Spot) -> Iterator[Said]:
    """Compares a row with what the organisation has enabled and delegated."""
    row, home = spot.about, scene.organization.region
    service, own = row["service"], spot.account == scene.foundation.organization.management_account
    if service == ORGANIZATIONS:
        if not own:
            yield from _policy(scene, spot, row)
        return
    trusted = scene.aws.ask(None, home, "organizations", "list_aws_service_access_for_organization")
    if service not in {entry["ServicePrincipal"] for entry in listed(trusted, "EnabledServicePrincipals")}:
        by_hand = f"aws organizations enable-aws-service-access --service-principal {service}"
        yield problem(
            f"{row['type']} needs trusted access for {service}, which isn't enabled",
            f"{row.get('enable', by_hand)} ({row['source']})",
        )
    if row.get("delegated") and not own:
        found = scene.aws.ask(None, home, "organizations", "list_delegated_administrators", ServicePrincipal=service)
        if spot.account not in {entry["Id"] for entry in listed(found, "DelegatedAdministrators")}:
            yield problem(
                f"{row['type']} needs the account to be a delegated administrator of {service}",
                "aws organizations register-delegated-administrator "
                f"--account-id {spot.account} --service-principal {service} ({row['source']})",
            )


def _policy(scene: Scene, spot: Spot, row: Mapping[str, Any]) -> Iterator[Said]:
    """Organizations delegates by a policy of its own, which must name the account."""
    try:
        found = scene.aws.ask(None, scene.organization.region, "organizations", "describe_resource_policy")
    except Unasked as why:
        if why.code != "ResourcePolicyNotFoundException":
            raise
        found = {}
    if str(spot.account) not in found.get("ResourcePolicy", {}).get("Content", ""):
        yield problem(
            f"{row['type']} is to be made in an account to which the organisation delegates nothing",
            f"aws organizations put-resource-policy, naming {spot.account} ({row['source']})",
        )


CHECK = Check(
    "trusted access",
    "what resources need of the organisation, and what it has enabled and delegated",
    "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services.html",
    spots,
    look,
)
