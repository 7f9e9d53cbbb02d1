"""Every account: its isolated network."""

from typing import Any, ClassVar

from aws_cdk import aws_ec2 as ec2
from fmops_constructs import names
from fmops_constructs.logs import LogGroup
from fmops_constructs.network import IsolatedVpc

from stacks.base import FoundationStack
from stacks.baseline import Baseline


class Network(FoundationStack):
    """An isolated network with private endpoints."""

    requires: ClassVar = (Baseline,)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        flow_logs = LogGroup(self, "FlowLogs", name="/fmops/network/flow-logs", key=self.key(names.LOGS_KEY_ARN))
        vpc = IsolatedVpc(
            self,
            "Isolated",
            cidr=self.environment_.cidr,
            azs=self.foundation.network.azs,
            features=self.features,
            organization_id=self.foundation.organization.id,
            flow_log_group=flow_logs,
        )
        ec2.CfnVPCBlockPublicAccessOptions(self, "BlockPublicAccess", internet_gateway_block_mode="block-bidirectional")
        self.publish("VpcId", names.VPC_ID, vpc.place.vpc_id)
        self.publish("SubnetIds", names.SUBNET_IDS, vpc.place.subnet_ids)
        self.publish("WorkloadSecurityGroupId", names.WORKLOAD_SECURITY_GROUP_ID, vpc.place.security_group_id)
