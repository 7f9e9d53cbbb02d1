"""Resource schemas: what CloudFormation accepts, what it says when it does not, and what AWS mints."""

import re
from typing import Any

import pytest

from fmops.local import context, mint, schemas, store

REGION, ACCOUNT = "eu-west-1", "000000000012"


def schema(resource_type: str) -> schemas.Schema:
    """The schema of a type that exists."""
    found = schemas.load(resource_type, REGION)
    assert found is not None
    return found


def test_the_catalog_knows_aws() -> None:
    assert len(schemas.catalog(REGION)) > 1000
    assert schemas.load("AWS::SageMaker::Crystal", REGION) is None
    assert schemas.catalog("xx-nowhere-1") == {}


@pytest.mark.parametrize(
    ("resource_type", "properties", "said"),
    [
        ("AWS::SageMaker::ModelPackageGroup", {}, "#: required key [ModelPackageGroupName] not found"),
        (
            "AWS::SageMaker::ModelPackageGroup",
            {"ModelPackageGroupName": "a", "Colour": "red"},
            "#: extraneous key [Colour] is not permitted",
        ),
        (
            "AWS::SageMaker::ModelPackageGroup",
            {"ModelPackageGroupName": "a b"},
            "#/ModelPackageGroupName: string [a b] does not match pattern",
        ),
        (
            "AWS::SageMaker::ModelPackageGroup",
            {"ModelPackageGroupName": "a", "ModelPackageGroupArn": "arn:aws:x"},
            "#: extraneous key [ModelPackageGroupArn] is not permitted",
        ),
        (
            "AWS::ServiceCatalog::PortfolioShare",
            {"PortfolioId": "p", "AccountId": "12"},
            "#/AccountId: string [12] does not match",
        ),
    ],
)
def test_problems_are_named(resource_type: str, properties: dict[str, Any], said: str) -> None:
    assert any(problem.startswith(said) for problem in schemas.problems(schema(resource_type), properties))


def test_right_properties_have_none() -> None:
    assert schemas.problems(schema("AWS::SageMaker::ModelPackageGroup"), {"ModelPackageGroupName": "a"}) == []


def test_coercion_is_cloudformations() -> None:
    found = schema("AWS::CodeBuild::Project")
    given = {"TimeoutInMinutes": "10", "BadgeEnabled": "true", "Name": 1}
    assert schemas.coerce(found, found, given) == {"TimeoutInMinutes": 10, "BadgeEnabled": True, "Name": "1"}
    assert schemas.coerce(found, found, {"TimeoutInMinutes": "long"}) == {"TimeoutInMinutes": "long"}


def test_api_names_become_template_names() -> None:
    found = schema("AWS::CodePipeline::Pipeline")
    given = {"name": "p", "stages": [{"name": "s", "actions": []}], "unknown": 1}
    assert schemas.named(found, found, given) == {"Name": "p", "Stages": [{"Name": "s", "Actions": []}]}


@pytest.mark.parametrize(
    ("resource_type", "path", "model", "pattern"),
    [
        (
            "AWS::SageMaker::ModelPackageGroup",
            "ModelPackageGroupArn",
            {"ModelPackageGroupName": "g"},
            f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package-group/g",
        ),
        (
            "AWS::CodeArtifact::Repository",
            "Arn",
            {"DomainName": "d", "RepositoryName": "r"},
            f"arn:aws:codeartifact:{REGION}:{ACCOUNT}:repository/d/r",
        ),
        ("AWS::CodeArtifact::Domain", "Name", {"DomainName": "d"}, "d"),
        ("AWS::SageMaker::Domain", "DomainId", {}, r"d-.+"),
        ("AWS::SageMaker::ModelPackageGroup", "CreationTime", {}, r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
        ("AWS::SageMaker::Domain", "Url", {}, r"https://.*\.localhost"),
    ],
)
def test_minted_values_look_like_awss(resource_type: str, path: str, model: dict[str, Any], pattern: str) -> None:
    with context.scope(ACCOUNT, REGION):
        assert re.fullmatch(pattern, str(mint.value(schema(resource_type), path, model)))


@pytest.mark.parametrize("pattern", ["^d-[a-z0-9]{6,12}$", "[0-9]{12}", "^(a|b)[A-Z]{2}x?$", "app-[0-9a-f]{8}"])
def test_samples_match_their_pattern(pattern: str) -> None:
    assert re.search(pattern, mint.sample(pattern))


class TestStore:
    """The store by itself, without a server."""

    kind = "AWS::SageMaker::ModelPackageGroup"

    def test_create_find_update_delete(self) -> None:
        with context.scope("111111111111", REGION):
            made = store.create(self.kind, {"ModelPackageGroupName": "g"})
            assert store.get(self.kind, "g") == store.get(self.kind, made["ModelPackageGroupArn"]) == made
            assert store.find(self.kind, ModelPackageGroupName="g") == made
            tags = [{"Key": "a", "Value": "b"}]
            changed = store.update(self.kind, "g", {"ModelPackageGroupName": "g", "Tags": tags})
            assert changed["ModelPackageGroupArn"] == made["ModelPackageGroupArn"]
            with pytest.raises(ValueError, match="exists"):
                store.create(self.kind, {"ModelPackageGroupName": "g"})
            store.delete(self.kind, "g")
            store.delete(self.kind, "g")
            assert store.get(self.kind, "g") is None
            with pytest.raises(ValueError, match="not found"):
                store.update(self.kind, "g", {"ModelPackageGroupName": "g"})

    def test_accounts_and_regions_are_apart(self) -> None:
        with context.scope("222222222222", REGION):
            store.create(self.kind, {"ModelPackageGroupName": "g"})
            with context.scope("222222222222", "us-east-1"):
                assert store.list_(self.kind) == []
            with context.scope("333333333333", REGION):
                assert store.list_(self.kind) == []
                assert ("222222222222", "g") in [(a, m["ModelPackageGroupName"]) for a, m in store.anywhere(self.kind)]

    def test_what_is_read_is_a_copy(self) -> None:
        with context.scope("444444444444", REGION):
            store.create(self.kind, {"ModelPackageGroupName": "g"})["ModelPackageGroupName"] = "other"
            (store.get(self.kind, "g") or {})["ModelPackageGroupName"] = "other"
            assert [model["ModelPackageGroupName"] for model in store.list_(self.kind)] == ["g"]

    def test_unknown_types_are_named(self) -> None:
        with context.scope("444444444444", REGION), pytest.raises(ValueError, match="AWS::Un::Known"):
            store.create("AWS::Un::Known", {})
