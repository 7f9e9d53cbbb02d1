"""What can't be read before it is deployed is said so, never passed over."""

from typing import Any

import pytest

from fmops.verify import verify
from fmops.verify.templates import Template
from fmops.verify.values import World

NESTED = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://bucket/x"}}


def unread(body: dict[str, Any], *others: str) -> list[str]:
    templates = [Template("stack.json", "stack", body), *(Template(f"out/{name}", name, {}) for name in others)]
    return [f.message for f in verify(World(templates)) if f.rule == "Template-Unread" and f.verdict == "not proven"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"Transform": "AWS::Serverless-2016-10-31", "Resources": {}}, "the macro AWS::Serverless-2016-10-31"),
        ({"Transform": ["AWS::LanguageExtensions", "Mine"], "Resources": {}}, "the macro Mine"),
        ({"Resources": {"Fn::ForEach::Topics": ["x", [], {}]}}, "a loop"),
        ({"Resources": {"It": {"Type": "Acme::S3::Bucket::MODULE"}}}, "a module"),
        ({"Resources": {"It": NESTED}}, "a stack of its own"),
        ({"Resources": {"It": {"Type": "AWS::CloudFormation::StackSet"}}}, "stacks of other accounts"),
    ],
)
def test_it_is_said(body: dict[str, Any], why: str) -> None:
    (message,) = unread(body)
    assert why in message


def test_what_is_here_is_read() -> None:
    nested = {**NESTED, "Metadata": {"aws:asset:path": "inner.nested.template.json"}}
    assert unread({"Transform": "AWS::LanguageExtensions", "Resources": {}}) == []
    assert unread({"Resources": {"It": nested}}, "inner.nested.template.json") == []
    assert unread({"Resources": {"It": nested}}, "other.json") != []
