"""Rules for code that runs: all of it inside the network."""

from collections.abc import Iterator

from fmops_constructs.checks.rule import Resource, Rule, must_not_have

PLACES = {
    "AWS::Batch::ComputeEnvironment": "ComputeResources.Subnets",
    "AWS::BedrockAgentCore::BrowserCustom": "NetworkConfiguration.VpcConfig.Subnets",
    "AWS::BedrockAgentCore::CodeInterpreterCustom": "NetworkConfiguration.VpcConfig.Subnets",
    "AWS::BedrockAgentCore::Runtime": "NetworkConfiguration.NetworkModeConfig.Subnets",
    "AWS::CodeBuild::Fleet": "FleetVpcConfig.Subnets",
    "AWS::CodeBuild::Project": "VpcConfig.Subnets",
    "AWS::ECS::Service": "NetworkConfiguration.AwsvpcConfiguration.Subnets",
    "AWS::EMR::Cluster": "Instances.Ec2SubnetId",
    "AWS::EMRServerless::Application": "NetworkConfiguration.SubnetIds",
    "AWS::Glue::Job": "Connections.Connections",
    "AWS::Lambda::Function": "VpcConfig.SubnetIds",
    "AWS::MWAA::Environment": "NetworkConfiguration.SubnetIds",
}
"""Where each kind of compute says in which subnets it runs."""


def _outside(resource: Resource) -> Iterator[str]:
    path = PLACES[resource.type]
    if resource.at(path) in (None, [], ""):
        yield path


def _public_task(service: Resource) -> Iterator[str]:
    path = "NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp"
    if service.at(path) == "ENABLED":
        yield path


RULES = (
    Rule(
        "Compute-Inside",
        tuple(PLACES),
        _outside,
        why="The code runs in AWS's own network, with a way to the internet, and past the endpoints' policies.",
        source="R46, https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
        remedy="Give it isolated subnets: fmops_constructs has PrivateFunction and PrivateBuild.",
    ),
    Rule(
        "Compute-PublicTask",
        ("AWS::ECS::Service",),
        _public_task,
        why="The task gets a public address.",
        source="R12, https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html",
        remedy="Set AssignPublicIp to DISABLED.",
    ),
    Rule(
        "Compute-Privileged",
        ("AWS::CodeBuild::Project",),
        must_not_have("Environment.PrivilegedMode"),
        why="A privileged build is root on its host's kernel, and leaves its container at will.",
        source="R46, https://docs.aws.amazon.com/codebuild/latest/userguide/security-best-practices.html",
        remedy="Set PrivilegedMode to false.",
    ),
)
