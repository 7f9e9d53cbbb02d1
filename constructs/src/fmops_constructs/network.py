"""A network that reaches AWS's services and nothing else: no gateway to the internet can be expressed."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any, NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs

from constructs import Construct
from fmops_constructs import endpoints, names
from fmops_constructs.groups import WorkloadGroup, closed_group, let_in
from fmops_constructs.iam import Policy, Role, allow, service

SUBNETS = 4
"""A network is cut into this many subnets, so that one more availability zone moves none."""

NAME = cdk.CfnTag(key="Name", value=names.PREFIX)


class Place(NamedTuple):
    """Where a workload runs: what it needs to know of a network."""

    vpc_id: str
    subnet_ids: Sequence[str]
    security_group_id: str


class Given(NamedTuple):
    """A network that is there already, by the ids of its parts."""

    vpc_id: str
    subnet_ids: Sequence[str]
    route_table_ids: Sequence[str]


class IsolatedVpc(Construct):
    """Isolated subnets, private endpoints with policies, a security group for workloads, flow logs.

    Args:
        network: the network to make, /16 to /26; or one that is there: then endpoints, groups and flow logs only.
        azs: how many availability zones, at most four.
        features: what the account does; the endpoints follow from it.
        organization_id: whose principals and resources may meet over the endpoints.
        flow_log_group: where flow logs go.
        flow_log_role: the name of the role that writes them, one for each region: roles are an account's.
        clients: networks of the company that reach endpoints too.
        open_to_clients: the services whose endpoints they reach; None: all.
        policies: of endpoints that have one of their own, by service.

    Attributes:
        place: what a workload needs to run here.
        endpoints_group_id: the security group of the private endpoints.
        endpoint_ids: by service.
        route_table_ids: of the subnets.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        network: IPv4Network | Given,
        azs: int,
        features: Sequence[endpoints.Feature],
        organization_id: str,
        flow_log_group: logs.ILogGroup,
        flow_log_role: str = "flow-logs",
        clients: Sequence[str] = (),
        open_to_clients: Sequence[str] | None = None,
        policies: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(scope, id)
        self._region = cdk.Stack.of(self).region
        made = network if isinstance(network, Given) else self._made(network, azs)
        self._vpc_id, self._subnet_ids, self.route_table_ids = made
        self.endpoints_group_id = closed_group(
            self,
            "Endpoints",
            description="private endpoints: from workloads and company networks only",
            vpc_id=self._vpc_id,
        )
        workload = WorkloadGroup(
            self,
            "Workload",
            description="workloads",
            vpc_id=self._vpc_id,
            endpoints_group_id=self.endpoints_group_id,
            tables="application" in features,
        )
        self.place = Place(self._vpc_id, self._subnet_ids, workload.group_id)
        needed = endpoints.needed(features)
        self._clients_group_id = self._let_in(clients, needed, open_to_clients)
        self._open = frozenset(open_to_clients or ())
        own = policies or {}
        self.endpoint_ids = {
            endpoint.service: self._endpoint(
                endpoint,
                own.get(endpoint.service)
                or endpoints.policy(endpoint, organization_id=organization_id, region=self._region, features=features),
            )
            for endpoint in needed
        }
        self._flow_logs(flow_log_group, self._flow_log_role(flow_log_role, flow_log_group))

    def _made(self, cidr: IPv4Network, azs: int) -> Given:
        """A network without a way out: one route table, without routes but those of gateway endpoints."""
        vpc = ec2.CfnVPC(
            self, "Vpc", cidr_block=str(cidr), enable_dns_hostnames=True, enable_dns_support=True, tags=[NAME]
        )
        routes = ec2.CfnRouteTable(self, "Routes", vpc_id=vpc.attr_vpc_id, tags=[NAME])
        blocks = list(cidr.subnets(prefixlen_diff=SUBNETS.bit_length() - 1))
        subnets = [self._subnet(number, vpc.attr_vpc_id, str(blocks[number]), routes.ref) for number in range(azs)]
        return Given(vpc.attr_vpc_id, subnets, [routes.ref])

    def _subnet(self, number: int, vpc_id: str, block: str, route_table_id: str) -> str:
        subnet = ec2.CfnSubnet(
            self,
            f"Subnet{number + 1}",
            vpc_id=vpc_id,
            cidr_block=block,
            availability_zone=cdk.Fn.select(number, cdk.Fn.get_azs()),
            map_public_ip_on_launch=False,
            tags=[NAME],
        )
        ec2.CfnSubnetRouteTableAssociation(
            self, f"Subnet{number + 1}Routes", subnet_id=subnet.attr_subnet_id, route_table_id=route_table_id
        )
        return subnet.attr_subnet_id

    def _let_in(
        self, clients: Sequence[str], needed: Sequence[endpoints.Endpoint], chosen: Sequence[str] | None
    ) -> str | None:
        """Lets the company's networks come to all endpoints, or to chosen ones: those get a group of their own."""
        if chosen is None:
            let_in(self, "EndpointsFrom", group_id=self.endpoints_group_id, clients=clients)
            return None
        if not clients or not any(endpoint.service in chosen for endpoint in needed):
            return None
        description = "chosen private endpoints: from company networks only"
        group_id = closed_group(self, "Chosen", description=description, vpc_id=self._vpc_id)
        let_in(self, "ChosenFrom", group_id=group_id, clients=clients)
        return group_id

    def _endpoint(self, endpoint: endpoints.Endpoint, policy: Any) -> str:
        more = [self._clients_group_id] if self._clients_group_id and endpoint.service in self._open else []
        where = (
            {"route_table_ids": list(self.route_table_ids), "vpc_endpoint_type": "Gateway"}
            if endpoint.gateway
            else {
                "subnet_ids": self._subnet_ids,
                "security_group_ids": [self.endpoints_group_id, *more],
                "private_dns_enabled": True,
                "vpc_endpoint_type": "Interface",
            }
        )
        made = ec2.CfnVPCEndpoint(
            self,
            f"{endpoint.id}Endpoint",
            service_name=endpoint.name(self._region),
            vpc_id=self._vpc_id,
            policy_document=policy,
            **where,
        )
        return made.ref

    def _flow_log_role(self, name: str, group: logs.ILogGroup) -> str:
        """The role that writes flow logs."""
        write = Policy(
            self,
            "WriteFlowLogs",
            description="Write the networks' flow logs",
            statements=[
                allow("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents", on=group.log_group_arn)
            ],
        )
        role = Role(
            self,
            "FlowLogsRole",
            name=name,
            description="Writes the networks' flow logs",
            trusts=service("vpc-flow-logs.amazonaws.com", cdk.Stack.of(self).account),
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
