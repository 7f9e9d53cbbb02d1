"""Services that pass the network by: what runs outside of it, and what the internet can reach. One row, one setting."""

import json
from collections.abc import Iterator

from fmops.verify.findings import Finding, at
from fmops.verify.network import platforms
from fmops.verify.network.closed import Answer, each, every, has, is_, lacks, never, only, silent_of, some
from fmops.verify.network.lookups import asks_inside, names_are_listed
from fmops.verify.network.opening import IN, OUT, Opening, answers, runs
from fmops.verify.templates import Resource
from fmops.verify.values import Unknown, World, many


def _job(type: str, at: str = "NetworkConfig") -> Opening:
    closed = some(has(f"{at}.VpcConfig.Subnets"), is_(f"{at}.EnableNetworkIsolation", True))
    return runs(type, closed, f"Give {at}.VpcConfig subnets, or isolate it from every network.")


STEPS = {
    "Training": (("VpcConfig",), ("EnableNetworkIsolation",)),
    "Processing": (("NetworkConfig", "VpcConfig"), ("NetworkConfig", "EnableNetworkIsolation")),
}
"""Per kind of a pipeline's step, where its arguments have the network, and its isolation from one."""


def _steps_are_inside(world: World, pipeline: Resource) -> Answer:
    """Whether every job of a SageMaker pipeline has subnets or is isolated."""
    body = world.get(pipeline, "PipelineDefinition.PipelineDefinitionBody")
    if not isinstance(body, str):
        return Unknown("the pipeline's definition is known when it is deployed") if body is not None else True
    try:
        return all(_inside(step) for step in _all_steps(json.loads(body).get("Steps", [])))
    except (AttributeError, TypeError, ValueError):
        return Unknown("the pipeline's definition is not one that SageMaker takes")


def _all_steps(steps: list[dict[str, object]]) -> Iterator[dict[str, object]]:
    for step in steps:
        yield step
        arguments = step.get("Arguments")
        if isinstance(arguments, dict):
            for branch in ("IfSteps", "ElseSteps"):
                yield from _all_steps(arguments.get(branch, []))


def _inside(step: dict[str, object]) -> bool:
    where = STEPS.get(str(step.get("Type")))
    return where is None or any(_at(step.get("Arguments"), path) for path in where)


def _at(node: object, path: tuple[str, ...]) -> object:
    for name in path:
        node = node.get(name) if isinstance(node, dict) else None
    return node


BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
LIMITS = (
    "aws:PrincipalAccount aws:PrincipalArn aws:PrincipalOrgID aws:PrincipalOrgPaths aws:SourceAccount aws:SourceArn "
    "aws:SourceOrgID aws:SourceVpc aws:SourceVpce aws:VpceAccount aws:VpceOrgID s3:DataAccessPointAccount"
).lower()
"""Condition keys that limit who calls, however the statement names its principal."""
POSITIVE = ("arnequals", "arnlike", "stringequals", "stringequalsignorecase", "stringlike")


def _for_somebody(world: World, policy: Resource) -> Answer:
    """Whether a resource's policy allows nothing to everybody."""
    answers: list[Answer] = []
    for statement in many(world.get(policy, "PolicyDocument.Statement")):
        if isinstance(statement, dict) and statement.get("Effect") == "Allow":
            answers.append(not _everybody(statement) or _limited(statement))
        elif not isinstance(statement, dict):
            return Unknown(f"a statement is {statement}")
    return all(answer is True for answer in answers)


def _everybody(statement: dict[str, object]) -> bool:
    principal = statement.get("Principal")
    named = many(list(principal.values())) if isinstance(principal, dict) else many(principal)
    return "*" in named or "NotPrincipal" in statement


def _limited(statement: dict[str, object]) -> bool:
    condition = statement.get("Condition")
    if not isinstance(condition, dict):
        return False
    return any(
        str(key).lower() in LIMITS.split() and "*" not in many(values)
        for operator, block in condition.items()
        if str(operator).lower().rpartition(":")[2] in POSITIVE and isinstance(block, dict)
        for key, values in block.items()
    )


