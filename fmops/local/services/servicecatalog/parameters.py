"""A product's parameters: described as the template declares them, and checked before anything is launched."""

import json
import re
from typing import Any

from fmops.local.registry import Model
from fmops.local.services.servicecatalog.catalog import invalid

_CONSTRAINTS: dict[str, Any] = {
    "AllowedPattern": str,
    "ConstraintDescription": str,
    "AllowedValues": lambda values: [str(value) for value in values],
    **dict.fromkeys(("MinLength", "MaxLength", "MinValue", "MaxValue"), str),
}


def declared(artifact: Model) -> dict[str, Model]:
    """The template's Parameters section."""
    found: dict[str, Model] = json.loads(artifact["Parameters"])
    return found


def described(artifact: Model) -> list[Model]:
    """The parameters as DescribeProvisioningParameters answers."""
    return [
        {
            "ParameterKey": name,
            "ParameterType": spec.get("Type", "String"),
            "IsNoEcho": str(spec.get("NoEcho", False)).lower() == "true",
            "Description": spec.get("Description", ""),
            "ParameterConstraints": {key: make(spec[key]) for key, make in _CONSTRAINTS.items() if key in spec},
            **({"DefaultValue": str(spec["Default"])} if "Default" in spec else {}),
        }
        for name, spec in declared(artifact).items()
    ]


def _problem(value: str, spec: Model) -> str | None:
    """Why a value breaks its declaration, or None."""
    values = value.split(",") if "List" in spec.get("Type", "") else [value]
    tests: dict[str, Any] = {
        "AllowedValues": lambda allowed: all(v in map(str, allowed) for v in values),
        "AllowedPattern": lambda pattern: all(re.fullmatch(pattern, v) for v in values),
        "MinLength": lambda length: len(value) >= int(length),
        "MaxLength": lambda length: len(value) <= int(length),
        "MinValue": lambda least: float(value) >= float(least),
        "MaxValue": lambda most: float(value) <= float(most),
    }
    if spec.get("Type") == "Number" and not re.fullmatch(r"-?\d+(\.\d+)?", value):
        return "must be a number"
    for name, test in tests.items():
        if name in spec and not test(spec[name]):
            return str(spec.get("ConstraintDescription") or f"must satisfy {name} {spec[name]}")
    return None


def checked(artifact: Model, given: list[Model], previous: dict[str, str] | None = None) -> dict[str, str]:
    """The values that a launch uses: the given ones, each known and allowed.

    Args:
        given: the request's ProvisioningParameters.
        previous: the values of an earlier launch, for UsePreviousValue.

    Raises:
        AwsError: InvalidParametersException that names the parameters which are missing, unknown or refused.
    """
    specs = declared(artifact)
    values: dict[str, str] = {}
    for entry in given:
        name = entry["Key"]
        if entry.get("UsePreviousValue"):
            values |= {name: previous[name]} if previous and name in previous else {}
        else:
            values[name] = entry.get("Value", "")
    unknown = sorted(values.keys() - specs.keys())
    if unknown:
        raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    lacking = sorted(name for name, spec in specs.items() if "Default" not in spec and name not in values)
    if lacking:
        raise invalid(f"Parameters: [{', '.join(lacking)}] must have values")
    for name, value in values.items():
        why = _problem(value, specs[name])
        if why:
            raise invalid(f"Parameter '{name}' has the value '{value}': {why}")
    return values
