"""Business units are kept apart in tooling: our templates' policies, as the embedded AWS's IAM understands them."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.assemblies import Templates, resources
from tests.local.conftest import Embedded
from tests.local.workshop import ENVIRONMENT

pytestmark = pytest.mark.e2e
TOOLING = "000000000011"
OWNER, OTHER = "retail", "bank"
TAKE = ["sts:AssumeRole", "sts:SetSourceIdentity"]
PERSON, TRAINER = "cy", "ana"
"""Who asks, and who trained: another person."""
REFUSED = ("AccessDenied", "AccessDeniedException")


def documents(templates: Templates, name: str) -> Iterator[dict[str, Any]]:
    """The policies of tooling's role `fmops-retail-<name>`."""
    policies = {
        key: policy["Properties"]
        for where, policy in resources(templates, "AWS::IAM::ManagedPolicy")
        if where.startswith("tooling-")
        for key in (where.split("/")[1], policy["Properties"].get("ManagedPolicyName"))
    }
    for where, role in resources(templates, "AWS::IAM::Role"):  # experimentation has personas of the same names
        if where.startswith("tooling-") and role["Properties"]["RoleName"] == f"fmops-{OWNER}-{name}":
            for attached in role["Properties"]["ManagedPolicyArns"]:
                key = attached["Ref"] if isinstance(attached, dict) else attached.rpartition("/")[2]
                yield policies[key]["PolicyDocument"]


def literal(document: dict[str, Any]) -> str:
    """A policy without the statements whose resource is minted at deployment (keys), which no test here needs."""
    kept = [one for one in document["Statement"] if "{'Ref'" not in str(one)]
    return json.dumps({**document, "Statement": kept})


@pytest.fixture(scope="module")
def take(embedded: Embedded, templates: Templates) -> Callable[[str, str, str], Any]:
    """A client of a unit's role: (unit, role, service)."""
    iam, made = embedded.client("iam", TOOLING), dict[str, str]()
    trust = {"Effect": "Allow", "Principal": {"AWS": TOOLING}, "Action": TAKE}

    def client(unit: str, name: str, service: str) -> Any:
        role = f"fmops-{unit}-{name}"
        if role not in made:
            made[role] = iam.create_role(
                RoleName=role,
                Path="/fmops/",
                AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
                Tags=[{"Key": "business-unit", "Value": unit}],
            )["Role"]["Arn"]
            for number, document in enumerate(documents(templates, name)):
                iam.put_role_policy(RoleName=role, PolicyName=f"p{number}", PolicyDocument=literal(document))
        return embedded.assume(service, made[role], by=TOOLING, SourceIdentity=PERSON)

    return client


@pytest.fixture(scope="module")
def package(embedded: Embedded) -> str:
    """A project of the unit `retail`, tagged as a launch tags it; the ARN of its model's first version."""
    upper = [{"Key": "business-unit", "Value": OWNER}]
    lower = [{"key": "business-unit", "value": OWNER}]
    principal = {"Service": ["codebuild.amazonaws.com", "codepipeline.amazonaws.com"]}
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    role = embedded.client("iam", TOOLING).create_role(
        RoleName="any",
        Path="/fmops/",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]["Arn"]
    embedded.client("codecommit", TOOLING).create_repository(repositoryName="churn", tags={"business-unit": OWNER})
    embedded.client("codecommit", TOOLING).put_file(
        repositoryName="churn", branchName="main", filePath="a", fileContent=b"a"
    )
    embedded.client("codebuild", TOOLING).create_project(
        name="churn-build",
        source={"type": "NO_SOURCE", "buildspec": 'version: 0.2\nphases: {build: {commands: ["true"]}}'},
        artifacts={"type": "NO_ARTIFACTS"},
        environment=ENVIRONMENT,
        serviceRole=role,
        tags=lower,
    )
    source = {
        "name": "Source",
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeCommit", "version": "1"},
        "configuration": {"RepositoryName": "churn", "BranchName": "main", "PollForSourceChanges": "false"},
        "outputArtifacts": [{"name": "Source"}],
    }
    approve = {
        "name": "ProductOwner",
        "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"},
    }
    embedded.client("codepipeline", TOOLING).create_pipeline(
        pipeline={
            "name": "churn-promotion",
            "roleArn": role,
            "artifactStore": {"type": "S3", "location": "fmops-artifacts"},
            "stages": [{"name": "Source", "actions": [source]}, {"name": "Approve", "actions": [approve]}],
        },
        tags=lower,
    )
    sagemaker = embedded.client("sagemaker", TOOLING)
    sagemaker.create_model_package_group(ModelPackageGroupName="churn", Tags=upper)
    version = sagemaker.create_model_package(
        ModelPackageGroupName="churn", CustomerMetadataProperties={"trained_by": TRAINER}
    )
    return str(version["ModelPackageArn"])


LOGS = "/aws/codebuild/retail/churn-build"
CALLS: dict[str, tuple[str, str, Callable[[Any, str], Any]]] = {
    "approves a model": (
        "ml-engineer",
        "sagemaker",
        lambda client, package: client.update_model_package(
            ModelPackageArn=package, ModelApprovalStatus="PendingManualApproval"
        ),
    ),
    "reads a model": (
        "data-scientist",
        "sagemaker",
        lambda c, package: c.describe_model_package(ModelPackageName=package),
    ),
    "lists models": ("data-scientist", "sagemaker", lambda c, _: c.list_model_packages(ModelPackageGroupName="churn")),
    "deploys a model": (
        "deploy-preprod",
        "sagemaker",
        lambda c, package: c.describe_model_package(ModelPackageName=package),
    ),
    "follows a pipeline": ("data-scientist", "codepipeline", lambda c, _: c.get_pipeline_state(name="churn-promotion")),
    "follows a build": ("ml-engineer", "codebuild", lambda c, _: c.list_builds_for_project(projectName="churn-build")),
    "reads a build's log": ("ml-engineer", "logs", lambda c, _: c.filter_log_events(logGroupName=LOGS)),
    "approves a promotion": (
        "product-owner",
        "codepipeline",
        lambda c, _: c.put_approval_result(
            pipelineName="churn-promotion",
            stageName="Approve",
            actionName="ProductOwner",
            token="00000000-0000-0000-0000-000000000000",
            result={"summary": "", "status": "Approved"},
        ),
    ),
    "takes a commit": ("delivery", "codecommit", lambda c, _: c.get_branch(repositoryName="churn", branchName="main")),
    "runs a build": ("delivery", "codebuild", lambda c, _: c.start_build(projectName="churn-build")),
    "writes a build's log": (
        "build",
        "logs",
        lambda c, _: c.create_log_stream(logGroupName=LOGS, logStreamName="stream"),
    ),
}
"""What a unit's roles do to its project: role, service, call. All of them, on retail's project."""


def answer(call: Callable[[Any, str], Any], client: Any, package: str) -> str:
    """The error's code that a call ends with, or nothing."""
    try:
        call(client, package)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


@pytest.mark.parametrize("what", CALLS)
def test_only_the_owners_roles_get_through(what: str, take: Callable[[str, str, str], Any], package: str) -> None:
    """The other unit's role of the same kind is refused; the owner's is not (another mistake is not IAM's)."""
    role, service, call = CALLS[what]
    assert answer(call, take(OTHER, role, service), package) in REFUSED
    assert answer(call, take(OWNER, role, service), package) not in REFUSED
