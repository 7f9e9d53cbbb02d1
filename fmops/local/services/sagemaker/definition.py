"""The language of SageMaker pipelines, version 2020-12-01: parse and check a definition, bind its parameters.

Arguments are checked against botocore's request shapes, references against the steps and the shapes that their
properties have, as AWS does when a pipeline is created.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from fmops.local import shapes
from fmops.local.registry import AwsError
from fmops.local.services.sagemaker.expressions import COMPARISONS, is_expression, path_of, references

Json = dict[str, Any]
VERSION = "2020-12-01"
EXECUTION_VARIABLES = {
    "PipelineName",
    "PipelineArn",
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "StartDateTime",
    "CurrentDateTime",
    "ProcessingJobName",
    "TrainingJobName",
}
_TYPES: dict[str, Callable[[str], Any]] = {
    "String": str,
    "Integer": int,
    "Float": float,
    "Boolean": lambda text: {"true": True, "false": False}[text.lower()],
}


@dataclass(frozen=True)
class StepType:
    """How a type of step maps to the API: the request of its Arguments, and the answer that its properties are."""

    request: str | None = None
    properties: str | None = None


STEP_TYPES = {
    "Processing": StepType("CreateProcessingJob", "DescribeProcessingJob"),
    "Training": StepType("CreateTrainingJob", "DescribeTrainingJob"),
    "RegisterModel": StepType("CreateModelPackage", "DescribeModelPackage"),
    "Model": StepType("CreateModel", "DescribeModel"),
    "Condition": StepType(),
    "Fail": StepType(),
    "Lambda": StepType(),
}
_NAMED_BY_SERVICE = {"ProcessingJobName", "TrainingJobName", "ModelName"}
_REFUSED = {"ModelPackageName"}  # AWS: "the pipeline backend excludes this field"


@dataclass(frozen=True)
class Step:
    """One step: what it waits for, and the branch of a condition (step, outcome) that it belongs to."""

    name: str
    type: str
    body: Json
    after: frozenset[str]
    branch: tuple[str, bool] | None = None

    @property
    def arguments(self) -> Json:
        """What the step's request is made from."""
        found: Json = self.body.get("Arguments") or {}
        return found


@dataclass(frozen=True)
class Definition:
    """A checked definition: parameters by name and all steps by name, those inside conditions included."""

    parameters: dict[str, Json]
    steps: dict[str, Step]


def refuse(why: str) -> NoReturn:
    """Raises AWS's ValidationException for a definition."""
    raise AwsError("ValidationException", f"Unable to parse pipeline definition. {why}")


def parse(text: str) -> Definition:
    """A definition from its JSON.

    Raises:
        AwsError: ValidationException that says what is wrong and where.
    """
    try:
        body = json.loads(text)
    except ValueError as error:
        refuse(f"Malformed JSON: {error}.")
    if not isinstance(body, dict) or not isinstance(body.get("Steps"), list):
        refuse("Expecting start of Json Array." if isinstance(body, dict) else "Expecting start of Json Object.")
    if body.get("Version") != VERSION:
        refuse(f"Version '{body.get('Version')}' is not supported; it must be '{VERSION}'.")
    parameters: dict[str, Json] = {}
    for declared in body.get("Parameters") or []:
        if declared.get("Type") not in _TYPES:
            refuse(f"Parameter '{declared.get('Name')}' has type '{declared.get('Type')}', not one of {list(_TYPES)}.")
        parameters[declared["Name"]] = declared
    found = Definition(parameters, {})
    _collect(body["Steps"], None, found.steps)
    for step in found.steps.values():
        _check(step, found)
    _order(found)
    return found


def _collect(bodies: list[Json], branch: tuple[str, bool] | None, steps: dict[str, Step]) -> None:
    for body in bodies:
        name, kind = body.get("Name", ""), body.get("Type", "")
        if kind not in STEP_TYPES:
            refuse(f"Step '{name}' has type '{kind}'; the embedded AWS runs {sorted(STEP_TYPES)}.")
        if not re.fullmatch(r"[A-Za-z0-9\-_]{1,64}", name):
            refuse(f"Step name '{name}' must be 1 to 64 letters, digits, hyphens or underscores.")
        if name in steps:
            refuse(f"Duplicate step name '{name}'.")
        inner = ("IfSteps", "ElseSteps") if kind == "Condition" else ()
        own = {key: value for key, value in (body.get("Arguments") or {}).items() if key not in inner}
        used = {ref.split(".")[1] for ref in references(own) if ref.startswith("Steps.")}
        gate = {branch[0]} if branch else set()
        steps[name] = Step(name, kind, body, frozenset({*body.get("DependsOn", ()), *used, *gate}), branch)
        for key in inner:
            _collect((body.get("Arguments") or {}).get(key) or [], (name, key == "IfSteps"), steps)


