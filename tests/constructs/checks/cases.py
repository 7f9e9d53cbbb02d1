"""For each rule a template that breaks it, and its good twin: the same template, put right."""

import json
from dataclasses import dataclass
from typing import Any

from fmops_constructs import endpoints, names
from fmops_constructs.checks.services import CLOSED

KEY = "arn:aws:kms:eu-west-1:111111111111:key/k"
VPC = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
ROLE = "arn:aws:iam::111111111111:role/fmops/fmops-retail-training"
NO_TYPE = "AWS::CloudFormation::WaitConditionHandle"


@dataclass(frozen=True)
class Case:
    """Properties of one resource: those that break a rule, and those that keep it.

    Attributes:
        type: the resource's type.
        bad: breaks the rule.
        good: keeps it.
        good_type: another type, where no resource of the type keeps the rule.
        beside: resources in the good template that the bad one lacks.
        in_product: the bad template is a product.
        good_in_product: the good one, too.
    """

    type: str
    bad: dict[str, Any]
    good: dict[str, Any]
    good_type: str | None = None
    beside: dict[str, Any] | None = None
    in_product: bool = False
    good_in_product: bool = False


def gone(type_: str, bad: dict[str, Any] | None = None) -> Case:
    """A type that should not be there."""
    return Case(type_, bad or {}, {}, good_type=NO_TYPE)


def policy(bad: dict[str, Any], good: dict[str, Any]) -> Case:
    """Statements of a managed policy."""
    return Case("AWS::IAM::ManagedPolicy", document(bad), document(good))


