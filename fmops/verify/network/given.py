"""Networks that are there already: a template names them by their ids, and nothing says where they lead."""

import re
from collections.abc import Iterator

from fmops.verify.findings import Finding, at
from fmops.verify.values import World, options

ID = re.compile(r"vpc-[0-9a-f]{8}(?:[0-9a-f]{9})?")
NAMED = ("AWS::EC2::SecurityGroup", "AWS::EC2::Subnet", "AWS::EC2::VPCEndpoint")
"""What stands in a network, and says in which."""
REMEDY = "Name the template that makes the network too; or look at its routes and gateways, and note it in a baseline."
SOURCE = "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html"


def verify(world: World) -> Iterator[Finding]:
    """A finding for each network whose routes are in none of the templates, at the first resource that names it."""
    seen: set[str] = set()
    for resource in world.resources(*NAMED):
        for vpc in options(world.get(resource, "VpcId")):
            if isinstance(vpc, str) and ID.fullmatch(vpc) and vpc not in seen:
                seen.add(vpc)
                yield at(
                    resource,
                    rule="Network-Given",
                    message=f"{resource} is in {vpc}, whose routes and gateways are in none of the templates.",
                    remedy=REMEDY,
                    path=(str(resource), vpc),
                    verdict="not proven",
                    requirement="R21",
                    source=SOURCE,
                )
