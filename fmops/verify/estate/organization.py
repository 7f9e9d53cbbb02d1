"""The organisation's own policies that templates hold: service and resource control policies, and who they bind."""

from collections.abc import Iterator

from fmops.verify.estate.documents import written
from fmops.verify.estate.model import Control
from fmops.verify.values import World, many

KINDS = {"SERVICE_CONTROL_POLICY": "scp", "RESOURCE_CONTROL_POLICY": "rcp"}


def read(world: World) -> Iterator[Control]:
    """Every control policy that is attached to something."""
    for resource in world.resources("AWS::Organizations::Policy"):
        kind = KINDS.get(str(world.get(resource, "Type")))
        targets = tuple(str(one) for one in many(world.get(resource, "TargetIds")))
        if kind and targets:
            policy = written(world, resource, resource.properties.get("Content"), person=kind == "rcp")
            yield Control(resource, kind, policy, targets)  # type: ignore[arg-type]
