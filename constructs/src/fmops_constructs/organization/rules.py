"""Every rule, in the order in which policies hold them. A new rule goes to the end of its module."""

from fmops_constructs.organization import identity, model_doors, network, perimeter, records, regions, sagemaker
from fmops_constructs.organization.rule import Rule

RULES: tuple[Rule, ...] = (
    *identity.RULES,
    *network.RULES,
    *sagemaker.RULES,
    *model_doors.RULES,
    *records.RULES,
    *regions.RULES,
    *perimeter.RULES,
)
