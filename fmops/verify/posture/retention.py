"""Retention: data that goes when its resource goes, and logs that nobody ever deletes."""

from collections.abc import Iterator

from fmops.verify import stateful
from fmops.verify.findings import Finding
from fmops.verify.network.closed import has
from fmops.verify.posture.settings import Setting, Table, finding
from fmops.verify.values import World

POLICIES = {"DeletionPolicy": "it leaves the template", "UpdateReplacePolicy": "an update replaces it"}
"""What each policy is for; source: AWS's pages of the two attributes in its template reference."""
LOGS = Table(
    "Posture-LogRetention",
    "is kept for ever",
    (Setting("AWS::Logs::LogGroup", has("RetentionInDays"), "Set RetentionInDays.", "RetentionInDays"),),
)


def verify(world: World) -> Iterator[Finding]:
    """A finding for each resource whose data a deployment may delete, and for logs without an end."""
    yield from LOGS.verify(world)
    for resource in world.resources(*(stateful.STATEFUL.keys() - stateful.NO_POLICY_NEEDED.keys())):
        for policy, when in POLICIES.items():
            if not stateful.kept(resource, policy) and not stateful.decided(resource, policy):
                yield finding(
                    "Posture-Retention",
                    resource,
                    f"{resource} ({resource.type}) holds {stateful.STATEFUL[resource.type]}, deleted when {when}.",
                    f"Set {policy}: Retain.",
                    (policy,),
                    requirement="R10",
                    source=stateful.SOURCE,
                )
