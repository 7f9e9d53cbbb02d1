"""The product: what a launch makes in tooling. It makes no IAM role: the foundation made them, per business unit."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_codecommit as codecommit
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from fmops_constructs import names
from fmops_constructs.builds import PrivateBuild, from_pipeline
from fmops_constructs.catalog import Facts, Product
from fmops_constructs.network import Place
from fmops_constructs.pipelines import COMMIT, DeliveryPipeline, approval, on_approved_model, on_commit, run
from ruamel.yaml import YAML

from constructs import Construct

MANIFEST: dict[str, Any] = YAML(typ="safe").load(Path(__file__).with_name("template.yaml").read_text(encoding="utf-8"))
PACKAGE = "MODEL_PACKAGE_ARN"

PLATFORM = {
    "VpcId": ("AWS::SSM::Parameter::Value<AWS::EC2::VPC::Id>", names.VPC_ID),
    "SubnetIds": ("AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>", names.SUBNET_IDS),
    "SecurityGroupId": ("AWS::SSM::Parameter::Value<AWS::EC2::SecurityGroup::Id>", names.WORKLOAD_SECURITY_GROUP_ID),
    "ArtifactsKeyArn": ("AWS::SSM::Parameter::Value<String>", names.ARTIFACTS_KEY_ARN),
    "LogsKeyArn": ("AWS::SSM::Parameter::Value<String>", names.LOGS_KEY_ARN),
}
"""What tooling publishes about itself: parameter, its type, and the name in Systems Manager."""


class TrainDeployRealtime(Product):
    """Repository, build pipeline, model registry, promotion pipeline, and the seeding of the repository."""

    def __init__(self, scope: Construct, id: str, *, foundation_facts: Facts) -> None:
        super().__init__(scope, id, foundation_facts=foundation_facts)
        self.units: dict[str, dict[str, str]] = {
            unit: {str(stage): accounts[stage] for stage in names.STAGES}
            for unit, accounts in sorted(self.facts.business_units.items())
            if set(names.STAGES) <= set(accounts)
        }
        self.accounts = cdk.CfnMapping(self, "BusinessUnits", mapping=self.units)
        self._parameters()
        self.project = names.Project(self.value("ProjectName"), self.value("BusinessUnit"))
        repository = self._repository()
        registry = self._registry()
        build = self._build_pipeline(repository)
        promotion = self._promotion_pipeline(repository)
        self._seed(repository, after=[registry, build, promotion])
        # Governance publishes the product, but what it makes stands in tooling. A unit's roles act on its tag.
        about = {names.UNIT_TAG: self.project.business_unit, "project": self.project.name}
        for tag, value in {**about, "environment": "tooling", "stage": "tooling"}.items():
            cdk.Tags.of(self).add(tag, value)
        self._outputs(
            RepositoryUrl=repository.attr_clone_url_http,
            BuildPipelineName=build.pipeline.ref,
            PromotionPipelineName=promotion.pipeline.ref,
            ModelPackageGroupArn=registry.attr_model_package_group_arn,
            **{name: self.value(name) for name in MANIFEST["parameters"]},
        )

    def value(self, parameter: str) -> str:
        """A launch parameter's value."""
        return self.parameters[parameter].value_as_string

    def account_of(self, stage: str) -> str:
        """The account of the chosen business unit's stage."""
        return self.accounts.find_in_map(self.value("BusinessUnit"), stage)

    def role(self, name: str, *, of_unit: bool = False) -> str:
        """The ARN of a role that the foundation made in tooling: the platform's, or the chosen business unit's."""
        unit = "${BusinessUnit}" if of_unit else None
        return cdk.Fn.sub(names.role_arn("${AWS::AccountId}", name, unit, partition="${AWS::Partition}"))

    def arn(self, service: str, resource: str) -> str:
        """An ARN in tooling."""
        return f"arn:{cdk.Aws.PARTITION}:{service}:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:{resource}"

    def _parameters(self) -> None:
        """What the launch asks, as the manifest says it; what Studio adds; and what the platform publishes."""
        choices = {"BusinessUnit": list(self.units)}
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
            for name, schema in MANIFEST["parameters"].items()
        }
        for name in ("SageMakerProjectName", "SageMakerProjectId"):
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
        repository = codecommit.CfnRepository(
            self,
            "Repository",
            repository_name=self.project.repository,
            repository_description=f"{MANIFEST['title']} (template {MANIFEST['name']} {MANIFEST['version']})",
            kms_key_id=self.value("ArtifactsKeyArn"),
        )
        _keep(repository)
        return repository

    def _registry(self) -> sagemaker.CfnModelPackageGroup:
        """The registry: dev's pipeline adds versions to it, the stages' endpoints read them, no other account may."""
        group = self.project.model_package_group
        resources = [self.arn("sagemaker", f"model-package{kind}") for kind in (f"-group/{group}", f"/{group}/*")]
        read = ["sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup", "sagemaker:ListModelPackages"]
        statements = [
            {
                "Sid": sid,
                "Effect": "Allow",
                "Principal": {
                    "AWS": [f"arn:{cdk.Aws.PARTITION}:iam::{self.account_of(stage)}:root" for stage in stages]
                },
                "Condition": {"ArnEquals": {"aws:PrincipalArn": [self._role_in(stage, role) for stage in stages]}},
                "Action": actions,
                "Resource": resources,
            }
            for sid, role, stages, actions in (
                ("DevRegisters", "pipeline", ["dev"], ["sagemaker:CreateModelPackage", *read]),
                ("StagesRead", "hosting", ["preprod", "prod"], read),
            )
        ]
        registry = sagemaker.CfnModelPackageGroup(
            self,
            "ModelPackageGroup",
            model_package_group_name=group,
            model_package_group_description="Every model that the project's pipeline registered",
            model_package_group_policy={"Version": "2012-10-17", "Statement": statements},
        )
        from_studio = cdk.CfnCondition(
            self,
            "FromStudio",
            expression=cdk.Fn.condition_not(cdk.Fn.condition_equals(self.value("SageMakerProjectId"), "")),
        )
        studio = {"sagemaker:project-name": "SageMakerProjectName", "sagemaker:project-id": "SageMakerProjectId"}
        for tag, parameter in studio.items():
            value = cdk.Fn.condition_if(from_studio.logical_id, self.value(parameter), self.project.name)
            cdk.Tags.of(registry).add(tag, value.to_string())
        _keep(registry)
        return registry

    def _role_in(self, stage: str, name: str) -> str:
        return names.role_arn(self.account_of(stage), name, self.project.business_unit, partition=cdk.Aws.PARTITION)

    def _build(self, purpose: str, buildspec: str, **environment: str) -> PrivateBuild:
        return PrivateBuild(
            self,
            _id(purpose),
            name=f"{self.project.name}-{purpose}",
            owner=self.project.business_unit,
            source=from_pipeline(buildspec),
            role_arn=self.role(purpose, of_unit=True),
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

    def _pipeline(self, id: str, name: str, repository: codecommit.CfnRepository, **settings: Any) -> DeliveryPipeline:
        return DeliveryPipeline(
            self,
            id,
            name=name,
            repository=repository,
            role_arn=self.role("delivery", of_unit=True),
            key_arn=self.value("ArtifactsKeyArn"),
            **settings,
        )

    def _build_pipeline(self, repository: codecommit.CfnRepository) -> DeliveryPipeline:
        """A commit on main -> the seed's buildspec.yml."""
        build = self._build(
            "build",
            "buildspec.yml",
            TOOLING_ACCOUNT=cdk.Aws.ACCOUNT_ID,
            DEV_ACCOUNT=self.account_of("dev"),
            ARTIFACTS_KEY_ARN=self.value("ArtifactsKeyArn"),
        )
        stages = {"Build": [run(build, "Build", {"COMMIT_ID": COMMIT})]}
        pipeline = self._pipeline("BuildPipeline", self.project.build, repository, stages=stages)
        pipeline.start_on(on_commit(repository), role_arn=self.role("events"))
        return pipeline

    def _promotion_pipeline(self, repository: codecommit.CfnRepository) -> DeliveryPipeline:
        """An approved model package -> preprod, its tests, a second person's approval -> prod."""
        accounts = {f"{stage.upper()}_ACCOUNT": self.account_of(stage) for stage in ("preprod", "prod")}
        preprod, prod = (
            self._build(f"deploy-{stage}", "deploy/buildspec.yml", STAGE=stage, **accounts)
            for stage in ("preprod", "prod")
        )
        package = {PACKAGE: f"#{{variables.{PACKAGE}}}"}
        stages = {
            "Preprod": [
                run(preprod, "Deploy", {"TASK": "release", **package}),
                run(preprod, "Test", {"TASK": "stage-tests", **package}, order=2),
            ],
            "Approve": [approval("Approve", f"Preprod passed with {package[PACKAGE]}. Take it to prod?")],
            "Prod": [run(prod, "Deploy", {"TASK": "release", **package})],
        }
        variables = {PACKAGE: "The approved version of the model to promote"}
        pipeline = self._pipeline(
            "PromotionPipeline", self.project.promotion, repository, stages=stages, variables=variables
        )
        pipeline.start_on(
            on_approved_model(self.project.model_package_group),
            role_arn=self.role("events"),
            variables={PACKAGE: "$.detail.ModelPackageArn"},
        )
        return pipeline

    def _seed(self, repository: codecommit.CfnRepository, *, after: list[Construct]) -> None:
        """The seeding comes last, so that its first commit finds the pipeline that it starts."""
        seed = cdk.CustomResource(
            self,
            "Seed",
            resource_type="Custom::Seed",
            service_token=self.arn("lambda", f"function:{names.SEED_STARTER}"),
            service_timeout=cdk.Duration.minutes(15),
            properties={
                "Template": MANIFEST["name"],
                "Repository": repository.attr_name,
                "Answers": {
                    "project": self.project.name,
                    "business_unit": self.project.business_unit,
                    "dataset": self.value("Dataset"),
                    "seed_version": MANIFEST["version"],
                },
            },
        )
        seed.node.add_dependency(*after)

    def _outputs(self, **values: str) -> None:
        """What the launch made, and what it was asked for, so that a repeated launch can be told from another."""
        for name, value in values.items():
            output = cdk.CfnOutput(self, f"{name}Output", value=value, description=MANIFEST["outputs"].get(name))
            output.override_logical_id(name)


def _id(purpose: str) -> str:
    """`deploy-prod` -> `DeployProd`."""
    return purpose.title().replace("-", "")


def _keep(resource: cdk.CfnResource) -> None:
    """Code and models outlive the product; a launch that fails leaves neither behind."""
    resource.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
