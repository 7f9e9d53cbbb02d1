"""Whether the organisation's root has the types of policies enabled that the foundation's policies have."""

from collections.abc import Iterator

from fmops_constructs.organization import policies
from fmops_constructs.organization import scope as scope_of

from fmops.doctor.asking import listed
from fmops.doctor.check import Check
from fmops.doctor.findings import Said, problem, warning
from fmops.doctor.scene import Scene, Spot
from foundation import Foundation


def needed(foundation: Foundation) -> list[str]:
    """The types of the policies that are delivered; none if none is."""
    if foundation.organization.policies.deliver == "none":
        return []
    return sorted({policy.type for policy in policies(scope_of(foundation))})


def enabled(scene: Scene) -> set[str]:
    """The types that the root has enabled.

    Raises:
        Unasked: it isn't told.
    """
    spot = scene.organization
    roots = listed(scene.aws.ask(None, spot.region, "organizations", "list_roots"), "Roots")
    types = (entry for root in roots for entry in root.get("PolicyTypes", ()))
    return {entry["Type"] for entry in types if entry["Status"] == "ENABLED"}


def look(scene: Scene, spot: Spot) -> Iterator[Said]:
    """Compares what is needed with what is enabled."""
    found = enabled(scene)
    (root,) = {root["Id"] for root in scene.aws.ask(None, spot.region, "organizations", "list_roots")["Roots"]}
    say = problem if scene.foundation.organization.policies.deliver == "stack" else warning
    for wanted in needed(scene.foundation):
        if wanted not in found:
            yield say(
                f"policies of type {wanted} are not enabled, so none can be attached",
                f"aws organizations enable-policy-type --root-id {root} --policy-type {wanted}",
            )


CHECK = Check(
    "policy types",
    "types of the foundation's organisation policies, and the root's",
    "https://docs.aws.amazon.com/organizations/latest/userguide/enable-policy-type.html",
    lambda scene: [scene.organization] if needed(scene.foundation) else [],
    look,
)
