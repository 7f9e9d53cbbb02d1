"""What every product that gives a project is made of: parameters, a repository, pipelines, and the seeding.

A template's `product.py` subclasses `ProjectProduct` and says what is its own: what the build does, and what starts the
promotion. A launch makes no IAM role: the foundation made them, per business unit.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import aws_cdk as cdk
from aws_cdk import aws_codecommit as codecommit
from aws_cdk import aws_kms as kms
from aws_cdk import aws_ssm as ssm
from ruamel.yaml import YAML

from constructs import Construct
from fmops_constructs import names
from fmops_constructs.builds import PrivateBuild, from_pipeline
from fmops_constructs.catalog import FROM_STUDIO, Facts, Product
from fmops_constructs.network import Place
from fmops_constructs.pipelines import COMMIT, Action, DeliveryPipeline, approval, run

PLATFORM = {
    "VpcId": ("AWS::SSM::Parameter::Value<AWS::EC2::VPC::Id>", names.VPC_ID),
    "SubnetIds": ("AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>", names.SUBNET_IDS),
    "SecurityGroupId": ("AWS::SSM::Parameter::Value<AWS::EC2::SecurityGroup::Id>", names.WORKLOAD_SECURITY_GROUP_ID),
    "ArtifactsKeyArn": ("AWS::SSM::Parameter::Value<String>", names.ARTIFACTS_KEY_ARN),
    "LogsKeyArn": ("AWS::SSM::Parameter::Value<String>", names.LOGS_KEY_ARN),
}
"""What tooling publishes about itself: parameter, its type, and the name in Systems Manager."""


STUDIO = dict(zip(("sagemaker:project-name", "sagemaker:project-id"), FROM_STUDIO, strict=True))
"""Studio's tags, and the parameters that it fills in."""


def manifest_beside(module: str) -> dict[str, Any]:
    """The manifest of the template folder that a module lies in.

    Args:
        module: the module's `__file__`.
    """
    content = Path(module).with_name("template.yaml").read_text(encoding="utf-8")
    manifest: dict[str, Any] = YAML(typ="safe").load(content)
    return manifest


