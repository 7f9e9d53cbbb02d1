"""Networks and regions: apart from each other, large enough, and each region with what it needs."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network
from typing import Any

from foundation import addressing
from foundation.checks.reading import items, mapping, network, texts, units
from foundation.problems import Location, Problem

AZS = {"us-east-1": 6, "us-west-2": 4, "ap-northeast-2": 4, "us-west-1": 2}
"""How many availability zones every account has in a region, where it is not three."""
USUAL_AZS = 3

ADDRESSES_PER_STUDIO_USER = 4
"""AWS says two to four for a Studio in a network of one's own; the larger number counts."""
KEPT_BY_AWS = 5
FOR_ENDPOINTS = 32
"""Addresses of a subnet that private endpoints take: one each, with room for more."""


def _supernets(document: Any) -> dict[Location, Any]:
    """The text of each supernet by its place."""
    found: dict[Location, Any] = {("network", "supernet"): mapping(document, "network").get("supernet")}
    for region, value in mapping(document, "network", "other_supernets").items():
        found["network", "other_supernets", region] = value
    return found


def overlaps(document: Any) -> Iterator[Problem]:
    """Networks that have addresses in common: whoever joins them could not tell one from the other."""
    access = items(mapping(document, "network", "access").get("cidrs"))
    places = _supernets(document)
    for number, value in enumerate(access):
        places["network", "access", "cidrs", number] = value
    before: list[tuple[Location, IPv4Network]] = []
    for location, value in places.items():
        found = network(value)
        if found is None:
            continue
        for other, taken in before:
            if found.overlaps(taken):
                message = f'"{value}" overlaps {".".join(map(str, other))}, {taken}.'
                yield Problem(location, message, "Choose a network that has no address in common with it.")
        before.append((location, found))


def sizes(document: Any) -> Iterator[Problem]:
    """Room for each Studio user (R18)."""
    azs = mapping(document, "network").get("azs", 2)
    supernet = network(mapping(document, "network").get("supernet"))
    if supernet is None or not isinstance(azs, int) or not 8 <= supernet.prefixlen <= 16:
        return
    prefix = supernet.prefixlen + addressing.PARTS.bit_length() - 1 + addressing.SUBNETS.bit_length() - 1
    room = azs * max(0, (1 << (32 - prefix)) - KEPT_BY_AWS - FOR_ENDPOINTS)
    for unit, content in units(document):
        users = len(items(mapping(content, "people").get("data_scientist")))
        if users * ADDRESSES_PER_STUDIO_USER > room:
            yield Problem(
                ("network", "supernet"),
                f'"{supernet}" is too small: {unit}\'s {users} Studio users may need '
                f"{users * ADDRESSES_PER_STUDIO_USER} addresses, and {azs} subnets of /{prefix} have {room} to spare.",
                f"Choose a supernet of /{supernet.prefixlen - 1} or larger, or more availability zones.",
            )


def zones(document: Any) -> Iterator[Problem]:
    """More availability zones than a region has."""
    azs = mapping(document, "network").get("azs", 2)
    regions = mapping(document, "regions")
    for region in [regions.get("home"), *items(regions.get("others"))]:
        has = AZS.get(region, USUAL_AZS) if isinstance(region, str) else USUAL_AZS
        if isinstance(azs, int) and has < azs <= 4:
            message = f"{azs} is more than {region} has: {has} availability zones."
            yield Problem(("network", "azs"), message, f"Choose {has} or fewer.")


def regions(document: Any) -> Iterator[Problem]:
    """Regions that are there twice, that lack a network, or that nobody declared."""
    home = mapping(document, "regions").get("home")
    others = texts(mapping(document, "regions").get("others"))
    supernets = mapping(document, "network", "other_supernets")
    for number, region in enumerate(others):
        location: Location = ("regions", "others", number)
        if region == home or region in others[:number]:
            yield Problem(location, f'"{region}" is there already.', "Name each region once.")
        elif region not in supernets:
            remedy = f"Add {region} to network.other_supernets, with addresses of its own."
            yield Problem(location, f'"{region}" has no network.', remedy)
    for region in supernets:
        if region not in others:
            message = "no other region is called so."
            remedy = "Add it to regions.others, or remove it."
            yield Problem(("network", "other_supernets", region), message, remedy, at_key=True)
    for unit, content in units(document):
        for stage, wanted in mapping(content, "regions").items():
            for number, region in enumerate(texts(wanted)):
                location = ("business_units", unit, "regions", stage, number)
                if region not in others:
                    yield Problem(location, f'"{region}" is none of regions.others.', "Add it there, or remove it.")
                elif region in texts(wanted)[:number]:
                    yield Problem(location, f'"{region}" is there already.', "Name each region once.")


AWS_ZONES = ("amazonaws.com", "amazonaws.com.cn", "amazon.com", "aws", "aws.dev", "compute.internal", "ec2.internal")
"""Zones of AWS's: which of their names may be looked up follows from the endpoints."""


def dns_zones(document: Any) -> Iterator[Problem]:
    """Zones that are there already, alone or as part of another, and zones of AWS's."""
    given = texts(mapping(document, "network", "dns").get("zones"))
    for number, zone in enumerate(given):
        location: Location = ("network", "dns", "zones", number)
        if (above := _above(zone, AWS_ZONES)) is not None:
            remedy = "Remove it: what may be looked up there follows from the endpoints."
            yield Problem(location, f'"{zone}" is a zone of AWS\'s ({above}).', remedy)
        elif (above := _above(zone, [*given[:number], *given[number + 1 :]])) is not None and (
            above != zone or zone in given[:number]
        ):
            yield Problem(location, f'"{zone}" is in "{above}" already.', "Name each zone once, without its parts.")


def _above(zone: str, zones: Sequence[str]) -> str | None:
    """The first of some zones that has a zone in it, or is it."""
    return next((one for one in zones if zone == one or zone.endswith(f".{one}")), None)


CHECKS = (overlaps, sizes, zones, regions, dns_zones)
