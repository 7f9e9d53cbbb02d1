"""What a template holds that no reader sees before it is deployed: macros, modules, stacks in stacks."""

from collections.abc import Iterator

from fmops.verify.findings import Finding
from fmops.verify.templates import Template
from fmops.verify.values import World, many

HARMLESS = ("AWS::LanguageExtensions",)
"""Transforms that add functions, which are understood or said not to be, and no resources."""
ELSEWHERE = {
    "AWS::CloudFormation::Stack": ("a stack of its own, whose template isn't here", "Name its template too."),
    "AWS::CloudFormation::StackSet": ("stacks of other accounts, whose template isn't here", "Name its template too."),
}
MODULE, LOOP = "::MODULE", "Fn::ForEach::"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"


def verify(world: World) -> Iterator[Finding]:
    """A finding for each part that is not proven, and why."""
    read = {template.file.rpartition("/")[2] for template in world.templates}
    for template in world.templates:
        for mistake in template.mistakes:
            yield _not_proven(template, mistake.split(" ")[0], mistake, "Write it as CloudFormation has it.")
        for name in many(template.body.get("Transform")):
            if name not in HARMLESS:
                yield _not_proven(template, str(name), f"the macro {name} writes it", "Process it, and verify that.")
        for name in template.body["Resources"]:
            if str(name).startswith(LOOP):
                yield _not_proven(template, str(name), "a loop writes it", "Process it, and verify that.")
        for resource in template.resources.values():
            if resource.type.endswith(MODULE):
                yield _not_proven(template, resource.logical_id, "a module writes it", "Verify the module's template.")
            elif resource.type in ELSEWHERE:
                metadata = template.body["Resources"][resource.logical_id].get("Metadata") or {}
                if metadata.get("aws:asset:path") not in read:
                    yield _not_proven(template, resource.logical_id, *ELSEWHERE[resource.type])


def _not_proven(template: Template, logical_id: str, why: str, remedy: str) -> Finding:
    return Finding(
        rule="Template-Unread",
        file=template.file,
        stack=template.stack,
        logical_id=logical_id,
        message=f"{template.stack}/{logical_id} is not proven: {why}.",
        remedy=remedy,
        verdict="not proven",
        source=SOURCE,
    )
