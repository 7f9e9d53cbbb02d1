"""What CloudFormation, Service Catalog and SageMaker take at most of a template.

Source: "Understand CloudFormation quotas" in CloudFormation's user guide, and `CfnCreateTemplateProvider` in the API
reference of SageMaker (TemplateName 32 characters, 180 parameters), both read on 2026-11-24.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

INLINE = 51_200
"""Bytes of a template that is sent with the request; a larger one must be in S3."""


@dataclass(frozen=True)
class Limit:
    """One limit: what is counted, how many there may be, and what to do about more."""

    what: str
    most: int
    remedy: str


IN_S3 = Limit("bytes", 1_048_576, "Move what it says twice into mappings, or make two templates of it.")
RESOURCES = Limit("resources", 500, "Make two templates of it.")
PARAMETERS = Limit("parameters", 200, "Ask for less: what follows from something else is no question.")
ASKED_BY_STUDIO = Limit("parameters that SageMaker Studio asks for", 180, PARAMETERS.remedy)
OUTPUTS = Limit("outputs", 200, "Publish fewer.")
MAPPINGS = Limit("mappings", 200, "Merge some.")
NAME = Limit("characters of a name that SageMaker Studio shows", 32, "Shorten the name.")


def breaches(name: str, body: str) -> Iterator[tuple[Limit, int]]:
    """The limits that a template's text is over, each with its count."""
    template: Mapping[str, Any] = json.loads(body)
    parameters = template.get("Parameters", {})
    counted = {
        IN_S3: len(body.encode()),
        RESOURCES: len(template.get("Resources", {})),
        PARAMETERS: len(parameters),
        ASKED_BY_STUDIO: sum("Default" not in parameter for parameter in parameters.values()),
        OUTPUTS: len(template.get("Outputs", {})),
        MAPPINGS: len(template.get("Mappings", {})),
        NAME: len(name),
    }
    return ((limit, count) for limit, count in counted.items() if count > limit.most)
