"""What each capability of the access matrix is in AWS: exact actions on resources by name, as data (R23, R24).

The roles' policies are made from it, and so are the questions that the proof asks (`access_cells`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from aws_cdk import aws_iam as iam
from fmops_constructs import lifecycle, names
from fmops_constructs.iam import OF_OWN_UNIT, OWN, PersonaRole, When, allow

from constructs import Construct
from foundation import Foundation
from foundation.access import Matrix, current
from foundation.parts import People
from foundation.phases import AccountType, Capability, capabilities
from stacks.base import FoundationStack
from stacks.shared_policies import BROWSE, OWN_LAUNCHES, READ_REGISTRY, REQUEST_PROJECTS
from stacks.zones import ZONES

REGION, ACCOUNT, DATA_KEY = "<region>", "<account>", "<data-key>"
"""What a grant's resources leave open; the data key is one that AWS mints."""


@dataclass(frozen=True)
class Grant:
    """Actions that are allowed on resources.

    Attributes:
        actions: exact, e.g. `codecommit:GitPush`.
        on: ARNs, or `*` where the actions take no resource.
        when: conditions `{operator: {key: value}}`.
    """

    actions: tuple[str, ...]
    on: tuple[str, ...] = ("*",)
    when: When = field(default_factory=dict)

    def resources(self, region: str, account: str, data_key: str) -> list[str]:
        """Its resources in an account."""
        filled = {REGION: region, ACCOUNT: account, DATA_KEY: data_key}
        return [_filled(arn, filled) for arn in self.on]


def _filled(text: str, values: Mapping[str, str]) -> str:
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text


def _here(service: str, *resources: str) -> tuple[str, ...]:
    return tuple(f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}" for resource in resources)


def _answers(persona: str) -> tuple[Grant, ...]:
    """A persona answers the one question of a promotion that is its own, and no other's."""
    action = f"*{names.PROMOTION_SUFFIX}/{names.APPROVE}/{names.approval(persona)}"
    return (Grant(("codepipeline:PutApprovalResult",), _here("codepipeline", action), OF_OWN_UNIT),)


BREAK_GLASS = "break-glass"
"""The one role of a person in a stage, where foundation.yaml asks for it."""
REGISTER = names.project_parameter(OWN, "").rstrip("/")
"""Where the own unit's projects are registered."""
RECORDS = f"arn:aws:s3:::{names.bucket(names.APPROVALS, ACCOUNT, REGION)}"
INGESTED = tuple(f"arn:aws:s3:::{names.bucket(zone.name, ACCOUNT, REGION)}" for zone in ZONES if zone.ingest)
VERSIONS = ("sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup", "sagemaker:ListModelPackages")

GRANTS: Mapping[str, tuple[Grant, ...]] = {
    "launch": (
        Grant((*BROWSE, "servicecatalog:ProvisionProduct")),
        Grant(
            OWN_LAUNCHES,
            when={"StringEquals": {"servicecatalog:userLevel": "self"}},
        ),
        Grant(("ssm:GetParameters",), _here("ssm", *(f"parameter{name}" for name in names.PARAMETERS))),
    ),
    # git, and the console's reading of it; what a commit may reach is decided by the builds' roles
    "code": (
        Grant(
            (
                "codecommit:BatchGetCommits",
                "codecommit:GetBranch",
                "codecommit:GetCommit",
                "codecommit:GetDifferences",
                "codecommit:GetFile",
                "codecommit:GetFolder",
                "codecommit:GetRepository",
                "codecommit:GitPull",
                "codecommit:GitPush",
                "codecommit:ListBranches",
                "codecommit:PutFile",
            ),
            _here("codecommit", "*"),
            OF_OWN_UNIT,
        ),
    ),
    "follow": (
        Grant(
            (
                "codepipeline:GetPipeline",
                "codepipeline:GetPipelineExecution",
                "codepipeline:GetPipelineState",
                "codepipeline:ListActionExecutions",
                "codepipeline:ListPipelineExecutions",
            ),
            _here("codepipeline", "*"),
            OF_OWN_UNIT,
        ),
        Grant(
            ("codebuild:BatchGetBuilds", "codebuild:ListBuildsForProject"),
            _here("codebuild", "project/*"),
            OF_OWN_UNIT,
        ),
        Grant(("logs:FilterLogEvents", "logs:GetLogEvents"), _here("logs", f"log-group:{names.build_logs('*', OWN)}")),
        # the own unit's part of the register
        Grant(("ssm:GetParametersByPath",), _here("ssm", f"parameter{REGISTER}", f"parameter{REGISTER}/*")),
    ),
    "approve-models": (
        Grant(("sagemaker:UpdateModelPackage",), _here("sagemaker", "model-package/*"), lifecycle.when_reviewed()),
    ),
    "approve-promotions": _answers("product_owner"),
    "approve-risk": _answers("risk"),
    "ingest": (
        Grant(("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"), tuple(f"{zone}/*" for zone in INGESTED)),
        Grant(("s3:ListBucket",), INGESTED),
        Grant(("kms:Decrypt", "kms:GenerateDataKey"), (DATA_KEY,)),
    ),
    "inspect": (
        Grant(("cloudformation:ListStacks",)),
        Grant(
            (
                "cloudformation:DescribeStackEvents",
                "cloudformation:DescribeStackResources",
                "cloudformation:DescribeStacks",
                "cloudformation:GetTemplate",
            ),
            _here("cloudformation", "stack/*"),
        ),
    ),
    "break-glass": (
        Grant(("cloudwatch:GetMetricData",)),
        Grant(("cloudwatch:DescribeAlarms",), _here("cloudwatch", "alarm:*")),
        Grant(
            ("cloudformation:DescribeStackEvents", "cloudformation:DescribeStacks"), _here("cloudformation", "stack/*")
        ),
        Grant(
            ("logs:FilterLogEvents", "logs:GetLogEvents"),
            _here("logs", "log-group:/aws/sagemaker/*", f"log-group:{names.APPLICATION_LOGS}:*"),
        ),
        Grant(
            ("sagemaker:DeleteEndpoint", "sagemaker:DescribeEndpoint", "sagemaker:DescribeEndpointConfig"),
            _here("sagemaker", "endpoint/*", "endpoint-config/*"),
        ),
        Grant(
            ("lambda:GetFunctionConfiguration", "lambda:PutFunctionConcurrency"),
            _here("lambda", f"function:{names.PREFIX}-*"),
        ),
    ),
    "audit": (
        Grant(("s3:GetObject", "s3:GetObjectRetention"), (f"{RECORDS}/*",)),
        Grant(("s3:ListBucket",), (RECORDS,)),
        Grant(("kms:Decrypt",), (DATA_KEY,)),
        Grant(VERSIONS, _here("sagemaker", "model-package*")),
        Grant(
            (
                "codepipeline:GetPipelineExecution",
                "codepipeline:ListActionExecutions",
                "codepipeline:ListPipelineExecutions",
            ),
            _here("codepipeline", "*"),
        ),
    ),
}
"""By capability; what is planned, or exercised under a service's role, or by an application's sign-in, has none."""

