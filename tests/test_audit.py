"""The auditor's view: records become versions with their origin and decisions; a later change is shown."""

import io
import json
from typing import Any

from fmops import audit

PACKAGE = "arn:aws:sagemaker:eu-west-1:000000000011:model-package/churn/"
ABOUT = {"commit": "c" * 40, "dataset_id": "v1", "dataset_sha256": "d", "model_sha256": "m", "trained_by": "cy"}


def record(number: int, when: str, what: str, who: str, **more: Any) -> dict[str, Any]:
    base = {"model_package": f"{PACKAGE}{number}", "when": when, "what": what, "who": who, "why": None}
    return {**base, "about": ABOUT, "image": "i@sha256:1", **more}


RECORDS = [
    record(9, "1", "registered", "SageMaker"),
    record(9, "2", "model approved", "uma", why="AUC 0.99"),
    {"model_package": f"{PACKAGE}9", "when": "3", "what": "Approve/Risk: approved", "who": "pat", "why": "fine"},
    record(10, "4", "registered", "SageMaker"),
]


class Bucket:
    """S3 with a log."""

    def __init__(self, content: dict[str, dict[str, Any]]) -> None:
        self.content = content

    def get_paginator(self, _name: str) -> "Bucket":
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> list[dict[str, Any]]:  # noqa: N803
        assert Bucket == "log"
        return [{"Contents": [{"Key": key} for key in reversed(self.content) if key.startswith(Prefix)]}, {}]

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        assert Bucket == "log"
        return {"Body": io.BytesIO(json.dumps(self.content[Key]).encode())}


def test_one_query_leads_from_the_model_to_its_approvals() -> None:
    log = {f"churn/{number}.json": one for number, one in enumerate(RECORDS)}
    newest, older = audit.versions(audit.read(Bucket({**log, "churn-2/0.json": RECORDS[0]}), "log", "churn"))
    assert (newest.number, older.number) == (10, 9)
    found = older.data()
    assert (found["commit"], found["dataset_sha256"], found["image"]) == ("c" * 40, "d", "i@sha256:1")
    assert [(one["who"], one["why"]) for one in found["decisions"]] == [
        ("SageMaker", None),
        ("uma", "AUC 0.99"),
        ("pat", "fine"),
    ]
    assert found["trained_by"] == "cy"
    assert found["changed"] == []


def test_what_changed_since_the_registration_is_shown() -> None:
    """The twin: the log has seen another digest, image or trainer."""
    other = {**ABOUT, "model_sha256": "n", "trained_by": "bo"}
    (version,) = audit.versions([RECORDS[0], record(9, "2", "changed", "x", about=other, image="i@sha256:2")])
    assert version.changed == [
        "model_sha256: m became n",
        "image: i@sha256:1 became i@sha256:2",
        "trained_by: cy became bo",
    ]


def test_a_version_whose_registration_is_not_known_says_so() -> None:
    (version,) = audit.versions(RECORDS[1:2])
    assert version.origin["commit"] is None
    assert version.changed
