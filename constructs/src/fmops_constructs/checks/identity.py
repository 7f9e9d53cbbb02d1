"""Rules for roles and policies."""

from collections.abc import Callable, Iterator

from fmops_constructs import names
from fmops_constructs.checks.policies import Statement, statements
from fmops_constructs.checks.rule import Find, Resource, Rule, must_not_have, never

ANYTHING = ("*",)
IDENTITY_POLICIES = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::*Policy")
INLINE = ("AWS::IAM::GroupPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy")
PEOPLE = ("AWS::IAM::AccessKey", "AWS::IAM::Group", "AWS::IAM::User", "AWS::IAM::UserToGroupAddition")
KEYS = ("iam:CreateServiceSpecificCredential", "bedrock:CallWithBearerToken", "bedrock-mantle:CallWithBearerToken")
POLICY_ELEMENTS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements"


def breaks(wrong: Callable[[Statement], bool]) -> Find:
    """Statements of policies that are wrong."""

    def find(resource: Resource) -> Iterator[str]:
        yield from (statement.path for statement in statements(resource) if wrong(statement))

    return find


def _all_of_a_service(statement: Statement) -> bool:
    """`*`, or `s3:*`, or everything but a list."""
    wide = any(action == "*" or action.endswith(":*") for action in statement.actions)
    return statement.allows and (wide or "NotAction" in statement.content)


def _passed_to_anybody(statement: Statement) -> bool:
    return statement.reaches("iam:PassRole") and "iam:passedtoservice" not in statement.condition_keys


def _for_anybody(resource: Resource) -> Iterator[str]:
    """Not of endpoints: theirs is "*" by necessity, and `Endpoint-Policy` looks at it."""
    if resource.type != "AWS::EC2::VPCEndpoint":
        for statement in statements(resource):
            if statement.allows and "*" in statement.principals and not statement.condition_keys:
                yield statement.path


def _names_a_role(statement: Statement) -> bool:
    return any(":role/" in str(principal) for principal in statement.principals)


def _without_bound(role: Resource) -> Iterator[str]:
    if names.BOUNDARY not in str(role.at("PermissionsBoundary")):
        yield "PermissionsBoundary"


RULES = (
    Rule(
        "IAM-Boundary",
        ("AWS::IAM::Role", "AWS::IAM::User"),
        _without_bound,
        why="Nothing limits what the role can do once somebody attaches a policy to it.",
        source="R27, https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
        remedy=f"Set PermissionsBoundary to {names.BOUNDARY}: fmops_constructs.iam.Role does.",
    ),
    Rule(
        "IAM-InlinePolicy",
        INLINE,
        never,
        why="An inline policy hides in a role: it is neither listed, nor shared, nor versioned.",
        source="R26, https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",
        remedy="Write a managed policy: fmops_constructs.iam.Policy.",
    ),
    Rule(
        "IAM-InlineInRole",
        ("AWS::IAM::Role",),
        must_not_have("Policies"),
        why="An inline policy hides in a role: it is neither listed, nor shared, nor versioned.",
        source="R26, https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",
        remedy="Write a managed policy: fmops_constructs.iam.Policy.",
    ),
    Rule(
        "IAM-Person",
        PEOPLE,
        never,
        why="Users and access keys outlive the person and the day that they were made for.",
        source="R28, https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
        remedy="Let people take roles through the organisation's identity provider.",
    ),
    Rule(
        "IAM-ActionWildcard",
        IDENTITY_POLICIES,
        breaks(_all_of_a_service),
        why="The policy gives actions that nobody has read, and those that AWS adds tomorrow.",
        source=f"R26, {POLICY_ELEMENTS}_action.html",
        remedy="Name the actions.",
    ),
    Rule(
        "IAM-PassRole",
        IDENTITY_POLICIES,
        breaks(_passed_to_anybody),
        why="Whoever has it hands the role to a service of their choice, and acts through that.",
        source="R27, https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
        remedy="Add a condition on iam:PassedToService: fmops_constructs.iam.pass_role does.",
    ),
    Rule(
        "IAM-Keys",
        IDENTITY_POLICIES,
        breaks(lambda statement: statement.reaches(*KEYS)),
        why="A key of a service is a password that AWS's conditions on networks and sessions do not limit.",
        source="R28, https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-permissions.html",
        remedy="Let callers sign their requests with a role.",
    ),
    Rule(
        "IAM-AnyPrincipal",
        ANYTHING,
        _for_anybody,
        why="Everybody, in every account of the world, is allowed.",
        source=f"R14, {POLICY_ELEMENTS}_principal.html",
        remedy="Name the account as principal, or add a condition on aws:PrincipalOrgID.",
    ),
    Rule(
        "IAM-PrincipalMustExist",
        ANYTHING,
        breaks(_names_a_role),
        why="IAM refuses the policy while the role is not there, and forgets it once the role is made anew.",
        source=f"R3, {POLICY_ELEMENTS}_principal.html",
        remedy="Name the account as principal and the role in a condition on aws:PrincipalArn.",
    ),
)
