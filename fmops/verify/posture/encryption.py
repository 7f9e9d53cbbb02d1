"""Encryption: what AWS leaves unencrypted unless asked, at rest and on the wire; and keys of one's own, as an option.

What AWS encrypts by itself since some year (S3, DynamoDB, SQS, logs, images) stands in the table of keys only.
"""

from fmops.verify.network.closed import Closed, each, every, has, is_, lacks, some
from fmops.verify.posture.settings import Setting, Table, within
from fmops.verify.templates import Resource
from fmops.verify.values import Pointer, World, many

CLUSTERS = ("AWS::DocDB::DBCluster", "AWS::Neptune::DBCluster", "AWS::RDS::DBCluster")
DOMAINS = ("AWS::Elasticsearch::Domain", "AWS::OpenSearchService::Domain")


def _on(type_: str, path: str, unless: tuple[str, ...] = ()) -> Setting:
    """A switch that is off where it isn't there; `unless` it comes from a copy or a cluster, whose own counts."""
    asked = some(*(has(other) for other in unless), is_(path, True, default=False))
    return Setting(type_, asked, f"Set {path}: true.", path)


def _disks(type_: str, path: str) -> Setting:
    asked = within(path, "Ebs.Encrypted", True, default=False, unless="Ebs")
    return Setting(type_, asked, f"Set Ebs.Encrypted: true in each of {path}.", path)


AT_REST = Table(
    "Posture-Encryption",
    "is not encrypted at rest",
    (
        _on(
            "AWS::RDS::DBInstance",
            "StorageEncrypted",
            unless=("DBClusterIdentifier", "SourceDBInstanceIdentifier", "SourceDBClusterIdentifier"),
        ),
        *(_on(type_, "StorageEncrypted", unless=("SourceDBClusterIdentifier",)) for type_ in CLUSTERS),
        _on("AWS::RDS::GlobalCluster", "StorageEncrypted", unless=("SourceDBClusterIdentifier",)),
        _on("AWS::EC2::Volume", "Encrypted"),
        _disks("AWS::EC2::Instance", "BlockDeviceMappings"),
        _disks("AWS::EC2::LaunchTemplate", "LaunchTemplateData.BlockDeviceMappings"),
        _disks("AWS::AutoScaling::LaunchConfiguration", "BlockDeviceMappings"),
        _on("AWS::EFS::FileSystem", "Encrypted"),
        _on("AWS::Redshift::Cluster", "Encrypted"),
        Setting(
            "AWS::ElastiCache::ReplicationGroup",
            some(
                is_("AtRestEncryptionEnabled", True, default=False),
                every(is_("Engine", "valkey"), lacks("AtRestEncryptionEnabled")),
            ),
            "Set AtRestEncryptionEnabled: true.",
            "AtRestEncryptionEnabled",
        ),
        _on("AWS::DAX::Cluster", "SSESpecification.SSEEnabled"),
        *(_on(type_, "EncryptionAtRestOptions.Enabled") for type_ in DOMAINS),
        Setting("AWS::SNS::Topic", has("KmsMasterKeyId"), "Set KmsMasterKeyId.", "KmsMasterKeyId"),
        Setting(
            "AWS::SQS::Queue",
            some(has("KmsMasterKeyId"), is_("SqsManagedSseEnabled", True, default=True)),
            "Set KmsMasterKeyId, or leave out SqsManagedSseEnabled: false.",
            "SqsManagedSseEnabled",
        ),
        Setting("AWS::Kinesis::Stream", has("StreamEncryption"), "Set StreamEncryption.", "StreamEncryption"),
        Setting(
            "AWS::KinesisFirehose::DeliveryStream",
            some(
                has("DeliveryStreamEncryptionConfigurationInput"),
                is_("DeliveryStreamType", "KinesisStreamAsSource", "MSKAsSource", "DatabaseAsSource"),
            ),
            "Set DeliveryStreamEncryptionConfigurationInput.",
            "DeliveryStreamEncryptionConfigurationInput",
        ),
        Setting(
            "AWS::CodeBuild::Project",
            every(
                is_("Artifacts.EncryptionDisabled", False, default=False),
                is_("LogsConfig.S3Logs.EncryptionDisabled", False, default=False),
                each("SecondaryArtifacts", "EncryptionDisabled", False, default=False),
            ),
            "Leave out EncryptionDisabled: true.",
            "EncryptionDisabled",
        ),
        Setting(
            "AWS::ApiGateway::Stage",
            some(
                is_("CacheClusterEnabled", False, default=False),
                every(has("MethodSettings"), within("MethodSettings", "CacheDataEncrypted", True, default=False)),
            ),
            "Set CacheDataEncrypted: true in each of MethodSettings.",
            "MethodSettings",
        ),
        _on("AWS::WorkSpaces::Workspace", "RootVolumeEncryptionEnabled"),
        _on("AWS::WorkSpaces::Workspace", "UserVolumeEncryptionEnabled"),
        Setting("AWS::EMR::Cluster", has("SecurityConfiguration"), "Name a SecurityConfiguration that encrypts.", ""),
    ),
    "R5",
)
"""Source of each row: the page of its type in AWS's template reference."""

