"""All rules, in one list."""

from fmops_constructs.checks import (
    bedrock,
    catalog,
    compute,
    dns,
    identity,
    network,
    pipelines,
    sagemaker,
    services,
    studio,
)
from fmops_constructs.checks.rule import Rule

RULES: tuple[Rule, ...] = (
    *studio.RULES,
    *sagemaker.RULES,
    *pipelines.RULES,
    *network.RULES,
    *dns.RULES,
    *compute.RULES,
    *identity.RULES,
    *bedrock.RULES,
    *catalog.RULES,
    *services.RULES,
)
