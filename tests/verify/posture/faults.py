"""For each setting that posture asks for: a resource that lacks it, and its twin that has it."""

from dataclasses import dataclass
from typing import Any

from tests.verify.openings import nested

Properties = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """A resource that lacks what `rule` asks for, and its twin that doesn't; `what` is the setting."""

    rule: str
    type: str
    what: str
    broken: Properties
    clean: Properties


def encryption(type: str, what: str, broken: Properties, clean: Properties) -> Fault:
    return Fault("Posture-Encryption", type, what, broken, clean)


def transit(type: str, what: str, broken: Properties, clean: Properties) -> Fault:
    return Fault("Posture-Transit", type, what, broken, clean)


def log(type: str, what: str, clean: Any = "somewhere", broken: Properties | None = None) -> Fault:
    return Fault("Posture-Logging", type, what, broken or {}, nested(what, clean))


def disks(path: str, type: str) -> Fault:
    return encryption(
        type,
        path,
        nested(path, [{"DeviceName": "a", "Ebs": {"Encrypted": True}}, {"DeviceName": "b", "Ebs": {"VolumeSize": 8}}]),
        nested(path, [{"DeviceName": "a", "Ebs": {"Encrypted": True}}, {"DeviceName": "b", "NoDevice": {}}]),
    )


STORAGE = ("AWS::DocDB::DBCluster", "AWS::Neptune::DBCluster", "AWS::RDS::DBCluster", "AWS::RDS::GlobalCluster")
DOMAINS = ("AWS::Elasticsearch::Domain", "AWS::OpenSearchService::Domain")
VOLUME = {"Name": "files", "EFSVolumeConfiguration": {"FilesystemId": "fs-1"}}
SAFE = {"Name": "files", "EFSVolumeConfiguration": {"FilesystemId": "fs-1", "TransitEncryption": "ENABLED"}}
AWSLOGS = {"LogDriver": "awslogs"}

