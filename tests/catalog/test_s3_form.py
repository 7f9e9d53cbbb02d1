"""The catalog in S3: what SageMaker's CreateProject takes, as the current SDK says, and what Studio shows."""

import json
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from botocore.validate import ParamValidator
from fmops_constructs import names

from fmops import s3_templates
from fmops.catalog.discover import discover
from fmops.catalog.limits import breaches
from fmops.s3_templates import Entry
from fmops.target import Target
from tests.assemblies import ROOT, Templates, as_list, example, resources
from tests.stacks.test_lint import findings

VALUES = {"ProjectName": "churn", "SageMakerProjectName": "churn"}


@pytest.fixture(scope="module")
def entries(assembly: Path) -> list[Entry]:
    return s3_templates.entries(assembly)


def refused(request: dict[str, Any]) -> str:
    """What the SDK says against a CreateProject request; nothing when it takes it."""
    client = boto3.client("sagemaker", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="y")
    shape = client.meta.service_model.operation_model("CreateProject").input_shape
    return str(ParamValidator().validate(request, shape).generate_report())


def test_every_template_is_there_for_every_unit(entries: list[Entry]) -> None:
    units = {account for unit in example().business_units if (account := example().account("experimentation", unit))}
    assert {entry.account for entry in entries} == units
    known = {template.manifest.name for template in discover(ROOT / "templates")}
    assert {entry.name for entry in entries} <= known
    assert "ml-train-deploy-realtime" in {entry.name for entry in entries}


def test_create_project_takes_it(entries: list[Entry]) -> None:
    for entry in entries:
        request = entry.project("churn", VALUES)
        assert refused(request) == ""
        (provider,) = request["TemplateProviders"]
        assert provider["CfnTemplateProvider"]["TemplateURL"].endswith(f"/templates/{entry.name}.yaml")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda provider: provider.pop("TemplateURL"), "TemplateURL"),
        (lambda provider: provider.update(TemplateName=3), "TemplateName"),
        (lambda provider: provider.update(Parameters=[{"Name": "x"}]), "Unknown parameter in"),
    ],
)
def test_another_shape_would_be_refused(entries: list[Entry], spoil: Any, words: str) -> None:
    request = entries[0].project("churn", VALUES)
    spoil(request["TemplateProviders"][0]["CfnTemplateProvider"])
    assert words in refused(request)


def test_the_templates_are_clean_and_within_limits(entries: list[Entry]) -> None:
    for body in {entry.body: entry.name for entry in entries}:
        assert list(findings(body.encode())) == []
    for entry in entries:
        assert list(breaches(entry.name, entry.body)) == []
        assert {"SageMakerProjectName", "SageMakerProjectId"} <= set(json.loads(entry.body)["Parameters"])


def test_the_domain_says_where_they_are(templates: Templates, entries: list[Entry]) -> None:
    found = {}
    for where, domain in resources(templates, "AWS::SageMaker::Domain"):
        (value,) = (
            tag["Value"] for tag in domain["Properties"]["Tags"] if tag["Key"].startswith("sagemaker:projectS3")
        )
        found[where.partition("-Experimentation")[0]] = value
    assert set(found.values()) == {f"s3://{entry.bucket}/{names.TEMPLATES_PREFIX}" for entry in entries}


def test_studio_reads_them_from_the_browser(templates: Templates, entries: list[Entry]) -> None:
    buckets = {bucket["Properties"]["BucketName"]: bucket for _, bucket in resources(templates, "AWS::S3::Bucket")}
    for entry in entries:
        (rule,) = buckets[entry.bucket]["Properties"]["CorsConfiguration"]["CorsRules"]
        assert sorted(as_list(rule["AllowedMethods"])) == ["GET", "HEAD"]
        assert all(origin.startswith("https://*.studio.") for origin in rule["AllowedOrigins"])


class Storage:
    """A bucket in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, str]] = {}

    def list_objects_v2(self, **_: str) -> dict[str, Any]:
        return {"Contents": [{"Key": key} for key in self.objects]}

    def get_object(self, Key: str, **_: str) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
        content = self.objects[Key][0]
        return {"Body": type("Body", (), {"read": lambda _: content})()}

    def put_object(self, Key: str, Body: bytes, Tagging: str, **_: str) -> None:  # noqa: N803
        self.objects[Key] = (Body, Tagging)

    def delete_object(self, Key: str, **_: str) -> None:  # noqa: N803
        del self.objects[Key]


class Account:
    """A target with one bucket."""

    def __init__(self) -> None:
        self.storage = Storage()

    def administrator(self, account: str) -> str:
        return account

    def client(self, session: str, service: str) -> Storage:
        return self.storage


def test_publishing_tags_changes_and_removes() -> None:
    target = Account()
    entry = Entry("churn", "1", "eu-west-1", "{}")
    assert s3_templates.publish(cast(Target, target), [entry]) == 1
    assert target.storage.objects == {"templates/churn.yaml": (b"{}", "sagemaker%3Astudio-visibility=true")}
    assert s3_templates.publish(cast(Target, target), [entry]) == 0
    other = Entry("other", "1", "eu-west-1", "{}")
    assert s3_templates.publish(cast(Target, target), [other]) == 2
    assert list(target.storage.objects) == ["templates/other.yaml"]
