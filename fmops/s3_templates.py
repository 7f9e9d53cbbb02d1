"""The catalog as SageMaker finds it in S3: each unit's requests, as objects that Studio shows.

The same templates are Service Catalog's in experimentation: what is launched is one definition, whichever list it is
chosen from. Source: "Create Custom Project Templates", Using a template from an Amazon S3 bucket, in SageMaker's guide.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fmops_constructs import names

from fmops.bootstrap.assembly import NESTED, STACK
from fmops.products import of_stack
from fmops.target import Target

STARTER = "project-starter"
"""The role that CloudFormation takes for such a project's stack."""
VISIBLE = {"sagemaker:studio-visibility": "true"}
REQUESTS = "-Requests"
"""How the names of the stacks end whose products ask tooling for projects."""


@dataclass(frozen=True)
class Entry:
    """A template of a business unit's Studio.

    Attributes:
        name: the template's.
        account: the experimentation account.
        region: its region.
        body: the CloudFormation template.
    """

    name: str
    account: str
    region: str
    body: str

    @property
    def bucket(self) -> str:
        """Where it is published."""
        return names.bucket(names.PROJECT_TEMPLATES, self.account, self.region)

    @property
    def key(self) -> str:
        """Its object; SageMaker takes YAML, which JSON is."""
        return f"{names.TEMPLATES_PREFIX}{self.name}.yaml"

    @property
    def url(self) -> str:
        """The address that CreateProject takes."""
        return f"https://{self.bucket}.s3.{self.region}.amazonaws.com/{self.key}"

    def project(self, name: str, values: Mapping[str, str]) -> dict[str, Any]:
        """The request of a CreateProject call that starts a project from it.

        Args:
            name: the SageMaker project's.
            values: the template's parameters.
        """
        provider = {
            "TemplateName": self.name,
            "TemplateURL": self.url,
            "RoleARN": names.role_arn(self.account, STARTER),
            "Parameters": [{"Key": key, "Value": value} for key, value in sorted(values.items())],
        }
        return {"ProjectName": name, "TemplateProviders": [{"CfnTemplateProvider": provider}]}


def entries(assembly: Path) -> list[Entry]:
    """What an assembly publishes to S3: every unit's requests."""
    return sorted(_entries(assembly), key=lambda entry: (entry.account, entry.name))


def _entries(folder: Path) -> Iterator[Entry]:
    manifest = folder / "manifest.json"
    found = json.loads(manifest.read_text(encoding="utf-8")).get("artifacts", {}) if manifest.exists() else {}
    for artifact in found.values():
        properties = artifact.get("properties", {})
        if artifact["type"] == NESTED:
            yield from _entries(folder / properties["directoryName"])
        elif artifact["type"] == STACK and properties.get("stackName", "").endswith(REQUESTS):
            account, _, region = artifact["environment"].removeprefix("aws://").partition("/")
            newest = {version.name: version for version in of_stack(folder / properties["templateFile"])}
            for version in newest.values():  # an object has no versions to choose from
                yield Entry(version.name, account, region, version.body)


def publish(target: Target, found: list[Entry]) -> int:
    """Uploads what is new or has changed; objects of templates that went are removed. Says how many it changed."""
    changed = 0
    for account in sorted({entry.account for entry in found}):
        s3 = target.client(target.administrator(account), "s3")
        mine = {entry.key: entry for entry in found if entry.account == account}
        bucket = next(iter(mine.values())).bucket
        there = {o["Key"] for o in s3.list_objects_v2(Bucket=bucket, Prefix=names.TEMPLATES_PREFIX).get("Contents", [])}
        for key, entry in mine.items():
            body = entry.body.encode()
            if key in there and s3.get_object(Bucket=bucket, Key=key)["Body"].read() == body:
                continue
            s3.put_object(Bucket=bucket, Key=key, Body=body, Tagging=urlencode(VISIBLE), ContentType="application/yaml")
            changed += 1
        for key in sorted(there - set(mine)):
            s3.delete_object(Bucket=bucket, Key=key)
            changed += 1
    return changed
