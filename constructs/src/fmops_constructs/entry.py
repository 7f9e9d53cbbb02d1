"""How people come in from the company's network: joined networks, and a name server that answers them."""

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_route53resolver as resolver

from constructs import Construct
from fmops_constructs import names
from fmops_constructs.groups import LOOKUPS, closed_group, let_in

TRANSIT = "tgw-"
"""How a transit gateway's id starts; a virtual private gateway's starts with `vgw-`."""


class Joined(Construct):
    """Joins a network to the company's gateway, and leads back to the company's networks and to nowhere else.

    A Direct Connect or a VPN ends at either kind of gateway. Sources:
    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html,
    https://docs.aws.amazon.com/vpn/latest/s2svpn/SetUpVPNConnections.html.

    Args:
        gateway: a transit gateway (`tgw-…`) that is shared with the account, or a virtual private gateway (`vgw-…`)
            of the account.
        clients: the company's networks, private ones, each with its prefix.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        gateway: str,
        clients: Sequence[str],
        vpc_id: str,
        subnet_ids: Sequence[str],
        route_table_ids: Sequence[str],
    ) -> None:
        super().__init__(scope, id)
        transit = gateway.startswith(TRANSIT)
        attachment = (
            ec2.CfnTransitGatewayVpcAttachment(
                self, "Attachment", transit_gateway_id=gateway, vpc_id=vpc_id, subnet_ids=list(subnet_ids)
            )
            if transit
            else ec2.CfnVPCGatewayAttachment(self, "Attachment", vpc_id=vpc_id, vpn_gateway_id=gateway)
        )
        target = {"transit_gateway_id" if transit else "gateway_id": gateway}
        for number, table in enumerate(route_table_ids):
            for client in clients:
                route = ec2.CfnRoute(
                    self,
                    f"To{client}" if number == 0 else f"To{client}Of{number + 1}",
                    route_table_id=table,
                    destination_cidr_block=client,
                    **target,
                )
                route.add_resource_dependency(attachment)


class InboundResolver(Construct):
    """Answers the company's name servers with the private addresses of the network's endpoints.

    The network's DNS Firewall holds for them too. Nothing of the network asks anybody by it.
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-overview-DSN-queries-to-vpc.html

    Args:
        clients: the networks that may ask.
        subnet_ids: two at least; it has an address in each.
    """

    def __init__(
        self, scope: Construct, id: str, *, clients: Sequence[str], vpc_id: str, subnet_ids: Sequence[str]
    ) -> None:
        super().__init__(scope, id)
        description = "inbound resolver: lookups from company networks only"
        group_id = closed_group(self, "Group", description=description, vpc_id=vpc_id)
        let_in(self, "From", group_id=group_id, clients=clients, ports=LOOKUPS)
        resolver.CfnResolverEndpoint(
            self,
            "Endpoint",
            name=f"{names.PREFIX}-inbound",
            direction="INBOUND",
            security_group_ids=[group_id],
            ip_addresses=[
                resolver.CfnResolverEndpoint.IpAddressRequestProperty(subnet_id=subnet) for subnet in subnet_ids
            ],
        )
