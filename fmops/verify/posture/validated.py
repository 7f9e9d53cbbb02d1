"""What cloudformation-validate says, strictly: types, properties and values that CloudFormation would refuse.

Source: https://pypi.org/project/cloudformation-validate/
"""

import functools
from collections.abc import Iterator
from pathlib import Path

import cloudformation_validate as validate

from fmops.verify.findings import Finding
from fmops.verify.templates import Template
from fmops.verify.values import World

SEVERE = (validate.Severity.WARN, validate.Severity.ERROR, validate.Severity.FATAL)
SOURCE = "https://pypi.org/project/cloudformation-validate/"
ELSEWHERE = {
    "W9013": "accounts, regions and partitions are looked at in `literals`, which knows where a template is for",
    "W9002": "the same, of whole ARNs",
}
"""Rules that aren't asked here, and which of ours asks instead."""
MISTAKEN = {
    ("E3050", "AWS::CodeBuild::Project"): "it takes Fn::GetAtt for Ref at ServiceRole (1.14.0)",
}
"""A rule that is mistaken at a type, and how."""


@functools.cache
def _engine() -> validate.CompositeEngine:
    return validate.CompositeEngine()


def verify(world: World) -> Iterator[Finding]:
    """A finding for each warning or error in each template."""
    for template in world.templates:
        if Path(template.file).is_file():
            yield from _one(template, Path(template.file).read_bytes())


def _one(template: Template, text: bytes) -> Iterator[Finding]:
    try:
        report = _engine().validate_template(text, validate.ValidateConfig(strict=True))
    except validate.ValidationError as error:
        yield _finding(template, "", "unread", f"cloudformation-validate could not read it ({error}).", unproven=True)
        return
    for said in report.diagnostics:
        entity = said.entity
        logical_id, type_ = (str(entity.logical_id), str(entity.resource_type)) if entity else ("", "")
        if said.severity in SEVERE and said.rule_id not in ELSEWHERE and (said.rule_id, type_) not in MISTAKEN:
            message = f"{template.stack}/{logical_id} ({type_}): {str(said.message).rstrip('.')}."
            yield _finding(template, logical_id, str(said.rule_id), message, str(said.property_path or ""))


def _finding(
    template: Template, logical_id: str, rule: str, message: str, path: str = "", *, unproven: bool = False
) -> Finding:
    resource = template.resources.get(logical_id)
    return Finding(
        rule=f"Validate-{rule}",
        file=template.file,
        stack=template.stack,
        logical_id=logical_id,
        construct=resource.construct if resource else "",
        message=message,
        remedy="Correct it: CloudFormation refuses it, or does something else than it says.",
        path=(path,) if path else (),
        verdict="not proven" if unproven else "found",
        source=SOURCE,
    )
