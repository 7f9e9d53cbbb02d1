"""Types whose schema has network settings and which no table knows: nothing is proven of them, and that is said."""

import functools
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from fmops.verify import schemas
from fmops.verify.findings import Finding, at
from fmops.verify.network.openings import TABLE
from fmops.verify.templates import Resource
from fmops.verify.values import Pointer, Text, World, many

SETTING = re.compile(
    r"(?:^|\.)(?:Vpc(?:Config\w*|Options|Settings|Properties)?|VPC(?:Config\w*|Options)|(?:Ec2)?Subnet(?:s|Id|Ids)"
    r"|PubliclyAccessible|Network(?:Configuration|Config|AccessType|Mode|Settings)|\w*InternetAccess\w*|EndpointType"
    r"|PublicAccess\w*|\w*PublicIp|IsPublic\w*)$"
)
"""How settings are called that decide whether something is in a VPC, or reached from outside of it."""

PARTS = """
AWS::DMS::Endpoint AWS::EC2::ClientVpnTargetNetworkAssociation AWS::EC2::DHCPOptions AWS::EC2::FlowLog
AWS::EC2::IPAM* AWS::EC2::InstanceConnectEndpoint AWS::EC2::NetworkAcl* AWS::EC2::NetworkInsights*
AWS::EC2::NetworkInterface* AWS::EC2::PrefixList AWS::EC2::Route AWS::EC2::RouteServer* AWS::EC2::RouteTable
AWS::EC2::SecurityGroup* AWS::EC2::SubnetCidr* AWS::EC2::SubnetNetworkAclAssociation
AWS::EC2::SubnetRouteTableAssociation AWS::EC2::TransitGateway* AWS::EC2::VPC AWS::EC2::VPCBlockPublicAccessOptions
AWS::EC2::VPCCidrBlock AWS::EC2::VPCDHCPOptionsAssociation AWS::EC2::VPCEncryptionControl AWS::EC2::VPCEndpoint*
AWS::EC2::VPCGatewayAttachment AWS::EC2::VPCPeeringConnection AWS::ECS::TaskDefinition
AWS::ElasticLoadBalancingV2::TargetGroup AWS::NetworkFirewall::* AWS::ObservabilityAdmin::* AWS::Route53::HostedZone
AWS::Route53Resolver::* AWS::ServiceDiscovery::PrivateDnsNamespace
"""
"""What `routes` walks, and what only describes a network or a task (AWS's pages of the types)."""
INTERFACES = """
AWS::ApiGatewayV2::VpcLink AWS::AppRunner::VpcConnector AWS::AppRunner::VpcIngressConnection
AWS::AutoScaling::AutoScalingGroup AWS::Batch::ComputeEnvironment AWS::BedrockAgentCore::CapacityProvider
AWS::CloudHSM::Cluster AWS::DAX::* AWS::DMS::ReplicationSubnetGroup AWS::DirectoryService::* AWS::DocDB::*
AWS::DocDBElastic::Cluster AWS::EFS::MountTarget AWS::EKS::FargateProfile AWS::EKS::Nodegroup AWS::EMR::Studio
AWS::ElastiCache::* AWS::FSx::* AWS::Glue::Connection AWS::KafkaConnect::Connector AWS::Lambda::CapacityProvider
AWS::MSK::ServerlessCluster AWS::MSK::VpcConnection AWS::MemoryDB::* AWS::Neptune::DBSubnetGroup
AWS::NeptuneGraph::PrivateGraphEndpoint AWS::OpenSearchServerless::VpcEndpoint AWS::QuickSight::VPCConnection
AWS::RDS::DBProxy* AWS::RDS::DBSubnetGroup AWS::RDS::OptionGroup AWS::Redshift::ClusterSubnetGroup
AWS::Redshift::Endpoint* AWS::S3Files::MountTarget AWS::VpcLattice::*
"""
"""What puts interfaces into subnets that it names, without a public address of its own."""
WITHIN = (*PARTS.split(), *INTERFACES.split())
"""Types with such settings that need no row."""

FOREIGN = "Verify what makes it: nobody here knows what it does."


def verify(world: World) -> Iterator[Finding]:
    """A finding for each resource whose way to the internet no table knows."""
    known = {row.type for row in TABLE}
    functions = _functions(world)
    for resource in world.resources():
        if resource.type in known:
            continue
        if settings := _settings(resource.type):
            why = f"{resource.type} has network settings ({', '.join(settings[:3])}) that no table here knows"
            yield _not_proven(resource, why, "Look at its settings, and accept this finding with a reason.")
        elif _custom(resource.type):
            if not _answered(world, resource, functions):
                yield _not_proven(resource, "a function that is in none of the templates makes it", FOREIGN)
        elif schemas.load(resource.type) is None and not resource.type.endswith("::MODULE"):
            yield _not_proven(resource, f"{resource.type or 'its type'} is no type of AWS's", FOREIGN)


@functools.cache
def _settings(type_: str) -> tuple[str, ...]:
    """The settings of a type that only a table could judge."""
    schema = schemas.load(type_)
    if schema is None or any(fnmatchcase(type_, pattern) for pattern in WITHIN):
        return ()
    told = {path.partition(".*")[0] for path in schemas.paths(schema, "readOnlyProperties")}
    return tuple(name for name in schemas.names(schema) if SETTING.search(name) and name not in told)


def _custom(type_: str) -> bool:
    return type_.startswith("Custom::") or type_ == "AWS::CloudFormation::CustomResource"


def _functions(world: World) -> set[str]:
    """Functions and topics of the templates, by name."""
    kinds = {"AWS::Lambda::Function": "FunctionName", "AWS::SNS::Topic": "TopicName"}
    return {str(world.get(one, kinds[one.type])) for one in world.resources(*kinds)} - {"None"}


def _answered(world: World, resource: Resource, functions: set[str]) -> bool:
    """Whether what makes a custom resource is in the templates, and so is verified itself."""
    tokens = many(world.get(resource, "ServiceToken"))
    return bool(tokens) and all(_here(token, functions) for token in tokens)


def _here(token: object, functions: set[str]) -> bool:
    if isinstance(token, Pointer):
        return token.resource.type in ("AWS::Lambda::Function", "AWS::SNS::Topic")
    last = token.parts[-1] if isinstance(token, Text) else token
    return isinstance(last, str) and last.rpartition(":")[2] in functions


def _not_proven(resource: Resource, why: str, remedy: str) -> Finding:
    return at(
        resource,
        rule="Network-Unlisted",
        message=f"{resource}: whether a path to the internet exists is not proven: {why}.",
        remedy=remedy,
        path=(str(resource), "not known"),
        verdict="not proven",
        requirement="R21",
        source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/",
    )
