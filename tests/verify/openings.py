"""For each row of the verifier's table: settings that open a resource to the internet, and the clean twin."""

import json
from dataclasses import dataclass
from typing import Any

Properties = dict[str, Any]
INSIDE = {"SubnetIds": [{"Ref": "Subnet"}], "SecurityGroupIds": ["sg-1"]}
CODEBUILD = {"VpcId": "vpc-1", "Subnets": [{"Ref": "Subnet"}], "SecurityGroupIds": ["sg-1"]}
SAGEMAKER = {"Subnets": [{"Ref": "Subnet"}], "SecurityGroupIds": ["sg-1"]}
GONE = None
"""The clean twin of what nothing closes: without it."""


@dataclass(frozen=True)
class Fault:
    """A resource that is open, and its twin that is not (None: only its absence is)."""

    type: str
    broken: Properties
    clean: Properties | None


def switch(type: str, name: str, broken: Any, clean: Any) -> Fault:
    """One setting, by its path."""
    return Fault(type, nested(name, broken), nested(name, clean))


def nested(path: str, value: Any) -> Properties:
    """`A.B` and a value -> `{"A": {"B": value}}`."""
    for name in reversed(path.split(".")):
        value = {name: value}
    result: Properties = value
    return result


def policy(*statements: Properties) -> Properties:
    return {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "*", **one} for one in statements]}}


def pipeline(arguments: Properties, kind: str = "Training") -> Properties:
    step = {"Name": "step", "Type": kind, "Arguments": arguments}
    branch = {"Name": "if", "Type": "Condition", "Arguments": {"IfSteps": [step], "ElseSteps": []}}
    return nested("PipelineDefinition.PipelineDefinitionBody", json.dumps({"Steps": [branch]}))


IN_ORG = {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}
BLOCKED = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
JOBS = ("ProcessingJob", *(f"{kind}JobDefinition" for kind in ("DataQuality", "ModelBias", "ModelExplainability")))
NETWORK = [{"AllowFromPublic": True}]


def lookups(*domains: str) -> Properties:
    """A rule that allows a list of domains."""
    return {"FirewallRules": [{"Action": "ALLOW", "Priority": 1, "FirewallDomainListId": DOMAINS[domains]}]}


DOMAINS = {
    ("*",): {"Fn::GetAtt": ["EveryName", "Id"]},
    ("*.amazonaws.com", "corp.example.com"): {"Fn::GetAtt": ["SomeNames", "Id"]},
}

ACCESS_POINTS = ("AWS::S3::AccessPoint", "AWS::S3::MultiRegionAccessPoint", "AWS::S3Express::AccessPoint")
PUBLIC = ("M2::Environment", "Lightsail::Database", "Neptune::DBInstance", "RDS::DBShardGroup", "DMS::InstanceProfile")
PUBLIC_TASK = {"AwsVpcConfiguration": {"AssignPublicIp": "ENABLED"}}
PRIVATE_TASK = {"AwsVpcConfiguration": {"AssignPublicIp": "DISABLED"}}


def tasks(type: str, path: str, many: bool = False) -> Fault:
    """What starts ECS tasks."""
    broken, clean = ({"EcsParameters": {"NetworkConfiguration": one}} for one in (PUBLIC_TASK, PRIVATE_TASK))
    return switch(type, path, [broken] if many else broken, [clean] if many else clean)


