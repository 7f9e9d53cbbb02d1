"""Routes: from a subnet over its route table to a gateway, past its network ACL.

A security group closes no route here: it belongs to an interface, and the next one in the subnet may have another.
"""

import ipaddress
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from fmops.verify.findings import Finding, Verdict, at
from fmops.verify.templates import Resource
from fmops.verify.values import Pointer, Unknown, World, many, options

ANYWHERE = ("0.0.0.0/0", "::/0")
SOURCE = "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html"
DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
REMEDY = "Remove the route; what AWS offers is reached by VPC endpoints."


class Target(NamedTuple):
    """What a route can lead to: to the internet itself, or to something that isn't verified here."""

    called: str
    internet: bool


TARGETS = {
    "CarrierGatewayId": Target("a carrier gateway", internet=True),
    "CoreNetworkArn": Target("a core network", internet=False),
    "EgressOnlyInternetGatewayId": Target("an egress-only internet gateway", internet=True),
    "GatewayId": Target("an internet gateway", internet=True),
    "InstanceId": Target("an instance", internet=False),
    "LocalGatewayId": Target("a local gateway", internet=False),
    "NatGatewayId": Target("a NAT gateway", internet=True),
    "NetworkInterfaceId": Target("a network interface", internet=False),
    "TransitGatewayId": Target("a transit gateway", internet=False),
    "VpcEndpointId": Target("a Gateway Load Balancer endpoint", internet=False),
    "VpcPeeringConnectionId": Target("a peering connection", internet=False),
}
PRIVATE_GATEWAYS = ("AWS::EC2::VPNGateway", "AWS::EC2::VPCEndpoint")
"""What GatewayId may name and is no internet gateway."""


@dataclass(frozen=True)
class Way:
    """A route that leads out of what is private."""

    route: Resource
    target: Target
    to: str
    destination: str
    verdict: Verdict
    why: str


def verify(world: World) -> Iterator[Finding]:
    """A finding for each way out of each subnet."""
    tables = _tables(world)
    ways = {table: list(_ways(world, routes)) for table, routes in _routes(world).items()}
    for subnet in world.resources("AWS::EC2::Subnet"):
        for table in tables.get(subnet, ()):
            for way in ways.get(table, ()):
                closed_by = _closing_acl(world, subnet, way)
                if closed_by is None:
                    yield _finding(subnet, table, way)
    attached = {table for found in tables.values() for table in found}
    for loose in ways.keys() - attached:  # associated elsewhere, or later
        for way in ways[loose]:
            yield _finding(None, loose, way)


def _finding(subnet: Resource | None, table: Resource | Unknown, way: Way) -> Finding:
    start = [str(subnet)] if subnet else []
    return at(
        way.route,
        rule="Network-Route",
        message=way.why,
        remedy=REMEDY,
        path=(*start, str(table), way.to, way.destination),
        verdict=way.verdict,
        requirement="R12",
        source=SOURCE,
    )


def _tables(world: World) -> dict[Resource, list[Resource]]:
    """Route tables of each subnet. One without any has its VPC's main table, to which templates add no route."""
    found: dict[Resource, list[Resource]] = defaultdict(list)
    for association in world.resources("AWS::EC2::SubnetRouteTableAssociation"):
        for subnet in _pointed(world.get(association, "SubnetId")):
            found[subnet] += _pointed(world.get(association, "RouteTableId"))
    return found


def _routes(world: World) -> dict[Resource | Unknown, list[Resource]]:
    found: dict[Resource | Unknown, list[Resource]] = defaultdict(list)
    for route in world.resources("AWS::EC2::Route"):
        value = world.get(route, "RouteTableId")
        for table in _pointed(value):
            found[table].append(route)
        if not _pointed(value):
            found[Unknown(f"the route table of {route} is {value}")].append(route)
    return found


def _pointed(value: Any) -> list[Resource]:
    return [item.resource for item in many(value) if isinstance(item, Pointer)]


def _ways(world: World, routes: list[Resource]) -> Iterator[Way]:
    for route in routes:
        for name in DESTINATIONS:
            for destination in options(world.get(route, name)):
                if destination is not None:
                    yield from _way(world, route, destination)


def _way(world: World, route: Resource, destination: Any) -> Iterator[Way]:
    public = leads_out(world, destination)
    if public is False:
        return
    for property_name, target in TARGETS.items():
        for value in options(world.get(route, property_name)):
            if value is None or (isinstance(value, Pointer) and value.resource.type in PRIVATE_GATEWAYS):
                continue
            if isinstance(value, str) and value.startswith(("vgw-", "vpce-", "local")):
                continue
            if isinstance(value, Pointer) and _private_nat(world, value.resource):
                continue
            certain = public is True and not isinstance(value, Unknown)
            leads = f"leads to the internet over {target.called}" if target.internet else f"leaves over {target.called}"
            why = f"{route} {leads}, which carries it {'on' if not target.internet else 'out'}."
            yield Way(route, target, str(value), str(destination), "found" if certain else "not proven", why)


def _private_nat(world: World, gateway: Resource) -> bool:
    return gateway.type == "AWS::EC2::NatGateway" and world.get(gateway, "ConnectivityType") == "private"


def leads_out(world: World, destination: Any) -> bool | None:
    """Whether a destination holds addresses that are not private; None where that can't be told."""
    if isinstance(destination, Pointer) and destination.resource.type == "AWS::EC2::PrefixList":
        entries = many(world.get(destination.resource, "Entries"))
        answers = [leads_out(world, entry.get("Cidr") if isinstance(entry, dict) else None) for entry in entries]
        return True if True in answers else None if None in answers else False
    if not isinstance(destination, str):
        return None
    try:
        network = ipaddress.ip_network(destination, strict=False)
    except ValueError:
        return None  # a prefix list's id
    return not network.is_private


def _closing_acl(world: World, subnet: Resource, way: Way) -> Resource | None:
    """The network ACL that lets nothing of the way out of the subnet, or None."""
    acls = [
        acl
        for association in world.resources("AWS::EC2::SubnetNetworkAclAssociation")
        if subnet in _pointed(world.get(association, "SubnetId"))
        for acl in _pointed(world.get(association, "NetworkAclId"))
    ]
    return acls[0] if len(acls) == 1 and not _lets_out(world, acls[0], way) else None


def _lets_out(world: World, acl: Resource, way: Way) -> bool:
    """Whether some entry lets something out to where the way leads, before one denies it all."""
    version = ":" in way.destination
    entries = []
    for entry in world.resources("AWS::EC2::NetworkAclEntry"):
        if acl in _pointed(world.get(entry, "NetworkAclId")) and world.get(entry, "Egress") in (True, "true"):
            number = world.get(entry, "RuleNumber")
            entries.append((int(number) if str(number).isdigit() else 0, entry))
    for _, entry in sorted(entries, key=lambda found: found[0]):
        cidr = world.get(entry, "Ipv6CidrBlock" if version else "CidrBlock")
        if cidr is None:
            continue
        if world.get(entry, "RuleAction") == "deny":
            if cidr in ANYWHERE and str(world.get(entry, "Protocol")) == "-1":
                return False
        elif leads_out(world, cidr) is not False:
            return True
    return False
