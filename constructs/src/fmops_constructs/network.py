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


class IsolatedVpc(Construct):
    """Isolated subnets, private endpoints with policies, a security group for workloads, flow logs.

    Args:
        cidr: the network, /16 to /26.
        azs: how many availability zones, at most four.
        features: what the account does; the endpoints follow from it.
        organization_id: whose principals and resources may meet over the endpoints.
        flow_log_group: where flow logs go.

    Attributes:
        place: what a workload needs to run here.
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
    ) -> None:
        super().__init__(scope, id)
        self._region = cdk.Stack.of(self).region
        vpc = ec2.CfnVPC(
            self, "Vpc", cidr_block=str(cidr), enable_dns_hostnames=True, enable_dns_support=True, tags=[NAME]
        )
        self._vpc_id = vpc.attr_vpc_id
        self._routes = ec2.CfnRouteTable(self, "Routes", vpc_id=self._vpc_id, tags=[NAME])
        self._subnet_ids = [self._subnet(number, cidr) for number in range(azs)]
        self.place = Place(self._vpc_id, self._subnet_ids, self._security_groups())
        for endpoint in endpoints.needed(features):
            self._endpoint(endpoint, organization_id)
        self._flow_logs(flow_log_group)

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

    def _security_groups(self) -> str:
        """Workloads talk to the endpoints and to S3's addresses; only workloads talk to the endpoints."""
        nowhere = ec2.CfnSecurityGroup.EgressProperty(
            ip_protocol="-1", cidr_ip="127.0.0.1/32", description="replaces the default rule that allows everything"
        )
        workload = ec2.CfnSecurityGroup(
            self,
            "Workload",
            group_description="workloads: to AWS services over private endpoints only",
            vpc_id=self._vpc_id,
            security_group_egress=[
                ec2.CfnSecurityGroup.EgressProperty(
                    ip_protocol="tcp",
                    from_port=443,
                    to_port=443,
                    destination_prefix_list_id=endpoints.s3_prefix_list(self._region),
                    description="S3 through its gateway endpoint",
                )
            ],
        )
        self._endpoints_group = ec2.CfnSecurityGroup(
            self,
            "Endpoints",
            group_description="private endpoints: from workloads only",
            vpc_id=self._vpc_id,
            security_group_egress=[nowhere],
        )
        ec2.CfnSecurityGroupEgress(
            self,
            "WorkloadToEndpoints",
            group_id=workload.attr_group_id,
            destination_security_group_id=self._endpoints_group.attr_group_id,
            description="private endpoints",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
        )
        ec2.CfnSecurityGroupIngress(
            self,
            "EndpointsFromWorkload",
            group_id=self._endpoints_group.attr_group_id,
            source_security_group_id=workload.attr_group_id,
            description="workloads",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
        )
        return workload.attr_group_id

    def _endpoint(self, endpoint: endpoints.Endpoint, organization_id: str) -> None:
        where = (
            {"route_table_ids": [self._routes.ref], "vpc_endpoint_type": "Gateway"}
            if endpoint.gateway
            else {
                "subnet_ids": self._subnet_ids,
                "security_group_ids": [self._endpoints_group.attr_group_id],
                "private_dns_enabled": True,
                "vpc_endpoint_type": "Interface",
            }
        )
        ec2.CfnVPCEndpoint(
            self,
            f"{endpoint.id}Endpoint",
            service_name=endpoint.name(self._region),
            vpc_id=self._vpc_id,
            policy_document=endpoints.policy(endpoint, organization_id=organization_id, region=self._region),
            **where,
        )

    def _flow_logs(self, group: logs.ILogGroup) -> None:
        account = cdk.Stack.of(self).account
        write = Policy(
            self,
            "WriteFlowLogs",
            description="Write the network's flow logs",
            statements=[
                allow("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents", on=group.log_group_arn),
            ],
        )
        role = Role(
            self,
            "FlowLogsRole",
            name="flow-logs",
            description="Writes the network's flow logs",
            trusts=service("vpc-flow-logs.amazonaws.com", account),
            policies=[write],
        )
        ec2.CfnFlowLog(
            self,
            "FlowLogs",
            resource_id=self._vpc_id,
            resource_type="VPC",
            traffic_type="ALL",
            log_group_name=group.log_group_name,
            deliver_logs_permission_arn=role.role_arn,
            max_aggregation_interval=60,
        )
