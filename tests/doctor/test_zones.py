"""Every zone of an environment has every endpoint service of its templates (R18)."""

from typing import Any

import pytest

from fmops.doctor import zones
from tests.doctor.telling import Telling, found, scene, stack, told

KMS, STUDIO = "com.amazonaws.eu-west-1.kms", "aws.sagemaker.eu-west-1.studio"
A, B, C = (f"eu-west-1{letter}" for letter in "abc")


def subnet(zone: Any) -> Any:
    return "AWS::EC2::Subnet", {"AvailabilityZone": zone}


def nth(number: int) -> Any:
    return subnet({"Fn::Select": [number, {"Fn::GetAZs": ""}]})


def endpoint(service: str, kind: str = "Interface") -> Any:
    return "AWS::EC2::VPCEndpoint", {"ServiceName": service, "VpcEndpointType": kind}


NETWORK = stack({"One": nth(0), "Two": nth(1), "Kms": endpoint(KMS), "S3": endpoint("s3", "Gateway")})


def aws(there: tuple[str, ...] = (A, B, C), default: tuple[str, ...] = (), **offered: tuple[str, ...]) -> Telling:
    details = [
        {"ServiceName": {"kms": KMS, "studio": STUDIO}[name], "AvailabilityZones": list(found)}
        for name, found in offered.items()
    ]
    return Telling(
        describe_availability_zones={"AvailabilityZones": [{"ZoneName": one, "State": "available"} for one in there]},
        describe_subnets={"Subnets": [{"AvailabilityZone": one} for one in default]},
        describe_vpc_endpoint_services={"ServiceDetails": details},
    )


def test_an_endpoint_in_every_zone_is_fine() -> None:
    told_of = aws(kms=(A, B))
    assert told(zones.CHECK, scene(told_of, NETWORK)) == []
    (asked,) = [parameters for *_, operation, parameters in told_of.asked if operation.endswith("endpoint_services")]
    assert asked == {"Filters": [{"Name": "service-name", "Values": [KMS]}]}


def test_an_endpoint_that_a_zone_lacks_is_a_problem() -> None:
    (finding,) = found(zones.CHECK, scene(aws(kms=(A, C)), NETWORK))
    assert (finding.verdict, finding.message) == ("PROBLEM", f"{KMS} has no endpoint in {B}, only in {A}, {C}")
    assert finding.place == "retail-dev (000000000022, eu-west-1)"


def test_an_endpoint_that_the_region_lacks_is_a_problem() -> None:
    wanted = stack({"One": nth(0), "Kms": endpoint(KMS), "Studio": endpoint(STUDIO)})
    assert told(zones.CHECK, scene(aws(kms=(A,)), wanted)) == [
        ("PROBLEM", f"the region has no endpoint service {STUDIO}")
    ]


def test_zones_without_a_default_subnet_are_not_given_while_others_have_one() -> None:
    assert told(zones.CHECK, scene(aws(default=(B, C), kms=(B, C)), NETWORK)) == []
    assert told(zones.CHECK, scene(aws(default=(B, C), kms=(A, B)), NETWORK)) != []


def test_too_few_zones_are_a_problem() -> None:
    (finding,) = found(zones.CHECK, scene(aws(there=(A,), kms=(A,)), NETWORK))
    assert "network.azs is 2" in finding.message


@pytest.mark.parametrize(("zone", "verdict"), [(A, None), ("eu-west-1z", "PROBLEM"), ({"Ref": "Zone"}, "NOT CHECKED")])
def test_a_zone_by_name_or_otherwise(zone: Any, verdict: str | None) -> None:
    findings = found(zones.CHECK, scene(aws(kms=(A,)), stack({"One": subnet(zone), "Kms": endpoint(KMS)})))
    assert [one.verdict for one in findings] == ([verdict] if verdict else [])


@pytest.mark.parametrize(("offered", "verdicts"), [((B,), []), ((A,), ["PROBLEM"])])
def test_subnets_that_are_there_already_are_asked_for_their_zone(offered: tuple[str, ...], verdicts: list[str]) -> None:
    named = stack({"Kms": ("AWS::EC2::VPCEndpoint", {**endpoint(KMS)[1], "SubnetIds": ["subnet-0abcdef1"]})})
    told_of = aws(kms=offered)
    there = {"Subnets": [{"AvailabilityZone": B}]}
    told_of.answers["describe_subnets"] = lambda account, region, asked: there if "SubnetIds" in asked else {}
    assert [one.verdict for one in found(zones.CHECK, scene(told_of, named))] == verdicts


def test_endpoints_in_zones_that_nobody_tells_prove_nothing() -> None:
    assert [one.verdict for one in found(zones.CHECK, scene(aws(kms=(A,)), stack({"Kms": endpoint(KMS)})))] == [
        "NOT CHECKED"
    ]


def test_no_right_to_ask_is_not_checked() -> None:
    assert [one.verdict for one in found(zones.CHECK, scene(Telling(), NETWORK))] == ["NOT CHECKED"]


def test_the_embedded_aws_cannot_tell() -> None:
    assert [one.verdict for one in found(zones.CHECK, scene(Telling(embedded=True), NETWORK))] == ["NOT CHECKED"]