WITH_SUBNETS = "Give it subnets of an isolated VPC"
TABLE: tuple[Opening, ...] = (
    # What runs, and where its own calls leave from.
    runs("AWS::Lambda::Function", has("VpcConfig.SubnetIds"), f"{WITH_SUBNETS}: VpcConfig."),
    runs("AWS::Serverless::Function", has("VpcConfig.SubnetIds"), f"{WITH_SUBNETS}: VpcConfig."),
    runs("AWS::CodeBuild::Project", has("VpcConfig.Subnets"), f"{WITH_SUBNETS}: VpcConfig."),
    runs("AWS::CodeBuild::Fleet", has("FleetVpcConfig.Subnets"), f"{WITH_SUBNETS}: FleetVpcConfig."),
    runs(
        "AWS::SageMaker::NotebookInstance",
        every(is_("DirectInternetAccess", "Disabled", default="Enabled"), has("SubnetId")),
        "Set DirectInternetAccess: Disabled, and a subnet.",
    ),
    runs(
        "AWS::SageMaker::Domain",
        is_("AppNetworkAccessType", "VpcOnly", default="PublicInternetOnly"),
        "Set AppNetworkAccessType: VpcOnly.",
    ),
    runs(
        "AWS::SageMaker::Model",
        some(has("VpcConfig.Subnets"), is_("EnableNetworkIsolation", True)),
        "Give VpcConfig subnets, or set EnableNetworkIsolation.",
    ),
    runs(
        "AWS::SageMaker::Pipeline",
        _steps_are_inside,
        "Give each training and processing step a VpcConfig, or isolate it.",
    ),
    _job("AWS::SageMaker::ProcessingJob"),
    _job("AWS::SageMaker::DataQualityJobDefinition"),
    _job("AWS::SageMaker::ModelBiasJobDefinition"),
    _job("AWS::SageMaker::ModelExplainabilityJobDefinition"),
    _job("AWS::SageMaker::ModelQualityJobDefinition"),
    runs(
        "AWS::ECS::Service",
        is_("NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp", "DISABLED", default="ENABLED"),
        "Set AssignPublicIp: DISABLED.",
        "a public address",
    ),
    runs("AWS::Glue::Job", has("Connections.Connections"), "Name a connection that has a subnet."),
    runs("AWS::Glue::DevEndpoint", has("SubnetId"), f"{WITH_SUBNETS}: SubnetId."),
    runs("AWS::EMRServerless::Application", has("NetworkConfiguration.SubnetIds"), f"{WITH_SUBNETS}."),
    runs(
        "AWS::KinesisAnalyticsV2::Application",
        has("ApplicationConfiguration.VpcConfigurations"),
        f"{WITH_SUBNETS}: VpcConfigurations.",
    ),
    runs("AWS::Cloud9::EnvironmentEC2", never, "Use Studio, or an instance without a public address."),
    runs(
        "AWS::AppStream::Fleet",
        is_("EnableDefaultInternetAccess", False, default=False),
        "Set EnableDefaultInternetAccess: false.",
    ),
    runs(
        "AWS::BedrockAgentCore::Runtime",
        is_("NetworkConfiguration.NetworkMode", "VPC", default="PUBLIC"),
        "Set NetworkMode: VPC.",
    ),
    runs(
        "AWS::BedrockAgentCore::BrowserCustom",
        is_("NetworkConfiguration.NetworkMode", "VPC", default="PUBLIC"),
        "Set NetworkMode: VPC.",
    ),
    runs(
        "AWS::BedrockAgentCore::CodeInterpreterCustom",
        is_("NetworkConfiguration.NetworkMode", "VPC", "SANDBOX", default="PUBLIC"),
        "Set NetworkMode: VPC or SANDBOX.",
    ),
    runs(
        "AWS::EC2::Instance",
        each("NetworkInterfaces", "AssociatePublicIpAddress", False, default=False),
        "Set AssociatePublicIpAddress: false.",
        "a public address",
    ),
    runs(
        "AWS::EC2::LaunchTemplate",
        each("LaunchTemplateData.NetworkInterfaces", "AssociatePublicIpAddress", False, default=False),
        "Set AssociatePublicIpAddress: false.",
        "a public address",
    ),
    runs(
        "AWS::EC2::Subnet",
        is_("MapPublicIpOnLaunch", False, default=False),
        "Set MapPublicIpOnLaunch: false.",
        "public addresses of what starts in it",
    ),
    # Names that somebody outside answers.
    runs(
        "AWS::Route53Resolver::ResolverRule",
        asks_inside,
        "Forward to name servers with private addresses.",
        "name servers outside",
    ),
    runs(
        "AWS::Route53Resolver::FirewallRuleGroup",
        names_are_listed,
        'Allow lists of names, not "*".',
        "whoever answers for a name",
    ),
    # Gateways and addresses: a route or an interface away from a path (R12).
    runs("AWS::EC2::InternetGateway", never, "Remove it.", "a route that names it"),
    runs("AWS::EC2::EgressOnlyInternetGateway", never, "Remove it.", "a route that names it"),
    runs("AWS::EC2::CarrierGateway", never, "Remove it.", "a route that names it"),
    runs(
        "AWS::EC2::NatGateway", is_("ConnectivityType", "private", default="public"), "Remove it.", "a public address"
    ),
    runs("AWS::EC2::EIP", never, "Remove it.", "the interface that gets it"),
    runs("AWS::EC2::ClientVpnEndpoint", never, "Let people in over the organisation's network.", "a public endpoint"),
    # What calls out for somebody.
    runs("AWS::Events::ApiDestination", never, "Call a private function instead.", "EventBridge"),
    runs(
        "AWS::SNS::Subscription",
        is_("Protocol", "application", "email", "email-json", "firehose", "lambda", "sms", "sqs"),
        "Subscribe a queue or a function.",
        "SNS, which calls a web address",
    ),
    runs(
        "AWS::KinesisFirehose::DeliveryStream",
        every(lacks("HttpEndpointDestinationConfiguration"), lacks("SplunkDestinationConfiguration")),
        "Deliver to S3 or OpenSearch.",
        "Firehose, which calls a web address",
    ),
    runs(
        "AWS::StepFunctions::StateMachine",
        every(
            silent_of("DefinitionString", ":states:::http:invoke", ":states:::apigateway:invoke"),
            silent_of("Definition", ":states:::http:invoke", ":states:::apigateway:invoke"),
        ),
        "Call a private function instead of a web address.",
        "Step Functions, which calls a web address",
    ),
    runs(
        "AWS::CodeConnections::Connection",
        has("HostArn"),
        "Use CodeCommit, or a host in the VPC.",
        "a git host on the internet",
    ),
    runs(
        "AWS::CodeStarConnections::Connection",
        has("HostArn"),
        "Use CodeCommit, or a host in the VPC.",
        "a git host on the internet",
    ),
    # What the internet reaches.
    answers(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        some(is_("Scheme", "internal", default="internet-facing"), is_("Type", "gateway", default="application")),
        "Set Scheme: internal.",
    ),
    answers(
        "AWS::ElasticLoadBalancing::LoadBalancer",
        is_("Scheme", "internal", default="internet-facing"),
        "Set Scheme: internal.",
    ),
    answers(
        "AWS::ApiGateway::RestApi",
        every(has("EndpointConfiguration.Types"), only("EndpointConfiguration.Types", "PRIVATE", default=("EDGE",))),
        "Set EndpointConfiguration.Types: [PRIVATE].",
    ),
    answers("AWS::ApiGateway::DomainName", never, "Use a private custom domain name (DomainNameV2)."),
    answers("AWS::ApiGatewayV2::Api", never, "HTTP and WebSocket APIs are public: use a private REST API."),
    answers("AWS::ApiGatewayV2::DomainName", never, "Use a private custom domain name (ApiGateway::DomainNameV2)."),
    answers("AWS::AppSync::GraphQLApi", is_("Visibility", "PRIVATE", default="GLOBAL"), "Set Visibility: PRIVATE."),
    answers("AWS::AppSync::Api", never, "Use a private GraphQL API."),
    answers("AWS::Lambda::Url", never, "Call the function by a private REST API."),
    answers(
        "AWS::S3::Bucket",
        some(
            lacks("PublicAccessBlockConfiguration"),  # all four are AWS's default since April 2023
            every(*(is_(f"PublicAccessBlockConfiguration.{block}", True, default=False) for block in BLOCKS)),
        ),
        "Set all four of PublicAccessBlockConfiguration.",
    ),
    answers("AWS::S3::BucketPolicy", _for_somebody, "Name principals, or limit who by aws:PrincipalOrgID."),
    answers("AWS::SQS::QueuePolicy", _for_somebody, "Name principals, or limit who by aws:PrincipalOrgID."),
    answers("AWS::SNS::TopicPolicy", _for_somebody, "Name principals, or limit who by aws:PrincipalOrgID."),
    answers("AWS::ECR::PublicRepository", never, "Use a private repository."),
    answers("AWS::CloudFront::Distribution", never, "Serve pages by a private REST API."),
    answers("AWS::GlobalAccelerator::Accelerator", never, "Remove it."),
    answers("AWS::Amplify::App", never, "Serve pages by a private REST API."),
    answers("AWS::Lightsail::Instance", never, "Use an instance in the VPC."),
    answers("AWS::Lightsail::Container", never, "Use a service in the VPC."),
    answers("AWS::Cognito::UserPoolDomain", never, "Sign people in with the company's identity provider."),
    answers(
        "AWS::AppRunner::Service",
        every(
            is_("NetworkConfiguration.IngressConfiguration.IsPubliclyAccessible", False, default=True),
            is_("NetworkConfiguration.EgressConfiguration.EgressType", "VPC", default="DEFAULT"),
        ),
        "Set IsPubliclyAccessible: false, and EgressType: VPC.",
    ),
    answers(
        "AWS::MWAA::Environment",
        is_("WebserverAccessMode", "PRIVATE_ONLY", default="PRIVATE_ONLY"),
        "Set WebserverAccessMode: PRIVATE_ONLY.",
    ),
    answers(
        "AWS::EKS::Cluster",
        is_("ResourcesVpcConfig.EndpointPublicAccess", False, default=True),
        "Set EndpointPublicAccess: false.",
    ),
    answers(
        "AWS::RDS::DBInstance",
        some(has("DBClusterIdentifier"), is_("PubliclyAccessible", False, default="where its subnets lead")),
        "Set PubliclyAccessible: false.",
    ),
    answers("AWS::RDS::DBCluster", is_("PubliclyAccessible", False, default=False), "Set PubliclyAccessible: false."),
    answers(
        "AWS::Redshift::Cluster", is_("PubliclyAccessible", False, default=False), "Set PubliclyAccessible: false."
    ),
    answers(
        "AWS::RedshiftServerless::Workgroup",
        is_("PubliclyAccessible", False, default=False),
        "Set PubliclyAccessible: false.",
    ),
    answers(
        "AWS::DMS::ReplicationInstance",
        is_("PubliclyAccessible", False, default=True),
        "Set PubliclyAccessible: false.",
    ),
    answers("AWS::AmazonMQ::Broker", is_("PubliclyAccessible", False), "Set PubliclyAccessible: false."),
    answers("AWS::OpenSearchService::Domain", has("VPCOptions.SubnetIds"), f"{WITH_SUBNETS}: VPCOptions."),
    answers("AWS::Elasticsearch::Domain", has("VPCOptions.SubnetIds"), f"{WITH_SUBNETS}: VPCOptions."),
    answers(
        "AWS::OpenSearchServerless::SecurityPolicy",
        silent_of("Policy", '"AllowFromPublic":true'),
        "Set AllowFromPublic: false, and SourceVPCEs.",
    ),
    answers(
        "AWS::MSK::Cluster",
        is_("BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type", "DISABLED", default="DISABLED"),
        "Set PublicAccess.Type: DISABLED.",
    ),
    answers(
        "AWS::Transfer::Server",
        every(
            is_("EndpointType", "VPC", "VPC_ENDPOINT", default="PUBLIC"), lacks("EndpointDetails.AddressAllocationIds")
        ),
        "Set EndpointType: VPC, without Elastic IPs.",
    ),
    answers("AWS::CodePipeline::Webhook", never, "Start the pipeline by an event."),
    *platforms.ROWS,
)


def verify(world: World) -> Iterator[Finding]:
    """A finding for each resource that its setting doesn't keep off the internet."""
    rows: dict[str, list[Opening]] = {}
    for row in TABLE:
        rows.setdefault(row.type, []).append(row)
    for resource in world.resources(*rows):
        for row in rows[resource.type]:
            answer = row.closed(world, resource)
            if answer is not True:
                yield _finding(resource, row, answer)


def _finding(resource: Resource, row: Opening, answer: Answer) -> Finding:
    path = (IN, row.over, str(resource)) if row.inwards else (str(resource), row.over, OUT)
    says = f"{IN} reaches it over {row.over}" if row.inwards else f"reaches the internet over {row.over}"
    unknown = isinstance(answer, Unknown)
    return at(
        resource,
        rule=f"Network-{row.type.removeprefix('AWS::').replace('::', '-')}",
        message=f"{resource} ({row.type}): " + (f"whether it {says} isn't told ({answer})." if unknown else f"{says}."),
        remedy=row.remedy,
        path=path,
        verdict="not proven" if unknown else "found",
        requirement="R21",
        source=row.source,
    )
