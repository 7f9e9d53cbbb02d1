"""What a template promises, held against what is published of it: the product's own template, from the assembly."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fmops.catalog import releasing
from fmops.catalog.discover import MANIFEST, Problem, Template
from fmops.catalog.limits import breaches

STUDIO = ("SageMakerProjectName", "SageMakerProjectId")
ADD = "Remove it, or add it to product.py."
PLATFORM = "AWS::SSM::Parameter::"


def check(template: Template, version: str, body: str) -> Iterator[Problem]:
    """All that is wrong with a published version of a template.

    Args:
        template: the folder.
        version: under which it is published.
        body: the CloudFormation template, as it is uploaded.
    """
    manifest, file = template.manifest, template.folder / MANIFEST
    product: Mapping[str, Any] = json.loads(body)
    for limit, count in breaches(manifest.name, body):
        yield Problem(
            template.folder / "product.py",
            "",
            f"The product has {count} {limit.what}; AWS takes {limit.most}.",
            limit.remedy,
        )
    if version != manifest.version:
        yield Problem(file, "version", f"{version} is published.", "Synthesise again: make synth")
    yield from releasing.changed(template, product)
    declared = product.get("Parameters", {})
    asked = {
        name
        for name, parameter in declared.items()
        if name not in STUDIO and not str(parameter["Type"]).startswith(PLATFORM)
    }
    for name in manifest.parameters:
        if name not in asked:
            yield Problem(
                file, f"parameters.{name}", "It is not in the product.", "Remove it, or add it to product.py."
            )
    for name in sorted(asked - set(manifest.parameters)):
        yield Problem(file, "parameters", f"The product asks for {name}.", "Add it, so that a launch can answer.")
    for name in STUDIO:
        if name not in declared:
            yield Problem(
                template.folder / "product.py", "", f"It has no parameter {name}.", "SageMaker Studio fills it in."
            )
    for name in manifest.outputs:
        if name not in product.get("Outputs", {}):
            yield Problem(file, f"outputs.{name}", "It is not in the product.", ADD)
