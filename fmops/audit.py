"""From a model to its commit, its data, its image and everyone who decided about it: the auditor's one question."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fmops_constructs import names

Record = Mapping[str, Any]


@dataclass
class Version:
    """A model version, as the approval log knows it.

    Attributes:
        arn: of the model package.
        records: what became of it, oldest first.
    """

    arn: str
    records: list[Record] = field(default_factory=list)

    @property
    def number(self) -> int:
        """Its number within the project."""
        return int(self.arn.rpartition("/")[2])

    @property
    def origin(self) -> dict[str, Any]:
        """What it was made from, as it was registered: commit, data, model, image, and who trained it."""
        first = next((one for one in self.records if one["what"] == "registered"), {})
        about = first.get("about", {})
        return {
            "commit": about.get("commit"),
            "dataset": about.get("dataset_id"),
            "dataset_sha256": about.get("dataset_sha256"),
            "model_sha256": about.get("model_sha256"),
            "image": first.get("image"),
            "trained_by": about.get("trained_by"),
        }

    @property
    def changed(self) -> list[str]:
        """What a later record says otherwise than the registration: nothing, or the log has found something."""
        found = []
        for name, value in self.origin.items():
            said = {
                (one.get("image") if name == "image" else one.get("about", {}).get(_MEMBER.get(name, name)))
                for one in self.records
                if one.get("about")
            }
            found += [f"{name}: {value} became {other}" for other in sorted(map(str, said - {value}))]
        return found

    def data(self) -> dict[str, Any]:
        """For machines."""
        decisions = [{key: one.get(key) for key in ("when", "what", "who", "as", "why")} for one in self.records]
        return {"model_package": self.arn, **self.origin, "decisions": decisions, "changed": self.changed}


def actor(record: Record) -> str:
    """Who did it, for people: a person's name, or the role of a build."""
    name, arn = record.get("who"), str(record.get("as") or "")
    if str(name).startswith("AWSCodeBuild-") and "/" in arn:
        return arn.split("/")[1]
    return str(name or "unknown")


_MEMBER = {"dataset": "dataset_id"}


def read(s3: Any, bucket: str, project: str) -> list[Record]:
    """All records of a project, oldest first."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{project}/")
    keys = sorted(one["Key"] for page in pages for one in page.get("Contents", ()))
    return [json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys]


def versions(records: Iterable[Record]) -> list[Version]:
    """The versions that records speak of, newest first."""
    found: dict[str, Version] = {}
    for record in records:
        arn = record.get("model_package")
        if arn:
            found.setdefault(arn, Version(arn)).records.append(record)
    return sorted(found.values(), key=lambda version: version.number, reverse=True)


def bucket(tooling: str, region: str) -> str:
    """The approval log's bucket."""
    return names.bucket(names.APPROVALS, tooling, region)
