"""Rules for ways to the internet, and for private endpoints."""

from collections.abc import Iterator, Mapping
from typing import Any

from fmops_constructs import endpoints
from fmops_constructs.checks.policies import Statement, statements
from fmops_constructs.checks.rule import Resource, Rule, at, each, must_be, must_have, must_not_have, never

ANYWHERE = ("0.0.0.0/0", "::/0")
GATEWAYS = (
    "AWS::EC2::CarrierGateway",
    "AWS::EC2::EIP",
    "AWS::EC2::EIPAssociation",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
)
GROUP = ("AWS::EC2::SecurityGroup",)
GROUP_RULES = (*GROUP, "AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress")
ENDPOINT = ("AWS::EC2::VPCEndpoint",)
WITHOUT_POLICY = tuple(endpoint.service for endpoint in endpoints.TABLE if not endpoint.policy)
"""Services whose endpoints support no policy, as they end in a service's full name."""
ORGANIZATION = {"aws:principalorgid", "aws:principalorgpaths"}
"""Conditions that limit who comes through an endpoint."""
BEFORE_SIGN_IN = ["signin:authenticate"]
"""What is asked before it is known who asks: a policy can limit the account only, with `aws:ResourceOrgID`.

https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/trusted-identities.html
"""


def _leads_anywhere(resource: Resource) -> Iterator[str]:
    """A default route, whoever is at its end."""
    for path in ("DestinationCidrBlock", "DestinationIpv6CidrBlock"):
        if resource.at(path) in ANYWHERE:
            yield path


def _open_rules(resource: Resource) -> Iterator[str]:
    """Rules of a group, or the one rule that the resource is."""
    for path in ("SecurityGroupEgress", "SecurityGroupIngress"):
        if any(_anywhere(rule) for rule in each(resource.at(path))):
            yield path
    if _anywhere(resource.properties):
        yield "CidrIp"


def _anywhere(rule: Any) -> bool:
    return isinstance(rule, Mapping) and (rule.get("CidrIp") in ANYWHERE or rule.get("CidrIpv6") in ANYWHERE)


def _public_addresses(resource: Resource) -> Iterator[str]:
    """Instances and launch templates."""
    for path in ("NetworkInterfaces", "LaunchTemplateData.NetworkInterfaces"):
        if any(at(interface, "AssociatePublicIpAddress") for interface in each(resource.at(path))):
            yield path


def _no_policy(endpoint: Resource) -> Iterator[str]:
    """Its policy is missing, or lets somebody through to everything without asking for the organisation."""
    service = str(endpoint.at("ServiceName"))
    if service.endswith(tuple(f".{name}" for name in WITHOUT_POLICY)):
        return
    found = [statement for statement in statements(endpoint) if statement.allows]
    if not found or any("*" in one.resources and not _asks(one) for one in found):
        yield "PolicyDocument"


def _asks(statement: Statement) -> bool:
    """It asks for the organisation: that of who comes, or of the account, where nothing else is known."""
    keys = statement.condition_keys
    return bool(keys & ORGANIZATION) or (statement.actions == BEFORE_SIGN_IN and "aws:resourceorgid" in keys)


RULES = (
    Rule(
        "Network-Gateway",
        GATEWAYS,
        never,
        why="A way to the internet, or an address there.",
        source="R12, https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
        remedy="Take it out; reach AWS's services by the private endpoints of fmops_constructs.endpoints.",
    ),
    Rule(
        "Network-GatewayAttached",
        ("AWS::EC2::VPCGatewayAttachment",),
        must_not_have("InternetGatewayId"),
        why="A network with an internet gateway.",
        source="R12, https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
        remedy="Take it out.",
    ),
    Rule(
        "Network-DefaultRoute",
        ("AWS::EC2::Route", "AWS::EC2::TransitGatewayRoute", "AWS::EC2::ClientVpnRoute"),
        _leads_anywhere,
        why="Traffic for anywhere has a route.",
        source="R12, https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html",
        remedy="Name the networks that are to be reached.",
    ),
    Rule(
        "Network-OpenGroup",
        GROUP_RULES,
        _open_rules,
        why="A security group that lets traffic to or from anywhere.",
        source="R15, https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
        remedy="Name a security group or a prefix list instead.",
    ),
    Rule(
        "Network-UnsaidEgress",
        GROUP,
        must_have("SecurityGroupEgress"),
        why="Without a rule for egress, EC2 adds one that leads anywhere.",
        source="R15, https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
        remedy="Give SecurityGroupEgress, if only the rule to 127.0.0.1/32.",
    ),
    Rule(
        "Network-PublicSubnet",
        ("AWS::EC2::Subnet",),
        must_not_have("MapPublicIpOnLaunch", "AssignIpv6AddressOnCreation"),
        why="What is launched there gets a public address.",
        source="R12, https://docs.aws.amazon.com/vpc/latest/userguide/subnet-public-ip.html",
        remedy="Set MapPublicIpOnLaunch to false.",
    ),
    Rule(
        "Network-PublicAddress",
        ("AWS::EC2::Instance", "AWS::EC2::LaunchTemplate"),
        _public_addresses,
        why="The instance gets a public address.",
        source="R12, https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html",
        remedy="Set AssociatePublicIpAddress to false.",
    ),
    Rule(
        "Network-AccessUnblocked",
        ("AWS::EC2::VPCBlockPublicAccessOptions",),
        must_be("InternetGatewayBlockMode", "block-bidirectional"),
        why="An internet gateway that somebody adds by hand would work, outwards at least.",
        source="R16, https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html",
        remedy="Set InternetGatewayBlockMode to block-bidirectional.",
    ),
    Rule(
        "Network-PublicFrontDoor",
        ("AWS::ElasticLoadBalancingV2::LoadBalancer",),
        must_be("Scheme", "internal"),
        why="A load balancer faces the internet unless it is told not to.",
        source="R86, https://docs.aws.amazon.com/elasticloadbalancing/latest/application/introduction.html",
        remedy="Set Scheme to internal.",
    ),
    Rule(
        "Network-PublicApi",
        ("AWS::ApiGateway::RestApi",),
        must_be("EndpointConfiguration.Types", ["PRIVATE"]),
        why="The API answers on the internet.",
        source="R86, https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html",
        remedy="Set EndpointConfiguration.Types to PRIVATE.",
    ),
    Rule(
        "Network-AlwaysPublicApi",
        ("AWS::ApiGatewayV2::Api", "AWS::Lambda::Url"),
        never,
        why="APIs of this kind answer on the internet.",
        source="R86, https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html",
        remedy="Use a private AWS::ApiGateway::RestApi.",
    ),
    Rule(
        "Endpoint-Policy",
        ENDPOINT,
        _no_policy,
        why="Anybody's principals and anybody's resources meet through the endpoint: a way for data to leave.",
        source="R14, https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
        remedy="Give the policy of fmops_constructs.endpoints.policy, or another with aws:PrincipalOrgID.",
    ),
    Rule(
        "Endpoint-SecurityGroup",
        ENDPOINT,
        lambda endpoint: (
            must_have("SecurityGroupIds")(endpoint) if endpoint.at("VpcEndpointType") == "Interface" else iter(())
        ),
        why="An endpoint without a security group of its own has the network's default group.",
        source="R13, https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
        remedy="Give SecurityGroupIds: the endpoints' group, which lets workloads in on 443.",
    ),
)
