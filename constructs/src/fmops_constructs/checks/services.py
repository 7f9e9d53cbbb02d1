"""Rules for services that a new account cannot open any more: such a template synthesises, and fails to deploy."""

from fmops_constructs.checks.rule import Rule, must_not_have, never

CLOSED = {
    "AWS::AppRunner::*": "ECS in the network",
    "AWS::AuditManager::*": "AWS Config with a conformance pack",
    "AWS::Bedrock::Agent": "AgentCore: AWS::BedrockAgentCore::Runtime",
    "AWS::Bedrock::AgentAlias": "AgentCore: AWS::BedrockAgentCore::RuntimeEndpoint",
    "AWS::Cloud9::*": "SageMaker Studio's Code Editor",
    "AWS::CloudTrail::Channel": "a trail to S3, with Athena",
    "AWS::CloudTrail::Dashboard": "a trail to S3, with Athena",
    "AWS::CloudTrail::EventDataStore": "a trail to S3, with Athena",
    "AWS::CodeGuruReviewer::*": "linters in the build",
    "AWS::DevOpsGuru::*": "CloudWatch's anomaly detection",
    "AWS::Kendra::*": "a Bedrock knowledge base",
    "AWS::KendraRanking::*": "a Bedrock knowledge base",
    "AWS::Proton::*": "Service Catalog",
    "AWS::QBusiness::*": "an application of one's own on Bedrock",
    "AWS::S3ObjectLambda::*": "a function before the reader",
    "AWS::SSMIncidents::*": "CloudWatch alarms and SNS",
    "AWS::SageMaker::DataQualityJobDefinition": "a processing job of one's own, on a schedule",
    "AWS::SageMaker::HumanTaskUi": "a review loop of one's own: Step Functions with a task token",
    "AWS::SageMaker::ModelBiasJobDefinition": "a processing job of one's own, on a schedule",
    "AWS::SageMaker::ModelExplainabilityJobDefinition": "a processing job of one's own, with SHAP",
    "AWS::SageMaker::ModelQualityJobDefinition": "a processing job of one's own, on a schedule",
    "AWS::SageMaker::MonitoringSchedule": "EventBridge Scheduler and a processing job",
    "AWS::SageMaker::Workforce": "a review loop of one's own",
    "AWS::SageMaker::Workteam": "a review loop of one's own",
    "AWS::ServiceCatalogAppRegistry::*": "tags and resource groups",
}
"""Types of closed services, and what does the work instead (November 2026)."""

ANNOUNCED = (
    "https://docs.aws.amazon.com/general/latest/gr/maintenance_services.html, "
    "https://docs.aws.amazon.com/general/latest/gr/sunset_services.html"
)
WHY = "The service is closed to accounts that do not use it yet."


def _name(pattern: str) -> str:
    """`AWS::Bedrock::Agent` -> `BedrockAgent`, `AWS::Kendra::*` -> `Kendra`."""
    return pattern.removeprefix("AWS::").replace("::", "").replace("*", "")


RULES = (
    *(
        Rule(f"Closed-{_name(pattern)}", (pattern,), never, why=WHY, source=ANNOUNCED, remedy=f"Use {instead}.")
        for pattern, instead in CLOSED.items()
    ),
    Rule(
        "Closed-Clarify",
        ("AWS::SageMaker::EndpointConfig",),
        must_not_have("ExplainerConfig"),
        why=WHY,
        source="https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-availability-change.html",
        remedy="Explain with SHAP in a processing job of one's own.",
    ),
    Rule(
        "Closed-MessageProtection",
        ("AWS::SNS::Topic",),
        must_not_have("DataProtectionPolicy"),
        why=WHY,
        source=ANNOUNCED,
        remedy="Keep personal data out of messages: send where it lies.",
    ),
)
