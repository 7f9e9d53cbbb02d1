"""Studio's list of templates in S3: SageMaker starts a project from it, as a stack that asks tooling."""

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from fmops_constructs import names

from fmops import s3_templates
from fmops.purging import Platform
from fmops.s3_templates import Entry
from tests.thread.conftest import Thread

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
TEMPLATE, NAME = "genai-consumer-app", "from-s3"


def account(thread: Thread) -> str:
    return str(thread.foundation.account("experimentation", "retail"))


@pytest.fixture
def sagemaker(thread: Thread) -> Iterator[Any]:
    """SageMaker as Studio's role. SageMaker alone takes it; for a test the account may, too."""
    role = names.role_arn(account(thread), "studio", "retail")
    iam = thread.client("experimentation", "iam")
    trust = iam.get_role(RoleName=role.rpartition("/")[2])["Role"]["AssumeRolePolicyDocument"]
    ours = {"Effect": "Allow", "Principal": {"AWS": account(thread)}, "Action": "sts:AssumeRole"}
    opened = {**trust, "Statement": [*trust["Statement"], ours]}
    iam.update_assume_role_policy(RoleName=role.rpartition("/")[2], PolicyDocument=json.dumps(opened))
    session = thread.target.assume(thread.target.administrator(account(thread)), role, name="ana")
    yield thread.target.client(session, "sagemaker")
    iam.update_assume_role_policy(RoleName=role.rpartition("/")[2], PolicyDocument=json.dumps(trust))


@pytest.fixture
def entry(thread: Thread) -> Entry:
    assert thread.fmops("catalog", "publish", "--assembly", "build/cdk.out").returncode == 0
    found = s3_templates.entries(thread.folder / "build/cdk.out")
    return next(one for one in found if (one.name, one.account) == (TEMPLATE, account(thread)))


def ended(sagemaker: Any, project: str) -> dict[str, Any]:
    deadline = time.monotonic() + 120
    while (found := sagemaker.describe_project(ProjectName=project))["ProjectStatus"].endswith("InProgress"):
        assert time.monotonic() < deadline, found
        time.sleep(0.3)
    return dict(found)


def registered(thread: Thread) -> set[str]:
    found = json.loads(thread.fmops("project", "list", "--business-unit", "retail", "--json").stdout)
    return {project["name"] for project in found}


def test_a_project_is_started_and_ended_from_studios_list(thread: Thread, sagemaker: Any, entry: Entry) -> None:
    shop, second = (f"{name}-{uuid.uuid4().hex[:6]}" for name in ("shop", "second"))
    sagemaker.create_project(**entry.project(shop, {"ProjectName": NAME}))
    made = ended(sagemaker, shop)
    detail = made["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]["StackDetail"]
    assert made["ProjectStatus"] == "CreateCompleted", detail
    assert NAME in registered(thread)
    repository = thread.client("tooling", "codecommit")
    arn = repository.get_repository(repositoryName=NAME)["repositoryMetadata"]["Arn"]
    tags = repository.list_tags_for_resource(resourceArn=arn)["tags"]
    assert (tags["sagemaker:project-name"], tags["sagemaker:project-id"]) == (shop, made["ProjectId"])

    sagemaker.create_project(**entry.project(second, {"ProjectName": NAME}))
    refused = ended(sagemaker, second)
    assert refused["ProjectStatus"] == "CreateFailed"
    detail = refused["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]["StackDetail"]
    assert "already exists" in detail["StatusMessage"]
    assert NAME in registered(thread), "who was first keeps the name"

    sagemaker.delete_project(ProjectName=shop)
    assert ended(sagemaker, shop)["ProjectStatus"] == "DeleteCompleted"
    assert NAME not in registered(thread)
    platform = Platform(thread.target, thread.foundation, "retail", NAME)
    platform.purge(platform.remains(), lambda _: None)


def test_with_another_role_it_is_refused(thread: Thread, sagemaker: Any, entry: Entry) -> None:
    """Studio hands over the one role that can only ask tooling; without a role it would act with its own rights."""
    request = entry.project("shop-two", {"ProjectName": "never"})
    (provider,) = request["TemplateProviders"]
    provider["CfnTemplateProvider"]["RoleARN"] = f"arn:aws:iam::{account(thread)}:role/{names.LAUNCH_ROLE}"
    with pytest.raises(ClientError, match="iam:PassRole"):
        sagemaker.create_project(**request)
    del provider["CfnTemplateProvider"]["RoleARN"]
    with pytest.raises(ClientError, match="not authorized"):
        sagemaker.create_project(**request)
    assert "never" not in registered(thread)
