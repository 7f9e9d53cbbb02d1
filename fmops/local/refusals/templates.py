"""Templates and stacks: what CloudFormation says before it makes anything, and names that are taken."""

from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, engine, handlers, stacks

_REF_OF_AWS = "AWS::"


def _references(node: Any) -> set[str]:
    """What Ref and Fn::GetAtt name, at any depth; Fn::Sub's names are looked at by ministack."""
    if isinstance(node, list):
        return set().union(*map(_references, node)) if node else set()
    if not isinstance(node, dict):
        return set()
    if set(node) == {"Ref"} and isinstance(node["Ref"], str):
        return {node["Ref"]}
    found = set().union(*map(_references, node.values())) if node else set()
    if set(node) == {"Fn::GetAtt"}:
        target = node["Fn::GetAtt"]
        found |= {str(target[0] if isinstance(target, list) else target).split(".")[0]}
    return found


def check_template(template: dict[str, Any], conditions: dict[str, bool]) -> None:
    """References that lead nowhere, and circles. Raises ValueError in CloudFormation's words."""
    resources = template.get("Resources") or {}
    known = {*resources, *(template.get("Parameters") or {})}
    used = set().union(*(_references(entry) for entry in resources.values())) if resources else set()
    lost = sorted(name for name in used if name not in known and not name.startswith(_REF_OF_AWS))
    if lost:
        where = "in the Resources block of the template"
        raise ValueError(f"Template format error: Unresolved resource dependencies [{', '.join(lost)}] {where}")
    try:
        engine._topological_sort(resources, conditions)
    except ValueError as error:
        names = str(error).rpartition(": ")[2]
        raise ValueError(f"Circular dependency between resources: [{names}]") from error


def check_parameters(template: dict[str, Any], given: list[dict[str, Any]]) -> None:
    """Parameters that lack a value, and values that no parameter takes. Raises ValueError in CloudFormation's words."""
    declared = template.get("Parameters") or {}
    names = {entry["Key"] for entry in given if "Key" in entry}
    unknown = sorted(names - declared.keys())
    if unknown:
        raise ValueError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    lacking = sorted(name for name, spec in declared.items() if "Default" not in spec and name not in names)
    if lacking:
        raise ValueError(f"Parameters: [{', '.join(lacking)}] must have values")


def check_exports(exports: dict[str, dict[str, str]]) -> None:
    """Names of exports are one stack's in an account and region. Raises ValueError."""
    for name, export in exports.items():
        known = cloudformation._exports.get(name)
        if known and known["StackId"] != export["StackId"]:
            owner = known["StackId"].split("/")[1]
            raise ValueError(f"Export with name {name} is already exported by stack {owner}.")


def exists(resource_type: str, name: str) -> bool:
    """Whether the service has a resource of this name, whoever made it; False for types that aren't looked up."""
    known = changesets._IMPORT_LOOKUPS.get(resource_type)
    return bool(known) and len(known[0]) == 1 and known[1](name) is None


def install() -> None:
    """Puts the checks before ministack's own, in each module that has a name of its own for them."""
    supports, resolves = engine.validate_template_support, engine._resolve_parameters
    outputs = stacks._resolve_stack_outputs

    def validate_template_support(template: Any, conditions: Any, *args: Any, **more: Any) -> Any:
        answer = supports(template, conditions, *args, **more)
        check_template(template, conditions)
        return answer

    def resolve_parameters(template: Any, given: Any, *args: Any, **more: Any) -> Any:
        check_parameters(template, given)
        return resolves(template, given, *args, **more)

    def resolve_stack_outputs(*args: Any, **more: Any) -> Any:
        answer = outputs(*args, **more)
        check_exports(answer[1])
        return answer

    for module in (handlers, changesets):
        module.validate_template_support = validate_template_support
        module._resolve_parameters = resolve_parameters
    stacks._resolve_stack_outputs = resolve_stack_outputs
