"""Resource types that hold what a template can't make again: data, keys, identities, records."""

from fmops.verify.templates import Resource

SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html"
KEEPS = ("Retain", "RetainExceptOnCreate", "Snapshot")
"""Values of DeletionPolicy that leave the data, or a copy of it."""

STATEFUL = {
    "AWS::AmazonMQ::Broker": "messages",
    "AWS::Backup::BackupVault": "backups",
    "AWS::Bedrock::KnowledgeBase": "an index",
    "AWS::BedrockAgentCore::Memory": "what agents remember",
    "AWS::Cassandra::Keyspace": "tables",
    "AWS::Cassandra::Table": "rows",
    "AWS::CloudTrail::EventDataStore": "an audit trail",
    "AWS::CodeArtifact::Domain": "packages",
    "AWS::CodeArtifact::Repository": "packages",
    "AWS::CodeCommit::Repository": "code and its history",
    "AWS::Cognito::IdentityPool": "identities",
    "AWS::Cognito::UserPool": "people's accounts",
    "AWS::DataZone::Domain": "a data catalog",
    "AWS::DocDB::DBCluster": "documents",
    "AWS::DocDB::DBInstance": "documents",
    "AWS::DocDBElastic::Cluster": "documents",
    "AWS::DynamoDB::GlobalTable": "items",
    "AWS::DynamoDB::Table": "items",
    "AWS::EC2::Volume": "a disk",
    "AWS::ECR::Repository": "images",
    "AWS::EFS::FileSystem": "files",
    "AWS::ElastiCache::ReplicationGroup": "entries",
    "AWS::Elasticsearch::Domain": "an index",
    "AWS::FSx::FileSystem": "files",
    "AWS::Glue::Database": "a data catalog",
    "AWS::Glue::Table": "a data catalog's table",
    "AWS::KMS::Key": "a key, without which nothing it encrypted is read again",
    "AWS::KMS::ReplicaKey": "a key, without which nothing it encrypted is read again",
    "AWS::Kinesis::Stream": "records",
    "AWS::Lightsail::Database": "rows",
    "AWS::Logs::LogGroup": "logs",
    "AWS::MSK::Cluster": "messages",
    "AWS::MemoryDB::Cluster": "entries",
    "AWS::Neptune::DBCluster": "a graph",
    "AWS::Neptune::DBInstance": "a graph",
    "AWS::NeptuneGraph::Graph": "a graph",
    "AWS::OpenSearchServerless::Collection": "an index",
    "AWS::OpenSearchService::Domain": "an index",
    "AWS::QLDB::Ledger": "a ledger",
    "AWS::RDS::DBCluster": "rows",
    "AWS::RDS::DBInstance": "rows",
    "AWS::RDS::GlobalCluster": "rows",
    "AWS::Redshift::Cluster": "rows",
    "AWS::RedshiftServerless::Namespace": "rows",
    "AWS::S3::Bucket": "objects",
    "AWS::S3Express::DirectoryBucket": "objects",
    "AWS::S3Tables::Table": "rows",
    "AWS::S3Tables::TableBucket": "tables",
    "AWS::S3Vectors::Index": "vectors",
    "AWS::S3Vectors::VectorBucket": "vectors",
    "AWS::SDB::Domain": "items",
    "AWS::SQS::Queue": "messages",
    "AWS::SSO::Instance": "people's accounts",
    "AWS::SageMaker::Domain": "people's files",
    "AWS::SageMaker::FeatureGroup": "features",
    "AWS::SageMaker::MlflowApp": "experiments",
    "AWS::SageMaker::MlflowTrackingServer": "experiments",
    "AWS::SageMaker::ModelPackageGroup": "registered models",
    "AWS::SageMaker::NotebookInstance": "a disk",
    "AWS::SecretsManager::Secret": "a secret",
    "AWS::Timestream::Database": "tables",
    "AWS::Timestream::InfluxDBInstance": "rows",
    "AWS::Timestream::Table": "rows",
}
"""What each type holds. One that isn't here holds nothing that its template wouldn't make again."""

NO_POLICY_NEEDED = {
    "AWS::CodeArtifact::Domain": "AWS deletes none that has a repository",
    "AWS::ElastiCache::ReplicationGroup": "a cache is filled again",
    "AWS::Kinesis::Stream": "records pass through it",
    "AWS::SQS::Queue": "messages pass through it",
    "AWS::SageMaker::Domain": "people's files stay on their file system, which AWS keeps",
}
"""Types of which nothing lasting goes with the resource, and why."""
DECIDED = ("AWS::Logs::LogGroup",)
"""What they hold has an end of its own, so that `Delete`, where it is said, is somebody's decision; silence is none."""
SNAPSHOT_BY_DEFAULT = ("AWS::RDS::DBCluster",)
"""Types whose DeletionPolicy is Snapshot where the template says nothing."""


def policy(resource: Resource, name: str = "DeletionPolicy") -> str:
    """What a resource's template says happens to it: `Delete` where it says nothing."""
    said = resource.template.body["Resources"][resource.logical_id].get(name)
    return str(said) if said else _unsaid(resource) if name == "DeletionPolicy" else "Delete"


def decided(resource: Resource, name: str) -> bool:
    """Whether somebody said that a resource of a type that may be deleted is."""
    return resource.type in DECIDED and name in resource.template.body["Resources"][resource.logical_id]


def _unsaid(resource: Resource) -> str:
    alone = resource.type == "AWS::RDS::DBInstance" and "DBClusterIdentifier" not in resource.properties
    return "Snapshot" if alone or resource.type in SNAPSHOT_BY_DEFAULT else "Delete"


def kept(resource: Resource, name: str = "DeletionPolicy") -> bool:
    """Whether the data stays when the resource leaves the template (or, by `UpdateReplacePolicy`, is replaced)."""
    return policy(resource, name) in KEEPS
