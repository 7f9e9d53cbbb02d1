"""A network that reaches AWS's services and nothing else: no gateway to the internet can be expressed."""

from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs

from constructs import Construct
from fmops_constructs import endpoints, names
from fmops_constructs.iam import Policy, Role, allow, service

SUBNETS = 4
"""A network is cut into this many subnets, so that one more availability zone moves none."""

NAME = cdk.CfnTag(key="Name", value=names.PREFIX)


class Place(NamedTuple):
    """Where a workload runs: what it needs to know of a network."""

    vpc_id: str
    subnet_ids: Sequence[str]
    security_group_id: str


class WorkloadGroup(Construct):
    """A security group that leads to the private endpoints and to S3's addresses, and into which nothing leads.

    Args:
        description: whose it is.
        vpc_id: the network.
        endpoints_group_id: the security group of the network's private endpoints.

    Attributes:
        group_id: the group's id.
    """

    def __init__(self, scope: Construct, id: str, *, description: str, vpc_id: str, endpoints_group_id: str) -> None:
        super().__init__(scope, id)
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
                    destination_prefix_list_id=endpoints.s3_prefix_list(cdk.Stack.of(self).region),
                    description="S3 through its gateway endpoint",
                )
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


class IsolatedVpc(Construct):
    """Isolated subnets, private endpoints with policies, a security group for workloads, flow logs.

    Args:
        cidr: the network, /16 to /26.
        azs: how many availability zones, at most four.
        features: what the account does; the endpoints follow from it.
        organization_id: whose principals and resources may meet over the endpoints.
        flow_log_group: where flow logs go.
        flow_log_role: the role that writes them, where the account has one already: roles are the same in all regions.
        other_regions: where else the account has networks, whose flow logs the role made here writes too.
        clients: networks of the company that reach the endpoints too.

    Attributes:
        place: what a workload needs to run here.
        endpoints_group_id: the security group of the private endpoints.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cidr: IPv4Network,
        azs: int,
        features: Sequence[endpoints.Feature],
        organization_id: str,
        flow_log_group: logs.ILogGroup,
        flow_log_role: str | None = None,
        other_regions: Sequence[str] = (),
        clients: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id)
        self._region = cdk.Stack.of(self).region
        vpc = ec2.CfnVPC(
            self, "Vpc", cidr_block=str(cidr), enable_dns_hostnames=True, enable_dns_support=True, tags=[NAME]
        )
        self._vpc_id = vpc.attr_vpc_id
        self._routes = ec2.CfnRouteTable(self, "Routes", vpc_id=self._vpc_id, tags=[NAME])
        self._subnet_ids = [self._subnet(number, cidr) for number in range(azs)]
        self.endpoints_group_id = self._endpoints_group(clients)
        workload = WorkloadGroup(
            self,
            "Workload",
            description="workloads",
            vpc_id=self._vpc_id,
            endpoints_group_id=self.endpoints_group_id,
        )
        self.place = Place(self._vpc_id, self._subnet_ids, workload.group_id)
        for endpoint in endpoints.needed(features):
            self._endpoint(endpoint, organization_id, features)
        self._flow_logs(flow_log_group, flow_log_role or self._flow_log_role(flow_log_group, other_regions))

    def _subnet(self, number: int, cidr: IPv4Network) -> str:
        block = list(cidr.subnets(prefixlen_diff=SUBNETS.bit_length() - 1))[number]
        subnet = ec2.CfnSubnet(
            self,
            f"Subnet{number + 1}",
            vpc_id=self._vpc_id,
            cidr_block=str(block),
            availability_zone=cdk.Fn.select(number, cdk.Fn.get_azs()),
            map_public_ip_on_launch=False,
            tags=[NAME],
        )
        ec2.CfnSubnetRouteTableAssociation(
            self, f"Subnet{number + 1}Routes", subnet_id=subnet.attr_subnet_id, route_table_id=self._routes.ref
        )
        return subnet.attr_subnet_id

    def _endpoints_group(self, clients: Sequence[str]) -> str:
        """Who talks to the endpoints: workloads, whose groups say so themselves, and the company's own networks."""
        nowhere = ec2.CfnSecurityGroup.EgressProperty(
            ip_protocol="-1", cidr_ip="127.0.0.1/32", description="replaces the default rule that allows everything"
        )
        group = ec2.CfnSecurityGroup(
            self,
            "Endpoints",
            group_description="private endpoints: from workloads and company networks only",
            vpc_id=self._vpc_id,
            security_group_egress=[nowhere],
        )
        for client in clients:
            ec2.CfnSecurityGroupIngress(
                self,
                f"EndpointsFrom{client}",
                group_id=group.attr_group_id,
                cidr_ip=client,
                description="company network",
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
            )
        return group.attr_group_id

    def _endpoint(
        self, endpoint: endpoints.Endpoint, organization_id: str, features: Sequence[endpoints.Feature]
    ) -> None:
        where = (
            {"route_table_ids": [self._routes.ref], "vpc_endpoint_type": "Gateway"}
            if endpoint.gateway
            else {
                "subnet_ids": self._subnet_ids,
                "security_group_ids": [self.endpoints_group_id],
                "private_dns_enabled": True,
                "vpc_endpoint_type": "Interface",
            }
        )
        ec2.CfnVPCEndpoint(
            self,
            f"{endpoint.id}Endpoint",
            service_name=endpoint.name(self._region),
            vpc_id=self._vpc_id,
            policy_document=endpoints.policy(
                endpoint, organization_id=organization_id, region=self._region, features=features
            ),
            **where,
        )

    def _flow_log_role(self, group: logs.ILogGroup, others: Sequence[str]) -> str:
        """The role that writes flow logs, for the account's networks in every region."""
        account = cdk.Stack.of(self).account
        groups = [
            group.log_group_arn,
            *(f"arn:aws:logs:{region}:{account}:log-group:{names.FLOW_LOGS}:*" for region in others),
        ]
        write = Policy(
            self,
            "WriteFlowLogs",
            description="Write the networks' flow logs",
            statements=[allow("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents", on=groups)],
        )
        role = Role(
            self,
            "FlowLogsRole",
            name="flow-logs",
            description="Writes the networks' flow logs",
            trusts=service("vpc-flow-logs.amazonaws.com", account),
            policies=[write],
        )
        return role.role_arn

    def _flow_logs(self, group: logs.ILogGroup, role_arn: str) -> None:
        ec2.CfnFlowLog(
            self,
            "FlowLogs",
            resource_id=self._vpc_id,
            resource_type="VPC",
            traffic_type="ALL",
            log_group_name=group.log_group_name,
            deliver_logs_permission_arn=role_arn,
            max_aggregation_interval=60,
        )
