"""Resources that a policy of their own guards: one row of a table per CloudFormation type (R90)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fmops.verify.estate import arns, statements
from fmops.verify.estate.documents import written
from fmops.verify.estate.model import Guarded
from fmops.verify.templates import Resource
from fmops.verify.values import Pointer, Text, Unknown, World, many


@dataclass(frozen=True)
class Row:
    """A type, the property that holds its policy, and what the policy guards.

    Attributes:
        policy: the property's path; empty where the resource is a statement itself (see `statement`).
        noun: what is guarded.
        actions: what can be done with it.
        of: the property that names what is guarded; empty where the resource guards itself.
        shape: ARN of what is guarded, from its name, where the property has the name only.
        children: what lies below it, e.g. `/*` for a bucket's objects.
        decides: AWS asks the policy even for principals of the account.
        statement: makes statements of a resource that is one.
    """

    policy: str
    noun: str
    actions: tuple[str, ...]
    of: str = ""
    shape: str = ""
    children: tuple[str, ...] = ()
    decides: bool = False
    statement: Callable[[World, Resource], list[Mapping[str, Any]]] | None = None


def _row(policy: str, noun: str, *actions: str, **more: Any) -> Row:
    return Row(policy, noun, actions, **more)


TABLE: dict[str, Row] = {
    "AWS::ApiGateway::RestApi": _row("Policy", "API", "execute-api:*", children=("/*",)),
    "AWS::Backup::BackupVault": _row("AccessPolicy", "backup vault", "backup:*"),
    "AWS::CloudTrail::ResourcePolicy": _row("ResourcePolicy", "trail", "cloudtrail:*", of="ResourceArn"),
    "AWS::CodeArtifact::Domain": _row("PermissionsPolicyDocument", "package domain", "codeartifact:*"),
    "AWS::CodeArtifact::Repository": _row("PermissionsPolicyDocument", "package repository", "codeartifact:*"),
    "AWS::DynamoDB::Table": _row("ResourcePolicy.PolicyDocument", "table", "dynamodb:*", children=("/*",)),
    "AWS::ECR::RegistryPolicy": _row("PolicyText", "registry", "ecr:*", shape="arn:aws:ecr:{region}:{account}:*"),
    "AWS::ECR::Repository": _row("RepositoryPolicyText", "image repository", "ecr:*"),
    "AWS::EFS::FileSystem": _row("FileSystemPolicy", "file system", "elasticfilesystem:*"),
    "AWS::Elasticsearch::Domain": _row("AccessPolicies", "search domain", "es:*", children=("/*",)),
    "AWS::Events::EventBus": _row("Policy", "event bus", "events:*"),
    "AWS::Events::EventBusPolicy": _row(
        "",
        "event bus",
        "events:*",
        of="EventBusName",
        shape="arn:aws:events:{region}:{account}:event-bus/{name}",
        statement=statements.of_bus,
    ),
    "AWS::KMS::Key": _row("KeyPolicy", "key", "kms:*", decides=True),
    "AWS::KMS::ReplicaKey": _row("KeyPolicy", "key", "kms:*", decides=True),
    "AWS::Kinesis::ResourcePolicy": _row("ResourcePolicy", "stream", "kinesis:*", of="ResourceArn"),
    "AWS::Lambda::LayerVersionPermission": _row(
        "", "layer", "lambda:*", of="LayerVersionArn", statement=statements.of_layer
    ),
    "AWS::Lambda::Permission": _row(
        "",
        "function",
        "lambda:*",
        of="FunctionName",
        shape="arn:aws:lambda:{region}:{account}:function:{name}",
        statement=statements.of_function,
    ),
    "AWS::Lex::ResourcePolicy": _row("Policy", "bot", "lex:*", of="ResourceArn"),
    "AWS::Logs::Destination": _row(
        "DestinationPolicy", "log destination", "logs:*", shape="arn:aws:logs:{region}:{account}:destination:{name}"
    ),
    "AWS::Logs::ResourcePolicy": _row(
        "PolicyDocument", "log group", "logs:*", shape="arn:aws:logs:{region}:{account}:log-group:*"
    ),
    "AWS::OpenSearchService::Domain": _row("AccessPolicies", "search domain", "es:*", children=("/*",)),
    "AWS::RAM::ResourceShare": _row("", "share", "ram:*", statement=statements.of_share),
    "AWS::S3::AccessPoint": _row("Policy", "access point", "s3:*", children=("/*",)),
    "AWS::S3::BucketPolicy": _row(
        "PolicyDocument", "bucket", "s3:*", of="Bucket", shape="arn:aws:s3:::{name}", children=("/*",)
    ),
    "AWS::S3::MultiRegionAccessPointPolicy": _row(
        "Policy",
        "access point",
        "s3:*",
        of="MrapName",
        shape="arn:aws:s3::{account}:accesspoint/{name}",
        children=("/*",),
    ),
    "AWS::S3Express::BucketPolicy": _row(
        "PolicyDocument",
        "bucket",
        "s3express:*",
        of="Bucket",
        shape="arn:aws:s3express:{region}:{account}:bucket/{name}",
    ),
    "AWS::S3Tables::TableBucketPolicy": _row("ResourcePolicy", "table bucket", "s3tables:*", of="TableBucketARN"),
    "AWS::S3Tables::TablePolicy": _row("ResourcePolicy", "table", "s3tables:*", of="TableARN"),
    "AWS::SNS::TopicPolicy": _row("PolicyDocument", "topic", "sns:*", of="Topics"),
    "AWS::SQS::QueuePolicy": _row("PolicyDocument", "queue", "sqs:*", of="Queues"),
    "AWS::SSM::ResourcePolicy": _row("Policy", "parameter", "ssm:*", of="ResourceArn"),
    "AWS::SageMaker::ModelPackageGroup": _row(
        "ModelPackageGroupPolicy", "model registry", "sagemaker:*", shape="arn:aws:sagemaker:{region}:{account}:*"
    ),
    "AWS::SecretsManager::ResourcePolicy": _row(
        "ResourcePolicy",
        "secret",
        "secretsmanager:*",
        of="SecretId",
        shape="arn:aws:secretsmanager:{region}:{account}:secret:{name}",
    ),
    "AWS::VpcLattice::AuthPolicy": _row("Policy", "network service", "vpc-lattice-svcs:*", of="ResourceIdentifier"),
    "AWS::VpcLattice::ResourcePolicy": _row("Policy", "network service", "vpc-lattice:*", of="ResourceArn"),
    "AWS::XRay::ResourcePolicy": _row("PolicyDocument", "trace", "xray:*", shape="arn:aws:xray:{region}:{account}:*"),
}
"""Types whose policies name principals. A type of a service that has resource policies and isn't here is not read:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html"""


