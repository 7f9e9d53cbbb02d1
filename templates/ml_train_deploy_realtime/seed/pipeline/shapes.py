"""Checks a pipeline definition before SageMaker sees it: against the requests that its steps will become.

SageMaker takes a definition as text and finds a wrong field only when the step starts, minutes later. The request
shapes are botocore's, so the check needs no credentials and no network.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import botocore.session
from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator

from pipeline.card import is_expression

OPERATIONS = {
    "Processing": ("CreateProcessingJob", "ProcessingJobName"),
    "Training": ("CreateTrainingJob", "TrainingJobName"),
    "RegisterModel": ("CreateModelPackage", None),
}
"""Request of a step type, and the member that SageMaker adds by itself."""

STEP_OR_PARAMETER = re.compile(r"(Steps|Parameters)\.([^.\[]+)")


def problems(definition: Mapping[str, Any]) -> list[str]:
    """What is wrong with a definition, one line each; empty when nothing is."""
    service = botocore.session.Session().get_service_model("sagemaker")
    steps = list(_steps(definition["Steps"]))
    found = []
    for step in steps:
        if step["Type"] in OPERATIONS:
            operation, own = OPERATIONS[step["Type"]]
            found += [f"{step['Name']}: {text}" for text in _request(service.operation_model(operation), own, step)]
    known = {"Steps": {step["Name"] for step in steps}, "Parameters": {one["Name"] for one in definition["Parameters"]}}
    for address in sorted(set(_addresses(definition))):
        match = STEP_OR_PARAMETER.match(address)
        if match and match[2] not in known[match[1]]:
            found.append(f"{address}: there is no {match[2]!r} among {match[1]}: {sorted(known[match[1]])}")
    return found


def _steps(steps: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for step in steps:
        yield step
        if step["Type"] == "Condition":
            yield from _steps(step["Arguments"]["IfSteps"] + step["Arguments"]["ElseSteps"])


def _addresses(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("Get"), str):
            yield node["Get"]
        for child in node.values():
            yield from _addresses(child)
    elif isinstance(node, list):
        for child in node:
            yield from _addresses(child)


def _request(operation: OperationModel, own: str | None, step: Mapping[str, Any]) -> Iterator[str]:
    arguments = {**step["Arguments"], **({own: step["Name"]} if own else {})}
    report = ParamValidator().validate(_sample(arguments, operation.input_shape), operation.input_shape)
    if report.has_errors():
        yield from (f"{operation.name}: {line}" for line in report.generate_report().splitlines())
    yield from (f"{operation.name}: {line}" for line in _values(arguments, operation.input_shape, "Arguments"))


def _sample(node: Any, shape: Shape | None) -> Any:
    """The same request with each expression replaced by a value of the type that stands there."""
    if is_expression(node):
        return {"integer": 1, "long": 1, "float": 1.0, "double": 1.0, "boolean": True}.get(
            shape.type_name if shape else "string", "x" * max(1, shape.metadata.get("min", 1) if shape else 1)
        )
    if isinstance(node, dict):
        return {key: _sample(child, _member(shape, key)) for key, child in node.items()}
    if isinstance(node, list):
        return [_sample(child, shape.member if shape and shape.type_name == "list" else None) for child in node]
    return node


def _values(node: Any, shape: Shape | None, path: str) -> Iterator[str]:
    """What botocore's own validator leaves out: enumerations and patterns of plain strings."""
    if shape is None or is_expression(node):
        return
    if isinstance(node, dict):
        for key, child in node.items():
            yield from _values(child, _member(shape, key), f"{path}.{key}")
    elif isinstance(node, list) and shape.type_name == "list":
        for number, child in enumerate(node):
            yield from _values(child, shape.member, f"{path}[{number}]")
    elif isinstance(node, str) and shape.type_name == "string":
        if shape.enum and node not in shape.enum:
            yield f"{path}: {node!r} is not one of SageMaker's values for {shape.name}"
        pattern = shape.metadata.get("pattern", "")
        if pattern and "\\p{" not in pattern and not re.fullmatch(pattern, node):
            yield f"{path}: {node!r} does not match {pattern}"


def _member(shape: Shape | None, key: str) -> Shape | None:
    if shape is None:
        return None
    return shape.value if shape.type_name == "map" else getattr(shape, "members", {}).get(key)
