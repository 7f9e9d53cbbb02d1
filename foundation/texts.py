"""The texts of `foundation.yaml`: which form each has, and what it is for."""

from ipaddress import IPv4Network
from typing import Annotated

from pydantic import AfterValidator, Field

AccountId = Annotated[str, Field(pattern=r"^[0-9]{12}$", description="A 12-digit AWS account id, in quotes.")]
BusinessUnitName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{1,11}$")]
Person = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9]*([.-][a-z0-9]+)*$",
        min_length=2,
        max_length=32,
        description="As in the STS source identity: 2 to 32 lower-case letters and digits, dots or hyphens between.",
    ),
]
TagKey = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.:/=+@-]*$", max_length=127)]
TagValue = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/=+@ -]+$", max_length=256)]
Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+){1,2}-[0-9]$", description="A region, e.g. eu-west-1.")]
GatewayId = Annotated[
    str,
    Field(
        pattern=r"^(tgw|vgw)-[0-9a-f]{8,17}$",
        description="A transit gateway, tgw-…, or a virtual private gateway, vgw-….",
    ),
]
Zone = Annotated[
    str,
    Field(
        pattern=r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$",
        max_length=253,
        description="A zone of at least two labels in lower case, e.g. corp.example.com.",
    ),
]
Email = Annotated[
    str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=50, description="An address, e.g. ml@example.com.")
]
ConnectionArn = Annotated[
    str,
    Field(
        pattern=r"^arn:aws[a-z-]*:(codeconnections|codestar-connections):[a-z0-9-]+:[0-9]{12}:connection/[0-9a-f-]{36}$",
        description="The ARN of a CodeConnections connection in tooling: arn:aws:codeconnections:…:connection/….",
    ),
]


def _is_a_network(value: str) -> str:
    try:
        network = IPv4Network(value)
    except ValueError as error:
        raise ValueError(f"is no IPv4 network: {error}") from None
    if not network.is_private:
        raise ValueError("has public addresses")
    return value


def _is_a_supernet(value: str) -> str:
    if not 8 <= IPv4Network(value).prefixlen <= 16:
        raise ValueError("is no network of /8 to /16")
    return value


Cidr = Annotated[
    str, AfterValidator(_is_a_network), Field(description="A private IPv4 network with its prefix, e.g. 10.0.0.0/16.")
]
Supernet = Annotated[
    str,
    AfterValidator(_is_a_network),
    AfterValidator(_is_a_supernet),
    Field(description="A private IPv4 network of /8 to /16, e.g. 10.64.0.0/12."),
]
