"""Images and artifacts that all units share: what nobody can overwrite, and who may fetch it (R43)."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from tests.assemblies import Template, Templates, as_list, example, resources

STACK = "tooling-Tooling"
PUSH = ("ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart")


@pytest.fixture
def template(templates: Templates) -> Template:
    return copy.deepcopy(templates[STACK])


def only(template: Template, type_: str) -> dict[str, Any]:
    ((_, resource),) = resources({STACK: template}, type_)
    found: dict[str, Any] = resource["Properties"]
    return found


def loose(template: Template) -> Iterator[str]:
    """What an image repository lacks."""
    repository = only(template, "AWS::ECR::Repository")
    if repository.get("ImageTagMutability") != "IMMUTABLE":
        yield "tags can be moved"
    if not repository.get("ImageScanningConfiguration", {}).get("ScanOnPush"):
        yield "nothing is scanned"
    if repository.get("EncryptionConfiguration", {}).get("EncryptionType") != "KMS":
        yield "no key of ours"
    for statement in repository["RepositoryPolicyText"]["Statement"]:
        if any(action in PUSH or "*" in action for action in as_list(statement["Action"])):
            yield "other accounts can push"
        if not statement.get("Condition", {}).get("StringEquals", {}).get("aws:PrincipalArn"):
            yield "an account is let in whole"


def pullers(template: Template) -> set[str]:
    """The roles that pull, each as account and name."""
    (statement,) = only(template, "AWS::ECR::Repository")["RepositoryPolicyText"]["Statement"]
    arns = statement["Condition"]["StringEquals"]["aws:PrincipalArn"]
    return {f"{arn.split(':')[4]}/{arn.rpartition('/')[2]}" for arn in arns}


def test_images_stay_as_they_were_pushed(template: Template) -> None:
    assert list(loose(template)) == []


SPOILT: dict[str, dict[str, Any]] = {
    "tags can be moved": {"ImageTagMutability": "MUTABLE"},
    "nothing is scanned": {"ImageScanningConfiguration": {"ScanOnPush": False}},
    "no key of ours": {"EncryptionConfiguration": {"EncryptionType": "AES256"}},
}


@pytest.mark.parametrize("said", SPOILT)
def test_a_loose_repository_would_be_seen(template: Template, said: str) -> None:
    only(template, "AWS::ECR::Repository").update(SPOILT[said])
    assert list(loose(template)) == [said]


def test_an_account_that_may_push_would_be_seen(template: Template) -> None:
    (statement,) = only(template, "AWS::ECR::Repository")["RepositoryPolicyText"]["Statement"]
    statement.pop("Condition")
    statement["Action"] = ["ecr:PutImage"]
    assert list(loose(template)) == ["other accounts can push", "an account is let in whole"]


def test_those_who_run_images_pull_them_and_nobody_else(template: Template) -> None:
    wanted = {"dev": ("processing", "training"), "preprod": ("hosting",), "prod": ("hosting",)}
    assert pullers(template) == {
        f"{getattr(business_unit.accounts, stage)}/fmops-{unit}-{role}"
        for unit, business_unit in example().business_units.items()
        for stage, roles in wanted.items()
        for role in roles
    }


def unguarded(delivery: Template) -> Iterator[str]:
    """R25: roles of builds and pipelines to which no policy forbids writing models."""
    forbidding = {
        where.partition("/")[2]
        for where, policy in resources({"x": delivery}, "AWS::IAM::ManagedPolicy")
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        and "s3:PutObject" in as_list(statement["Action"])
        and any(str(on).endswith("/models/*") for on in as_list(statement["Resource"]))
    }
    for _, role in resources({"x": delivery}, "AWS::IAM::Role"):
        policies = {policy.get("Ref") for policy in role["Properties"]["ManagedPolicyArns"] if isinstance(policy, dict)}
        if not policies & forbidding:
            yield role["Properties"]["RoleName"]


def test_nobody_in_tooling_writes_models(templates: Templates) -> None:
    assert list(unguarded(templates["tooling-Delivery"])) == []


def test_a_build_that_writes_models_would_be_seen(templates: Templates) -> None:
    spoilt = copy.deepcopy(templates["tooling-Delivery"])
    for _, policy in resources({"x": spoilt}, "AWS::IAM::ManagedPolicy"):
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            statement["Effect"] = "Allow"
    roles = [role["Properties"]["RoleName"] for _, role in resources({"x": spoilt}, "AWS::IAM::Role")]
    assert list(unguarded(spoilt)) == roles != []
