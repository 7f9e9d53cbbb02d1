"""How people come in, and networks that are there already: ids that fit, and what a file can show of them."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

from foundation.checks.network import ADDRESSES_PER_STUDIO_USER, FOR_ENDPOINTS, KEPT_BY_AWS
from foundation.checks.places import Named, environments
from foundation.checks.reading import items, mapping, network, texts
from foundation.problems import Location, Problem

KINDS = {"transit-gateway": ("tgw-", "a transit gateway"), "virtual-private-gateway": ("vgw-", "a private gateway")}
"""By `via`: how a gateway's id starts, and what it is called."""
ACCESS: Location = ("network", "access")
EXISTING: Location = ("network", "existing")


def gateways(document: Any) -> Iterator[Problem]:
    """Gateways that the way in has no use for, or lacks, or that are of another kind."""
    access = mapping(document, *map(str, ACCESS))
    via, given = access.get("via", "landing-zone"), mapping(access, "gateways")
    if via not in KINDS:
        if given:
            remedy = "Remove them, or say by which kind: via: transit-gateway or virtual-private-gateway."
            yield Problem((*ACCESS, "gateways"), "the landing zone joins the networks itself.", remedy, at_key=True)
        return
    starts, called = KINDS[via]
    if not given:
        remedy = f"Name {called} by region, or by environment: gateways: {{eu-west-1: {starts}…}}."
        yield Problem((*ACCESS, "gateways"), "it is missing.", remedy, at_key=True)
    known = environments(document)
    regions = {one.region for one in known.values()}
    for place, gateway in given.items():
        location: Location = (*ACCESS, "gateways", place)
        if isinstance(gateway, str) and not gateway.startswith(starts):
            yield Problem(location, f'"{gateway}" is not {called}.', f"Its id starts with {starts}.")
        if place not in known and (place not in regions or via == "virtual-private-gateway"):
            where = "an environment" if via == "virtual-private-gateway" else "a region or an environment"
            yield Problem(location, f"{where} of this name is not there.", "Correct the name.", at_key=True)


def console(document: Any) -> Iterator[Problem]:
    """The console's endpoints in every network: a browser comes to one."""
    access = mapping(document, *map(str, ACCESS))
    if access.get("console") is True and not items(access.get("account_types")):
        remedy = "Say in account_types whose networks people's browsers come to."
        yield Problem((*ACCESS, "console"), "every network would get the console's endpoints.", remedy)


def existing(document: Any) -> Iterator[Problem]:
    """Networks that are there already, held against the rules of those that are made here."""
    known = environments(document)
    taken: dict[Any, str] = {}
    apart = [*_networks(document)]
    for name, content in mapping(document, *map(str, EXISTING)).items():
        location: Location = (*EXISTING, name)
        if name not in known:
            yield Problem(location, "an environment of this name is not there.", "Correct the name.", at_key=True)
            continue
        vpc = mapping(content).get("vpc")
        if vpc in taken:
            message = f'"{vpc}" is already {taken[vpc]}\'s.'
            yield Problem((*location, "vpc"), message, "Each environment has a network of its own.")
        taken.setdefault(vpc, name)
        cidr = network(mapping(content).get("cidr"))
        if cidr is None:
            continue
        for other, whose in apart:
            if cidr.overlaps(other):
                message = f'"{cidr}" overlaps {whose}, {other}.'
                yield Problem((*location, "cidr"), message, "Choose a network that has no address in common with it.")
        apart.append((cidr, ".".join(map(str, location))))
        yield from _subnets(document, location, cidr, known[name])


def _networks(document: Any) -> Iterator[tuple[IPv4Network, str]]:
    """(network, place) of what an existing network may not overlap."""
    there = mapping(document, "network")
    for value, place in (
        (there.get("supernet"), "network.supernet"),
        *((one, f"network.other_supernets.{name}") for name, one in mapping(there, "other_supernets").items()),
        *((one, "network.access.cidrs") for one in items(mapping(there, "access").get("cidrs"))),
    ):
        if (found := network(value)) is not None:
            yield found, place


def _subnets(document: Any, location: Location, cidr: IPv4Network, place: Named) -> Iterator[Problem]:
    """In the network, apart from each other, in two zones of the region, with room for each Studio user (R18)."""
    subnets = mapping(document, *map(str, location), "subnets")
    before: dict[str, IPv4Network] = {}
    for name, content in subnets.items():
        here: Location = (*location, "subnets", name)
        found, zone = network(mapping(content).get("cidr")), mapping(content).get("zone")
        if isinstance(zone, str) and zone.rstrip("abcdef") != place.region:
            yield Problem((*here, "zone"), f'"{zone}" is not in {place.region}.', "Choose a subnet there.")
        if found is None:
            continue
        if not found.subnet_of(cidr):
            yield Problem((*here, "cidr"), f'"{found}" is not in {cidr}.', "Name subnets of the network.")
        for other, block in before.items():
            if found.overlaps(block):
                yield Problem((*here, "cidr"), f'"{found}" overlaps {other}, {block}.', "Name each subnet once.")
        before[str(name)] = found
    zones = {str(mapping(content).get("zone")) for content in subnets.values()}
    if subnets and len(zones) < 2:
        yield Problem((*location, "subnets"), "all are in one zone.", "Name subnets of two zones at least.")
    room = sum(max(0, block.num_addresses - KEPT_BY_AWS - FOR_ENDPOINTS) for block in before.values())
    if place.account_type == "experimentation":
        users = len(texts(mapping(document, "business_units", str(place.unit), "people").get("data_scientist")))
        if users * ADDRESSES_PER_STUDIO_USER > room:
            message = (
                f"{users} Studio users may need {users * ADDRESSES_PER_STUDIO_USER} addresses, {room} are to spare."
            )
            yield Problem((*location, "subnets"), message, "Name larger subnets, or more of them.")


CHECKS = (gateways, console, existing)