FAULTS: tuple[Fault, ...] = (
    encryption("AWS::RDS::DBInstance", "StorageEncrypted", {}, {"StorageEncrypted": True}),
    encryption("AWS::RDS::DBInstance", "StorageEncrypted", {}, {"DBClusterIdentifier": "cluster"}),
    encryption("AWS::RDS::DBInstance", "StorageEncrypted", {"StorageEncrypted": "false"}, {"StorageEncrypted": "true"}),
    *(encryption(type, "StorageEncrypted", {}, {"StorageEncrypted": True}) for type in STORAGE),
    encryption("AWS::EC2::Volume", "Encrypted", {"Encrypted": False}, {"Encrypted": True}),
    disks("BlockDeviceMappings", "AWS::EC2::Instance"),
    disks("LaunchTemplateData.BlockDeviceMappings", "AWS::EC2::LaunchTemplate"),
    disks("BlockDeviceMappings", "AWS::AutoScaling::LaunchConfiguration"),
    encryption("AWS::EFS::FileSystem", "Encrypted", {}, {"Encrypted": True}),
    encryption("AWS::Redshift::Cluster", "Encrypted", {}, {"Encrypted": True}),
    encryption(
        "AWS::ElastiCache::ReplicationGroup",
        "AtRestEncryptionEnabled",
        {"Engine": "redis"},
        {"Engine": "valkey"},
    ),
    encryption(
        "AWS::ElastiCache::ReplicationGroup",
        "AtRestEncryptionEnabled",
        {"Engine": "valkey", "AtRestEncryptionEnabled": False},
        {"Engine": "redis", "AtRestEncryptionEnabled": True},
    ),
    encryption("AWS::DAX::Cluster", "SSESpecification.SSEEnabled", {}, nested("SSESpecification.SSEEnabled", True)),
    *(
        encryption(type, "EncryptionAtRestOptions.Enabled", {}, nested("EncryptionAtRestOptions.Enabled", True))
        for type in DOMAINS
    ),
    encryption("AWS::SNS::Topic", "KmsMasterKeyId", {}, {"KmsMasterKeyId": "alias/mine"}),
    encryption("AWS::SQS::Queue", "SqsManagedSseEnabled", {"SqsManagedSseEnabled": False}, {}),
    encryption(
        "AWS::SQS::Queue",
        "SqsManagedSseEnabled",
        {"SqsManagedSseEnabled": False},
        {"SqsManagedSseEnabled": False, "KmsMasterKeyId": "alias/mine"},
    ),
    encryption("AWS::Kinesis::Stream", "StreamEncryption", {}, {"StreamEncryption": {"KeyId": "k"}}),
    encryption(
        "AWS::KinesisFirehose::DeliveryStream",
        "DeliveryStreamEncryptionConfigurationInput",
        {"DeliveryStreamType": "DirectPut"},
        {"DeliveryStreamType": "KinesisStreamAsSource"},
    ),
    encryption(
        "AWS::CodeBuild::Project",
        "EncryptionDisabled",
        nested("Artifacts.EncryptionDisabled", True),
        nested("Artifacts.EncryptionDisabled", False),
    ),
    encryption(
        "AWS::ApiGateway::Stage",
        "MethodSettings",
        {"CacheClusterEnabled": True, "MethodSettings": [{"CachingEnabled": True}]},
        {"CacheClusterEnabled": True, "MethodSettings": [{"CacheDataEncrypted": True}]},
    ),
    *(
        encryption("AWS::WorkSpaces::Workspace", name, {}, {name: True})
        for name in ("RootVolumeEncryptionEnabled", "UserVolumeEncryptionEnabled")
    ),
    encryption("AWS::EMR::Cluster", "", {}, {"SecurityConfiguration": "encrypts"}),
    transit("AWS::ElastiCache::ReplicationGroup", "TransitEncryptionEnabled", {}, {"TransitEncryptionEnabled": True}),
    *(
        transit(type, path, {}, nested(path, True))
        for type in DOMAINS
        for path in ("NodeToNodeEncryptionOptions.Enabled", "DomainEndpointOptions.EnforceHTTPS")
    ),
    transit(
        "AWS::MSK::Cluster",
        "EncryptionInfo",
        nested("EncryptionInfo.EncryptionInTransit.ClientBroker", "TLS_PLAINTEXT"),
        {},
    ),
    transit("AWS::DAX::Cluster", "ClusterEndpointEncryptionType", {}, {"ClusterEndpointEncryptionType": "TLS"}),
    transit("AWS::ElasticLoadBalancingV2::Listener", "Protocol", {"Protocol": "HTTP"}, {"Protocol": "HTTPS"}),
    transit(
        "AWS::ElasticLoadBalancingV2::Listener",
        "Protocol",
        {"Protocol": "HTTP", "DefaultActions": [{"Type": "forward"}]},
        {"Protocol": "HTTP", "DefaultActions": [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS"}}]},
    ),
    transit("AWS::ECS::TaskDefinition", "Volumes", {"Volumes": [VOLUME]}, {"Volumes": [SAFE, {"Name": "scratch"}]}),
    *(
        log(type, what)
        for type, what in (
            ("AWS::AmazonMQ::Broker", "Logs"),
            ("AWS::ApiGateway::Stage", "AccessLogSetting.DestinationArn"),
            ("AWS::ApiGatewayV2::Stage", "AccessLogSettings.DestinationArn"),
            ("AWS::AppSync::GraphQLApi", "LogConfig.CloudWatchLogsRoleArn"),
            ("AWS::CloudFront::Distribution", "DistributionConfig.Logging"),
            ("AWS::DocDB::DBCluster", "EnableCloudwatchLogsExports"),
            ("AWS::EKS::Cluster", "Logging.ClusterLogging.EnabledTypes"),
            ("AWS::Elasticsearch::Domain", "LogPublishingOptions"),
            ("AWS::MSK::Cluster", "LoggingInfo.BrokerLogs"),
            ("AWS::MWAA::Environment", "LoggingConfiguration"),
            ("AWS::Neptune::DBCluster", "EnableCloudwatchLogsExports"),
            ("AWS::OpenSearchService::Domain", "LogPublishingOptions"),
            ("AWS::RDS::DBCluster", "EnableCloudwatchLogsExports"),
            ("AWS::RDS::DBInstance", "EnableCloudwatchLogsExports"),
            ("AWS::Redshift::Cluster", "LoggingProperties"),
            ("AWS::Transfer::Server", "StructuredLogDestinations"),
        )
    ),
    log("AWS::CloudTrail::Trail", "IsLogging", True, {"IsLogging": False}),
    log("AWS::CloudTrail::Trail", "EnableLogFileValidation", True),
    Fault(
        "Posture-Logging",
        "AWS::CodeBuild::Project",
        "LogsConfig",
        nested("LogsConfig.CloudWatchLogs.Status", "DISABLED"),
        {"LogsConfig": {"CloudWatchLogs": {"Status": "DISABLED"}, "S3Logs": {"Status": "ENABLED"}}},
    ),
    log(
        "AWS::ECS::TaskDefinition",
        "ContainerDefinitions",
        [{"Name": "a", "LogConfiguration": AWSLOGS}],
        {"ContainerDefinitions": [{"Name": "a", "LogConfiguration": AWSLOGS}, {"Name": "b"}]},
    ),
    log("AWS::ElasticLoadBalancing::LoadBalancer", "AccessLoggingPolicy", {"Enabled": True}),
    log(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "LoadBalancerAttributes",
        [{"Key": "access_logs.s3.enabled", "Value": "true"}],
        {"LoadBalancerAttributes": [{"Key": "access_logs.s3.enabled", "Value": "false"}]},
    ),
    log(
        "AWS::StepFunctions::StateMachine",
        "LoggingConfiguration",
        {"Level": "ERROR"},
        {"LoggingConfiguration": {"Level": "OFF"}},
    ),
    Fault("Posture-LogRetention", "AWS::Logs::LogGroup", "RetentionInDays", {}, {"RetentionInDays": 30}),
)
