"""Every account: its isolated network."""

from typing import Any, ClassVar

from aws_cdk import aws_ec2 as ec2
from fmops_constructs import names
from fmops_constructs.dns import DnsFirewall, QueryLog
from fmops_constructs.endpoints import TABLE, looked_up
from fmops_constructs.entry import InboundResolver, Joined
from fmops_constructs.logs import LogGroup
from fmops_constructs.models import endpoint_policy
from fmops_constructs.network import Given, IsolatedVpc

from stacks.base import FoundationStack
from stacks.baseline import Baseline

EXECUTE_API = "execute-api"


class Network(FoundationStack):
    """An isolated network with private endpoints."""

    requires: ClassVar = (Baseline,)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        here = self.environment_
        flow_logs = LogGroup(
            self, "FlowLogs", name=names.FLOW_LOGS, key=self.key(names.LOGS_KEY_ARN), keep=here.production
        )
        existing = here.existing
        vpc = IsolatedVpc(
            self,
            "Isolated",
            network=Given(existing.vpc, [*existing.subnets], existing.route_tables) if existing else here.cidr,
            azs=self.foundation.network.azs,
            features=self.features,
            organization_id=self.foundation.organization.id,
            flow_log_group=flow_logs,
            flow_log_role="flow-logs" if here.home else f"flow-logs-{here.region}",
            clients=self.access.cidrs if self.access else (),
            open_to_clients=self._open_to_clients(),
            policies=self._policies(),
        )
        self._let_people_in(vpc)
        if self.foundation.organization.policies.block_public_access == "account":
            ec2.CfnVPCBlockPublicAccessOptions(
                self, "BlockPublicAccess", internet_gateway_block_mode="block-bidirectional"
            )
        self._names(vpc.place.vpc_id)
        self.publish("VpcId", names.VPC_ID, vpc.place.vpc_id)
        self.publish("SubnetIds", names.SUBNET_IDS, vpc.place.subnet_ids)
        self.publish("WorkloadSecurityGroupId", names.WORKLOAD_SECURITY_GROUP_ID, vpc.place.security_group_id)
        self.publish("EndpointsSecurityGroupId", names.ENDPOINTS_SECURITY_GROUP_ID, vpc.endpoints_group_id)
        if EXECUTE_API in vpc.endpoint_ids:
            self.publish("ExecuteApiEndpointId", names.EXECUTE_API_ENDPOINT_ID, vpc.endpoint_ids[EXECUTE_API])

    def _open_to_clients(self) -> tuple[str, ...] | None:
        """The services that people of the company's network reach here; None: all.

        Raises:
            LookupError: one has no interface endpoint.
        """
        chosen = self.access.endpoints if self.access else None
        known = sorted(endpoint.service for endpoint in TABLE if not endpoint.gateway)
        for service in chosen or ():
            if service not in known:
                raise LookupError(
                    f'network.access.endpoints: "{service}" has no interface endpoint. Choose of {", ".join(known)}.'
                )
        return chosen

    def _let_people_in(self, vpc: IsolatedVpc) -> None:
        """Joins the network to the company's, where the landing zone doesn't, and answers its name servers."""
        access, here = self.access, self.environment_
        if access is None:
            return
        gateway = access.gateways.get(here.name) or access.gateways.get(here.region)
        if gateway:
            Joined(
                self,
                "Joined",
                gateway=gateway,
                clients=access.cidrs,
                vpc_id=vpc.place.vpc_id,
                subnet_ids=vpc.place.subnet_ids,
                route_table_ids=vpc.route_table_ids,
            )
        if access.resolver:
            InboundResolver(
                self,
                "InboundResolver",
                clients=access.cidrs,
                vpc_id=vpc.place.vpc_id,
                subnet_ids=vpc.place.subnet_ids,
            )

    def _names(self, vpc_id: str) -> None:
        """What the network looks up: the names of its endpoints and of the company's zones, and all of it on record."""
        here = self.environment_
        dns = self.foundation.network.dns
        DnsFirewall(
            self,
            "DnsFirewall",
            vpc_id=vpc_id,
            aws=looked_up(self.features, here.region),
            zones=dns.zones if dns else (),
        )
        queries = LogGroup(
            self, "DnsQueries", name=names.DNS_QUERIES, key=self.key(names.LOGS_KEY_ARN), keep=here.production
        )
        QueryLog(self, "QueryLog", vpc_id=vpc_id, group=queries)

    def _policies(self) -> dict[str, Any]:
        """Endpoints whose policy follows from the allow-list of models."""
        if not self.models:
            return {}
        here = self.environment_
        policy = endpoint_policy(
            self.models,
            organization_id=self.foundation.organization.id,
            region=here.region,
            account=here.account,
        )
        return {"bedrock-runtime": policy}