def _check(step: Step, definition: Definition) -> None:
    for other in step.after - definition.steps.keys():
        refuse(f"Step '{step.name}' refers to step '{other}', which is not defined.")
    for reference in references(step.body):
        _check_reference(reference, step, definition)
    request = STEP_TYPES[step.type].request
    if request:
        shape = shapes.model("sagemaker").operation_model(request).input_shape
        _check_members(step.arguments, shape, top=True)
    if step.type == "Condition":
        for condition in step.arguments.get("Conditions") or []:
            _check_condition(condition)


def _check_condition(condition: Json) -> None:
    kind = condition.get("Type", "")
    needed = {"In": ("QueryValue", "Values"), "Not": ("Expression",), "Or": ("Conditions",)}
    members = needed.get(kind, ("LeftValue", "RightValue") if kind in COMPARISONS else None)
    if members is None:
        refuse(f"Unknown condition type '{kind}'; it must be one of {[*COMPARISONS, *needed]}.")
    for member in members:
        if member not in condition:
            refuse(f"Condition '{kind}' needs '{member}'.")
    for inner in [condition["Expression"]] if kind == "Not" else condition.get("Conditions", []):
        _check_condition(inner)


def _check_reference(reference: str, step: Step, definition: Definition) -> None:
    scope, *rest = path_of(reference)
    name = str(rest[0]) if rest else ""
    known = {"Parameters": definition.parameters, "Execution": EXECUTION_VARIABLES, "Steps": definition.steps}
    if scope not in known or name not in known[str(scope)]:
        refuse(f"Invalid property reference '{reference}' in step '{step.name}'.")
    if scope != "Steps":
        return
    target = definition.steps[name]
    if rest[1:2] == ["PropertyFiles"]:
        files = [file.get("PropertyFileName") for file in target.body.get("PropertyFiles") or []]
        if rest[2:3] != files and (len(rest) < 3 or rest[2] not in files):
            refuse(f"Invalid property reference '{reference}' in step '{step.name}': property files are {files}.")
    elif STEP_TYPES[target.type].properties:
        shape = shapes.model("sagemaker").operation_model(STEP_TYPES[target.type].properties).output_shape
        for part in rest[1:]:
            if shape.type_name == "structure" and part in shape.members:
                shape = shape.members[part]
            elif shape.type_name in ("list", "map"):
                shape = shape.member if shape.type_name == "list" else shape.value
            else:
                refuse(f"Invalid property reference '{reference}' in step '{step.name}': no '{part}' there.")


def _check_members(value: Any, shape: Any, *, top: bool = False) -> None:
    """A step's Arguments against the request's shape, in AWS's words."""
    if is_expression(value):
        return
    if shape.type_name in ("structure", "map"):
        if not isinstance(value, dict):
            refuse("Expecting start of Json Object.")
        members = shape.members if shape.type_name == "structure" else dict.fromkeys(value, shape.value)
        for name, inner in value.items():
            if name not in members or (top and name in _REFUSED):
                refuse(f"Unknown Argument member '{name}'.")
            _check_members(inner, members[name])
        for name in getattr(shape, "required_members", ()):
            if name not in value and not (top and name in _NAMED_BY_SERVICE):
                refuse(f"Model Validation failed: '{shape.name}' has no value for required member '{name}'.")
    elif shape.type_name == "list":
        if not isinstance(value, list):
            refuse("Expecting start of Json Array.")
        for inner in value:
            _check_members(inner, shape.member)
    elif getattr(shape, "enum", None) and value not in shape.enum:
        allowed = ", ".join(shape.enum)
        refuse(
            f"Model Validation failed: Value '{value}' for '{shape.name}' failed to satisfy enum value set: [{allowed}]"
        )


def _order(definition: Definition) -> None:
    done: set[str] = set()
    while len(done) < len(definition.steps):
        ready = {name for name, step in definition.steps.items() if name not in done and step.after <= done}
        if not ready:
            refuse(f"Steps {sorted(definition.steps.keys() - done)} wait for each other.")
        done |= ready


def bind(definition: Definition, given: list[Json]) -> Json:
    """The parameters of one execution, typed: what was given over the defaults.

    Raises:
        AwsError: ValidationException for a parameter that is unknown, missing or of another type.
    """
    values = {item["Name"]: item["Value"] for item in given}
    unknown = sorted(values.keys() - definition.parameters.keys())
    if unknown:
        raise AwsError("ValidationException", f"Invalid parameters {unknown}: the pipeline does not define them.")
    bound: Json = {}
    for name, declared in definition.parameters.items():
        if name not in values and "DefaultValue" not in declared:
            raise AwsError("ValidationException", f"Parameter '{name}' has no default value: one must be given.")
        value = values.get(name, declared.get("DefaultValue"))
        try:
            bound[name] = _TYPES[declared["Type"]](value) if isinstance(value, str) else value
        except (ValueError, KeyError):
            message = f"Parameter '{name}' is of type {declared['Type']}; '{value}' is not."
            raise AwsError("ValidationException", message) from None
        allowed = declared.get("EnumValues")
        if allowed and bound[name] not in allowed:
            raise AwsError("ValidationException", f"Parameter '{name}' must be one of {allowed}, not '{value}'.")
    return bound