MAKERS: Mapping[AccountType, Capability] = {
    "tooling": "delivery",
    "experimentation": "requests",
    "data-lake": "data-zones",
    "governance": "catalog",
    "network": "shared-network",
    "preprod": "hosting",
    "prod": "hosting",
    "application-preprod": "applications",
    "application-prod": "applications",
}
"""The foundation's capability whose stacks make people's roles in an account: a phase without it has none there."""

SHARED: Mapping[str, str] = {"follow": READ_REGISTRY, "request": REQUEST_PROJECTS}
"""Policies of `shared_policies` that a capability also takes, or is."""


def statements(stack: FoundationStack, capability: str) -> list[iam.PolicyStatement]:
    """What a capability's policy says in the account of a stack."""
    here = stack.environment_
    return [
        allow(
            *grant.actions,
            on=grant.resources(
                here.region, here.account, stack.key(names.DATA_KEY_ARN).key_arn if DATA_KEY in grant.on else ""
            ),
            when=grant.when or None,
        )
        for grant in GRANTS[capability]
    ]


def persona_role(
    stack: FoundationStack,
    scope: Construct,
    role: str,
    *,
    unit: str | None,
    policies: Sequence[iam.IManagedPolicy],
    description: str | None = None,
    says: Sequence[str] = (),
    region: str | None = None,
) -> PersonaRole | None:
    """A role of the matrix with the people who take it; None if nobody does.

    Args:
        stack: whose account it is in.
        unit: whose role it is; None for one of the whole organisation.
        description: what it is for there, if not what the matrix says.
        says, region: as `PersonaRole`.
    """
    foundation = stack.foundation
    people = current().persons(foundation.business_units[unit].people if unit else foundation.people, role)
    if not people:
        return None
    return PersonaRole(
        scope,
        construct_id(role),
        name=role,
        business_unit=unit,
        description=description or current().roles[role],
        account=stack.environment_.account,
        persons=people,
        policies=policies,
        entrance=entrance(stack.environment_.account, role) if foundation.people_access.identity_center else None,
        says=says,
        region=region,
    )


def entrance(account: str, role: str) -> str:
    """The roles that Identity Center makes of a role's permission set in an account."""
    return f"arn:aws:iam::{account}:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_{names.role(role)}_*"


def construct_id(name: str) -> str:
    """The construct of a role or a capability: `approve-models` -> `ApproveModels`."""
    return name.title().replace("-", "")


def roles_of_units(account_type: AccountType, matrix: Matrix | None = None) -> list[str]:
    """The roles that each business unit has in an account."""
    matrix = matrix or current()
    return [role for role in matrix.roles_in(account_type) if set(matrix.takers(role)) & set(People.model_fields)]


def made(foundation: Foundation, account_type: AccountType) -> list[str]:
    """The roles of people that a foundation's stacks make in an account; glass is broken only where it asks for it."""
    if MAKERS.get(account_type) not in capabilities(foundation.phase):
        return []
    asked = foundation.people_access.break_glass is not None
    return [role for role in current().roles_in(account_type) if asked or role != BREAK_GLASS]


def approvers() -> tuple[str, ...]:
    """The personas that may approve what goes to production; a template's manifest says which of them must."""
    return tuple(_deciding(current()))


def _deciding(matrix: Matrix) -> Iterator[str]:
    for name, persona in matrix.personas.items():
        held = [matrix.capabilities[capability] for _, capability, effect in persona.held() if effect == "approve"]
        if any(not (capability.peer or capability.planned) for capability in held):
            yield name
