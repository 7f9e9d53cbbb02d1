"""The DNS names that a network's own programs look up: those of its endpoints, and of the network itself."""

from collections.abc import Iterable

from fmops_constructs.endpoints.table import Endpoint, Feature, needed

USUAL = "{service}.{region}.amazonaws.com"
WITHIN = ("*.{region}.compute.internal", "*.in-addr.arpa", "*.{region}.vpce.amazonaws.com")
"""Names of the network: its hosts, whose address is whose, endpoints by their own names."""
WITHIN_US_EAST_1 = ("*.ec2.internal",)
"""How hosts are called in us-east-1.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html
"""
LEGACY = {"s3": {"us-east-1": ("s3.amazonaws.com", "*.s3.amazonaws.com")}}
"""Names without a region that a service still has in one.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
"""


def names(endpoint: Endpoint, region: str) -> list[str]:
    """The names that lead to an endpoint; one that starts with `*.` stands for all names below it."""
    patterns = endpoint.names or (USUAL,)
    usual = [pattern.format(service=endpoint.service, region=region) for pattern in patterns]
    return [*usual, *LEGACY.get(endpoint.service, {}).get(region, ())]


def looked_up(features: Iterable[Feature], region: str) -> list[str]:
    """Everything that the programs of an account look up, sorted, each once."""
    within = [pattern.format(region=region) for pattern in WITHIN]
    others = WITHIN_US_EAST_1 if region == "us-east-1" else ()
    return sorted({*within, *others, *(name for one in needed(features) for name in names(one, region))})
