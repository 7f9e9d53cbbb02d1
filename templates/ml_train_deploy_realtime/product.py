"""The product: what a launch makes in tooling. It makes no IAM role: the foundation made them, per business unit."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codecommit as codecommit
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_events as events
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sagemaker as sagemaker
from fmops_constructs import names
from fmops_constructs.builds import IMAGE
from fmops_constructs.catalog import Facts, Product
from ruamel.yaml import YAML

from constructs import Construct

MANIFEST: dict[str, Any] = YAML(typ="safe").load(Path(__file__).with_name("template.yaml").read_text(encoding="utf-8"))
MAIN = "main"
SOURCE = "Source"

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
        self._parameters()
        self.project = names.Project(self.value("ProjectName"), self.value("BusinessUnit"))
        self.accounts = cdk.CfnMapping(self, "BusinessUnits", mapping=self.units)
        repository = self._repository()
        registry = self._registry()
        build = self._build_pipeline(repository)
        promotion = self._promotion_pipeline(repository, registry)
        self._seed(repository)
        cdk.Tags.of(self).add("project", self.value("ProjectName"))
        cdk.Tags.of(self).add("business-unit", self.value("BusinessUnit"))
        self._outputs(
            RepositoryUrl=repository.attr_clone_url_http,
            BuildPipelineName=build.ref,
            PromotionPipelineName=promotion.ref,
            ModelPackageGroupArn=registry.attr_model_package_group_arn,
            **{name: self.value(name) for name in MANIFEST["parameters"]},
        )

    def value(self, parameter: str) -> str:
        """A launch parameter's value, or the list token of one that is a list."""
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
        self.from_studio = cdk.CfnCondition(
            self,
            "FromStudio",
            expression=cdk.Fn.condition_not(cdk.Fn.condition_equals(self.value("SageMakerProjectId"), "")),
        )

    def _outputs(self, **values: str) -> None:
        """What the launch made, and what it was asked for, so that a repeated launch can be told from another."""
        for name, value in values.items():
            output = cdk.CfnOutput(self, f"{name}Output", value=value, description=MANIFEST["outputs"].get(name))
            output.override_logical_id(name)

    def _repository(self) -> codecommit.CfnRepository:
        repository = codecommit.CfnRepository(
            self,
            "Repository",
            repository_name=self.value("ProjectName"),
            repository_description=f"{MANIFEST['title']} (template {MANIFEST['name']} {MANIFEST['version']})",
            kms_key_id=self.value("ArtifactsKeyArn"),
        )
        _keep(repository)
        return repository

    def _registry(self) -> sagemaker.CfnModelPackageGroup:
        """The registry: dev's pipeline adds versions to it, the stages' endpoints read them, no other account may."""
        resources = [
            self.arn("sagemaker", f"model-package-group/{self.project.model_package_group}"),
            self.arn("sagemaker", f"model-package/{self.project.model_package_group}/*"),
        ]
        read = ["sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup", "sagemaker:ListModelPackages"]
        statements = [
            {
                "Sid": sid,
                "Effect": "Allow",
                "Principal": {
                    "AWS": [f"arn:{cdk.Aws.PARTITION}:iam::{self.account_of(stage)}:root" for stage in stages]
                },
                "Condition": {
                    "ArnEquals": {"aws:PrincipalArn": [self._role_in(stage, role) for stage in stages]},
                },
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
            model_package_group_name=self.value("ProjectName"),
            model_package_group_description="Every model that the project's pipeline registered",
            model_package_group_policy={"Version": "2012-10-17", "Statement": statements},
        )
        studio = {"sagemaker:project-name": "SageMakerProjectName", "sagemaker:project-id": "SageMakerProjectId"}
        for tag, parameter in studio.items():
            chosen = cdk.Fn.condition_if(self.from_studio.logical_id, self.value(parameter), self.value("ProjectName"))
            cdk.Tags.of(registry).add(tag, chosen.to_string())
        _keep(registry)
        return registry

    def _role_in(self, stage: str, name: str) -> str:
        return names.role_arn(self.account_of(stage), name, self.project.business_unit, partition=cdk.Aws.PARTITION)

    def _codebuild(self, purpose: str, buildspec: str, environment: dict[str, str]) -> codebuild.CfnProject:
        """A build in tooling's private network, its log and its output encrypted with the platform's keys."""
        name = f"{self.project.name}-{purpose}"
        log = logs.CfnLogGroup(
            self,
            f"{purpose.capitalize()}Log",
            log_group_name=f"/aws/codebuild/{name}",
            kms_key_id=self.value("LogsKeyArn"),
            retention_in_days=365,
        )
        variables = {
            "TOOLING_ACCOUNT": cdk.Aws.ACCOUNT_ID,
            "DEV_ACCOUNT": self.account_of("dev"),
            "ARTIFACTS_KEY_ARN": self.value("ArtifactsKeyArn"),
            "CODEARTIFACT_DOMAIN": names.CODEARTIFACT_DOMAIN,
            "CODEARTIFACT_REPOSITORY": names.CODEARTIFACT_REPOSITORY,
            **environment,
        }
        return codebuild.CfnProject(
            self,
            f"{purpose.capitalize()}Project",
            name=name,
            service_role=self.role(purpose, of_unit=True),
            source=codebuild.CfnProject.SourceProperty(type="CODEPIPELINE", build_spec=buildspec),
            artifacts=codebuild.CfnProject.ArtifactsProperty(type="CODEPIPELINE"),
            environment=codebuild.CfnProject.EnvironmentProperty(
                type="LINUX_CONTAINER",
                compute_type="BUILD_GENERAL1_SMALL",
                image=IMAGE,
                privileged_mode=False,
                environment_variables=[
                    codebuild.CfnProject.EnvironmentVariableProperty(name=key, value=value)
                    for key, value in sorted(variables.items())
                ],
            ),
            encryption_key=self.value("ArtifactsKeyArn"),
            logs_config=codebuild.CfnProject.LogsConfigProperty(
                cloud_watch_logs=codebuild.CfnProject.CloudWatchLogsConfigProperty(status="ENABLED", group_name=log.ref)
            ),
            vpc_config=codebuild.CfnProject.VpcConfigProperty(
                vpc_id=self.value("VpcId"),
                subnets=self.parameters["SubnetIds"].value_as_list,
                security_group_ids=[self.value("SecurityGroupId")],
            ),
            timeout_in_minutes=60,
        )

    def _pipeline(self, id: str, name: str, stages: list[Any], **options: Any) -> codepipeline.CfnPipeline:
        return codepipeline.CfnPipeline(
            self,
            id,
            name=name,
            pipeline_type="V2",
            role_arn=self.role("delivery", of_unit=True),
            artifact_store=codepipeline.CfnPipeline.ArtifactStoreProperty(
                type="S3",
                location=names.bucket("artifacts", cdk.Aws.ACCOUNT_ID, cdk.Aws.REGION),
                encryption_key=codepipeline.CfnPipeline.EncryptionKeyProperty(
                    id=self.value("ArtifactsKeyArn"), type="KMS"
                ),
            ),
            stages=stages,
            **options,
        )

    def _build_pipeline(self, repository: codecommit.CfnRepository) -> codepipeline.CfnPipeline:
        """A commit on main -> the seed's buildspec.yml."""
        project = self._codebuild("build", "buildspec.yml", {})
        pipeline = self._pipeline(
            "BuildPipeline",
            self.project.build,
            [_stage(SOURCE, _source(repository)), _stage("Build", _codebuild_action("Build", project))],
        )
        self._start(
            "OnCommit",
            pipeline,
            self.project.build,
            {
                "source": ["aws.codecommit"],
                "detail-type": ["CodeCommit Repository State Change"],
                "resources": [repository.attr_arn],
                "detail": {
                    "event": ["referenceCreated", "referenceUpdated"],
                    "referenceType": ["branch"],
                    "referenceName": [MAIN],
                },
            },
        )
        return pipeline

    def _promotion_pipeline(
        self, repository: codecommit.CfnRepository, registry: sagemaker.CfnModelPackageGroup
    ) -> codepipeline.CfnPipeline:
        """An approved model package -> preprod, its tests, a second person's approval -> prod."""
        accounts = {f"{stage.upper()}_ACCOUNT": self.account_of(stage) for stage in ("preprod", "prod")}
        project = self._codebuild("deploy", "deploy/buildspec.yml", accounts)
        approve = codepipeline.CfnPipeline.ActionDeclarationProperty(
            name="Approve",
            action_type_id=_action_type("Approval", "AWS", "Manual"),
            configuration={"CustomData": "Preprod passed with #{variables.MODEL_PACKAGE_ARN}. Take it to prod?"},
        )
        pipeline = self._pipeline(
            "PromotionPipeline",
            self.project.promotion,
            [
                _stage(SOURCE, _source(repository)),
                _stage(
                    "Preprod",
                    _codebuild_action("Deploy", project, STAGE="preprod", TASK="release"),
                    _codebuild_action("Test", project, order=2, STAGE="preprod", TASK="stage-tests"),
                ),
                _stage("Approve", approve),
                _stage("Prod", _codebuild_action("Deploy", project, STAGE="prod", TASK="release")),
            ],
            variables=[
                codepipeline.CfnPipeline.VariableDeclarationProperty(
                    name="MODEL_PACKAGE_ARN", description="The approved version of the model to promote"
                )
            ],
        )
        self._start(
            "OnApproval",
            pipeline,
            self.project.promotion,
            {
                "source": ["aws.sagemaker"],
                "detail-type": ["SageMaker Model Package State Change"],
                "detail": {
                    "ModelPackageGroupName": [registry.model_package_group_name],
                    "ModelApprovalStatus": ["Approved"],
                },
            },
            input_transformer=events.CfnRule.InputTransformerProperty(
                input_paths_map={"package": "$.detail.ModelPackageArn"},
                input_template='{"variables":[{"name":"MODEL_PACKAGE_ARN","value":<package>}]}',
            ),
        )
        return pipeline

    def _start(self, id: str, pipeline: codepipeline.CfnPipeline, name: str, pattern: Any, **options: Any) -> None:
        rule = events.CfnRule(
            self,
            id,
            name=name,
            description="Starts the pipeline of the same name",
            event_pattern=pattern,
            targets=[
                events.CfnRule.TargetProperty(
                    id="pipeline", arn=self.arn("codepipeline", name), role_arn=self.role("events"), **options
                )
            ],
        )
        rule.add_resource_dependency(pipeline)

    def _seed(self, repository: codecommit.CfnRepository) -> None:
        """The seeding comes last, so that its first commit finds the pipeline that it starts."""
        before = [child for child in self.node.children if isinstance(child, cdk.CfnResource) and child != repository]
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
                    "project": self.value("ProjectName"),
                    "business_unit": self.value("BusinessUnit"),
                    "dataset": self.value("Dataset"),
                    "seed_version": MANIFEST["version"],
                },
            },
        )
        for resource in before:
            seed.node.add_dependency(resource)


