"""Whether what templates make fits into each account's quotas. What already is in an account counts too, on AWS, and
isn't asked for here: a warning begins at four fifths.
"""

import functools
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from fmops.doctor.asking import Unasked
from fmops.doctor.check import Check
from fmops.doctor.findings import Said, problem, unchecked, warning
from fmops.doctor.scene import Scene, Spot, Stack, resources

FILE = Path(__file__).with_name("quotas.yaml")
CLOSE = 0.8
"""Part of a quota from which on it is a warning."""
Row = Mapping[str, Any]


class Need(NamedTuple):
    """How much of a quota templates take."""

    row: Row
    amount: int


@functools.cache
def table() -> Sequence[Row]:
    """The quotas, as data."""
    found: list[dict[str, Any]] = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))
    return found


def counted(row: Row, stacks: Sequence[Stack]) -> int:
    """How many resources of a row; with `per`, of the largest group."""
    if row["type"] == "stack":
        return len(stacks)
    groups = Counter(
        (one.stack.name, json.dumps(one.properties.get(row["per"]), sort_keys=True)) if "per" in row else ("", "")
        for one in resources(stacks, row["type"])
        if all(one.properties.get(name) == value for name, value in row.get("where", {}).items())
    )
    return max(groups.values(), default=0)


def attached(row: Row, stacks: Sequence[Stack]) -> int:
    """The most managed policies that a role gets: those that it names, and those that name it."""
    found: Counter[tuple[str, str]] = Counter()
    for role in resources(stacks, row["type"]):
        found[role.stack.name, role.logical_id] += len(role.properties.get("ManagedPolicyArns", ()))
    for policy in resources(stacks, "AWS::IAM::ManagedPolicy"):
        for role in policy.properties.get("Roles", ()):
            name = role.get("Ref") if isinstance(role, Mapping) else role
            found[policy.stack.name, str(name)] += 1
    return max(found.values(), default=0)


MEASURES: Mapping[str, Callable[[Row, Sequence[Stack]], int]] = {"count": counted, "attached": attached}


def spots(scene: Scene) -> Iterator[Spot]:
    """A spot per quota and place, or account, that takes something of it; the bootstrap's template counts too."""
    toolkits = [
        Stack("", f"{plan.account} {plan.region}", (plan.account, plan.region), plan.template) for plan in scene.plans
    ]
    for account in scene.accounts():
        mine = [*account.about, *(one for one in toolkits if one.place[0] == account.account)]
        for region in dict.fromkeys(stack.place[1] for stack in mine):
            here = [stack for stack in mine if stack.place[1] == region]
            yield from _spots(f"{account.place}, {region}", account.account, region, here, own=True)
        yield from _spots(account.place, account.account, account.region, mine, own=False)


def _spots(place: str, account: str | None, region: str, stacks: Sequence[Stack], *, own: bool) -> Iterator[Spot]:
    """Those of the quotas that a region has of its own, or of those that an account has."""
    for row in table():
        if own == ("region" not in row) and (amount := MEASURES[row.get("measure", "count")](row, stacks)):
            yield Spot(place, account, row.get("region", region), Need(row, amount))


def look(scene: Scene, spot: Spot) -> Iterator[Said]:
    """Compares a need with the account's quota."""
    row, amount = spot.about
    quota = _quota(scene, spot, row)
    called, allowed = str(quota.get("QuotaName", "")), float(quota["Value"])
    if called.casefold() not in {name.casefold() for name in row["names"]}:
        yield unchecked(
            f"Service Quotas calls {row['service']}/{row['code']} {called!r}, and we know it as {row['names'][0]!r}",
            f"Correct fmops/doctor/{FILE.name} ({row['source']})",
        )
    elif amount > allowed * CLOSE:
        say = problem if amount > allowed else warning
        yield say(
            f"{called}: {amount} are needed, {allowed:g} are allowed",
            f"aws service-quotas request-service-quota-increase --region {spot.region} --service-code {row['service']} "
            f"--quota-code {row['code']} --desired-value {round(amount * 2)} ({row['source']})",
        )


def _quota(scene: Scene, spot: Spot, row: Row) -> Mapping[str, Any]:
    """The account's own value, or AWS's default where the account has none."""
    asked = {"ServiceCode": row["service"], "QuotaCode": row["code"]}
    try:
        answer = scene.aws.ask(spot.account, spot.region, "service-quotas", "get_service_quota", **asked)
    except Unasked as why:
        if why.code != "NoSuchResourceException":
            raise
        answer = scene.aws.ask(spot.account, spot.region, "service-quotas", "get_aws_default_service_quota", **asked)
    found: Mapping[str, Any] = answer["Quota"]
    return found


CHECK = Check(
    "quotas",
    "what templates make, and each account's quotas",
    "https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html",
    spots,
    look,
    embedded=False,
)
