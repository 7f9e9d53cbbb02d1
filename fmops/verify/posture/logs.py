"""Logging: what writes no record of who did what unless asked."""

from collections.abc import Iterator

from fmops.verify.findings import Finding
from fmops.verify.network.closed import every, has, is_, some
from fmops.verify.posture.settings import Setting, Table, attribute, finding, page, within, without
from fmops.verify.templates import Resource
from fmops.verify.values import Pointer, Unknown, World, many

RULE = "Posture-Logging"
DRIVERS = ("awsfirelens", "awslogs", "fluentd", "gelf", "journald", "json-file", "splunk", "syslog")


def _log(type_: str, path: str) -> Setting:
    return Setting(type_, has(path), f"Set {path}.", path)


TABLE = Table(
    RULE,
    "writes no log",
    (
        _log("AWS::AmazonMQ::Broker", "Logs"),
        _log("AWS::ApiGateway::Stage", "AccessLogSetting.DestinationArn"),
        _log("AWS::ApiGatewayV2::Stage", "AccessLogSettings.DestinationArn"),
        _log("AWS::AppSync::GraphQLApi", "LogConfig.CloudWatchLogsRoleArn"),
        _log("AWS::CloudFront::Distribution", "DistributionConfig.Logging"),
        Setting("AWS::CloudTrail::Trail", is_("IsLogging", True), "Set IsLogging: true.", "IsLogging"),
        Setting(
            "AWS::CloudTrail::Trail",
            is_("EnableLogFileValidation", True, default=False),
            "Set EnableLogFileValidation: true: a record that anybody may change proves nothing.",
            "EnableLogFileValidation",
        ),
        Setting(
            "AWS::CodeBuild::Project",
            some(
                is_("LogsConfig.CloudWatchLogs.Status", "ENABLED", default="ENABLED"),
                is_("LogsConfig.S3Logs.Status", "ENABLED", default="DISABLED"),
            ),
            "Leave LogsConfig.CloudWatchLogs enabled.",
            "LogsConfig",
        ),
        _log("AWS::DocDB::DBCluster", "EnableCloudwatchLogsExports"),
        Setting(
            "AWS::ECS::TaskDefinition",
            every(
                has("ContainerDefinitions"),
                within(
                    "ContainerDefinitions",
                    "LogConfiguration.LogDriver",
                    *DRIVERS,
                    default="none",
                ),
            ),
            "Give each of ContainerDefinitions a LogConfiguration.",
            "ContainerDefinitions",
        ),
        _log("AWS::EKS::Cluster", "Logging.ClusterLogging.EnabledTypes"),
        Setting(
            "AWS::ElasticLoadBalancing::LoadBalancer",
            is_("AccessLoggingPolicy.Enabled", True, default=False),
            "Set AccessLoggingPolicy.",
            "AccessLoggingPolicy",
        ),
        Setting(
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            some(is_("Type", "gateway"), attribute("LoadBalancerAttributes", "access_logs.s3.enabled", "true")),
            "Set access_logs.s3.enabled in LoadBalancerAttributes.",
            "LoadBalancerAttributes",
        ),
        _log("AWS::Elasticsearch::Domain", "LogPublishingOptions"),
        _log("AWS::MSK::Cluster", "LoggingInfo.BrokerLogs"),
        _log("AWS::MWAA::Environment", "LoggingConfiguration"),
        _log("AWS::Neptune::DBCluster", "EnableCloudwatchLogsExports"),
        _log("AWS::OpenSearchService::Domain", "LogPublishingOptions"),
        _log("AWS::RDS::DBCluster", "EnableCloudwatchLogsExports"),
        Setting(
            "AWS::RDS::DBInstance",
            some(has("DBClusterIdentifier"), has("EnableCloudwatchLogsExports")),
            "Set EnableCloudwatchLogsExports.",
            "EnableCloudwatchLogsExports",
        ),
        _log("AWS::Redshift::Cluster", "LoggingProperties"),
        Setting(
            "AWS::StepFunctions::StateMachine",
            every(has("LoggingConfiguration.Level"), without("LoggingConfiguration.Level", "OFF")),
            "Set LoggingConfiguration with a Level other than OFF.",
            "LoggingConfiguration",
        ),
        Setting(
            "AWS::Transfer::Server",
            some(has("StructuredLogDestinations"), has("LoggingRole")),
            "Set StructuredLogDestinations.",
            "StructuredLogDestinations",
        ),
    ),
)
"""Source of each row: the page of its type in AWS's template reference."""

WATCHED = {
    "AWS::EC2::VPC": ("AWS::EC2::FlowLog", "ResourceId", "keeps no flow log", "R17"),
    "AWS::NetworkFirewall::Firewall": (
        "AWS::NetworkFirewall::LoggingConfiguration",
        "FirewallArn",
        "writes no log",
        "",
    ),
    "AWS::WAFv2::WebACL": (
        "AWS::WAFv2::LoggingConfiguration",
        "ResourceArn",
        "writes no log",
        "",
    ),
}
"""Types whose log is a resource of its own: its type, the property that names whom it watches, what to
say of one without, and the requirement."""


def verify(world: World) -> Iterator[Finding]:
    """A finding for each resource that writes no log."""
    yield from TABLE.verify(world)
    for type_, (watcher, names, says, required) in WATCHED.items():
        watched = {target for log in world.resources(watcher) for target in _whom(world, log, names)}
        unsure = [target for target in watched if isinstance(target, Unknown)]
        for resource in world.resources(type_):
            if resource not in watched:
                yield finding(
                    RULE,
                    resource,
                    f"{resource} ({type_}) {says}" + (f", or {unsure[0]} is it." if unsure else "."),
                    f"Add an {watcher}.",
                    (watcher,),
                    unproven=bool(unsure),
                    requirement=required,
                    source=page(watcher),
                )


def _whom(world: World, log: Resource, names: str) -> Iterator[Resource | Unknown]:
    for value in many(world.get(log, names)):
        if isinstance(value, Pointer):
            yield value.resource
        elif isinstance(value, Unknown):
            yield value
