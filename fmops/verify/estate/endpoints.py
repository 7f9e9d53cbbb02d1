"""VPC endpoints and their policies."""

from collections.abc import Iterator

from fmops.verify.estate import arns
from fmops.verify.estate.documents import written
from fmops.verify.estate.model import Endpoint
from fmops.verify.values import Pointer, World


def read(world: World) -> Iterator[Endpoint]:
    """Every endpoint; without a policy it has AWS's, which lets everything through."""
    for resource in world.resources("AWS::EC2::VPCEndpoint"):
        given = world.get(resource, "PolicyDocument")
        policy = None if given is None else written(world, resource, given, person=True)
        yield Endpoint(resource, arns.write(Pointer(resource), world), str(world.get(resource, "ServiceName")), policy)
