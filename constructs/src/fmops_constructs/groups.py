"""Security groups: who leads where. Nothing leads anywhere, or lets anybody in, that is not named here."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from constructs import Construct
from fmops_constructs import endpoints

NOWHERE = ec2.CfnSecurityGroup.EgressProperty(
    ip_protocol="-1", cidr_ip="127.0.0.1/32", description="replaces the default rule that allows everything"
)
HTTPS = (("tcp", 443),)
LOOKUPS = (("tcp", 53), ("udp", 53))


def closed_group(scope: Construct, id: str, *, description: str, vpc_id: str) -> str:
    """A group that leads nowhere and lets nobody in yet; its id."""
    group = ec2.CfnSecurityGroup(
        scope, id, group_description=description, vpc_id=vpc_id, security_group_egress=[NOWHERE]
    )
    return group.attr_group_id


def let_in(
    scope: Construct, id: str, *, group_id: str, clients: Sequence[str], ports: Sequence[tuple[str, int]] = HTTPS
) -> None:
    """Lets networks of the company into a group.

    Args:
        id: each rule's id is this and its network; the port too where there are several.
        clients: private networks, each with its prefix.
        ports: (protocol, port).
    """
    for client in clients:
        for protocol, port in ports:
            ec2.CfnSecurityGroupIngress(
                scope,
                f"{id}{client}" if len(ports) == 1 else f"{id}{client}{protocol.capitalize()}",
                group_id=group_id,
                cidr_ip=client,
                description="company network",
                ip_protocol=protocol,
                from_port=port,
                to_port=port,
            )


class WorkloadGroup(Construct):
    """A security group that leads to the private endpoints and to S3's addresses, and into which nothing leads.

    Args:
        description: whose it is.
        vpc_id: the network.
        endpoints_group_id: the security group of the network's private endpoints.
        tables: it leads to DynamoDB's addresses too.

    Attributes:
        group_id: the group's id.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        description: str,
        vpc_id: str,
        endpoints_group_id: str,
        tables: bool = False,
    ) -> None:
        super().__init__(scope, id)
        region = cdk.Stack.of(self).region
        gateways = [("S3", endpoints.s3_prefix_list(region))]
        if tables:
            gateways.append(("DynamoDB", endpoints.dynamodb_prefix_list(region)))
        group = ec2.CfnSecurityGroup(
            self,
            "Group",
            group_description=f"{description}: to AWS services over private endpoints only",
            vpc_id=vpc_id,
            security_group_egress=[
                ec2.CfnSecurityGroup.EgressProperty(
                    ip_protocol="tcp",
                    from_port=443,
                    to_port=443,
                    destination_prefix_list_id=addresses,
                    description=f"{service} through its gateway endpoint",
                )
                for service, addresses in gateways
            ],
        )
        self.group_id = group.attr_group_id
        ec2.CfnSecurityGroupEgress(
            self,
            "ToEndpoints",
            group_id=self.group_id,
            destination_security_group_id=endpoints_group_id,
            description="private endpoints",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
        )
        ec2.CfnSecurityGroupIngress(
            self,
            "IntoEndpoints",
            group_id=endpoints_group_id,
            source_security_group_id=self.group_id,
            description=description,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
        )
