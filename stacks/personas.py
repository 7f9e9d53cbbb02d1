"""Tooling, per business unit: what each kind of person may do there. Who trains cannot take a model to production.

A person acts on the own unit's projects only, and launches for the own unit only: by the portfolio that its people
reach and the template constraint there (`catalog`, `catalog_access`); IAM knows no key for a product's parameters.
"""

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from fmops_constructs import lifecycle, names
from fmops_constructs.iam import OF_OWN_UNIT, OWN, PersonaRole, Policy, allow

from constructs import Construct
from stacks.base import FoundationStack
from stacks.baseline import Baseline
from stacks.shared_policies import READ_REGISTRY

REGISTER = names.project_parameter(OWN, "").rstrip("/")
"""Where the own unit's projects are registered."""


class Persona(NamedTuple):
    """A kind of person: the key in `people`, the role's name, what it may do (names of policies)."""

    key: str
    role: str
    description: str
    policies: tuple[str, ...]

    @property
    def launches(self) -> bool:
        """Whether such people launch the catalog's products."""
        return "Launch" in self.policies


PERSONAS = (
    Persona("data_scientist", "data-scientist", "Launches projects, writes their code", ("Launch", "Code", "Follow")),
    Persona(
        "ml_engineer",
        "ml-engineer",
        "Launches projects, writes their code, approves models for preprod",
        ("Launch", "Code", "Follow", "ApproveModels"),
    ),
    Persona("product_owner", "product-owner", "Approves what goes to production", ("Follow", "ApprovePromotions")),
    Persona("risk", "risk", "Approves the risk of what goes to production", ("Follow", "ApproveRisk")),
)


APPROVERS = ("product_owner", "risk")
"""Who may approve what goes to production; a template's manifest says who must."""


class Personas(FoundationStack):
    """The roles that people take in tooling, per business unit."""

    requires: ClassVar = (Baseline,)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        policies = {
            name: Policy(self, name, description=description, statements=statements(self))
            for name, (description, statements) in POLICIES.items()
        }
        for unit, business_unit in self.foundation.business_units.items():
            scope = Construct(self, unit)
            cdk.Tags.of(scope).add(names.UNIT_TAG, unit)
            for persona in PERSONAS:
                persons = getattr(business_unit.people, persona.key)
                if persons:
                    PersonaRole(
                        scope,
                        persona.role.title().replace("-", ""),
                        name=persona.role,
                        business_unit=unit,
                        description=persona.description,
                        account=self.account,
                        persons=persons,
                        policies=[self.shared(READ_REGISTRY), *(policies[name] for name in persona.policies)],
                    )


def _launch(stack: FoundationStack) -> list[iam.PolicyStatement]:
    own = {"StringEquals": {"servicecatalog:userLevel": "self"}}
    return [
        allow(
            "servicecatalog:DescribeProduct",
            "servicecatalog:DescribeProductView",
            "servicecatalog:DescribeProvisioningParameters",
            "servicecatalog:ListLaunchPaths",
            "servicecatalog:ListProvisioningArtifacts",
            "servicecatalog:ProvisionProduct",
            "servicecatalog:SearchProducts",
            on="*",
        ),
        allow(
            "servicecatalog:DescribeProvisionedProduct",
            "servicecatalog:DescribeRecord",
            "servicecatalog:GetProvisionedProductOutputs",
            "servicecatalog:ListRecordHistory",
            "servicecatalog:ScanProvisionedProducts",
            "servicecatalog:SearchProvisionedProducts",
            "servicecatalog:TerminateProvisionedProduct",
            "servicecatalog:UpdateProvisionedProduct",
            on="*",
            when=own,
        ),
        allow("ssm:GetParameters", on=stack.parameters()),
    ]


def _code(stack: FoundationStack) -> list[iam.PolicyStatement]:
    """git, and the console's reading of it; what a commit may reach is decided by the builds' roles."""
    return [
        allow(
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
            on=stack.arn_of("codecommit", "*"),
            when=OF_OWN_UNIT,
        )
    ]


def _follow(stack: FoundationStack) -> list[iam.PolicyStatement]:
    return [
        allow(
            "codepipeline:GetPipeline",
            "codepipeline:GetPipelineExecution",
            "codepipeline:GetPipelineState",
            "codepipeline:ListActionExecutions",
            "codepipeline:ListPipelineExecutions",
            on=stack.arn_of("codepipeline", "*"),
            when=OF_OWN_UNIT,
        ),
        allow(
            "codebuild:BatchGetBuilds",
            "codebuild:ListBuildsForProject",
            on=stack.arn_of("codebuild", "project/*"),
            when=OF_OWN_UNIT,
        ),
        allow(
            "logs:FilterLogEvents",
            "logs:GetLogEvents",
            on=stack.arn_of("logs", f"log-group:{names.build_logs('*', OWN)}"),
        ),
        allow(  # the own unit's part of the register
            "ssm:GetParametersByPath",
            on=[stack.arn_of("ssm", f"parameter{path}") for path in (REGISTER, f"{REGISTER}/*")],
        ),
    ]


def _approve_models(stack: FoundationStack) -> list[iam.PolicyStatement]:
    return [
        allow(
            "sagemaker:UpdateModelPackage",
            on=stack.arn_of("sagemaker", "model-package/*"),
            when=lifecycle.when_reviewed(),
        )
    ]


def _approves(persona: str) -> Callable[[FoundationStack], list[iam.PolicyStatement]]:
    """A persona answers the one question of a promotion that is its own, and no other's."""

    def statements(stack: FoundationStack) -> list[iam.PolicyStatement]:
        action = f"*{names.PROMOTION_SUFFIX}/{names.APPROVE}/{names.approval(persona)}"
        return [allow("codepipeline:PutApprovalResult", on=stack.arn_of("codepipeline", action), when=OF_OWN_UNIT)]

    return statements


POLICIES: dict[str, tuple[str, Callable[[FoundationStack], list[iam.PolicyStatement]]]] = {
    "Launch": ("Launch, update and end own projects", _launch),
    "Code": ("Read and write the code of projects", _code),
    "Follow": ("Follow pipelines, builds and models", _follow),
    "ApproveModels": ("Approve for preprod a model that somebody else trained", _approve_models),
    "ApprovePromotions": ("Approve a promotion to production", _approves("product_owner")),
    "ApproveRisk": ("Approve the risk of a promotion to production", _approves("risk")),
}
