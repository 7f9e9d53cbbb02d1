"""R25, R49: with the policies that the foundation's stacks give, on the embedded AWS with IAM enforced.

Who started a training cannot approve it, and another can; a stage's deployment says how a version stands in the
stages' order only; nobody registers a version as approved.
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from fmops_constructs import lifecycle, names
from fmops_constructs.iam import allow

from tests.local.conftest import REGION
from tests.local.sagemaker.conftest import IMAGE, MODELS, TOOLING, World

pytestmark = pytest.mark.e2e
GROUP = "way"
PACKAGES = f"arn:aws:sagemaker:{REGION}:{TOOLING}:model-package/*"
UPDATE = "sagemaker:UpdateModelPackage"
CONTAINER = {
    "Containers": [{"Image": IMAGE, "ModelDataUrl": f"s3://{MODELS}/models/x/model.tar.gz"}],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["application/json"],
}
ROLES = {
    "ml-engineer": allow(UPDATE, on=PACKAGES, when=lifecycle.when_reviewed()),
    "deploy-preprod": allow(UPDATE, on=PACKAGES, when=lifecycle.when_moved("preprod")),
    "deploy-prod": allow(UPDATE, on=PACKAGES, when=lifecycle.when_moved("prod")),
    "pipeline": allow("sagemaker:CreateModelPackage", on=PACKAGES, when=lifecycle.when_registered()),
}


@pytest.fixture(scope="module")
def roles(world: World) -> dict[str, str]:
    """A role of the unit for each duty; the engineer's takes people, as `PersonaRole` says it."""
    iam, tooling = world.client("iam", TOOLING), world.client("sagemaker", TOOLING)
    tags = [{"Key": names.UNIT_TAG, "Value": "retail"}]
    tooling.create_model_package_group(ModelPackageGroupName=GROUP, Tags=tags)
    root = {"AWS": f"arn:aws:iam::{TOOLING}:root"}
    people = {"sts:SourceIdentity": ["cy", "uma"]}
    alike = {"StringEquals": {**people, "sts:RoleSessionName": "${sts:SourceIdentity}"}}
    anyone = [{"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole"}]
    persons = [
        {"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole", "Condition": alike},
        {**anyone[0], "Action": "sts:SetSourceIdentity", "Condition": {"StringEquals": people}},
    ]
    made = {}
    for name, statement in ROLES.items():
        trust = {"Version": "2012-10-17", "Statement": persons if name == "ml-engineer" else anyone}
        role = f"way-{name}"
        arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trust), Tags=tags)["Role"]["Arn"]
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement.to_statement_json()]})
        iam.put_role_policy(RoleName=role, PolicyName="may", PolicyDocument=document)
        made[name] = arn
    return made


def session(world: World, role: str, name: str, **more: str) -> Any:
    taken = world.client("sts", TOOLING).assume_role(RoleArn=role, RoleSessionName=name, **more)["Credentials"]
    return world.aws.client(
        "sagemaker",
        TOOLING,
        aws_access_key_id=taken["AccessKeyId"],
        aws_secret_access_key=taken["SecretAccessKey"],
        aws_session_token=taken["SessionToken"],
    )


def engineer(world: World, roles: dict[str, str], person: str) -> Any:
    return session(world, roles["ml-engineer"], person, SourceIdentity=person)


def registered(world: World, **about: str) -> str:
    """A version as the model pipeline registers it, by the account's root."""
    answer = world.client("sagemaker", TOOLING).create_model_package(
        ModelPackageGroupName=GROUP,
        InferenceSpecification=CONTAINER,
        ModelApprovalStatus="PendingManualApproval",
        ModelLifeCycle=stage("dev", "PendingApproval"),
        **({"CustomerMetadataProperties": about} if about else {}),
    )
    return str(answer["ModelPackageArn"])


def stage(name: str, status: str) -> dict[str, str]:
    return {"Stage": name, "StageStatus": status}


def approve(client: Any, package: str) -> None:
    client.update_model_package(
        ModelPackageArn=package, ModelApprovalStatus="Approved", ModelLifeCycle=stage("dev", "Approved")
    )


