"""Tooling and governance: the role under which the catalog's products are launched."""

from typing import Any, ClassVar

from aws_cdk import aws_iam as iam
from fmops_constructs import names
from fmops_constructs.iam import Policy, Role, allow, pass_role, service
from fmops_constructs.keys import USE
from fmops_constructs.names import role_arn

from stacks.agreed import RELEASES
from stacks.base import FoundationStack
from stacks.baseline import Baseline
from stacks.tooling import Tooling

LAUNCHER = service("servicecatalog.amazonaws.com")
DESCRIPTION = "Launches the catalog's products; it can make no identity"


class LaunchRole(FoundationStack):
    """The launch role's name, in the account that shares the catalog: it launches nothing there."""

    requires: ClassVar = (Baseline,)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        Role(self, "Launch", name="launch", description=DESCRIPTION, trusts=LAUNCHER)


class Launching(FoundationStack):
    """What a launch may make: repositories, pipelines, builds, registries, and the rules that start them."""

    requires: ClassVar = (Baseline, Tooling)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        needs = (
            ("Stacks", "Run a product's stack", self._stacks()),
            ("Delivery", "Make a project's repository, builds and pipelines", self._delivery()),
            ("Registry", "Make a project's model registry", self._registry()),
            ("Hand over", "Hand the business units' roles to the project's builds and pipelines", self._roles()),
        )
        Role(
            self,
            "Launch",
            name="launch",
            description=DESCRIPTION,
            trusts=LAUNCHER,
            policies=[
                Policy(self, id.title().replace(" ", ""), description=description, statements=statements)
                for id, description, statements in needs
            ],
        )
        start = Policy(
            self,
            "StartPipelines",
            description="Start the pipelines of projects",
            statements=[
                allow(
                    "codepipeline:StartPipelineExecution",
                    on=self.arn_of("codepipeline", "*"),
                )
            ],
        )
        Role(
            self,
            "Events",
            name="events",
            description="Starts a project's pipelines on commits and approvals",
            trusts=service("events.amazonaws.com", self.account),
            policies=[start],
        )

    def _stacks(self) -> list[iam.PolicyStatement]:
        return [
            allow(
                "cloudformation:CreateChangeSet",
                "cloudformation:CreateStack",
                "cloudformation:DeleteChangeSet",
                "cloudformation:DeleteStack",
                "cloudformation:DescribeChangeSet",
                "cloudformation:DescribeStackEvents",
                "cloudformation:DescribeStackResources",
                "cloudformation:DescribeStacks",
                "cloudformation:ExecuteChangeSet",
                "cloudformation:ListStackResources",
                "cloudformation:SetStackPolicy",
                "cloudformation:TagResource",
                "cloudformation:UntagResource",
                "cloudformation:UpdateStack",
                on=self.arn_of("cloudformation", "stack/SC-*"),
            ),
            allow(
                "cloudformation:GetTemplateSummary",
                "cloudformation:ValidateTemplate",
                "logs:DescribeLogGroups",
                on="*",
            ),
            # Service Catalog keeps a copy of each product's template and tags it so; no other object can be read.
            allow(
                "s3:GetObject",
                on="arn:aws:s3:::*/*",
                when={"StringEquals": {"s3:ExistingObjectTag/servicecatalog:provisioning": "true"}},
            ),
            allow("ssm:GetParameters", on=self.parameters()),
            allow("lambda:InvokeFunction", on=self.arn_of("lambda", f"function:{names.SEED_STARTER}")),
        ]

    def _delivery(self) -> list[iam.PolicyStatement]:
        return [
            allow(
                "codecommit:CreateRepository",
                "codecommit:DeleteRepository",
                "codecommit:GetRepository",
                "codecommit:GetRepositoryTriggers",
                "codecommit:ListTagsForResource",
                "codecommit:TagResource",
                "codecommit:UntagResource",
                "codecommit:UpdateRepositoryDescription",
                "codecommit:UpdateRepositoryEncryptionKey",
                on=self.arn_of("codecommit", "*"),
            ),
            allow(
                *USE,
                on=self.key(names.ARTIFACTS_KEY_ARN).key_arn,
                when={"StringEquals": {"kms:ViaService": f"codecommit.{self.region}.amazonaws.com"}},
            ),
            allow(
                "codebuild:BatchGetProjects",
                "codebuild:CreateProject",
                "codebuild:DeleteProject",
                "codebuild:UpdateProject",
                on=[self.arn_of("codebuild", f"project/*-{kind}") for kind in ("build", "deploy-*")],
            ),
            allow(
                "codepipeline:CreatePipeline",
                "codepipeline:DeletePipeline",
                "codepipeline:GetPipeline",
                "codepipeline:GetPipelineState",
                "codepipeline:ListTagsForResource",
                "codepipeline:TagResource",
                "codepipeline:UntagResource",
                "codepipeline:UpdatePipeline",
                on=self.arn_of("codepipeline", "*"),
            ),
            allow(
                "events:DeleteRule",
                "events:DescribeRule",
                "events:ListTagsForResource",
                "events:ListTargetsByRule",
                "events:PutRule",
                "events:PutTargets",
                "events:RemoveTargets",
                "events:TagResource",
                "events:UntagResource",
                on=self.arn_of("events", "rule/*"),
            ),
            allow(
                "logs:AssociateKmsKey",
                "logs:CreateLogGroup",
                "logs:DeleteLogGroup",
                "logs:ListTagsForResource",
                "logs:PutRetentionPolicy",
                "logs:TagResource",
                "logs:UntagResource",
                on=self.arn_of("logs", "log-group:/aws/codebuild/*"),
            ),
        ]

    def _registry(self) -> list[iam.PolicyStatement]:
        return [
            allow(
                "sagemaker:AddTags",
                "sagemaker:CreateModelPackageGroup",
                "sagemaker:DeleteModelPackageGroup",
                "sagemaker:DeleteModelPackageGroupPolicy",
                "sagemaker:DeleteTags",
                "sagemaker:DescribeModelPackageGroup",
                "sagemaker:GetModelPackageGroupPolicy",
                "sagemaker:ListTags",
                "sagemaker:PutModelPackageGroupPolicy",
                on=self.arn_of("sagemaker", "model-package-group/*"),
            )
        ]

    def _roles(self) -> list[iam.PolicyStatement]:
        units = self.foundation.business_units

        def of(*roles: str) -> list[str]:
            return [role_arn(self.account, role, unit) for unit in units for role in roles]

        return [
            pass_role("codepipeline.amazonaws.com", *of("delivery")),
            pass_role("codebuild.amazonaws.com", *of("build", *RELEASES.values())),
            pass_role("events.amazonaws.com", role_arn(self.account, "events")),
        ]
