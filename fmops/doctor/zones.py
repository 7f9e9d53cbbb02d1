"""Whether each environment's zones are there, and have every endpoint service of its templates (R18)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fmops.doctor.asking import Unasked, listed
from fmops.doctor.check import Check
from fmops.doctor.findings import Said, problem, unchecked
from fmops.doctor.scene import Scene, Spot, Stack, resources

ENDPOINT, SUBNET = "AWS::EC2::VPCEndpoint", "AWS::EC2::Subnet"


def zones(scene: Scene, spot: Spot) -> list[str]:
    """The zones that CloudFormation gives an account, in its order.

    `Fn::GetAZs` leaves out zones without a default subnet, unless none has one:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-getavailabilityzones.html
    """
    kind = [{"Name": "zone-type", "Values": ["availability-zone"]}]
    found = scene.aws.ask(spot.account, spot.region, "ec2", "describe_availability_zones", Filters=kind)
    every = {zone["ZoneName"] for zone in listed(found, "AvailabilityZones") if zone["State"] == "available"}
    default = [{"Name": "default-for-az", "Values": ["true"]}]
    subnets = scene.aws.ask(spot.account, spot.region, "ec2", "describe_subnets", Filters=default)
    preferred = {subnet["AvailabilityZone"] for subnet in listed(subnets, "Subnets")}
    return sorted(every & preferred or every)


def wanted(stacks: Sequence[Stack], known: Sequence[str]) -> list[str | None]:
    """The zones of the templates' subnets; None for one that isn't there.

    Raises:
        Unasked: a template says it in a way that isn't understood.
    """
    return list(
        dict.fromkeys(_zone(one.properties.get("AvailabilityZone"), known) for one in resources(stacks, SUBNET))
    )


def _zone(value: Any, known: Sequence[str]) -> str | None:
    if isinstance(value, str):
        return value if value in known else None
    match value:
        case {"Fn::Select": [number, {"Fn::GetAZs": _}]}:
            return known[int(number)] if int(number) < len(known) else None
    raise Unasked(f"a subnet's zone isn't understood: {value!r}", "Give it as a name, or by Fn::Select and Fn::GetAZs.")


def given(scene: Scene, spot: Spot) -> list[str]:
    """The zones of subnets that are there already, which endpoints name by their ids."""
    ids = {
        one
        for endpoint in resources(spot.about, ENDPOINT)
        for one in endpoint.properties.get("SubnetIds", ())
        if isinstance(one, str)
    }
    if not ids:
        return []
    found = scene.aws.ask(spot.account, spot.region, "ec2", "describe_subnets", SubnetIds=sorted(ids))
    return sorted({subnet["AvailabilityZone"] for subnet in listed(found, "Subnets")})


def services(stacks: Sequence[Stack]) -> list[str]:
    """The services that templates have interface endpoints of."""
    found = {
        str(one.properties["ServiceName"])
        for one in resources(stacks, ENDPOINT)
        if one.properties.get("VpcEndpointType") == "Interface"
    }
    return sorted(found)


def look(scene: Scene, spot: Spot) -> Iterator[Said]:
    """Compares an environment's zones and endpoints with what its account sees."""
    known = zones(scene, spot)
    found = wanted(spot.about, known)
    here = [*(zone for zone in found if zone is not None), *given(scene, spot)]
    if None in found:
        yield problem(
            f"network.azs is {scene.foundation.network.azs}, and the account's zones are {', '.join(known) or 'none'}",
            "Lower network.azs.",
        )
    if asked := services(spot.about):
        if not here and not found:
            yield unchecked("in which zones the endpoints are to be, the templates don't tell")
        offered = _offered(scene, spot, asked)
        for service in asked:
            yield from _missing(service, offered.get(service), here)


def _missing(service: str, offered: set[str] | None, here: Sequence[str]) -> Iterator[Said]:
    if offered is None:
        yield problem(
            f"the region has no endpoint service {service}", "Leave out the feature that needs it, or choose a region."
        )
    elif absent := [zone for zone in here if zone not in offered]:
        yield problem(
            f"{service} has no endpoint in {', '.join(absent)}, only in {', '.join(sorted(offered))}",
            "Lower network.azs below that zone, or leave out the feature that needs the endpoint.",
        )


def _offered(scene: Scene, spot: Spot, asked: Sequence[str]) -> Mapping[str, set[str]]:
    """The zones of each service that the account sees: names of zones are each account's own."""
    names = [{"Name": "service-name", "Values": list(asked)}]
    found = scene.aws.ask(spot.account, spot.region, "ec2", "describe_vpc_endpoint_services", Filters=names)
    offered: dict[str, set[str]] = {}
    for detail in listed(found, "ServiceDetails"):
        offered.setdefault(detail["ServiceName"], set()).update(detail.get("AvailabilityZones", ()))
    return offered


CHECK = Check(
    "zones",
    "each environment's zones, and the zones of the endpoint services that it uses",
    "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
    lambda scene: scene.environments(),
    look,
    embedded=False,
)
