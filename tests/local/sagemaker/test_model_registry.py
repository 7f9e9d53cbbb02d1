"""Model packages: versions, approval by another role, the group's policy across accounts, events."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import REGION
from tests.local.sagemaker.conftest import DEV, IMAGE, MODELS, TOOLING, World, policy, until

pytestmark = pytest.mark.e2e
CONTAINER = {
    "Containers": [{"Image": IMAGE, "ModelDataUrl": f"s3://{MODELS}/models/x/model.tar.gz"}],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["application/json"],
}


@pytest.fixture(scope="module")
def tooling(world: World) -> Any:
    """Tooling's SageMaker, with a group `cards`, and a queue that hears of its packages."""
    client = world.client("sagemaker", TOOLING)
    client.create_model_package_group(ModelPackageGroupName="cards", ModelPackageGroupDescription="d")
    sqs, rules = world.client("sqs", TOOLING), world.client("events", TOOLING)
    url = sqs.create_queue(QueueName="packages")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": ["cards"]},
    }
    rules.put_rule(Name="packages", EventPattern=json.dumps(pattern))
    rules.put_targets(Rule="packages", Targets=[{"Id": "queue", "Arn": arn}])
    return client


def heard(world: World) -> dict[str, Any]:
    """The next event of the queue."""
    sqs = world.client("sqs", TOOLING)
    url = sqs.get_queue_url(QueueName="packages")["QueueUrl"]
    (message,) = until(lambda: sqs.receive_message(QueueUrl=url).get("Messages", []), bool, 10)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    found: dict[str, Any] = json.loads(message["Body"])
    return found


def test_versions_approval_and_events(world: World, tooling: Any) -> None:
    card = {"ModelCardContent": json.dumps({"model_overview": {}}), "ModelCardStatus": "Draft"}
    arns = [
        tooling.create_model_package(
            ModelPackageGroupName="cards",
            InferenceSpecification=CONTAINER,
            ModelCard=card,
            CustomerMetadataProperties={"dataset": "sha256:1"},
        )["ModelPackageArn"]
        for _ in range(2)
    ]
    assert [arn.rsplit("/", 2)[1:] for arn in arns] == [["cards", "1"], ["cards", "2"]]
    created = heard(world)
    assert (created["account"], created["source"], created["resources"]) == (TOOLING, "aws.sagemaker", [arns[0]])
    assert created["detail"]["ModelApprovalStatus"] == "PendingManualApproval"
    heard(world)
    tooling.update_model_package(
        ModelPackageArn=arns[1],
        ModelApprovalStatus="Approved",
        ApprovalDescription="good",
        ModelLifeCycle={"Stage": "Staging", "StageStatus": "Approved"},
        CustomerMetadataProperties={"reviewed": "yes"},
    )
    event = heard(world)["detail"]
    assert {name: event[name] for name in ("ModelPackageGroupName", "ModelPackageVersion", "ModelApprovalStatus")} == {
        "ModelPackageGroupName": "cards",
        "ModelPackageVersion": 2,
        "ModelApprovalStatus": "Approved",
    }
    assert event["UpdatedModelPackageFields"] == [
        "ModelApprovalStatus",
        "ApprovalDescription",
        "CustomerMetadataProperties",
        "ModelLifeCycle",
    ]
    found = tooling.describe_model_package(ModelPackageName=arns[1])
    assert found["CustomerMetadataProperties"] == {"dataset": "sha256:1", "reviewed": "yes"}
    assert found["ModelCard"] == card
    assert found["LastModifiedBy"]["IamIdentity"]["Arn"] == f"arn:aws:iam::{TOOLING}:root"
    assert found["LastModifiedTime"] > found["CreationTime"]
    listed = tooling.list_model_packages(ModelPackageGroupName="cards")["ModelPackageSummaryList"]
    assert [row["ModelPackageVersion"] for row in listed] == [2, 1]
    approved = tooling.list_model_packages(ModelPackageGroupName="cards", ModelApprovalStatus="Approved")
    assert [row["ModelPackageArn"] for row in approved["ModelPackageSummaryList"]] == [arns[1]]
    several = tooling.batch_describe_model_package(ModelPackageArnList=[arns[0], arns[0] + "9"])
    assert list(several["ModelPackageSummaries"]) == [arns[0]]
    assert list(several["BatchDescribeModelPackageErrorMap"]) == [arns[0] + "9"]
    with pytest.raises(ClientError, match="still has model packages"):
        tooling.delete_model_package_group(ModelPackageGroupName="cards")


