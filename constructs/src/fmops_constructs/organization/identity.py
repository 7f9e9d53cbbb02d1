"""Who may be somebody: no users, no root, no keys that last, no roles but bounded ones, nobody in a stage."""

from fmops_constructs.names import BOUNDARY, LAUNCH_ROLE, PREFIX, ROLE_PATH
from fmops_constructs.organization.rule import DEPLOYERS, Rule, Statement, always, deny
from fmops_constructs.organization.scope import Scope, signed_in

IAM = "arn:aws:iam::*:"
STAGES = ("application-preprod", "application-prod", "preprod", "prod")
"""Account types in which no person works (R29)."""

CHANGES = (
    "iam:AttachRolePolicy",
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:CreateRole",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:TagPolicy",
    "iam:TagRole",
    "iam:UntagPolicy",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
)
"""Whatever changes a role or a policy."""

IN_PERSON = (f"{IAM}role{ROLE_PATH}{PREFIX}-*break-glass", f"{IAM}role/cdk-hnb659fds-*")
"""Roles of a stage that a session in somebody's name may have: to break glass, and to deploy."""

PROTECTED = (f"{IAM}role{ROLE_PATH}*", f"{IAM}role/{LAUNCH_ROLE}", f"{IAM}policy{ROLE_PATH}*")
"""What stacks make."""
FOUNDED = (f"{IAM}role/cdk-hnb659fds-*", f"{IAM}policy/{BOUNDARY}")
"""What the bootstrap makes, and so no stack changes."""


def _foundation_roles(scope: Scope, _account_type: str) -> list[Statement]:
    return [
        deny(*CHANGES, on=PROTECTED, unless=[*scope.administrators, DEPLOYERS]),
        deny(*CHANGES, on=FOUNDED, unless=scope.administrators),
    ]


def _bounded(scope: Scope, _account_type: str) -> list[Statement]:
    other = {"ArnNotLike": {"iam:PermissionsBoundary": f"{IAM}policy/{BOUNDARY}"}}
    return [
        deny("iam:CreateRole", "iam:PutRolePermissionsBoundary", when=other, unless=scope.administrators),
        deny("iam:DeleteRolePermissionsBoundary", unless=scope.administrators),
    ]


def _providers(scope: Scope, _account_type: str) -> list[Statement]:
    return [
        deny(
            "iam:AddClientIDToOpenIDConnectProvider",
            "iam:CreateOpenIDConnectProvider",
            "iam:CreateSAMLProvider",
            "iam:UpdateOpenIDConnectProviderThumbprint",
            "iam:UpdateSAMLProvider",
            "rolesanywhere:CreateTrustAnchor",
            "sso:CreateInstance",
            unless=scope.administrators,
        )
    ]


def _people(scope: Scope, _account_type: str) -> list[Statement]:
    return [
        deny("*", when={"ArnLike": {"aws:PrincipalArn": signed_in()}}, unless=scope.people),
        deny(
            "*",
            when={"Null": {"aws:SourceIdentity": "false"}},
            unless=[*scope.people, *scope.administrators, *IN_PERSON],
        ),
    ]


EXAMPLES = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html"

RULES = (
    Rule(
        "Membership",
        "Leaving the organisation, closing an account, turning a region on or off",
        "An account outside the organisation is outside every other rule.",
        ("R9",),
        EXAMPLES,
        always(
            deny(
                "account:CloseAccount",
                "account:DisableRegion",
                "account:EnableRegion",
                "organizations:LeaveOrganization",
            )
        ),
    ),
    Rule(
        "RootUser",
        "Everything, as an account's root user; central root sessions of the organisation stay",
        "Nobody can be told from anybody else as root, and no policy in the account binds it.",
        ("R9", "R29"),
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
        always(
            deny(
                "*",
                when={"ArnLike": {"aws:PrincipalArn": f"{IAM}root"}, "Null": {"aws:AssumedRoot": "true"}},
            )
        ),
    ),
    Rule(
        "LongTermKeys",
        "Users, access keys, service credentials, and Bedrock's API keys, also those that exist",
        "A key that lasts is a key that leaks. A short-term Bedrock key can't be prevented: its use is.",
        ("R28",),
        "https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-permissions.html",
        always(
            deny(
                "bedrock-mantle:CallWithBearerToken",
                "bedrock:CallWithBearerToken",
                "iam:CreateAccessKey",
                "iam:CreateLoginProfile",
                "iam:CreateServiceSpecificCredential",
                "iam:CreateUser",
                "iam:ResetServiceSpecificCredential",
                "iam:UpdateLoginProfile",
                "iam:UploadSSHPublicKey",
                "iam:UploadSigningCertificate",
            )
        ),
    ),
    Rule(
        "SignIn",
        "Identity providers, trust anchors and Identity Center instances of an account's own",
        "People come in by the organisation's one door.",
        ("R9", "R29"),
        "https://github.com/aws-samples/data-perimeter-policy-examples (restrict_idp_configurations_scp)",
        _providers,
    ),
    Rule(
        "FoundationRoles",
        "Changing the foundation's roles and policies, but by a deployment; the boundary and the bootstrap's roles, "
        "but by the landing zone",
        "Who may change a role may do what it may: rights come from reviewed stacks only. It also keeps a role of "
        "that name from being made, which Service Catalog's IAM_PATTERN would let in.",
        ("R9", "R27"),
        EXAMPLES,
        _foundation_roles,
    ),
    Rule(
        "BoundedRoles",
        "Making a role without the foundation's boundary, taking a boundary away",
        "What no role may do holds for roles that are made tomorrow.",
        ("R27",),
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
        _bounded,
    ),
    Rule(
        "NobodyInStages",
        "Everything, for people who sign in by Identity Center or act in their own name (a source identity), but to "
        "read, to break glass, or to deploy",
        "Nobody works in a stage: what runs there came by a pipeline.",
        ("R29",),
        "https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html",
        _people,
        on=STAGES,
    ),
)
