"""Openings of platforms and of rarer services: rows of the table of `openings`."""

from fmops.verify.network.closed import Closed, every, has, is_, lacks, never, silent_of, some
from fmops.verify.network.opening import Opening, answers, runs

SUBNETS = "Give it subnets of an isolated VPC"
ADDRESS = "a public address"
PUBLIC_ADDRESS = '"AssignPublicIp":"ENABLED"'
BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def _inside(type_: str, path: str) -> Opening:
    return runs(type_, has(path), f"{SUBNETS}: {path}.")


def _private(type_: str, default: object = False) -> Opening:
    closed = is_("PubliclyAccessible", False, default=default)
    return answers(type_, closed, "Set PubliclyAccessible: false.")


def _no_internet(type_: str, path: str) -> Opening:
    return runs(type_, is_(path, False, default=False), f"Set {path}: false.")


def _tasks(type_: str, *paths: str) -> Opening:
    """A type that starts ECS tasks, each of which may get a public address."""
    closed = every(*(silent_of(path, PUBLIC_ADDRESS) for path in paths))
    return runs(type_, closed, "Set AssignPublicIp: DISABLED.", ADDRESS)


def _instances(type_: str, path: str) -> Opening:
    closed = silent_of(path, '"AssociatePublicIpAddress":true', '"AssociatePublicIpAddress":"true"')
    return runs(type_, closed, "Set AssociatePublicIpAddress: false.", ADDRESS)


def _blocked() -> Closed:
    blocks = every(*(is_(f"PublicAccessBlockConfiguration.{block}", True, default=False) for block in BLOCKS))
    return some(lacks("PublicAccessBlockConfiguration"), blocks)  # all four are AWS's default since April 2023


JOB = "MonitoringScheduleConfig.MonitoringJobDefinition"
ROWS: tuple[Opening, ...] = (
    # Machine learning
    _inside("AWS::SageMaker::Cluster", "VpcConfig.Subnets"),
    runs(
        "AWS::SageMaker::EndpointConfig",
        some(lacks("ExecutionRoleArn"), has("VpcConfig.Subnets"), is_("EnableNetworkIsolation", True)),
        "Give VpcConfig subnets, or set EnableNetworkIsolation: inference components have no model's network.",
    ),
    runs(
        "AWS::SageMaker::MonitoringSchedule",
        some(
            has("MonitoringScheduleConfig.MonitoringJobDefinitionName"),
            has(f"{JOB}.NetworkConfig.VpcConfig.Subnets"),
            is_(f"{JOB}.NetworkConfig.EnableNetworkIsolation", True),
        ),
        "Give NetworkConfig.VpcConfig subnets, or isolate it from every network.",
    ),
    answers("AWS::SageMaker::Workforce", has("WorkforceVpcConfig.Subnets"), f"{SUBNETS}: WorkforceVpcConfig."),
    _inside("AWS::Comprehend::DocumentClassifier", "VpcConfig.Subnets"),
    _inside("AWS::Comprehend::EntityRecognizer", "VpcConfig.Subnets"),
    _inside("AWS::Comprehend::Flywheel", "DataSecurityConfig.VpcConfig.Subnets"),
    runs(
        "AWS::BedrockAgentCore::Harness",
        is_("Environment.AgentCoreRuntimeEnvironment.NetworkConfiguration.NetworkMode", "VPC", default="PUBLIC"),
        "Set NetworkMode: VPC.",
    ),
    # Compute
    _tasks("AWS::Batch::JobDefinition", "ContainerProperties", "EcsProperties"),
    _tasks("AWS::ECS::TaskSet", "NetworkConfiguration"),
    _tasks("AWS::Events::Rule", "Targets"),
    _tasks("AWS::Pipes::Pipe", "TargetParameters"),
    _tasks("AWS::Scheduler::Schedule", "Target"),
    _instances("AWS::EC2::EC2Fleet", "LaunchTemplateConfigs"),
    _instances("AWS::EC2::SpotFleet", "SpotFleetRequestConfigData"),
    _inside("AWS::EMR::Cluster", "Instances.Ec2SubnetId"),
    _inside("AWS::ImageBuilder::InfrastructureConfiguration", "SubnetId"),
    _inside("AWS::Synthetics::Canary", "VPCConfig.SubnetIds"),
    _inside("AWS::MWAAServerless::Workflow", "NetworkConfiguration.SubnetIds"),
    _inside("AWS::CodeConnections::Host", "VpcConfiguration.SubnetIds"),
    runs(
        "AWS::SecretsManager::RotationSchedule",
        some(lacks("HostedRotationLambda"), has("HostedRotationLambda.VpcSubnetIds")),
        f"{SUBNETS}: HostedRotationLambda.VpcSubnetIds.",
    ),
    _no_internet("AWS::AppStream::AppBlockBuilder", "EnableDefaultInternetAccess"),
    _no_internet("AWS::AppStream::ImageBuilder", "EnableDefaultInternetAccess"),
    _no_internet("AWS::WorkSpaces::Directory", "WorkspaceCreationProperties.EnableInternetAccess"),
    runs(
        "AWS::IoT::TopicRuleDestination",
        lacks("HttpUrlProperties"),
        "Deliver into the VPC: VpcProperties.",
        "IoT, which calls a web address",
    ),
    runs("AWS::EC2::VPCBlockPublicAccessExclusion", never, "Remove it.", "an exclusion from what blocks the internet"),
    # Stores and doors
    _private("AWS::Lightsail::Database"),
    _private("AWS::M2::Environment"),
    _private("AWS::Neptune::DBInstance"),
    _private("AWS::RDS::DBShardGroup", default="where its subnets lead"),
    _private("AWS::DMS::InstanceProfile", default="where its subnets lead"),
    _private("AWS::Timestream::InfluxDBCluster"),
    _private("AWS::Timestream::InfluxDBInstance"),
    answers("AWS::S3::AccessPoint", _blocked(), "Set all four of PublicAccessBlockConfiguration."),
    answers("AWS::S3Express::AccessPoint", _blocked(), "Set all four of PublicAccessBlockConfiguration."),
    answers("AWS::S3::MultiRegionAccessPoint", _blocked(), "Set all four of PublicAccessBlockConfiguration."),
    answers("AWS::OSIS::Pipeline", has("VpcOptions.SubnetIds"), f"{SUBNETS}: VpcOptions."),
    answers("AWS::Grafana::Workspace", has("NetworkAccessControl.VpceIds"), "Name endpoints in NetworkAccessControl."),
    answers("AWS::Transfer::WebApp", has("EndpointDetails.Vpc.SubnetIds"), f"{SUBNETS}: EndpointDetails.Vpc."),
    answers("AWS::EC2::VerifiedAccessEndpoint", never, "Let people in over the organisation's network."),
)
