"""What shows, protects and keeps: trails, logs, keys, guardrails, buckets. Nobody turns it off."""

from fmops_constructs.organization.rule import DEPLOYERS, Rule, Statement, deny
from fmops_constructs.organization.scope import Scope

SECURITY = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples.html"
LOG_SETTER = "arn:aws:iam::*:role/fmops/fmops-invocation-log-setter"
"""Who sets an account's invocation logging (fmops_constructs.invocation_log)."""


def _records(scope: Scope, _account_type: str) -> list[Statement]:
    deployed = [*scope.administrators, DEPLOYERS]
    return [
        deny(
            "access-analyzer:DeleteAnalyzer",
            "cloudtrail:DeleteTrail",
            "cloudtrail:PutEventSelectors",
            "cloudtrail:StopLogging",
            "cloudtrail:UpdateTrail",
            "config:DeleteConfigurationRecorder",
            "config:DeleteDeliveryChannel",
            "config:StopConfigurationRecorder",
            "guardduty:DeleteDetector",
            "guardduty:DisassociateFrom*",
            "guardduty:UpdateDetector",
            "macie2:DisableMacie",
            "securityhub:DisableSecurityHub",
            "securityhub:DisassociateFrom*",
            unless=scope.administrators,
        ),
        deny(
            "ec2:DeleteFlowLogs",
            "route53resolver:DeleteResolverQueryLogConfig",
            "route53resolver:DisassociateResolverQueryLogConfig",
            unless=deployed,
        ),
        deny(
            "logs:DeleteLogGroup",
            "logs:DeleteLogStream",
            "logs:DeleteRetentionPolicy",
            "logs:DisassociateKmsKey",
            "logs:PutRetentionPolicy",
            on="arn:aws:logs:*:*:log-group:/fmops/*",
            unless=deployed,
        ),
        deny(
            "bedrock:DeleteModelInvocationLoggingConfiguration",
            "bedrock:PutModelInvocationLoggingConfiguration",
            unless=[*scope.administrators, LOG_SETTER],
        ),
    ]


def _keys(scope: Scope, _account_type: str) -> list[Statement]:
    return [
        deny(
            "kms:DeleteImportedKeyMaterial",
            "kms:DisableKey",
            "kms:DisableKeyRotation",
            "kms:ScheduleKeyDeletion",
            unless=scope.administrators,
        ),
        deny("kms:PutKeyPolicy", unless=[*scope.administrators, DEPLOYERS]),
    ]


def _guardrails(scope: Scope, _account_type: str) -> list[Statement]:
    return [
        deny(
            "bedrock:DeleteEnforcedGuardrailConfiguration",
            "bedrock:DeleteGuardrail",
            "bedrock:DeleteResourcePolicy",
            "bedrock:PutEnforcedGuardrailConfiguration",
            "bedrock:PutResourcePolicy",
            "bedrock:UpdateGuardrail",
            unless=[*scope.administrators, DEPLOYERS],
        )
    ]


def _buckets(scope: Scope, _account_type: str) -> list[Statement]:
    return [
        deny("s3:BypassGovernanceRetention", "s3:PutBucketWebsite"),
        deny(
            "s3:DeleteBucketPolicy",
            "s3:PutAccountPublicAccessBlock",
            "s3:PutBucketAcl",
            "s3:PutBucketOwnershipControls",
            "s3:PutBucketPolicy",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutEncryptionConfiguration",
            unless=[*scope.administrators, DEPLOYERS],
        ),
    ]


def _shares(scope: Scope, _account_type: str) -> list[Statement]:
    return [
        deny(
            "ram:CreateResourceShare",
            "ram:UpdateResourceShare",
            when={"Bool": {"ram:RequestedAllowsExternalPrincipals": "true"}},
        ),
        deny("ram:AcceptResourceShareInvitation", unless=scope.administrators),
    ]


RULES = (
    Rule(
        "Records",
        "Stopping trails, recorders, detectors, flow logs and query logs; deleting the foundation's logs; changing "
        "what is recorded of model calls",
        "What can't be turned off can be trusted.",
        ("R17", "R67"),
        SECURITY,
        _records,
    ),
    Rule(
        "Keys",
        "Deleting and disabling keys; changing a key's policy, but by a deployment",
        "A deleted key is deleted data, and who may change its policy may use it.",
        ("R5", "R10"),
        "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
        _keys,
    ),
    Rule(
        "Guardrails",
        "Changing and deleting guardrails and their enforcement, but by a deployment",
        "Projects may add to a guardrail, never weaken it.",
        ("R53", "R103"),
        "https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-enforcements.html",
        _guardrails,
    ),
    Rule(
        "Buckets",
        "Buckets' policies, public access, encryption, but by a deployment; websites and the bypass of a retention, at "
        "all",
        "A bucket is opened by one call.",
        ("R6", "R10"),
        SECURITY,
        _buckets,
    ),
    Rule(
        "Shares",
        "Sharing resources outside the organisation, and taking what others share",
        "What is shared leaves the perimeter.",
        ("R9",),
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_ram.html",
        _shares,
    ),
)