def _keep(resource: cdk.CfnResource) -> None:
    """Code and models outlive the product; a launch that fails leaves neither behind."""
    resource.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)


def _action_type(category: str, owner: str, provider: str) -> codepipeline.CfnPipeline.ActionTypeIdProperty:
    return codepipeline.CfnPipeline.ActionTypeIdProperty(category=category, owner=owner, provider=provider, version="1")


def _stage(name: str, *actions: codepipeline.CfnPipeline.ActionDeclarationProperty) -> Any:
    return codepipeline.CfnPipeline.StageDeclarationProperty(name=name, actions=list(actions))


def _source(repository: codecommit.CfnRepository) -> codepipeline.CfnPipeline.ActionDeclarationProperty:
    return codepipeline.CfnPipeline.ActionDeclarationProperty(
        name=SOURCE,
        action_type_id=_action_type("Source", "AWS", "CodeCommit"),
        configuration={
            "RepositoryName": repository.attr_name,
            "BranchName": MAIN,
            "PollForSourceChanges": False,
            "OutputArtifactFormat": "CODE_ZIP",
        },
        output_artifacts=[codepipeline.CfnPipeline.OutputArtifactProperty(name=SOURCE)],
    )


def _codebuild_action(
    name: str, project: codebuild.CfnProject, *, order: int = 1, **environment: str
) -> codepipeline.CfnPipeline.ActionDeclarationProperty:
    if environment:
        environment["MODEL_PACKAGE_ARN"] = "#{variables.MODEL_PACKAGE_ARN}"
    variables = [{"name": key, "value": value, "type": "PLAINTEXT"} for key, value in sorted(environment.items())]
    return codepipeline.CfnPipeline.ActionDeclarationProperty(
        name=name,
        run_order=order,
        action_type_id=_action_type("Build", "AWS", "CodeBuild"),
        configuration={
            "ProjectName": project.ref,
            **({"EnvironmentVariables": json.dumps(variables)} if variables else {}),
        },
        input_artifacts=[codepipeline.CfnPipeline.InputArtifactProperty(name=SOURCE)],
    )