def refused(call: Any, *arguments: Any, **more: Any) -> None:
    with pytest.raises(ClientError) as caught:
        call(*arguments, **more)
    assert caught.value.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException"), caught.value


def test_who_trained_cannot_approve_and_another_can(world: World, roles: dict[str, str]) -> None:
    package = registered(world, trained_by="cy")
    cy, uma = engineer(world, roles, "cy"), engineer(world, roles, "uma")
    refused(approve, cy, package)
    refused(cy.update_model_package, ModelPackageArn=package, ModelApprovalStatus="Approved")
    refused(cy.update_model_package, ModelPackageArn=package, CustomerMetadataProperties={"trained_by": "uma"})
    approve(uma, package)
    found = world.client("sagemaker", TOOLING).describe_model_package(ModelPackageName=package)
    assert (found["ModelApprovalStatus"], found["LastModifiedBy"]["IamIdentity"]["SourceIdentity"]) == (
        "Approved",
        "uma",
    )
    approve(cy, registered(world, trained_by="uma"))  # and the other way round


def test_a_version_without_a_known_trainer_is_nobodys_to_approve(world: World, roles: dict[str, str]) -> None:
    """It was not started by the platform: so the check fails closed."""
    refused(approve, engineer(world, roles, "uma"), registered(world))
    refused(approve, engineer(world, roles, "uma"), registered(world, commit="c"))


def test_nobody_comes_under_another_name_than_the_own(world: World, roles: dict[str, str]) -> None:
    """A push, an approval and a launch show the session's name: it is the source identity, which lasts."""
    sts = world.client("sts", TOOLING)
    for name, identity in (("uma", "cy"), ("anybody", "cy"), ("eve", "eve")):
        refused(sts.assume_role, RoleArn=roles["ml-engineer"], RoleSessionName=name, SourceIdentity=identity)
    refused(sts.assume_role, RoleArn=roles["ml-engineer"], RoleSessionName="cy")
    assert sts.assume_role(RoleArn=roles["ml-engineer"], RoleSessionName="cy", SourceIdentity="cy")["Credentials"]


def test_the_stages_come_in_their_order(world: World, roles: dict[str, str]) -> None:
    package = registered(world, trained_by="cy")
    preprod, prod = (session(world, roles[f"deploy-{name}"], "build") for name in ("preprod", "prod"))

    def say(client: Any, name: str, status: str, **more: Any) -> None:
        client.update_model_package(ModelPackageArn=package, ModelLifeCycle=stage(name, status), **more)

    refused(say, prod, "prod", "InProgress")  # from dev
    approve(engineer(world, roles, "uma"), package)
    refused(say, prod, "prod", "InProgress")
    refused(say, preprod, "prod", "InProgress")  # not its stage
    refused(say, preprod, "preprod", "Approved")  # not its to say
    refused(say, preprod, "preprod", "InProgress", ModelApprovalStatus="Approved")
    say(preprod, "preprod", "InProgress")
    refused(say, prod, "preprod", "PendingApproval")
    say(preprod, "preprod", "Rejected")
    refused(say, prod, "prod", "InProgress")  # what failed its tests
    refused(say, preprod, "preprod", "PendingApproval")
    approve(engineer(world, roles, "uma"), package)  # looked at again
    say(preprod, "preprod", "InProgress")
    say(preprod, "preprod", "PendingApproval")
    say(prod, "prod", "InProgress")
    say(prod, "prod", "Approved")
    refused(say, preprod, "preprod", "InProgress")  # from prod


def test_nothing_is_registered_as_approved(world: World, roles: dict[str, str]) -> None:
    pipeline = session(world, roles["pipeline"], "run")
    wanted = {"ModelPackageGroupName": GROUP, "InferenceSpecification": CONTAINER}
    waiting = stage("dev", "PendingApproval")
    refused(pipeline.create_model_package, **wanted)
    refused(pipeline.create_model_package, **wanted, ModelApprovalStatus="Approved", ModelLifeCycle=waiting)
    pending = {**wanted, "ModelApprovalStatus": "PendingManualApproval"}
    refused(pipeline.create_model_package, **pending, ModelLifeCycle=stage("prod", "Approved"))
    assert pipeline.create_model_package(**pending, ModelLifeCycle=waiting)["ModelPackageArn"]