PLATFORMS: tuple[Fault, ...] = (
    *(
        Fault(type, {}, nested(path, ["subnet-1"]))
        for type, path in (
            ("AWS::CodeConnections::Host", "VpcConfiguration.SubnetIds"),
            ("AWS::Comprehend::DocumentClassifier", "VpcConfig.Subnets"),
            ("AWS::Comprehend::EntityRecognizer", "VpcConfig.Subnets"),
            ("AWS::Comprehend::Flywheel", "DataSecurityConfig.VpcConfig.Subnets"),
            ("AWS::EMR::Cluster", "Instances.Ec2SubnetId"),
            ("AWS::Grafana::Workspace", "NetworkAccessControl.VpceIds"),
            ("AWS::ImageBuilder::InfrastructureConfiguration", "SubnetId"),
            ("AWS::MWAAServerless::Workflow", "NetworkConfiguration.SubnetIds"),
            ("AWS::OSIS::Pipeline", "VpcOptions.SubnetIds"),
            ("AWS::SageMaker::Cluster", "VpcConfig.Subnets"),
            ("AWS::SageMaker::Workforce", "WorkforceVpcConfig.Subnets"),
            ("AWS::Synthetics::Canary", "VPCConfig.SubnetIds"),
            ("AWS::Transfer::WebApp", "EndpointDetails.Vpc.SubnetIds"),
        )
    ),
    Fault("AWS::SageMaker::EndpointConfig", {"ExecutionRoleArn": "role"}, {}),
    Fault(
        "AWS::SageMaker::EndpointConfig",
        {"ExecutionRoleArn": "role"},
        {"ExecutionRoleArn": "role", "VpcConfig": SAGEMAKER},
    ),
    Fault(
        "AWS::SageMaker::MonitoringSchedule",
        nested("MonitoringScheduleConfig.MonitoringJobDefinition.NetworkConfig", {"EnableNetworkIsolation": False}),
        nested("MonitoringScheduleConfig.MonitoringJobDefinition.NetworkConfig", {"VpcConfig": SAGEMAKER}),
    ),
    switch(
        "AWS::BedrockAgentCore::Harness",
        "Environment.AgentCoreRuntimeEnvironment.NetworkConfiguration.NetworkMode",
        "PUBLIC",
        "VPC",
    ),
    switch(
        "AWS::Batch::JobDefinition",
        "ContainerProperties.NetworkConfiguration.AssignPublicIp",
        "ENABLED",
        "DISABLED",
    ),
    switch("AWS::ECS::TaskSet", "NetworkConfiguration", PUBLIC_TASK, PRIVATE_TASK),
    tasks("AWS::Events::Rule", "Targets", many=True),
    tasks("AWS::Scheduler::Schedule", "Target"),
    switch("AWS::Pipes::Pipe", "TargetParameters.EcsTaskParameters.NetworkConfiguration", PUBLIC_TASK, PRIVATE_TASK),
    *(
        switch(type, path, [{"AssociatePublicIpAddress": True}], [{"AssociatePublicIpAddress": False}])
        for type, path in (
            ("AWS::EC2::EC2Fleet", "LaunchTemplateConfigs"),
            ("AWS::EC2::SpotFleet", "SpotFleetRequestConfigData.LaunchSpecifications"),
        )
    ),
    switch("AWS::SecretsManager::RotationSchedule", "HostedRotationLambda", {"RotationType": "a"}, None),
    *(
        switch(f"AWS::AppStream::{name}", "EnableDefaultInternetAccess", True, False)
        for name in ("AppBlockBuilder", "ImageBuilder")
    ),
    switch("AWS::WorkSpaces::Directory", "WorkspaceCreationProperties.EnableInternetAccess", True, False),
    Fault("AWS::IoT::TopicRuleDestination", {"HttpUrlProperties": {"ConfirmationUrl": "https://x"}}, {}),
    Fault("AWS::EC2::VPCBlockPublicAccessExclusion", {"VpcId": "vpc-1"}, GONE),
    Fault("AWS::EC2::VerifiedAccessEndpoint", {}, GONE),
    *(switch(f"AWS::{name}", "PubliclyAccessible", True, False) for name in PUBLIC),
    *(
        switch(f"AWS::Timestream::InfluxDB{name}", "PubliclyAccessible", True, False)
        for name in ("Cluster", "Instance")
    ),
    *(
        switch(type, "PublicAccessBlockConfiguration", {**BLOCKED, "IgnorePublicAcls": False}, BLOCKED)
        for type in ACCESS_POINTS
    ),
)
FAULTS: tuple[Fault, ...] = (
    *PLATFORMS,
    Fault("AWS::Route53Resolver::FirewallRuleGroup", lookups("*"), lookups("*.amazonaws.com", "corp.example.com")),
    Fault(
        "AWS::Route53Resolver::ResolverRule",
        {"RuleType": "FORWARD", "TargetIps": [{"Ip": "10.0.0.2"}, {"Ip": "9.9.9.9", "Port": "53"}]},
        {"RuleType": "FORWARD", "TargetIps": [{"Ip": "10.0.0.2"}, {"Ip": "10.1.0.2"}]},
    ),
    Fault(
        "AWS::Route53Resolver::ResolverRule",
        {"RuleType": "FORWARD", "TargetIps": [{"Ipv6": "2620:fe::fe"}]},
        {"RuleType": "SYSTEM"},
    ),
    Fault("AWS::Lambda::Function", {}, {"VpcConfig": INSIDE}),
    Fault("AWS::Lambda::Function", {"VpcConfig": {"SubnetIds": []}}, {"VpcConfig": INSIDE}),
    Fault(
        "AWS::Lambda::Function",
        {"VpcConfig": {"Fn::If": ["Private", INSIDE, {"Ref": "AWS::NoValue"}]}},
        {"VpcConfig": {"Fn::If": ["Private", INSIDE, INSIDE]}},
    ),
    Fault("AWS::Serverless::Function", {}, {"VpcConfig": INSIDE}),
    Fault("AWS::CodeBuild::Project", {}, {"VpcConfig": CODEBUILD}),
    Fault("AWS::CodeBuild::Fleet", {}, {"FleetVpcConfig": CODEBUILD}),
    Fault(
        "AWS::SageMaker::NotebookInstance",
        {"SubnetId": {"Ref": "Subnet"}},
        {"SubnetId": {"Ref": "Subnet"}, "DirectInternetAccess": "Disabled"},
    ),
    Fault(
        "AWS::SageMaker::NotebookInstance",
        {"SubnetId": {"Ref": "Subnet"}, "DirectInternetAccess": "Enabled"},
        {"SubnetId": {"Ref": "Subnet"}, "DirectInternetAccess": "Disabled"},
    ),
    Fault("AWS::SageMaker::Domain", {}, {"AppNetworkAccessType": "VpcOnly"}),
    switch("AWS::SageMaker::Domain", "AppNetworkAccessType", "PublicInternetOnly", "VpcOnly"),
    Fault("AWS::SageMaker::Model", {}, {"VpcConfig": SAGEMAKER}),
    switch("AWS::SageMaker::Model", "EnableNetworkIsolation", False, True),
    Fault("AWS::SageMaker::Pipeline", pipeline({}), pipeline({"VpcConfig": SAGEMAKER})),
    Fault("AWS::SageMaker::Pipeline", pipeline({}), pipeline({"EnableNetworkIsolation": True})),
    Fault(
        "AWS::SageMaker::Pipeline",
        pipeline({}, "Processing"),
        pipeline({"NetworkConfig": {"VpcConfig": SAGEMAKER}}, "Processing"),
    ),
    *(Fault(f"AWS::SageMaker::{job}", {}, {"NetworkConfig": {"VpcConfig": SAGEMAKER}}) for job in JOBS),
    switch("AWS::SageMaker::ModelQualityJobDefinition", "NetworkConfig.EnableNetworkIsolation", False, True),
    switch("AWS::ECS::Service", "NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp", "ENABLED", "DISABLED"),
    Fault("AWS::Glue::Job", {}, {"Connections": {"Connections": ["private"]}}),
    Fault("AWS::Glue::DevEndpoint", {}, {"SubnetId": {"Ref": "Subnet"}}),
    Fault("AWS::EMRServerless::Application", {}, {"NetworkConfiguration": INSIDE}),
    switch("AWS::KinesisAnalyticsV2::Application", "ApplicationConfiguration.VpcConfigurations", [], [INSIDE]),
    Fault("AWS::Cloud9::EnvironmentEC2", {}, GONE),
    switch("AWS::AppStream::Fleet", "EnableDefaultInternetAccess", True, False),
    switch("AWS::BedrockAgentCore::Runtime", "NetworkConfiguration.NetworkMode", "PUBLIC", "VPC"),
    switch("AWS::BedrockAgentCore::BrowserCustom", "NetworkConfiguration.NetworkMode", "PUBLIC", "VPC"),
    switch("AWS::BedrockAgentCore::CodeInterpreterCustom", "NetworkConfiguration.NetworkMode", "PUBLIC", "SANDBOX"),
    switch(
        "AWS::EC2::Instance",
        "NetworkInterfaces",
        [{"AssociatePublicIpAddress": False}, {"AssociatePublicIpAddress": True}],
        [{"AssociatePublicIpAddress": False}],
    ),
    switch(
        "AWS::EC2::LaunchTemplate",
        "LaunchTemplateData.NetworkInterfaces",
        [{"AssociatePublicIpAddress": "true"}],
        [{}],
    ),
    switch("AWS::EC2::Subnet", "MapPublicIpOnLaunch", True, False),
    Fault("AWS::EC2::InternetGateway", {}, GONE),
    Fault("AWS::EC2::EgressOnlyInternetGateway", {"VpcId": {"Ref": "Vpc"}}, GONE),
    Fault("AWS::EC2::CarrierGateway", {"VpcId": {"Ref": "Vpc"}}, GONE),
    switch("AWS::EC2::NatGateway", "ConnectivityType", "public", "private"),
    Fault("AWS::EC2::EIP", {}, GONE),
    Fault("AWS::EC2::ClientVpnEndpoint", {}, GONE),
    Fault("AWS::Events::ApiDestination", {"InvocationEndpoint": "https://example.com"}, GONE),
    switch("AWS::SNS::Subscription", "Protocol", "https", "sqs"),
    Fault("AWS::KinesisFirehose::DeliveryStream", {"HttpEndpointDestinationConfiguration": {"Url": "https://x"}}, {}),
    Fault("AWS::KinesisFirehose::DeliveryStream", {"SplunkDestinationConfiguration": {"HECEndpoint": "x"}}, {}),
    switch(
        "AWS::StepFunctions::StateMachine",
        "DefinitionString",
        '{"States": {"Call": {"Resource": "arn:aws:states:::http:invoke"}}}',
        '{"States": {"Call": {"Resource": "arn:aws:states:::lambda:invoke"}}}',
    ),
    switch(
        "AWS::StepFunctions::StateMachine",
        "Definition",
        {"States": {"Call": {"Resource": "arn:aws:states:::http:invoke"}}},
        {"States": {"Call": {"Resource": "arn:aws:states:::lambda:invoke"}}},
    ),
    Fault("AWS::CodeConnections::Connection", {"ProviderType": "GitHub"}, {"HostArn": "arn:host"}),
    Fault("AWS::CodeStarConnections::Connection", {"ProviderType": "GitHub"}, {"HostArn": "arn:host"}),
    Fault("AWS::ElasticLoadBalancingV2::LoadBalancer", {}, {"Scheme": "internal"}),
    switch("AWS::ElasticLoadBalancingV2::LoadBalancer", "Scheme", "internet-facing", "internal"),
    switch("AWS::ElasticLoadBalancingV2::LoadBalancer", "Type", "network", "gateway"),
    switch("AWS::ElasticLoadBalancing::LoadBalancer", "Scheme", "internet-facing", "internal"),
    Fault("AWS::ApiGateway::RestApi", {}, {"EndpointConfiguration": {"Types": ["PRIVATE"]}}),
    switch("AWS::ApiGateway::RestApi", "EndpointConfiguration.Types", ["REGIONAL"], ["PRIVATE"]),
    Fault("AWS::ApiGateway::DomainName", {}, GONE),
    Fault("AWS::ApiGatewayV2::Api", {"ProtocolType": "HTTP"}, GONE),
    Fault("AWS::ApiGatewayV2::DomainName", {}, GONE),
    switch("AWS::AppSync::GraphQLApi", "Visibility", "GLOBAL", "PRIVATE"),
    Fault("AWS::AppSync::Api", {}, GONE),
    Fault("AWS::Lambda::Url", {"AuthType": "AWS_IAM"}, GONE),
    switch("AWS::S3::Bucket", "PublicAccessBlockConfiguration", {**BLOCKED, "BlockPublicPolicy": False}, BLOCKED),
    switch("AWS::S3::Bucket", "PublicAccessBlockConfiguration", {"BlockPublicAcls": True}, BLOCKED),
    Fault("AWS::S3::BucketPolicy", policy({"Principal": "*"}), policy({"Principal": "*", **IN_ORG})),
    Fault("AWS::S3::BucketPolicy", policy({"Principal": {"AWS": "*"}}), policy({"Principal": {"AWS": "111111111111"}})),
    Fault(
        "AWS::S3::BucketPolicy",
        policy({"Principal": "*", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}}),
        policy({"Principal": "*", "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}),
    ),
    Fault(
        "AWS::S3::BucketPolicy",
        policy({"Principal": "*", "Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}}),
        policy({"Principal": "*", **IN_ORG}),
    ),
    Fault(
        "AWS::S3::BucketPolicy",
        policy({"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
        policy({"Principal": "*", "Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}),
    ),
    Fault(
        "AWS::S3::BucketPolicy",
        policy({"Principal": "*", "Condition": {"StringLike": {"aws:PrincipalArn": "*"}}}),
        policy({"Principal": "*", "Condition": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::1:role/a*"}}}),
    ),
    Fault("AWS::S3::BucketPolicy", policy({"NotPrincipal": {"AWS": "1"}}), policy({"Principal": {"AWS": "1"}})),
    Fault("AWS::SQS::QueuePolicy", policy({"Principal": "*"}), policy({"Principal": "*", **IN_ORG})),
    Fault("AWS::SNS::TopicPolicy", policy({"Principal": "*"}), policy({"Principal": "*", **IN_ORG})),
    Fault("AWS::ECR::PublicRepository", {}, GONE),
    Fault("AWS::CloudFront::Distribution", {}, GONE),
    Fault("AWS::GlobalAccelerator::Accelerator", {}, GONE),
    Fault("AWS::Amplify::App", {}, GONE),
    Fault("AWS::Lightsail::Instance", {}, GONE),
    Fault("AWS::Lightsail::Container", {}, GONE),
    Fault("AWS::Cognito::UserPoolDomain", {}, GONE),
    Fault(
        "AWS::AppRunner::Service",
        nested("NetworkConfiguration.IngressConfiguration.IsPubliclyAccessible", False),
        {
            "NetworkConfiguration": {
                "IngressConfiguration": {"IsPubliclyAccessible": False},
                "EgressConfiguration": {"EgressType": "VPC"},
            }
        },
    ),
    switch("AWS::MWAA::Environment", "WebserverAccessMode", "PUBLIC_ONLY", "PRIVATE_ONLY"),
    Fault("AWS::EKS::Cluster", {}, nested("ResourcesVpcConfig.EndpointPublicAccess", False)),
    Fault("AWS::RDS::DBInstance", {}, {"PubliclyAccessible": False}),
    switch("AWS::RDS::DBInstance", "PubliclyAccessible", True, False),
    switch("AWS::RDS::DBCluster", "PubliclyAccessible", True, False),
    switch("AWS::Redshift::Cluster", "PubliclyAccessible", True, False),
    switch("AWS::RedshiftServerless::Workgroup", "PubliclyAccessible", True, False),
    Fault("AWS::DMS::ReplicationInstance", {}, {"PubliclyAccessible": False}),
    switch("AWS::AmazonMQ::Broker", "PubliclyAccessible", True, False),
    Fault("AWS::OpenSearchService::Domain", {}, {"VPCOptions": INSIDE}),
    Fault("AWS::Elasticsearch::Domain", {}, {"VPCOptions": INSIDE}),
    switch(
        "AWS::OpenSearchServerless::SecurityPolicy",
        "Policy",
        json.dumps(NETWORK),
        json.dumps([{"AllowFromPublic": False, "SourceVPCEs": ["vpce-1"]}]),
    ),
    switch(
        "AWS::MSK::Cluster",
        "BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type",
        "SERVICE_PROVIDED_EIPS",
        "DISABLED",
    ),
    Fault("AWS::Transfer::Server", {}, {"EndpointType": "VPC"}),
    Fault(
        "AWS::Transfer::Server",
        {"EndpointType": "VPC", "EndpointDetails": {"AddressAllocationIds": ["eipalloc-1"]}},
        {"EndpointType": "VPC", "EndpointDetails": {"SubnetIds": ["subnet-1"]}},
    ),
    Fault("AWS::CodePipeline::Webhook", {}, GONE),
)