def read(world: World) -> Iterator[Guarded]:
    """Every policy that guards a resource, once per resource that it guards."""
    for resource in world.resources(*TABLE):
        row = TABLE[resource.type]
        document = _document(world, resource, row)
        if document is None:
            continue
        for arn in _guarded(world, resource, row):
            yield Guarded(
                resource=resource,
                noun=row.noun,
                arns=(arn, *(f"{arn}{child}" for child in row.children)),
                account=arns.account(resource.template),
                actions=row.actions,
                policy=written(world, resource, document, person=True),
                decides=row.decides,
            )


def _document(world: World, resource: Resource, row: Row) -> Any:
    """The policy as the resource holds it; None where it has none."""
    if row.statement is not None:
        return {"Version": "2012-10-17", "Statement": row.statement(world, resource)}
    value = world.get(resource, row.policy)
    return {} if value is None and row.of else value


def _guarded(world: World, resource: Resource, row: Row) -> list[str]:
    """ARNs of what is guarded; `*` where the template doesn't tell."""
    if not row.of:
        return [_shaped(row, arns.name(resource, world), resource) if row.shape else arns.arn(resource, world)]
    found = many(world.get(resource, row.of)) or [""]
    return list(dict.fromkeys(_named(world, resource, row, value) for value in found))


def _named(world: World, resource: Resource, row: Row, value: Any) -> str:
    if isinstance(value, Pointer):
        return arns.arn(value.resource, world)
    if isinstance(value, Unknown | Text) or not value:
        return "*"
    text = str(value)
    if text.startswith("https://sqs."):
        account, name = text.split("/")[3:5]
        return f"arn:aws:sqs:{text.split('.')[1]}:{account}:{name}"
    if text.startswith("arn:"):
        return text
    return _shaped(row, text, resource) if row.shape else "*"


def _shaped(row: Row, name: str, resource: Resource) -> str:
    region = resource.template.region or arns.SOMEWHERE
    return row.shape.format(name=name, region=region, account=arns.account(resource.template))