ON_THE_WIRE = Table(
    "Posture-Transit",
    "lets data pass unencrypted",
    (
        _on("AWS::ElastiCache::ReplicationGroup", "TransitEncryptionEnabled"),
        *(_on(type_, "NodeToNodeEncryptionOptions.Enabled") for type_ in DOMAINS),
        *(_on(type_, "DomainEndpointOptions.EnforceHTTPS") for type_ in DOMAINS),
        Setting(
            "AWS::MSK::Cluster",
            every(
                is_("EncryptionInfo.EncryptionInTransit.ClientBroker", "TLS", default="TLS"),
                is_("EncryptionInfo.EncryptionInTransit.InCluster", True, default=True),
            ),
            "Set EncryptionInTransit to ClientBroker: TLS, InCluster: true.",
            "EncryptionInfo",
        ),
        Setting(
            "AWS::DAX::Cluster",
            is_("ClusterEndpointEncryptionType", "TLS", default="NONE"),
            "Set ClusterEndpointEncryptionType: TLS.",
            "ClusterEndpointEncryptionType",
        ),
        Setting(
            "AWS::ElasticLoadBalancingV2::Listener",
            some(
                is_("Protocol", "HTTPS", "TLS", "GENEVE", default="GENEVE"),
                every(has("DefaultActions"), within("DefaultActions", "RedirectConfig.Protocol", "HTTPS")),
            ),
            "Set Protocol: HTTPS or TLS, or redirect to it.",
            "Protocol",
        ),
        Setting(
            "AWS::ECS::TaskDefinition",
            within(
                "Volumes",
                "EFSVolumeConfiguration.TransitEncryption",
                "ENABLED",
                default="DISABLED",
                unless="EFSVolumeConfiguration",
            ),
            "Set TransitEncryption: ENABLED in each EFSVolumeConfiguration.",
            "Volumes",
        ),
    ),
    "R5",
)


def _key(type_: str, *paths: str, asked: Closed | None = None) -> Setting:
    return Setting(type_, asked or some(*map(has, paths)), f"Set {' or '.join(paths)}.", paths[0])


def _takes_logs(world: World, bucket: Resource) -> bool:
    """Whether another bucket writes its access log into this one: S3 takes no key there but its own.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    """
    return any(
        isinstance(target, Pointer) and target.resource is bucket
        for other in world.resources("AWS::S3::Bucket")
        for target in many(world.get(other, "LoggingConfiguration.DestinationBucketName"))
    )


RULES = "BucketEncryption.ServerSideEncryptionConfiguration"
KMS_OF_BUCKET = every(
    has(RULES), within(RULES, "ServerSideEncryptionByDefault.SSEAlgorithm", "aws:kms", "aws:kms:dsse")
)
OWN_KEYS = Table(
    "Posture-Key",
    "is encrypted with a key of AWS's, which no policy of yours limits",
    (
        _key("AWS::S3::Bucket", RULES, asked=some(KMS_OF_BUCKET, _takes_logs)),
        _key("AWS::Bedrock::Guardrail", "KmsKeyArn"),
        _key("AWS::BedrockAgentCore::Memory", "EncryptionKeyArn"),
        _key("AWS::CloudTrail::Trail", "KMSKeyId"),
        _key("AWS::CodeArtifact::Domain", "EncryptionKey"),
        _key("AWS::CodeBuild::Project", "EncryptionKey"),
        _key("AWS::CodeCommit::Repository", "KmsKeyId"),
        _key("AWS::CodePipeline::Pipeline", "ArtifactStore.EncryptionKey", "ArtifactStores"),
        _key("AWS::DynamoDB::Table", "SSESpecification.KMSMasterKeyId"),
        _key("AWS::EC2::Volume", "KmsKeyId"),
        _key("AWS::ECR::Repository", "EncryptionConfiguration.KmsKey"),
        _key("AWS::EFS::FileSystem", "KmsKeyId"),
        _key("AWS::Kinesis::Stream", "StreamEncryption.KeyId"),
        _key("AWS::Logs::LogGroup", "KmsKeyId"),
        _key("AWS::OpenSearchService::Domain", "EncryptionAtRestOptions.KmsKeyId"),
        _key("AWS::RDS::DBCluster", "KmsKeyId"),
        _key("AWS::RDS::DBInstance", "KmsKeyId", "DBClusterIdentifier"),
        _key("AWS::SNS::Topic", "KmsMasterKeyId"),
        _key("AWS::SQS::Queue", "KmsMasterKeyId"),
        _key("AWS::SageMaker::Domain", "KmsKeyId"),
        _key("AWS::SageMaker::FeatureGroup", "OfflineStoreConfig.S3StorageConfig.KmsKeyId"),
        _key("AWS::SageMaker::NotebookInstance", "KmsKeyId"),
        _key("AWS::SecretsManager::Secret", "KmsKeyId"),
    ),
    "R5",
)
"""Asked with the option `own_keys` only: AWS encrypts these by itself, with keys that the account doesn't rule."""
