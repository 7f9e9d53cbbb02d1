"""A template's values as patterns: what is fixed stays, what the launch decides becomes `*`."""

import re
from collections.abc import Mapping
from typing import Any

PSEUDO = ("AWS::AccountId", "AWS::Partition", "AWS::Region")
UNIT = "BusinessUnit"
PUBLISHED = "AWS::SSM::Parameter"


def symbol(value: Any, template: Mapping[str, Any]) -> str:
    """A name or ARN as a pattern.

    CloudFormation's pseudo parameters and the business unit stay as `${...}`; a parameter that the platform publishes
    is `${/fmops/keys/artifacts-arn}`, its name in Systems Manager; what else isn't known before the launch is `*`.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and len(value) == 1:
        (function, argument), *_ = value.items()
        if function == "Ref":
            return _parameter(argument, template)
        if function == "Fn::Join" and isinstance(argument[1], list):
            return collapsed(argument[0].join(symbol(part, template) for part in argument[1]))
        if function == "Fn::Sub":
            text, values = (argument, {}) if isinstance(argument, str) else argument
            return collapsed(re.sub(r"\$\{([^!}]+)\}", lambda found: _named(found[1], values, template), text))
    return "*"


def _named(name: str, values: Mapping[str, Any], template: Mapping[str, Any]) -> str:
    return symbol(values[name], template) if name in values else _parameter(name, template)


def _parameter(name: str, template: Mapping[str, Any]) -> str:
    if name in (*PSEUDO, UNIT):
        return f"${{{name}}}"
    declared = template.get("Parameters", {}).get(name, {})
    if str(declared.get("Type", "")).startswith(PUBLISHED):
        return f"${{{declared['Default']}}}"
    return "*"


def arn_like(value: Any, template: Mapping[str, Any]) -> str:
    """`symbol`, and nothing for what can't be an ARN."""
    found = symbol(value, template)
    return found if found.startswith("arn:") else ""


def collapsed(pattern: str) -> str:
    """Two wildcards side by side say what one says."""
    return re.sub(r"\*+", "*", pattern)


def keys(node: Any) -> set[str]:
    """The names of all properties below a node."""
    if isinstance(node, Mapping):
        return set(node).union(*map(keys, node.values()))
    return set().union(*map(keys, node)) if isinstance(node, list) else set()