class ProjectProduct(Product):
    """Parameters and a repository; the subclass adds pipelines, then `seed` and `outputs`.

    Attributes:
        manifest: the content of the folder's `template.yaml`.
        account_types: the stages that a project passes through, each with the type of account that it is deployed to.
            Only a business unit that has all of them, and people for every approval, is offered.
    """

    manifest: ClassVar[Mapping[str, Any]]
    account_types: ClassVar[Mapping[str, str]] = {stage: stage for stage in names.STAGES}

    def __init__(self, scope: Construct, id: str, *, foundation_facts: Facts) -> None:
        super().__init__(scope, id, foundation_facts=foundation_facts)
        self.units: dict[str, dict[str, str]] = {
            unit: {stage: accounts[kind] for stage, kind in self.account_types.items()}
            for unit, accounts in sorted(self.facts.business_units.items())
            if self.offered_to(self.facts, unit)
        }
        self._accounts = cdk.CfnMapping(self, "BusinessUnits", mapping=self.units)
        self._parameters()
        self.project = names.Project(self.value("ProjectName"), self.value("BusinessUnit"))
        self.repository = self._repository()
        # Governance publishes the product, but what it makes stands in tooling. A unit's roles act on its tag.
        about = {names.UNIT_TAG: self.project.business_unit, "project": self.project.name}
        made_from = {"template": self.manifest["name"], "template-version": self.manifest["version"]}
        for tag, value in {**about, **made_from, "environment": "tooling", "stage": "tooling"}.items():
            cdk.Tags.of(self).add(tag, value)

    def value(self, parameter: str) -> str:
        """A launch parameter's value."""
        return self.parameters[parameter].value_as_string

    def account_of(self, stage: str) -> str:
        """The account of the chosen business unit's stage."""
        return self._accounts.find_in_map(self.value("BusinessUnit"), stage)

    def role(self, name: str, *, of_unit: bool = False) -> str:
        """The ARN of a role that the foundation made in tooling: the platform's, or the chosen business unit's."""
        unit = "${BusinessUnit}" if of_unit else None
        return cdk.Fn.sub(names.role_arn("${AWS::AccountId}", name, unit, partition="${AWS::Partition}"))

    def role_in(self, stage: str, name: str) -> str:
        """The ARN of a role that the foundation made for the chosen business unit in a stage's account."""
        return names.role_arn(self.account_of(stage), name, self.project.business_unit, partition=cdk.Aws.PARTITION)

    def arn(self, service: str, resource: str) -> str:
        """An ARN in tooling."""
        return f"arn:{cdk.Aws.PARTITION}:{service}:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:{resource}"

    def build(self, purpose: str, buildspec: str, *, role: str | None = None, **environment: str) -> PrivateBuild:
        """A build of the project's code, in the private network.

        Args:
            purpose: `build` or `deploy-<stage>`; it is part of the project's name.
            buildspec: its path in the repository, or its text.
            role: of the business unit, in tooling; by default it is called as the purpose.
            environment: what the build is told.
        """
        return PrivateBuild(
            self,
            _id(purpose),
            name=f"{self.project.name}-{purpose}",
            owner=self.project.business_unit,
            source=from_pipeline(buildspec),
            role_arn=self.role(role or purpose, of_unit=True),
            key_arn=self.value("ArtifactsKeyArn"),
            logs_key=kms.Key.from_key_arn(self, f"{_id(purpose)}LogsKey", self.value("LogsKeyArn")),
            place=Place(
                vpc_id=self.value("VpcId"),
                subnet_ids=self.parameters["SubnetIds"].value_as_list,
                security_group_id=self.value("SecurityGroupId"),
            ),
            environment={
                "CODEARTIFACT_DOMAIN": names.CODEARTIFACT_DOMAIN,
                "CODEARTIFACT_REPOSITORY": names.CODEARTIFACT_REPOSITORY,
                **environment,
            },
            timeout_minutes=60,
        )

    def pipeline(
        self,
        id: str,
        name: str,
        stages: Mapping[str, Sequence[Action]],
        variables: Mapping[str, str] | None = None,
        defaults: Mapping[str, str] | None = None,
    ) -> DeliveryPipeline:
        """A pipeline on the repository's main branch.

        Args:
            name: the pipeline's.
            stages: the stages after the source: name and actions.
            variables: what a run must be given: name and description.
            defaults: what a variable is where nobody says it.
        """
        return DeliveryPipeline(
            self,
            id,
            name=name,
            repository=self.repository,
            role_arn=self.role("delivery", of_unit=True),
            key_arn=self.value("ArtifactsKeyArn"),
            stages=stages,
            variables=variables,
            defaults=defaults,
        )

    def promotion(
        self,
        *,
        variable: str,
        meaning: str,
        question: str,
        start: Mapping[str, Any],
        path: str,
        commit: str | None = None,
        deployer: str = "deploy",
        environment: Mapping[str, str] | None = None,
    ) -> DeliveryPipeline:
        """Something that dev has made -> preprod, its tests, the approvals that the manifest asks for -> prod.

        Args:
            variable: says what is promoted; every build of the promotion is told the same value.
            meaning: of the variable.
            question: what the person is asked; `{variable}` stands for the value.
            start: the events that start it.
            path: where such an event says the variable's value, as JSON path.
            commit: where it says the commit that made it: the promotion runs that one's code, not the newest.
            deployer: the unit's roles in tooling that deploy are called `<deployer>-<stage>`.
            environment: what its builds are told besides.
        """
        accounts = {f"{stage.upper()}_ACCOUNT": self.account_of(stage) for stage in ("preprod", "prod")}
        preprod, prod = (
            self.build(
                f"deploy-{stage}",
                "deploy/buildspec.yml",
                role=f"{deployer}-{stage}",
                STAGE=stage,
                **accounts,
                **(environment or {}),
            )
            for stage in ("preprod", "prod")
        )
        promoted = {variable: f"#{{variables.{variable}}}"}
        told = {**promoted, "COMMIT_ID": COMMIT}
        pipeline = self.pipeline(
            "PromotionPipeline",
            self.project.promotion,
            {
                "Preprod": [
                    run(preprod, "Deploy", {"TASK": "release", **told}),
                    run(preprod, "Test", {"TASK": "stage-tests", **told}, order=2),
                ],
                names.APPROVE: [
                    approval(names.approval(persona), question.format(variable=promoted[variable]))
                    for persona in self.approvers
                ],
                "Prod": [run(prod, "Deploy", {"TASK": "release", **told})],
            },
            {variable: meaning},
        )
        pipeline.start_on(start, role_arn=self.role("events"), variables={variable: path}, commit=commit)
        return pipeline

    @property
    def approvers(self) -> Sequence[str]:
        """The personas who must each approve what goes to prod."""
        return self._approvers()

    @classmethod
    def _approvers(cls) -> Sequence[str]:
        wanted: Sequence[str] = cls.manifest.get("approvals", {}).get("prod", ("product_owner",))
        return wanted

    def show_in_studio(self, construct: Construct) -> None:
        """Tags by which Studio shows that something belongs to a project of its own, or else of ours."""
        from_studio = cdk.CfnCondition(
            self,
            "FromStudio",
            expression=cdk.Fn.condition_not(cdk.Fn.condition_equals(self.value("SageMakerProjectId"), "")),
        )
        for tag, parameter in STUDIO.items():
            value = cdk.Fn.condition_if(from_studio.logical_id, self.value(parameter), self.project.name)
            cdk.Tags.of(construct).add(tag, value.to_string())

    @classmethod
    def offered_to(cls, facts: Facts, unit: str) -> bool:
        """Whether a unit has every account, and people for every approval: nobody could answer its promotions else."""
        accounts = facts.business_units.get(unit, {})
        can_approve = facts.approvers is None or set(cls._approvers()) <= set(facts.approvers.get(unit, ()))
        return set(cls.account_types.values()) <= set(accounts) and can_approve

    def seed(self, answers: Mapping[str, str] | None = None, *, after: Sequence[Construct]) -> None:
        """The seeding of the repository. It comes last, so that its first commit finds the pipeline that it starts.

        Args:
            answers: to the questions that this seed asks beyond those that every seed asks.
        """
        seed = cdk.CustomResource(
            self,
            "Seed",
            resource_type="Custom::Seed",
            service_token=self.arn("lambda", f"function:{names.SEED_STARTER}"),
            service_timeout=cdk.Duration.minutes(15),
            properties={
                "Template": self.manifest["name"],
                "Repository": self.repository.attr_name,
                "Answers": {
                    "project": self.project.name,
                    "business_unit": self.project.business_unit,
                    **(answers or {}),
                    "seed_version": self.manifest["version"],
                },
            },
        )
        seed.node.add_dependency(*after)
        self._register(seed)

    def _register(self, seed: Construct) -> None:
        """The project's entry in tooling's register: part of the project, so there is one as long as it stands."""
        about = {"template": self.manifest["name"], "version": self.manifest["version"]}
        entry = ssm.CfnParameter(
            self,
            "Registration",
            type="String",
            name=names.project_parameter(self.project.business_unit, self.project.name),
            value=json.dumps(about),
            description="A project that stands",
        )
        entry.node.add_dependency(seed)

    def outputs(self, **values: str) -> None:
        """What the launch made, and what it was asked for, so that a repeated launch can be told from another."""
        asked = {name: self.value(name) for name in self.manifest["parameters"]}
        for name, value in {**values, **asked}.items():
            description = self.manifest["outputs"].get(name)
            output = cdk.CfnOutput(self, f"{name}Output", value=value, description=description)
            output.override_logical_id(name)

    def choices(self) -> dict[str, list[str]]:
        """Parameters that take one of a list, which is known where the product is published."""
        return {"BusinessUnit": list(self.units)}

    def _parameters(self) -> None:
        """What the launch asks, as the manifest says it; what Studio adds; and what the platform publishes."""
        choices = self.choices()
        self.parameters = {
            name: cdk.CfnParameter(
                self,
                name,
                type="String",
                description=schema["description"],
                default=schema.get("default"),
                allowed_pattern=None if name in choices else schema["pattern"],
                allowed_values=choices.get(name),
            )
            for name, schema in self.manifest["parameters"].items()
        }
        for name in STUDIO.values():
            self.parameters[name] = cdk.CfnParameter(
                self,
                name,
                type="String",
                default="",
                allowed_pattern="^[A-Za-z0-9-]{0,64}$",
                description="SageMaker Studio fills this in; leave it empty otherwise",
            )
        for name, (kind, default) in PLATFORM.items():
            self.parameters[name] = cdk.CfnParameter(
                self, name, type=kind, default=default, description="Published by the platform; leave it as it is"
            )

    def _repository(self) -> codecommit.CfnRepository:
        about = f"{self.manifest['title']} (template {self.manifest['name']} {self.manifest['version']})"
        repository = codecommit.CfnRepository(
            self,
            "Repository",
            repository_name=self.project.repository,
            repository_description=about,
            kms_key_id=self.value("ArtifactsKeyArn"),
        )
        keep(repository)
        return repository


def keep(resource: cdk.CfnResource) -> None:
    """Code and models outlive the product; a launch that fails leaves neither behind."""
    resource.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)


def _id(purpose: str) -> str:
    """`deploy-prod` -> `DeployProd`."""
    return purpose.title().replace("-", "")
