"""What Ref and GetAtt give, as text: a resource's name and ARN as AWS writes them.

A name that CloudFormation makes up is stood for by one that no other resource has: `<stack>-<logical id>-minted`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fmops.verify.templates import Resource, Template
from fmops.verify.values import Pointer, World

HERE = "000000000000"
"""Stands for the account of a template that is for none in particular. AWS gives it to nobody."""
SOMEWHERE = "region"
MINTED = "minted"


@dataclass(frozen=True)
class Shape:
    """How a type's Ref and attributes look.

    Attributes:
        name: the property that names it.
        ref: what Ref gives: `{name}`, or more.
        attributes: by attribute.
        lower: its names have no upper case.
    """

    name: str = ""
    ref: str = "{name}"
    attributes: Mapping[str, str] = field(default_factory=dict)
    lower: bool = False


def _arn(pattern: str, name: str = "", *, attribute: str = "Arn", ref: str = "{name}", lower: bool = False) -> Shape:
    return Shape(name, ref, {attribute: pattern}, lower)


def _ref(pattern: str, name: str = "", attribute: str = "Arn") -> Shape:
    """A type whose Ref is its ARN."""
    return Shape(name, pattern, {attribute: pattern})


PLACE = "{region}:{account}"
SHAPES: dict[str, Shape] = {
    "AWS::ApiGateway::RestApi": _arn(f"arn:aws:execute-api:{PLACE}:{{name}}", attribute="RestApiId"),
    "AWS::Backup::BackupVault": _arn(
        f"arn:aws:backup:{PLACE}:backup-vault:{{name}}", "BackupVaultName", attribute="BackupVaultArn"
    ),
    "AWS::Bedrock::ApplicationInferenceProfile": _arn(
        f"arn:aws:bedrock:{PLACE}:application-inference-profile/{{name}}", attribute="InferenceProfileArn"
    ),
    "AWS::Bedrock::Guardrail": _arn(f"arn:aws:bedrock:{PLACE}:guardrail/{{name}}", attribute="GuardrailArn"),
    "AWS::CodeArtifact::Domain": _ref(f"arn:aws:codeartifact:{PLACE}:domain/{{name}}", "DomainName"),
    "AWS::CodeArtifact::Repository": _ref(f"arn:aws:codeartifact:{PLACE}:repository/{{name}}", "RepositoryName"),
    "AWS::CodeBuild::Project": _arn(f"arn:aws:codebuild:{PLACE}:project/{{name}}", "Name"),
    "AWS::CodeCommit::Repository": _arn(f"arn:aws:codecommit:{PLACE}:{{name}}", "RepositoryName"),
    "AWS::DynamoDB::Table": _arn(f"arn:aws:dynamodb:{PLACE}:table/{{name}}", "TableName"),
    "AWS::EC2::VPCEndpoint": Shape(ref="vpce-{name}", attributes={"Id": "vpce-{name}"}),
    "AWS::ECR::Repository": _arn(f"arn:aws:ecr:{PLACE}:repository/{{name}}", "RepositoryName", lower=True),
    "AWS::EFS::FileSystem": _arn(f"arn:aws:elasticfilesystem:{PLACE}:file-system/{{name}}"),
    "AWS::Events::EventBus": _arn(f"arn:aws:events:{PLACE}:event-bus/{{name}}", "Name"),
    "AWS::Events::Rule": _arn(f"arn:aws:events:{PLACE}:rule/{{name}}", "Name"),
    "AWS::IAM::Group": _arn("arn:aws:iam::{account}:group{path}{name}", "GroupName"),
    "AWS::IAM::ManagedPolicy": _ref("arn:aws:iam::{account}:policy{path}{name}", "ManagedPolicyName", "PolicyArn"),
    "AWS::IAM::OIDCProvider": _ref("arn:aws:iam::{account}:oidc-provider/{name}"),
    "AWS::IAM::Role": _arn("arn:aws:iam::{account}:role{path}{name}", "RoleName"),
    "AWS::IAM::SAMLProvider": _ref("arn:aws:iam::{account}:saml-provider/{name}", "Name"),
    "AWS::IAM::User": _arn("arn:aws:iam::{account}:user{path}{name}", "UserName"),
    "AWS::KMS::Key": _arn(f"arn:aws:kms:{PLACE}:key/{{name}}"),
    "AWS::KMS::ReplicaKey": _arn(f"arn:aws:kms:{PLACE}:key/{{name}}"),
    "AWS::Kinesis::Stream": _arn(f"arn:aws:kinesis:{PLACE}:stream/{{name}}", "Name"),
    "AWS::Lambda::Alias": _ref(f"arn:aws:lambda:{PLACE}:function:{{name}}", "Name"),
    "AWS::Lambda::Function": _arn(f"arn:aws:lambda:{PLACE}:function:{{name}}", "FunctionName"),
    "AWS::Lambda::LayerVersion": _ref(f"arn:aws:lambda:{PLACE}:layer:{{name}}:1", "LayerName", "LayerVersionArn"),
    "AWS::Lambda::Version": _ref(f"arn:aws:lambda:{PLACE}:function:{{name}}:1", "", "FunctionArn"),
    "AWS::Logs::LogGroup": _arn(f"arn:aws:logs:{PLACE}:log-group:{{name}}:*", "LogGroupName"),
    "AWS::OpenSearchService::Domain": _arn(f"arn:aws:es:{PLACE}:domain/{{name}}", "DomainName", lower=True),
    "AWS::S3::Bucket": _arn("arn:aws:s3:::{name}", "BucketName", lower=True),
    "AWS::SNS::Topic": _ref(f"arn:aws:sns:{PLACE}:{{name}}", "TopicName", "TopicArn"),
    "AWS::SQS::Queue": Shape(
        "QueueName",
        "https://sqs.{region}.amazonaws.com/{account}/{name}",
        {"Arn": f"arn:aws:sqs:{PLACE}:{{name}}", "QueueName": "{name}"},
    ),
    "AWS::SSO::PermissionSet": _ref("arn:aws:sso:::permissionSet/{name}", "Name", "PermissionSetArn"),
    "AWS::SSM::Parameter": Shape("Name", "{name}"),
    "AWS::SageMaker::ModelPackageGroup": _arn(
        f"arn:aws:sagemaker:{PLACE}:model-package-group/{{name}}",
        "ModelPackageGroupName",
        attribute="ModelPackageGroupArn",
    ),
    "AWS::SecretsManager::Secret": _ref(f"arn:aws:secretsmanager:{PLACE}:secret:{{name}}-Minted", "Name", "Id"),
    "AWS::StepFunctions::StateMachine": _ref(f"arn:aws:states:{PLACE}:stateMachine:{{name}}", "StateMachineName"),
}
"""https://docs.aws.amazon.com/service-authorization/latest/reference/ (ARNs), and each type's "Return values"."""


