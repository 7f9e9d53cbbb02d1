"""Keys, queues, secrets, registries and the like that outsiders reach."""

import json

from tests.verify.invariants.faults.buckets import TOPIC_ARN
from tests.verify.invariants.faults.fault import org, outsider
from tests.verify.invariants.parts import (
    IN_ORG,
    ORG,
    OTHERS,
    OURS,
    ROOT,
    THEIRS,
    bucket,
    document,
    guarded,
    key,
    permission,
    queue,
    read,
    statement,
    topic,
)

ANY = {"who": "*"}
ORGS = {"who": "*", "when": IN_ORG}
SOURCE = {"ArnEquals": {"aws:SourceArn": TOPIC_ARN}}
GUARDED = (
    outsider(
        "a key for everybody", key(statement("kms:Decrypt", "*", **ANY)), key(statement("kms:Decrypt", "*", **ORGS))
    ),
    outsider(
        "a key by one service for everybody",
        key(
            statement(
                "kms:Decrypt", "*", who="*", when=org("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com")
            )
        ),
        key(
            statement(
                "kms:Decrypt",
                "*",
                who="*",
                when={"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com", "kms:CallerAccount": OURS}},
            )
        ),
    ),
    outsider(
        "a key for a caller's account, or none",
        key(statement("kms:*", "*", who="*", when=org("StringEqualsIfExists", "kms:CallerAccount", OTHERS))),
        key(statement("kms:*", "*", who="*", when=org("StringEquals", "kms:CallerAccount", OURS))),
    ),
    outsider(
        "grants for everybody",
        key(statement("kms:CreateGrant", "*", who="*", when={"Bool": {"kms:GrantIsForAWSResource": "true"}})),
        key(statement("kms:CreateGrant", "*", who=ROOT, when={"Bool": {"kms:GrantIsForAWSResource": "true"}})),
    ),
    outsider(
        "a queue for everybody",
        queue(statement("sqs:SendMessage", "*", **ANY)),
        queue(statement("sqs:SendMessage", "*", who="*", when=SOURCE)),
    ),
    outsider(
        "a queue by a source, if there is one",
        queue(statement("sqs:*", "*", who="*", when={"ArnEqualsIfExists": {"aws:SourceArn": TOPIC_ARN}})),
        queue(statement("sqs:*", "*", who="*", when=SOURCE)),
    ),
    outsider(
        "a topic for everybody",
        topic(statement("sns:Subscribe", "*", **ANY)),
        topic(statement("sns:Subscribe", "*", who={"AWS": "*"}, when=org("StringEquals", "AWS:SourceOwner", OURS))),
    ),
    outsider(
        "a secret",
        guarded(
            "AWS::SecretsManager::ResourcePolicy",
            "ResourcePolicy",
            statement("secretsmanager:GetSecretValue", "*", **ANY),
            SecretId="s",
        ),
        guarded(
            "AWS::SecretsManager::ResourcePolicy",
            "ResourcePolicy",
            statement("secretsmanager:GetSecretValue", "*", who=ROOT),
            SecretId="s",
        ),
    ),
    outsider(
        "images",
        guarded("AWS::ECR::Repository", "RepositoryPolicyText", statement("ecr:BatchGetImage", **ANY)),
        guarded("AWS::ECR::Repository", "RepositoryPolicyText", statement("ecr:BatchGetImage", **ORGS)),
    ),
    outsider(
        "a registry",
        guarded("AWS::ECR::RegistryPolicy", "PolicyText", statement("ecr:ReplicateImage", "*", who=THEIRS)),
        guarded("AWS::ECR::RegistryPolicy", "PolicyText", statement("ecr:ReplicateImage", "*", who=ROOT)),
    ),
    outsider(
        "packages of a domain",
        guarded(
            "AWS::CodeArtifact::Domain",
            "PermissionsPolicyDocument",
            statement("codeartifact:GetAuthorizationToken", "*", **ANY),
            DomainName="d",
        ),
        guarded(
            "AWS::CodeArtifact::Domain",
            "PermissionsPolicyDocument",
            statement("codeartifact:GetAuthorizationToken", "*", **ORGS),
            DomainName="d",
        ),
    ),
    outsider(
        "packages",
        guarded(
            "AWS::CodeArtifact::Repository",
            "PermissionsPolicyDocument",
            statement("codeartifact:ReadFromRepository", "*", **ANY),
            RepositoryName="r",
        ),
        guarded(
            "AWS::CodeArtifact::Repository",
            "PermissionsPolicyDocument",
            statement("codeartifact:ReadFromRepository", "*", **ORGS),
            RepositoryName="r",
        ),
    ),
    outsider(
        "models",
        guarded(
            "AWS::SageMaker::ModelPackageGroup",
            "ModelPackageGroupPolicy",
            statement(
                "sagemaker:DescribeModelPackage",
                "*",
                who="*",
                when=org("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/hosting"),
            ),
        ),
        guarded(
            "AWS::SageMaker::ModelPackageGroup",
            "ModelPackageGroupPolicy",
            statement(
                "sagemaker:DescribeModelPackage",
                "*",
                who="*",
                when=org("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OURS}:role/hosting"),
            ),
        ),
    ),
    outsider(
        "a bus",
        {
            "It": {
                "Type": "AWS::Events::EventBusPolicy",
                "Properties": {"StatementId": "s", "Action": "events:PutEvents", "Principal": "*"},
            }
        },
        {
            "It": {
                "Type": "AWS::Events::EventBusPolicy",
                "Properties": {
                    "StatementId": "s",
                    "Action": "events:PutEvents",
                    "Principal": "*",
                    "Condition": {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": ORG},
                },
            }
        },
    ),
    outsider(
        "a bus by a statement",
        {
            "It": {
                "Type": "AWS::Events::EventBusPolicy",
                "Properties": {"StatementId": "s", "Statement": statement("events:PutEvents", "*", who=THEIRS)},
            }
        },
        {
            "It": {
                "Type": "AWS::Events::EventBusPolicy",
                "Properties": {"StatementId": "s", "Statement": statement("events:PutEvents", "*", who=ROOT)},
            }
        },
    ),
    outsider(
        "an API",
        guarded("AWS::ApiGateway::RestApi", "Policy", statement("execute-api:Invoke", "*", **ANY)),
        guarded(
            "AWS::ApiGateway::RestApi",
            "Policy",
            statement("execute-api:Invoke", "*", who="*", when=org("StringEquals", "aws:SourceVpce", "vpce-1")),
        ),
    ),
    outsider(
        "an API by an endpoint, if there is one",
        guarded(
            "AWS::ApiGateway::RestApi",
            "Policy",
            statement("execute-api:Invoke", "*", who="*", when=org("StringEqualsIfExists", "aws:SourceVpc", "vpc-1")),
        ),
        guarded(
            "AWS::ApiGateway::RestApi",
            "Policy",
            statement("execute-api:Invoke", "*", who="*", when=org("StringEquals", "aws:SourceVpc", "vpc-1")),
        ),
    ),
    outsider(
        "a search domain",
        guarded("AWS::OpenSearchService::Domain", "AccessPolicies", statement("es:ESHttp*", "*", who={"AWS": "*"})),
        guarded("AWS::OpenSearchService::Domain", "AccessPolicies", statement("es:ESHttp*", "*", who=ROOT)),
    ),
    outsider(
        "files",
        guarded("AWS::EFS::FileSystem", "FileSystemPolicy", statement("elasticfilesystem:ClientMount", "*", **ANY)),
        guarded("AWS::EFS::FileSystem", "FileSystemPolicy", statement("elasticfilesystem:ClientMount", "*", **ORGS)),
    ),
    outsider(
        "backups",
        guarded(
            "AWS::Backup::BackupVault",
            "AccessPolicy",
            statement("backup:CopyIntoBackupVault", "*", **ANY),
            BackupVaultName="v",
        ),
        guarded(
            "AWS::Backup::BackupVault",
            "AccessPolicy",
            statement("backup:CopyIntoBackupVault", "*", **ORGS),
            BackupVaultName="v",
        ),
    ),
    outsider(
        "a table",
        guarded(
            "AWS::DynamoDB::Table", "ResourcePolicy.PolicyDocument", statement("dynamodb:GetItem", "*", who=THEIRS)
        ),
        guarded("AWS::DynamoDB::Table", "ResourcePolicy.PolicyDocument", statement("dynamodb:GetItem", "*", who=ROOT)),
    ),
    outsider(
        "a stream",
        guarded(
            "AWS::Kinesis::ResourcePolicy",
            "ResourcePolicy",
            statement("kinesis:GetRecords", "*", who=THEIRS),
            ResourceArn="arn:aws:kinesis:eu-west-1:111111111111:stream/s",
        ),
        guarded(
            "AWS::Kinesis::ResourcePolicy",
            "ResourcePolicy",
            statement("kinesis:GetRecords", "*", who=ROOT),
            ResourceArn="arn:aws:kinesis:eu-west-1:111111111111:stream/s",
        ),
    ),
    outsider(
        "an access point",
        guarded("AWS::S3::AccessPoint", "Policy", statement("s3:GetObject", "*", **ANY), Bucket="b"),
        guarded("AWS::S3::AccessPoint", "Policy", statement("s3:GetObject", "*", **ORGS), Bucket="b"),
    ),
    outsider(
        "by anybody's access point",
        bucket(read("*", org("StringLike", "s3:DataAccessPointAccount", "*"))),
        bucket(read("*", org("StringEquals", "s3:DataAccessPointAccount", OURS))),
    ),
    outsider(
        "logs, as text",
        {
            "It": {
                "Type": "AWS::Logs::ResourcePolicy",
                "Properties": {
                    "PolicyName": "p",
                    "PolicyDocument": json.dumps(document(statement("logs:PutLogEvents", "*", **ANY))),
                },
            }
        },
        {
            "It": {
                "Type": "AWS::Logs::ResourcePolicy",
                "Properties": {
                    "PolicyName": "p",
                    "PolicyDocument": json.dumps(document(statement("logs:PutLogEvents", "*", who=ROOT))),
                },
            }
        },
    ),
    outsider(
        "table buckets",
        guarded(
            "AWS::S3Tables::TableBucketPolicy",
            "ResourcePolicy",
            statement("s3tables:GetTable", "*", **ANY),
            TableBucketARN="arn:aws:s3tables:eu-west-1:111111111111:bucket/b",
        ),
        guarded(
            "AWS::S3Tables::TableBucketPolicy",
            "ResourcePolicy",
            statement("s3tables:GetTable", "*", **ORGS),
            TableBucketARN="arn:aws:s3tables:eu-west-1:111111111111:bucket/b",
        ),
    ),
    outsider("a function for everybody", permission("*"), permission("*", PrincipalOrgID=ORG)),
    outsider(
        "a function's address",
        permission("*", Action="lambda:InvokeFunctionUrl", FunctionUrlAuthType="NONE"),
        permission(OURS, Action="lambda:InvokeFunctionUrl", FunctionUrlAuthType="AWS_IAM"),
    ),
    outsider("a function for another account", permission(OTHERS), permission(OURS)),
    outsider(
        "a layer",
        {
            "It": {
                "Type": "AWS::Lambda::LayerVersionPermission",
                "Properties": {
                    "LayerVersionArn": "arn:aws:lambda:eu-west-1:111111111111:layer:l:1",
                    "Action": "lambda:GetLayerVersion",
                    "Principal": "*",
                },
            }
        },
        {
            "It": {
                "Type": "AWS::Lambda::LayerVersionPermission",
                "Properties": {
                    "LayerVersionArn": "arn:aws:lambda:eu-west-1:111111111111:layer:l:1",
                    "Action": "lambda:GetLayerVersion",
                    "Principal": "*",
                    "OrganizationId": ORG,
                },
            }
        },
    ),
    outsider(
        "a share",
        {"It": {"Type": "AWS::RAM::ResourceShare", "Properties": {"Name": "n", "Principals": [OURS, OTHERS]}}},
        {
            "It": {
                "Type": "AWS::RAM::ResourceShare",
                "Properties": {"Name": "n", "Principals": [OURS, f"arn:aws:organizations::{OURS}:organization/{ORG}"]},
            }
        },
    ),
)
