"""Where: the foundation's regions, and the global services that answer elsewhere."""

from fmops_constructs.organization.rule import Rule, Statement
from fmops_constructs.organization.scope import Scope

GLOBAL = (
    "account:*",
    "aws-marketplace:*",
    "aws-portal:*",
    "bcm-data-exports:*",
    "bedrock:ApplyGuardrail",
    "bedrock:InvokeModel*",
    "billing:*",
    "budgets:*",
    "ce:*",
    "cloudfront:*",
    "cur:*",
    "ec2:DescribeRegions",
    "health:*",
    "iam:*",
    "networkmanager:*",
    "organizations:*",
    "pricing:*",
    "route53:*",
    "route53domains:*",
    "s3:GetAccountPublicAccessBlock",
    "s3:ListAllMyBuckets",
    "s3:PutAccountPublicAccessBlock",
    "shield:*",
    "sts:*",
    "support:*",
    "trustedadvisor:*",
    "waf:*",
)
"""Services that have one region for the world, as AWS's example lists them; and the calls of models: where these may
end is said model by model, by rule ModelsListed."""


def _elsewhere(scope: Scope, _account_type: str) -> list[Statement]:
    condition = {
        "StringNotEquals": {"aws:RequestedRegion": list(scope.regions)},
        "ArnNotLike": {"aws:PrincipalArn": sorted(scope.administrators)},
    }
    if not scope.administrators:
        del condition["ArnNotLike"]
    return [{"Effect": "Deny", "NotAction": list(GLOBAL), "Resource": "*", "Condition": condition}]


RULES = (
    Rule(
        "Regions",
        "Every region that foundation.yaml doesn't name, but for global services and the calls of listed models",
        "What nobody looks at is not used.",
        ("R3", "R9"),
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html",
        _elsewhere,
    ),
)
