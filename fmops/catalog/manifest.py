"""template.yaml: what a template says about itself, strict: what is not declared here is an error.

`python -m fmops.catalog.manifest` prints the JSON Schema, for editors.
"""

import datetime
import json
import re
from typing import Annotated, Any, Literal, Self

from fmops_constructs.names import RESERVED
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Journey = Literal["ml", "consumer", "fine-tuner", "provider"]
Phase = Literal["initial", "repeatable", "reliable", "scalable"]
LogicalId = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]{0,63}$")]
Line = Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[^\n]+$")]

REQUIRED_PARAMETERS = ("ProjectName", "BusinessUnit")
"""What every launch asks for: everything else is named after them."""
VERSION = r"^(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}$"


FREE = f"^(?!(?:{'|'.join(RESERVED)})(?:-|$))"
"""How a pattern begins that no reserved name matches."""


class Part(BaseModel):
    """A part of the manifest: strict types, no unknown keys, never changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Parameter(Part):
    """A question of the launch, as JSON Schema says it; CloudFormation's parameter follows from it."""

    type: Literal["string"]
    description: Line
    pattern: Annotated[str, Field(min_length=1, description="A regular expression for the whole value.")]
    default: Annotated[str | None, Field(description="The answer when none is given.")] = None

    @field_validator("pattern")
    @classmethod
    def _is_anchored(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"it is no regular expression: {error}") from None
        if not (value.startswith("^") and value.endswith("$")):
            raise ValueError("it must begin with ^ and end with $, so that nothing slips in before or after")
        return value

    @model_validator(mode="after")
    def _default_fits(self) -> Self:
        if self.default is not None and not re.search(self.pattern, self.default):
            raise ValueError(f"default {self.default!r} does not match pattern {self.pattern}")
        return self


class Cost(Part):
    """What a project costs while nobody uses it: a hint, with where it comes from and when it was read."""

    monthly_usd_idle: Annotated[float, Field(ge=0, strict=False)]
    basis: Annotated[str, Field(min_length=1, max_length=400, description="What is counted, and what is not.")]
    source: Annotated[str, Field(pattern=r"^https://", description="The price list.")]
    date: Annotated[datetime.date, Field(description="When the price list was read.")]


class Approvals(Part):
    """Who must approve before a stage: each of the personas, in an action of its own."""

    prod: Annotated[list[Literal["product_owner", "risk"]], Field(min_length=1)] = ["product_owner"]


class Manifest(Part):
    """A template."""

    name: Annotated[
        str,
        Field(
            pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
            max_length=64,
            description="The product's name: lower-case words joined by hyphens.",
        ),
    ]
    title: Annotated[str, Field(min_length=1, max_length=80)]
    version: Annotated[str, Field(pattern=VERSION, description="Three numbers, as 1.0.0.")]
    journey: Journey
    phase: Annotated[Phase, Field(description="The first phase that offers it.")]
    personas: Annotated[list[Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]], Field(min_length=1)]
    approvals: Approvals = Approvals()
    what: Annotated[str, Field(min_length=1, max_length=60, description="What a launch gives, for the list.")]
    description: Annotated[str, Field(min_length=1, max_length=1000)]
    parameters: dict[LogicalId, Parameter]
    outputs: Annotated[dict[LogicalId, Line], Field(min_length=1, description="Output of the product: what it is.")]
    cost: Cost
    withdrawn: Annotated[
        dict[Annotated[str, Field(pattern=VERSION)], Line],
        Field(description="Earlier versions that nobody may launch any more, each with the reason."),
    ] = {}

    @field_validator("name")
    @classmethod
    def _is_free(cls, value: str) -> str:
        if value.partition("-")[0] in RESERVED:
            raise ValueError(f"names that begin with {', '.join(RESERVED)} are reserved")
        return value

    @field_validator("parameters")
    @classmethod
    def _asks_for_names(cls, value: dict[str, Parameter]) -> dict[str, Parameter]:
        absent = [name for name in REQUIRED_PARAMETERS if name not in value]
        if absent:
            raise ValueError(f"every template asks for {', '.join(absent)}")
        taken = [
            word for word in RESERVED for name in (word, f"{word}-x") if re.search(value["ProjectName"].pattern, name)
        ]
        if taken:
            raise ValueError(f"ProjectName's pattern lets a reserved name through: {taken[0]}. Begin it with {FREE}")
        return value

    @model_validator(mode="after")
    def _offers_its_own_version(self) -> Self:
        if self.version in self.withdrawn:
            raise ValueError(f"version {self.version} is withdrawn; publish a later one")
        return self

    @field_validator("personas")
    @classmethod
    def _names_each_once(cls, value: list[str]) -> list[str]:
        if len(set(value)) < len(value):
            raise ValueError("it names a persona twice")
        return value

    @model_validator(mode="after")
    def _approvers_take_part(self) -> Self:
        absent = [persona for persona in self.approvals.prod if persona not in self.personas]
        if absent:
            raise ValueError(f"{', '.join(absent)} must approve what goes to prod and must be among the personas")
        return self


def schema() -> dict[str, Any]:
    """The JSON Schema, the same each time."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Manifest.model_json_schema()}


if __name__ == "__main__":
    print(json.dumps(schema(), indent=2))
