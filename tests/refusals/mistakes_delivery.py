"""Repositories, builds, pipelines, events."""

from typing import Any

from tests.refusals.table import refused
from tests.refusals.world import World, statement

CODECOMMIT = "https://docs.aws.amazon.com/codecommit/latest/APIReference"
CODEBUILD = "https://docs.aws.amazon.com/codebuild/latest/APIReference"
CODEPIPELINE = "https://docs.aws.amazon.com/codepipeline/latest/APIReference"
EVENTS = "https://docs.aws.amazon.com/eventbridge/latest/APIReference"
LOGS = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference"


def repository(world: World) -> str:
    """A repository with one commit on main; its name."""
    name = world.name("repository")
    client = world.client("codecommit")
    client.create_repository(repositoryName=name)
    client.create_commit(repositoryName=name, branchName="main", putFiles=[{"filePath": "a", "fileContent": b"1"}])
    return name


@refused(
    "A repository's name is taken",
    wrong=True,
    right=False,
    code="RepositoryNameExistsException",
    says="already exists",
    source=f"{CODECOMMIT}/API_CreateRepository.html",
)
def taken_repository(world: World, taken: bool) -> None:
    name = repository(world) if taken else world.name("repository")
    world.client("codecommit").create_repository(repositoryName=name)


@refused(
    "A commit's parent does not exist",
    wrong="0" * 40,
    right=None,
    code="ParentCommitDoesNotExistException",
    says="",
    source=f"{CODECOMMIT}/API_CreateCommit.html",
)
def unknown_parent(world: World, parent: str | None) -> None:
    name, client = repository(world), world.client("codecommit")
    tip = client.get_branch(repositoryName=name, branchName="main")["branch"]["commitId"]
    files = [{"filePath": "a", "fileContent": b"2"}]
    client.create_commit(repositoryName=name, branchName="main", parentCommitId=parent or tip, putFiles=files)


@refused(
    "A commit that changes nothing",
    wrong=b"1",
    right=b"2",
    code="NoChangeException",
    says="",
    source=f"{CODECOMMIT}/API_CreateCommit.html",
)
def empty_commit(world: World, content: bytes) -> None:
    name, client = repository(world), world.client("codecommit")
    tip = client.get_branch(repositoryName=name, branchName="main")["branch"]["commitId"]
    files = [{"filePath": "a", "fileContent": content}]
    client.create_commit(repositoryName=name, branchName="main", parentCommitId=tip, putFiles=files)


@refused(
    "A build project's role does not trust CodeBuild",
    wrong="lambda",
    right="codebuild",
    code="InvalidInputException",
    says="CodeBuild is not authorized to perform: sts:AssumeRole on",
    source="https://docs.aws.amazon.com/codebuild/latest/userguide/troubleshooting.html",
)
def role_of_a_project(world: World, service: str) -> None:
    environment: Any = {
        "type": "LINUX_CONTAINER",
        "image": "aws/codebuild/standard:7.0",
        "computeType": "BUILD_GENERAL1_SMALL",
    }
    world.client("codebuild").create_project(
        name=world.name("project"),
        source={"type": "NO_SOURCE", "buildspec": "version: 0.2"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment=environment,
        serviceRole=world.service_role(service, statement("*")),
    )


def declaration(world: World, **more: Any) -> Any:
    """A pipeline of a source and an approval."""
    source = {
        "name": "Source",
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeCommit", "version": "1"},
        "configuration": {"RepositoryName": repository(world), "BranchName": "main", "PollForSourceChanges": "false"},
        "outputArtifacts": [{"name": "code"}],
    }
    approval = {
        "name": "Approve",
        "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"},
    }
    return {
        "name": world.name("pipeline"),
        "roleArn": world.service_role("codepipeline", statement("*")),
        "artifactStore": {"type": "S3", "location": world.bucket()},
        "stages": [{"name": "Source", "actions": [source]}, {"name": "Approve", "actions": [approval]}],
        "version": 1,
        "pipelineType": "V2",
        **more,
    }


@refused(
    "A pipeline of one stage",
    wrong=1,
    right=2,
    code="InvalidStructureException",
    says="There should be a minimum of 2 stages in a pipeline",
    source=f"{CODEPIPELINE}/API_CreatePipeline.html",
)
def one_stage(world: World, count: int) -> None:
    wanted = declaration(world)
    world.client("codepipeline").create_pipeline(pipeline={**wanted, "stages": wanted["stages"][:count]})


@refused(
    "An approval with another token than the action's",
    wrong="00000000-0000-4000-8000-000000000000",
    right=None,
    code="InvalidApprovalTokenException",
    says="",
    source=f"{CODEPIPELINE}/API_PutApprovalResult.html",
)
def foreign_token(world: World, token: str | None) -> None:
    client, wanted = world.client("codepipeline"), declaration(world)
    client.create_pipeline(pipeline=wanted)
    found = None
    while not found:
        stages = client.get_pipeline_state(name=wanted["name"])["stageStates"]
        found = next(
            (
                a.get("latestExecution", {}).get("token")
                for s in stages
                for a in s["actionStates"]
                if a["actionName"] == "Approve"
            ),
            None,
        )
    client.put_approval_result(
        pipelineName=wanted["name"],
        stageName="Approve",
        actionName="Approve",
        result={"summary": "yes", "status": "Approved"},
        token=token or found,
    )


@refused(
    "A pipeline's name is taken",
    wrong=True,
    right=False,
    code="PipelineNameInUseException",
    says="",
    source=f"{CODEPIPELINE}/API_CreatePipeline.html",
)
def taken_pipeline(world: World, taken: bool) -> None:
    client, wanted = world.client("codepipeline"), declaration(world)
    client.create_pipeline(pipeline=wanted)
    client.create_pipeline(pipeline=wanted if taken else {**wanted, "name": world.name("pipeline")})


@refused(
    "A rule's pattern is no pattern",
    wrong='{"source": "aws.s3"}',
    right='{"source": ["aws.s3"]}',
    code="InvalidEventPatternException",
    says="Event pattern is not valid",
    source=f"{EVENTS}/API_PutRule.html",
)
def bad_pattern(world: World, pattern: str) -> None:
    world.client("events").put_rule(Name=world.name("rule"), EventPattern=pattern)


@refused(
    "Logs are kept for a number of days that there is not",
    wrong=31,
    right=30,
    code="InvalidParameterException",
    says="",
    source=f"{LOGS}/API_PutRetentionPolicy.html",
)
def odd_retention(world: World, days: int) -> None:
    logs, name = world.client("logs"), world.name("/refusals/group")
    logs.create_log_group(logGroupName=name)
    logs.put_retention_policy(logGroupName=name, retentionInDays=days)