def test_an_approval_records_the_person(world: World, tooling: Any) -> None:
    iam = world.client("iam", TOOLING)
    allowed = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{TOOLING}:root"},
        "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
        "Condition": {"StringEquals": {"sts:SourceIdentity": ["ana"]}},
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    role = iam.create_role(RoleName="approver", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    packages = f"arn:aws:sagemaker:{REGION}:{TOOLING}:model-package/people/*"
    document = policy((["sagemaker:UpdateModelPackage"], [packages]))
    made = iam.create_policy(PolicyName="approver", PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="approver", PolicyArn=made)
    tooling.create_model_package_group(ModelPackageGroupName="people")
    answer = tooling.create_model_package(ModelPackageGroupName="people", InferenceSpecification=CONTAINER)
    person = world.aws.assume("sagemaker", role, TOOLING, SourceIdentity="ana")
    person.update_model_package(ModelPackageArn=answer["ModelPackageArn"], ModelApprovalStatus="Approved")
    found = tooling.describe_model_package(ModelPackageName=answer["ModelPackageArn"])["LastModifiedBy"]
    assert found["IamIdentity"]["SourceIdentity"] == "ana"
    assert found["IamIdentity"]["Arn"] == f"arn:aws:sts::{TOOLING}:assumed-role/approver/test"
    with pytest.raises(ClientError, match="sagemaker:CreateModelPackage"):
        person.create_model_package(ModelPackageGroupName="people", InferenceSpecification=CONTAINER)


def test_another_account_needs_the_groups_consent(world: World, tooling: Any) -> None:
    tooling.create_model_package_group(ModelPackageGroupName="shared")
    group = tooling.describe_model_package_group(ModelPackageGroupName="shared")["ModelPackageGroupArn"]
    dev = world.client("sagemaker", DEV)
    with pytest.raises(ClientError, match="not authorized") as error:
        dev.create_model_package(ModelPackageGroupName=group, InferenceSpecification=CONTAINER)
    assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{DEV}:root"},
        "Action": ["sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"],
        "Resource": [group, f"arn:aws:sagemaker:{REGION}:{TOOLING}:model-package/shared/*"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    tooling.put_model_package_group_policy(ModelPackageGroupName="shared", ResourcePolicy=policy)
    assert tooling.get_model_package_group_policy(ModelPackageGroupName="shared")["ResourcePolicy"] == policy
    arn = dev.create_model_package(ModelPackageGroupName=group, InferenceSpecification=CONTAINER)["ModelPackageArn"]
    assert arn == f"arn:aws:sagemaker:{REGION}:{TOOLING}:model-package/shared/1"
    assert dev.describe_model_package(ModelPackageName=arn)["ModelPackageVersion"] == 1
    assert len(dev.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]) == 1
    with pytest.raises(ClientError, match="sagemaker:UpdateModelPackage"):
        dev.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    tooling.delete_model_package_group_policy(ModelPackageGroupName="shared")
    with pytest.raises(ClientError, match="not authorized"):
        dev.describe_model_package(ModelPackageName=arn)


def test_bad_input_is_refused(tooling: Any) -> None:
    with pytest.raises(ClientError, match="Exactly one of"):
        tooling.create_model_package(InferenceSpecification=CONTAINER)
    with pytest.raises(ClientError, match="does not exist"):
        tooling.create_model_package(ModelPackageGroupName="nobody", InferenceSpecification=CONTAINER)
    with pytest.raises(ClientError, match="Invalid resource policy"):
        tooling.put_model_package_group_policy(ModelPackageGroupName="cards", ResourcePolicy='{"Statement": []}')