def document(statement: dict[str, Any], path: str = "PolicyDocument") -> dict[str, Any]:
    return {path: {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", **statement}]}}


def pipeline(bad: dict[str, Any], good: dict[str, Any], type_: str = "Processing") -> Case:
    """Arguments of a step, in a branch of a condition: that is where one is overlooked."""

    def definition(arguments: dict[str, Any]) -> dict[str, Any]:
        step = {"Name": "Inner", "Type": type_, "Arguments": arguments}
        outer = {"Name": "If", "Type": "Condition", "Arguments": {"Conditions": [], "IfSteps": [step]}}
        body = json.dumps({"Version": "2020-12-01", "Steps": [outer]})
        return {"PipelineName": "p", "RoleArn": ROLE, "PipelineDefinition": {"PipelineDefinitionBody": body}}

    return Case("AWS::SageMaker::Pipeline", definition(bad), definition(good))


def domain(**changes: Any) -> dict[str, Any]:
    idle = {"AppLifecycleManagement": {"IdleSettings": {"LifecycleManagement": "ENABLED", "IdleTimeoutInMinutes": 60}}}
    return {
        "DomainName": "d",
        "AuthMode": "IAM",
        "AppNetworkAccessType": "VpcOnly",
        "VpcId": "vpc-1",
        "SubnetIds": ["subnet-1"],
        "KmsKeyId": KEY,
        "DefaultUserSettings": {"ExecutionRole": ROLE, "SecurityGroups": ["sg-1"], "JupyterLabAppSettings": idle},
        "DomainSettings": {"ExecutionRoleIdentityConfig": "USER_PROFILE_NAME"},
        **changes,
    }


def studio(**changes: Any) -> Case:
    return Case("AWS::SageMaker::Domain", domain(**changes), domain())


def job(**changes: Any) -> dict[str, Any]:
    network = {"VpcConfig": VPC, "EnableNetworkIsolation": True, "EnableInterContainerTrafficEncryption": True}
    cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10, "VolumeKmsKeyId": KEY}
    return {
        "RoleArn": ROLE,
        "AppSpecification": {"ImageUri": "image"},
        "NetworkConfig": network,
        "ProcessingOutputConfig": {"KmsKeyId": KEY, "Outputs": []},
        "ProcessingResources": {"ClusterConfig": cluster},
        **changes,
    }


def endpoint(**changes: Any) -> dict[str, Any]:
    sts = next(one for one in endpoints.TABLE if one.service == "sts")
    return {
        "ServiceName": "com.amazonaws.eu-west-1.sts",
        "VpcId": "vpc-1",
        "VpcEndpointType": "Interface",
        "SecurityGroupIds": ["sg-1"],
        "PolicyDocument": endpoints.policy(sts, organization_id="o-exampleorgid", region="eu-west-1"),
        **changes,
    }


def sign_in(condition: dict[str, Any]) -> dict[str, Any]:
    """What is asked before it is known who asks."""
    return document({"Action": "signin:Authenticate", "Principal": "*", "Condition": condition})


def guarded(**changes: Any) -> dict[str, Any]:
    """A statement that may call one model with one guardrail."""
    return {
        "Action": "bedrock:InvokeModel",
        "Resource": "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0",
        "Condition": {"StringEquals": {"bedrock:GuardrailIdentifier": "arn:aws:bedrock:eu-west-1:1:guardrail/g:1"}},
        **changes,
    }


ENDPOINT_CONFIG = {"KmsKeyId": KEY, "ProductionVariants": [{"VariantName": "v", "ModelName": "m"}]}
CAPTURE = {"CaptureOptions": [{"CaptureMode": "Input"}], "DestinationS3Uri": "s3://b", "InitialSamplingPercentage": 1}
MODEL = {"EnableNetworkIsolation": True, "VpcConfig": VPC, "ExecutionRoleArn": ROLE}
FEATURES = {
    "FeatureGroupName": "f",
    "RecordIdentifierFeatureName": "r",
    "EventTimeFeatureName": "t",
    "FeatureDefinitions": [{"FeatureName": "r", "FeatureType": "String"}],
}
NODES = [{"InstanceGroupName": "g", "InstanceType": "ml.m5.large", "InstanceCount": 1, "ExecutionRole": ROLE}]
PRODUCT = {
    "Name": "p",
    "Owner": "o",
    "ProvisioningArtifactParameters": [{"Info": {"LoadTemplateFromURL": "https://x"}}],
}
IN_PORTFOLIO = {"PortfolioId": "port-1", "ProductId": "prod-1"}
GROUP = {"GroupDescription": "g", "VpcId": "vpc-1"}
NOWHERE = {"SecurityGroupEgress": [{"IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}]}
LISTED = {"Action": "ALLOW", "FirewallDomainListId": "rslvr-fdl-1", "Priority": 1}
OTHERS = {"Fn::GetAtt": ["All", "Id"]}
FENCE = {
    "Firewall": {
        "Type": "AWS::Route53Resolver::FirewallRuleGroupAssociation",
        "Properties": {"VpcId": {"Fn::GetAtt": ["It", "VpcId"]}, "FirewallRuleGroupId": "rslvr-frg-1", "Priority": 101},
    },
    "Queries": {
        "Type": "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation",
        "Properties": {"ResourceId": {"Ref": "It"}, "ResolverQueryLogConfigId": "rqlc-1"},
    },
}
"""What a network `It` has so that its names are listed and seen."""
BOUNDED = {"PermissionsBoundary": f"arn:aws:iam::111111111111:policy/{names.BOUNDARY}"}
TRUST = document(
    {"Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}, "AssumeRolePolicyDocument"
)
REGISTRY = {"Action": "sagemaker:DescribeModelPackage", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}}


def registry(**changes: Any) -> dict[str, Any]:
    return {"ModelPackageGroupName": "g", **document({**REGISTRY, **changes}, "ModelPackageGroupPolicy")}


CASES: dict[str, list[Case]] = {
    "Studio-VpcOnly": [studio(AppNetworkAccessType="PublicInternetOnly"), studio(SubnetIds=[])],
    "Studio-SecurityGroups": [studio(DefaultUserSettings={"ExecutionRole": ROLE})],
    "Studio-Encrypted": [studio(KmsKeyId="")],
    "Studio-IdleShutdown": [studio(DefaultUserSettings={"ExecutionRole": ROLE, "SecurityGroups": ["sg-1"]})],
    "Studio-NamesPeople": [studio(DomainSettings={"ExecutionRoleIdentityConfig": "DISABLED"})],
    "Studio-NotebookInside": [
        Case(
            "AWS::SageMaker::NotebookInstance",
            {"InstanceType": "ml.t3.medium", "RoleArn": ROLE, "SubnetId": "subnet-1", "SecurityGroupIds": ["sg-1"]},
            {
                "InstanceType": "ml.t3.medium",
                "RoleArn": ROLE,
                "SubnetId": "subnet-1",
                "SecurityGroupIds": ["sg-1"],
                "KmsKeyId": KEY,
                "DirectInternetAccess": "Disabled",
            },
        )
    ],
    "SageMaker-ModelInside": [Case("AWS::SageMaker::Model", {**MODEL, "VpcConfig": {**VPC, "Subnets": []}}, MODEL)],
    "SageMaker-ModelIsolated": [Case("AWS::SageMaker::Model", {**MODEL, "EnableNetworkIsolation": False}, MODEL)],
    "SageMaker-EndpointEncrypted": [
        Case("AWS::SageMaker::EndpointConfig", {**ENDPOINT_CONFIG, "KmsKeyId": ""}, ENDPOINT_CONFIG),
        Case(
            "AWS::SageMaker::EndpointConfig",
            {**ENDPOINT_CONFIG, "DataCaptureConfig": CAPTURE},
            {**ENDPOINT_CONFIG, "DataCaptureConfig": {**CAPTURE, "KmsKeyId": KEY}},
        ),
        Case(
            "AWS::SageMaker::EndpointConfig",
            {**ENDPOINT_CONFIG, "AsyncInferenceConfig": {"OutputConfig": {}}},
            {**ENDPOINT_CONFIG, "AsyncInferenceConfig": {"OutputConfig": {"KmsKeyId": KEY}}},
        ),
    ],
    "SageMaker-FeaturesEncrypted": [
        Case(
            "AWS::SageMaker::FeatureGroup",
            {**FEATURES, "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://b"}}},
            {**FEATURES, "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://b", "KmsKeyId": KEY}}},
        ),
        Case(
            "AWS::SageMaker::FeatureGroup",
            {**FEATURES, "OnlineStoreConfig": {"EnableOnlineStore": True}},
            {**FEATURES, "OnlineStoreConfig": {"EnableOnlineStore": True, "SecurityConfig": {"KmsKeyId": KEY}}},
        ),
    ],
    "SageMaker-ClusterInside": [
        Case(
            "AWS::SageMaker::Cluster",
            {"InstanceGroups": NODES},
            {"InstanceGroups": NODES, "VpcConfig": VPC},
        )
    ],
    "SageMaker-JobInside": [
        Case("AWS::SageMaker::ProcessingJob", job(NetworkConfig={"EnableNetworkIsolation": True}), job())
    ],
    "SageMaker-JobEncrypted": [
        Case("AWS::SageMaker::ProcessingJob", job(ProcessingOutputConfig={"Outputs": []}), job())
    ],
    "SageMaker-GroupPromotable": [
        Case("AWS::SageMaker::ModelPackageGroup", registry(Principal={"AWS": ROLE}), registry()),
        Case("AWS::SageMaker::ModelPackageGroup", registry(Action="sagemaker:*"), registry()),
    ],
    "Pipeline-Readable": [
        Case(
            "AWS::SageMaker::Pipeline",
            {
                "PipelineName": "p",
                "RoleArn": ROLE,
                "PipelineDefinition": {"PipelineDefinitionS3Location": {"Bucket": "b", "Key": "k"}},
            },
            pipeline({}, {}).good,
        )
    ],
    "Pipeline-JobsInside": [
        pipeline({}, {"NetworkConfig": {"VpcConfig": VPC}}),
        pipeline({}, {"VpcConfig": VPC}, "Training"),
    ],
    "Pipeline-JobsIsolated": [
        pipeline({"EnableNetworkIsolation": False}, {"EnableNetworkIsolation": True}, "Training"),
    ],
    "Pipeline-JobsEncrypted": [
        pipeline(
            {"TransformOutput": {}},
            {"TransformOutput": {"KmsKeyId": KEY}, "TransformResources": {"VolumeKmsKeyId": {"Get": "Parameters.Key"}}},
            "Transform",
        )
    ],
    "Pipeline-JobsTalkEncrypted": [
        pipeline({"NetworkConfig": {}}, {"NetworkConfig": {"EnableInterContainerTrafficEncryption": True}})
    ],
    "Network-Gateway": [gone("AWS::EC2::InternetGateway"), gone("AWS::EC2::NatGateway", {"SubnetId": "subnet-1"})],
    "Network-GatewayAttached": [
        Case(
            "AWS::EC2::VPCGatewayAttachment",
            {"VpcId": "vpc-1", "InternetGatewayId": "igw-1"},
            {"VpcId": "vpc-1", "VpnGatewayId": "vgw-1"},
        )
    ],
    "Network-DefaultRoute": [
        Case(
            "AWS::EC2::Route",
            {"RouteTableId": "rtb-1", "DestinationCidrBlock": "0.0.0.0/0", "TransitGatewayId": "tgw-1"},
            {"RouteTableId": "rtb-1", "DestinationCidrBlock": "10.0.0.0/8", "TransitGatewayId": "tgw-1"},
        ),
        Case(
            "AWS::EC2::Route",
            {"RouteTableId": "rtb-1", "DestinationIpv6CidrBlock": "::/0", "TransitGatewayId": "tgw-1"},
            {"RouteTableId": "rtb-1", "DestinationPrefixListId": "pl-1", "TransitGatewayId": "tgw-1"},
        ),
    ],
    "Network-OpenGroup": [
        Case(
            "AWS::EC2::SecurityGroup",
            {**GROUP, "SecurityGroupEgress": [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]},
            {**GROUP, **NOWHERE},
        ),
        Case(
            "AWS::EC2::SecurityGroupEgress",
            {"GroupId": "sg-1", "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIpv6": "::/0"},
            {"GroupId": "sg-1", "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "DestinationPrefixListId": "pl-1"},
        ),
    ],
    "Network-UnsaidEgress": [Case("AWS::EC2::SecurityGroup", GROUP, {**GROUP, **NOWHERE})],
    "Network-PublicSubnet": [
        Case(
            "AWS::EC2::Subnet",
            {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24", "MapPublicIpOnLaunch": True},
            {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24", "MapPublicIpOnLaunch": False},
        )
    ],
    "Network-PublicAddress": [
        Case(
            "AWS::EC2::Instance",
            {"NetworkInterfaces": [{"DeviceIndex": "0", "AssociatePublicIpAddress": True}]},
            {"NetworkInterfaces": [{"DeviceIndex": "0", "AssociatePublicIpAddress": False}]},
        )
    ],
    "Network-AccessUnblocked": [
        Case(
            "AWS::EC2::VPCBlockPublicAccessOptions",
            {"InternetGatewayBlockMode": "block-ingress"},
            {"InternetGatewayBlockMode": "block-bidirectional"},
        )
    ],
    "Network-PublicFrontDoor": [
        Case("AWS::ElasticLoadBalancingV2::LoadBalancer", {"Name": "l"}, {"Name": "l", "Scheme": "internal"})
    ],
    "Network-PublicApi": [
        Case(
            "AWS::ApiGateway::RestApi",
            {"Name": "a", "EndpointConfiguration": {"Types": ["REGIONAL"]}},
            {"Name": "a", "EndpointConfiguration": {"Types": ["PRIVATE"]}},
        )
    ],
    "Network-AlwaysPublicApi": [gone("AWS::Lambda::Url", {"TargetFunctionArn": "f", "AuthType": "AWS_IAM"})],
    "Endpoint-Policy": [
        Case("AWS::EC2::VPCEndpoint", endpoint(PolicyDocument=None), endpoint()),
        Case(
            "AWS::EC2::VPCEndpoint",
            endpoint(**document({"Action": "*", "Principal": "*"})),
            endpoint(ServiceName="com.amazonaws.eu-west-1.codepipeline", PolicyDocument=None),
        ),
        Case(
            "AWS::EC2::VPCEndpoint",
            endpoint(**sign_in({})),
            endpoint(**sign_in({"StringEquals": {"aws:ResourceOrgID": "o-exampleorgid"}})),
        ),
    ],
    "Endpoint-SecurityGroup": [Case("AWS::EC2::VPCEndpoint", endpoint(SecurityGroupIds=[]), endpoint())],
    "Dns-Fenced": [
        Case("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}, {"CidrBlock": "10.0.0.0/16"}, beside=FENCE),
        Case("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}, {}, good_type=NO_TYPE),
    ],
    "Dns-OthersBlocked": [
        Case(
            "AWS::Route53Resolver::FirewallRuleGroup",
            {"FirewallRules": [LISTED]},
            {"FirewallRules": [LISTED, {"Action": "BLOCK", "FirewallDomainListId": OTHERS, "Priority": 2}]},
            beside={"All": {"Type": "AWS::Route53Resolver::FirewallDomainList", "Properties": {"Domains": ["*"]}}},
        ),
        gone("AWS::Route53Resolver::FirewallRuleGroup", {"FirewallRules": []}),
    ],
    "Dns-InboundOnly": [
        Case(
            "AWS::Route53Resolver::ResolverEndpoint",
            {"Direction": "OUTBOUND", "SecurityGroupIds": ["sg-1"], "IpAddresses": [{"SubnetId": "subnet-1"}]},
            {"Direction": "INBOUND", "SecurityGroupIds": ["sg-1"], "IpAddresses": [{"SubnetId": "subnet-1"}]},
        )
    ],
    "Compute-Inside": [
        Case(
            "AWS::Lambda::Function",
            {"Code": {"ZipFile": ""}, "Role": ROLE},
            {"Code": {"ZipFile": ""}, "Role": ROLE, "VpcConfig": {"SubnetIds": {"Ref": "SubnetIds"}}},
        ),
        Case(
            "AWS::BedrockAgentCore::Runtime",
            {"NetworkConfiguration": {"NetworkMode": "PUBLIC"}},
            {"NetworkConfiguration": {"NetworkMode": "VPC", "NetworkModeConfig": {"Subnets": ["subnet-1"]}}},
        ),
    ],
    "Compute-PublicTask": [
        Case(
            "AWS::ECS::Service",
            {"NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["subnet-1"], "AssignPublicIp": "ENABLED"}}},
            {"NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["subnet-1"], "AssignPublicIp": "DISABLED"}}},
        )
    ],
    "Compute-Privileged": [
        Case(
            "AWS::CodeBuild::Project",
            {"Environment": {"Type": "LINUX_CONTAINER", "PrivilegedMode": True}},
            {"Environment": {"Type": "LINUX_CONTAINER", "PrivilegedMode": False}},
        )
    ],
    "IAM-Boundary": [
        Case("AWS::IAM::Role", TRUST, {**TRUST, **BOUNDED}),
        Case(
            "AWS::IAM::Role",
            {**TRUST, "PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
            {**TRUST, **BOUNDED},
        ),
    ],
    "IAM-InlinePolicy": [gone("AWS::IAM::Policy", {"PolicyName": "p", **document({"Action": "s3:GetObject"})})],
    "IAM-InlineInRole": [
        Case(
            "AWS::IAM::Role",
            {**TRUST, "Policies": [{"PolicyName": "p", **document({"Action": "s3:GetObject"})}]},
            TRUST,
        )
    ],
    "IAM-Person": [gone("AWS::IAM::User"), gone("AWS::IAM::AccessKey", {"UserName": "u"})],
    "IAM-ActionWildcard": [
        policy({"Action": "*"}, {"Action": "s3:GetObject"}),
        policy({"Action": ["s3:*"]}, {"Action": "s3:*", "Effect": "Deny"}),
        Case(
            "AWS::IAM::ManagedPolicy",
            {"ManagedPolicyName": names.BOUNDARY, **document({"NotAction": "iam:*"})},
            document({"NotAction": "iam:*", "Effect": "Deny"}),
        ),
    ],
    "IAM-PassRole": [
        policy(
            {"Action": "iam:PassRole"},
            {
                "Action": "iam:PassRole",
                "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            },
        ),
        policy({"Action": "iam:Pass*"}, {"Action": "iam:GetRole"}),
    ],
    "IAM-Keys": [policy({"Action": "iam:CreateServiceSpecificCredential"}, {"Action": "iam:GetRole"})],
    "IAM-AnyPrincipal": [
        Case(
            "AWS::SQS::QueuePolicy",
            {"Queues": ["q"], **document({"Action": "sqs:SendMessage", "Principal": {"AWS": "*"}})},
            {
                "Queues": ["q"],
                **document(
                    {
                        "Action": "sqs:SendMessage",
                        "Principal": "*",
                        "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}},
                    }
                ),
            },
        )
    ],
    "IAM-PrincipalMustExist": [
        Case(
            "AWS::S3::BucketPolicy",
            {"Bucket": "b", **document({"Action": "s3:GetObject", "Principal": {"AWS": [ROLE]}})},
            {
                "Bucket": "b",
                **document(
                    {
                        "Action": "s3:GetObject",
                        "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
                        "Condition": {"StringEquals": {"aws:PrincipalArn": ROLE}},
                    }
                ),
            },
        )
    ],
    "Bedrock-AnyModel": [
        policy(guarded(Resource="*"), guarded()),
        policy(guarded(Resource="arn:aws:bedrock:*::foundation-model/*", Action="bedrock:Invoke*"), guarded()),
    ],
    "Bedrock-Guardrail": [policy(guarded(Condition={}), guarded())],
    "Bedrock-OtherDoor": [policy({"Action": "bedrock-mantle:CreateInference"}, guarded())],
    "Bedrock-Logging": [
        policy(
            {"Action": "bedrock:DeleteModelInvocationLoggingConfiguration"},
            {"Action": "bedrock:GetModelInvocationLoggingConfiguration"},
        )
    ],
    "Bedrock-Encrypted": [
        Case(
            "AWS::Bedrock::Guardrail",
            {"Name": "g", "BlockedInputMessaging": "no", "BlockedOutputsMessaging": "no"},
            {"Name": "g", "BlockedInputMessaging": "no", "BlockedOutputsMessaging": "no", "KmsKeyArn": KEY},
        )
    ],
    "Catalog-LaunchRole": [
        Case(
            "AWS::ServiceCatalog::PortfolioProductAssociation",
            IN_PORTFOLIO,
            IN_PORTFOLIO,
            beside={
                "Constraint": {
                    "Type": "AWS::ServiceCatalog::LaunchRoleConstraint",
                    "Properties": {**IN_PORTFOLIO, "LocalRoleName": names.LAUNCH_ROLE},
                }
            },
        )
    ],
    "Catalog-LocalRole": [
        Case(
            "AWS::ServiceCatalog::LaunchRoleConstraint",
            {**IN_PORTFOLIO, "RoleArn": ROLE},
            {**IN_PORTFOLIO, "LocalRoleName": names.LAUNCH_ROLE},
        )
    ],
    "Catalog-StudioVisibility": [
        Case(
            "AWS::ServiceCatalog::CloudFormationProduct",
            PRODUCT,
            {**PRODUCT, "Tags": [{"Key": "sagemaker:studio-visibility", "Value": "true"}]},
        )
    ],
    "Catalog-PrincipalPattern": [
        Case(
            "AWS::ServiceCatalog::PortfolioPrincipalAssociation",
            {"PortfolioId": "port-1", "PrincipalType": "IAM_PATTERN", "PrincipalARN": "arn:aws:iam:::role/*-scientist"},
            {"PortfolioId": "port-1", "PrincipalType": "IAM", "PrincipalARN": ROLE},
        )
    ],
    "Catalog-NoIdentity": [Case("AWS::IAM::Role", TRUST, TRUST, in_product=True)],
    "Catalog-Literal": [
        Case(
            "AWS::CodeCommit::Repository",
            {"RepositoryName": "r", "KmsKeyId": KEY},
            {
                "RepositoryName": "r",
                "KmsKeyId": {"Fn::Sub": "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/k"},
            },
            in_product=True,
            good_in_product=True,
        )
    ],
    "Closed-Clarify": [
        Case(
            "AWS::SageMaker::EndpointConfig",
            {**ENDPOINT_CONFIG, "ExplainerConfig": {"ClarifyExplainerConfig": {}}},
            ENDPOINT_CONFIG,
        )
    ],
    "Closed-MessageProtection": [
        Case("AWS::SNS::Topic", {"TopicName": "t", "DataProtectionPolicy": {"Name": "p"}}, {"TopicName": "t"})
    ],
    **{
        f"Closed-{pattern.removeprefix('AWS::').replace('::', '').replace('*', '')}": [
            gone(pattern.replace("*", "Anything"))
        ]
        for pattern in CLOSED
    },
}
