"""Delivery pipelines of launched projects. They make no role: a launch uses those that the foundation made."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_codecommit as codecommit
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_events as events

from constructs import Construct
from fmops_constructs import names
from fmops_constructs.builds import PrivateBuild

MAIN = "main"
SOURCE = "Source"
COMMIT = f"#{{{SOURCE}.CommitId}}"
"""The commit that a pipeline runs on, for the environment of its builds."""

Action = codepipeline.CfnPipeline.ActionDeclarationProperty


def run(
    build: PrivateBuild,
    name: str,
    environment: Mapping[str, str],
    *,
    order: int = 1,
    on: str = SOURCE,
    output: str | None = None,
    namespace: str | None = None,
) -> Action:
    """A step of a pipeline that runs a build.

    Args:
        environment: variables of this step; values may refer to the pipeline's variables, as `#{variables.NAME}`.
        on: what it runs on: the pipeline's source, or an earlier step's output.
        output: the name of what it hands on.
        namespace: under which later steps find the variables that the build exports, as `#{<namespace>.NAME}`.
    """
    variables = [{"name": key, "value": value, "type": "PLAINTEXT"} for key, value in sorted(environment.items())]
    return Action(
        name=name,
        namespace=namespace,
        run_order=order,
        action_type_id=_action_type("Build", "CodeBuild"),
        configuration={"ProjectName": build.project.ref, "EnvironmentVariables": json.dumps(variables)},
        input_artifacts=[codepipeline.CfnPipeline.InputArtifactProperty(name=on)],
        output_artifacts=[codepipeline.CfnPipeline.OutputArtifactProperty(name=output)] if output else None,
    )


class DeliveryPipeline(Construct):
    """A CodePipeline on a repository's main branch, and the rule that starts it.

    Args:
        name: the pipeline's and the rule's name.
        repository: its source, fetched anew by each run.
        stages: the stages after the source: name and actions.
        role_arn: what it may do.
        key_arn: encrypts what its stages hand on, in the account's bucket of artifacts.
        variables: what a run must be given: name and description.
        defaults: what a variable is where nobody says it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        repository: codecommit.CfnRepository,
        stages: Mapping[str, Sequence[Action]],
        role_arn: str,
        key_arn: str,
        variables: Mapping[str, str] | None = None,
        defaults: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id)
        self._name = name
        defaults = defaults or {}
        pipeline = codepipeline.CfnPipeline
        self.pipeline = pipeline(
            self,
            "Pipeline",
            name=name,
            pipeline_type="V2",
            role_arn=role_arn,
            artifact_store=pipeline.ArtifactStoreProperty(
                type="S3",
                location=names.bucket("artifacts", cdk.Aws.ACCOUNT_ID, cdk.Aws.REGION),
                encryption_key=pipeline.EncryptionKeyProperty(id=key_arn, type="KMS"),
            ),
            stages=[
                pipeline.StageDeclarationProperty(name=stage, actions=list(actions))
                for stage, actions in {SOURCE: [_source(repository)], **stages}.items()
            ],
            variables=[
                pipeline.VariableDeclarationProperty(
                    name=variable, description=description, default_value=defaults.get(variable)
                )
                for variable, description in (variables or {}).items()
            ],
        )

    def start_on(
        self,
        pattern: Mapping[str, Any],
        *,
        role_arn: str,
        variables: Mapping[str, str] | None = None,
        commit: str | None = None,
    ) -> None:
        """Starts the pipeline on events of the account's default bus.

        Args:
            pattern: which events, as EventBridge writes it.
            role_arn: may start the pipeline.
            variables: the pipeline's variables, each with the event's JSON path that gives its value.
            commit: the event's JSON path that gives the commit to run on, instead of the branch's newest. An event
                without it starts nothing: CodePipeline refuses an empty revision.
        """
        paths = dict(variables or {})
        values = ",".join(f'{{"name":"{name}","value":<{name}>}}' for name in paths)
        revision = f'{{"actionName":"{SOURCE}","revisionType":"COMMIT_ID","revisionValue":<COMMIT>}}'
        revisions = f'"sourceRevisions":[{revision}],' if commit else ""
        transformer = events.CfnRule.InputTransformerProperty(
            input_paths_map={**paths, **({"COMMIT": commit} if commit else {})},
            input_template=f'{{{revisions}"variables":[{values}]}}',
        )
        arn = f"arn:{cdk.Aws.PARTITION}:codepipeline:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:{self._name}"
        target = events.CfnRule.TargetProperty(
            id="pipeline", arn=arn, role_arn=role_arn, input_transformer=transformer if paths else None
        )
        rule = events.CfnRule(
            self,
            "Start",
            name=self._name,
            description="Starts the pipeline of the same name",
            event_pattern=dict(pattern),
            targets=[target],
        )
        rule.add_resource_dependency(self.pipeline)


def approval(name: str, question: str) -> Action:
    """A person's decision.

    Args:
        question: what the person reads; it may refer to the pipeline's variables.
    """
    return Action(name=name, action_type_id=_action_type("Approval", "Manual"), configuration={"CustomData": question})


def on_commit(repository: codecommit.CfnRepository) -> dict[str, Any]:
    """The events of a repository whose main branch has moved."""
    return {
        "source": ["aws.codecommit"],
        "detail-type": ["CodeCommit Repository State Change"],
        "resources": [repository.attr_arn],
        "detail": {
            "event": ["referenceCreated", "referenceUpdated"],
            "referenceType": ["branch"],
            "referenceName": [MAIN],
        },
    }


def on_approved_model(group: str) -> dict[str, Any]:
    """The events of a model package group one of whose versions is approved.

    Every later change of an approved version says that it is approved, too: only the approval itself counts.
    """
    return {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {
            "ModelPackageGroupName": [group],
            "ModelApprovalStatus": ["Approved"],
            "UpdatedModelPackageFields": ["ModelApprovalStatus"],
        },
    }


def on_release(project: str) -> dict[str, Any]:
    """The events of a project's application that has passed its tests in dev."""
    return {"source": [names.RELEASE_SOURCE], "detail-type": [names.RELEASE_PASSED], "detail": {"project": [project]}}


def _source(repository: codecommit.CfnRepository) -> Action:
    return Action(
        name=SOURCE,
        namespace=SOURCE,
        action_type_id=_action_type("Source", "CodeCommit"),
        configuration={
            "RepositoryName": repository.attr_name,
            "BranchName": MAIN,
            "PollForSourceChanges": False,
            "OutputArtifactFormat": "CODE_ZIP",
        },
        output_artifacts=[codepipeline.CfnPipeline.OutputArtifactProperty(name=SOURCE)],
    )


def _action_type(category: str, provider: str) -> codepipeline.CfnPipeline.ActionTypeIdProperty:
    return codepipeline.CfnPipeline.ActionTypeIdProperty(category=category, owner="AWS", provider=provider, version="1")