def account(template: Template) -> str:
    """The account that a template is for."""
    return template.account or HERE


def name(resource: Resource, world: World) -> str:
    """A resource's name: as it is written, or one that stands for what CloudFormation makes up."""
    shape = SHAPES.get(resource.type, Shape())
    given = world.get(resource, shape.name) if shape.name else None
    if isinstance(given, str) and given:
        return given
    made = f"{resource.template.stack}-{resource.logical_id}-{MINTED}"
    return made.lower() if shape.lower else made


def arn(resource: Resource, world: World) -> str:
    """A resource's ARN; one that nothing else has where the type isn't known."""
    shape = SHAPES.get(resource.type)
    patterns = [*shape.attributes.values(), shape.ref] if shape else []
    pattern = next(
        (one for one in patterns if one.startswith("arn:")), f"arn:aws:{_service(resource)}:{PLACE}:{{name}}"
    )
    return _fill(pattern, resource, world)


def write(pointer: Pointer, world: World) -> str:
    """What Ref or GetAtt of a resource gives."""
    shape = SHAPES.get(pointer.resource.type)
    if shape and pointer.attribute == "Ref":
        return _fill(shape.ref, pointer.resource, world)
    pattern = shape.attributes.get(pointer.attribute) if shape else None
    if pattern and pointer.resource.type != "AWS::ApiGateway::RestApi":
        return _fill(pattern, pointer.resource, world)
    if pointer.attribute.endswith("Arn"):
        return arn(pointer.resource, world)
    made = name(pointer.resource, world)
    return made if pointer.attribute in ("Ref", "RestApiId", "Id") else f"{made}-{pointer.attribute.lower()}"


def _fill(pattern: str, resource: Resource, world: World) -> str:
    path = world.get(resource, "Path")
    return pattern.format(
        name=name(resource, world),
        account=account(resource.template),
        region=resource.template.region or SOMEWHERE,
        path=path if isinstance(path, str) else "/",
    )


def _service(resource: Resource) -> str:
    parts = resource.type.split("::")
    return parts[1].lower() if len(parts) > 1 else "custom"
