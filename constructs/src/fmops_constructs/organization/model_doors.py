"""Foundation models: only listed ones, only by doors that carry a guardrail, bought by the platform only."""

from fmops_constructs.models import CARRIES, INVOKE, NO_GUARDRAIL
from fmops_constructs.organization.rule import Rule, Statement, always, deny
from fmops_constructs.organization.scope import Scope

PROFILES = (
    "arn:aws:bedrock:*:*:application-inference-profile/*",
    "arn:aws:bedrock:*:*:inference-profile/*",
)
"""What a call may name instead of a model: Bedrock evaluates it on the models behind, too, in each region that it may
end in. https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html"""

EMBEDDINGS = "arn:aws:bedrock:*::foundation-model/*embed*"
"""Models that answer with numbers: a knowledge base asks them itself, and names no guardrail."""

UNGUARDED = (
    *(door for door in NO_GUARDRAIL if not door.startswith("bedrock-mantle:")),
    "bedrock-mantle:*",
    "bedrock:AgenticRetrieveStream",
    "bedrock:CreateAdvancedPromptOptimizationJob",
    "bedrock:GenerateQuery",
    "bedrock:InvokeBuilder",
    "bedrock:OptimizePrompt",
    "bedrock:StartFlowExecution",
)
"""Doors to a model on which AWS documents no condition for a guardrail: batches, agents, flows, answers of knowledge
bases, prompt optimisation, API keys, and the whole second endpoint."""

MAKING = (
    "bedrock:CreateCustomModel",
    "bedrock:CreateCustomModelDeployment",
    "bedrock:CreateModelCopyJob",
    "bedrock:CreateModelCustomizationJob",
    "bedrock:CreateModelImportJob",
    "bedrock:CreateProvisionedModelThroughput",
)
BUYING = (
    "aws-marketplace:AcceptAgreementRequest",
    "aws-marketplace:CreateAgreementRequest",
    "aws-marketplace:Subscribe",
    "aws-marketplace:Unsubscribe",
    "bedrock:CreateFoundationModelAgreement",
    "bedrock:CreateMarketplaceModelEndpoint",
    "bedrock:DeleteFoundationModelAgreement",
    "bedrock:PutFoundationModelEntitlement",
    "bedrock:PutUseCaseForModelAccess",
    "bedrock:RegisterMarketplaceModelEndpoint",
)
NOT_DEV = (
    "application-dev",
    "application-preprod",
    "application-prod",
    "data-lake",
    "experimentation",
    "governance",
    "network",
    "preprod",
    "prod",
    "tooling",
)


def _listed(scope: Scope, account_type: str) -> list[Statement]:
    listed = scope.models.get(account_type, ())
    return [deny(*INVOKE, but=[*listed, *PROFILES]) if listed else deny(*INVOKE)]


def _buying(scope: Scope, _account_type: str) -> list[Statement]:
    return [deny(*BUYING, unless=scope.administrators)]


EVERYWHERE = tuple(sorted({*NOT_DEV, "dev"}))

RULES = (
    Rule(
        "ModelDoors",
        "Doors to models that carry no guardrail: batch jobs, agents, flows, answers of knowledge bases, prompt "
        "optimisation, API keys, and everything of bedrock-mantle",
        "A guardrail that can be walked around is none. Asynchronous and two-way calls ask for InvokeModel, and are "
        "bound by the two rules on it.",
        ("R28", "R52", "R103", "R104"),
        "https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html",
        always(deny(*UNGUARDED)),
    ),
    Rule(
        "ModelsGuarded",
        "Asking a model without naming a guardrail; embeddings are left out, as in AWS's example of an enforced one",
        "Which guardrail, and which version, the team's own policy says; that there is one is said here.",
        ("R53", "R103"),
        "https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html",
        always(deny(*INVOKE, but=[EMBEDDINGS, *PROFILES], when={"Null": {CARRIES: "true"}})),
    ),
    Rule(
        "ModelPurchases",
        "Subscribing to models, accepting their terms, marketplace endpoints, but by the platform",
        "A licence is read before it is accepted. AWS subscribes by itself on the first call of a listed model, so the "
        "list is what binds.",
        ("R104",),
        "https://docs.aws.amazon.com/bedrock/latest/userguide/model-access.html",
        _buying,
    ),
    Rule(
        "ModelMaking",
        "Tuning, importing, copying, deploying models of one's own, outside dev",
        "Models are made where they are made; what is deployed came by a promotion.",
        ("R52", "R89"),
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html",
        always(deny(*MAKING)),
        on=NOT_DEV,
    ),
    Rule(
        "ModelsListed",
        "Asking a model that the allow-list doesn't open for this kind of account, or in a region where its residency "
        "doesn't lead",
        "All models of Bedrock are on by default in every account. The same ARNs stand in the team's policy and in the "
        "endpoint's.",
        ("R39", "R52", "R104"),
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_bedrock.html",
        _listed,
        on=EVERYWHERE,
    ),
)
