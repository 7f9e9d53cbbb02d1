"""What the launch role may do: derived from the resources of the published products, as `rights` does it for stacks.

A stack can't ask AWS's schemas (it knows constructs and the foundation, ADR 0014), so the answer is a file that this
module writes, `stacks/launch_rights.json`, and that the launch role's stack reads. `check` compares the two again on
the assembly before anything is deployed.
"""

import fnmatch
import functools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from fmops import products
from fmops.bootstrap import assembly, rights
from fmops.bootstrap.rights import Grant
from fmops.bootstrap.symbols import arn_like, keys, symbol
from fmops.local import schemas
from fmops.problem import Problem

SUPPLEMENT = Path(__file__).with_name("launches.yaml")
FILE = Path(__file__).parents[2] / "stacks" / "launch_rights.json"
UNIT = "${BusinessUnit}"
OWN_ROLE = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/"
REMEDY = "Write them anew, and synthesise again: fmops catalog rights --write"


@functools.cache
def supplement() -> Mapping[str, Any]:
    """The reviewed data beside this module."""
    found: dict[str, Any] = YAML(typ="safe").load(SUPPLEMENT.read_text(encoding="utf-8"))
    return found


def grants(templates: Mapping[str, Mapping[str, Any]], region: str) -> list[Grant]:
    """What a launch of any of the products takes, sorted.

    Args:
        templates: each product's template by its name.
        region: whose resource schemas are asked.

    Raises:
        Problem: nobody says what a type needs, or which service takes a role that it is handed.
    """
    found = {
        grant
        for name, template in templates.items()
        for resource in template.get("Resources", {}).values()
        for grant in _of(resource, template, region, name)
    }
    read = {grant for template in templates.values() for grant in _parameters(template)}
    return sorted({*_always(), *found, *read})


def _always() -> Iterator[Grant]:
    for entry in supplement()["always"]:
        yield from (Grant(tuple(entry["on"]), _condition(entry.get("when", {})), action) for action in entry["actions"])


def _condition(block: Mapping[str, Mapping[str, str]]) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    return tuple((operator, key, (value,)) for operator, keys in block.items() for key, value in keys.items())


def _of(resource: Mapping[str, Any], template: Mapping[str, Any], region: str, product: str) -> Iterator[Grant]:
    """The grants for one resource."""
    kind: str = resource["Type"]
    said = keys(resource.get("Properties", {}))
    named = tuple(_named(resource.get("Properties", {}), template))
    optional: Mapping[str, str | None] = supplement()["only_with"].get(kind, {})
    for action in rights.actions(kind, region, f"the product {product}"):
        if action in optional and optional[action] not in said:
            continue
        if action == rights.HAND_OVER:
            service = _passed_to(kind, product)
            roles = tuple(sorted({arn for arn in named if ":role/" in arn}))
            if roles:
                yield Grant(roles, (("StringEquals", "iam:PassedToService", (service,)),), action)
        else:
            where = reach(action, kind, resource, template, named)
            yield from (Grant((arn,), (), action) for arn in where)
    yield from _keys(kind, resource, template)


def _passed_to(kind: str, product: str) -> str:
    service: str | None = supplement()["passed_to"].get(kind)
    if service is None:
        raise Problem(
            f"{kind} (in the product {product}) is handed a role, and nobody says which service takes it.",
            f"Add the service's principal to {SUPPLEMENT.name}, under passed_to.",
        )
    return service


def _keys(kind: str, resource: Mapping[str, Any], template: Mapping[str, Any]) -> Iterator[Grant]:
    entry = supplement()["keys"].get(kind)
    value = resource.get("Properties", {}).get(entry["property"]) if entry else None
    if entry and value is not None:
        via = (("StringEquals", "kms:ViaService", (f"{entry['via']}.${{AWS::Region}}.amazonaws.com",)),)
        yield from (Grant((symbol(value, template),), via, action) for action in entry["actions"])


def reach(
    action: str,
    kind: str,
    resource: Mapping[str, Any],
    template: Mapping[str, Any],
    named: Sequence[str],
) -> tuple[str, ...]:
    """The ARNs on which a resource's handler acts: by the resource's name, by what it refers to, or by kind."""
    service = action.partition(":")[0]
    forms = {entry.lower(): found["ARNFormats"][0] for entry, found in schemas.policies()[service]["Resources"].items()}
    kinds = [entry.lower() for entry in (rights.known(action) or {}).get("Resources", [])]
    if not kinds:
        return rights.ANYWHERE
    own = supplement()["identified"].get(kind, {"kind": ":", "by": ""})
    prefix, _, own_kind = own["kind"].partition(":")
    if prefix == service and own_kind.lower() in kinds:
        name = resource.get("Properties", {}).get(own["by"])
        form = placed(forms[own_kind.lower()])
        ours = family(symbol(name, template)) if name else "*"
        return (form + ours.lstrip("/" if form.endswith("/") else ""),)
    wide = [placed(forms[entry]) + "*" for entry in kinds]
    referred = [arn for arn in named if any(fnmatch.fnmatchcase(arn, pattern) for pattern in wide)]
    return tuple(sorted(set(referred or wide)))


def family(name: str) -> str:
    """A name, with an ending that belongs to a family written as the family: `*-deploy-prod` -> `*-deploy-*`."""
    for ending in supplement()["families"]:
        head, found, _ = name.partition(ending.rstrip("*"))
        name = head + ending if found else name
    return name


def placed(form: str) -> str:
    """An ARN's format up to what is variable, with CloudFormation's placeholders."""
    for theirs, ours in rights.PLACEHOLDERS.items():
        form = form.replace(theirs, ours)
    return form.partition(".*")[0]


def _named(properties: Any, template: Mapping[str, Any]) -> Iterator[str]:
    """The ARNs that a resource's properties name. A role counts where it is handed over: code may be told of others."""
    for key, value in _values(properties):
        arn = arn_like(value, template)
        handed = "role" in key.lower() and arn.startswith(OWN_ROLE)
        if arn and (handed or ":role/" not in arn):
            yield arn


def _values(node: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every value in a resource's properties with its key, intrinsic functions as one value."""
    if isinstance(node, Mapping):
        if len(node) == 1 and next(iter(node)).startswith(("Ref", "Fn::")):
            yield key, node
        else:
            for name, value in node.items():
                yield from _values(value, name)
    elif isinstance(node, list):
        for value in node:
            yield from _values(value, key)
    elif isinstance(node, str):
        yield key, node


def _parameters(template: Mapping[str, Any]) -> Iterator[Grant]:
    """The parameters of Systems Manager that a template takes its values from."""
    place = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter"
    for parameter in template.get("Parameters", {}).values():
        if parameter["Type"].startswith("AWS::SSM::Parameter"):
            yield Grant((place + parameter["Default"],), (), "ssm:GetParameters")


def document(cdk_out: Path) -> dict[str, Any]:
    """What the file says for the products of an assembly: statements with placeholders, and what they are for."""
    versions = products.published(cdk_out)
    found = grants({f"{v.name} {v.version}": v.template for v in versions}, _region(cdk_out))
    types = {resource["Type"] for v in versions for resource in v.template["Resources"].values()}
    return {
        "comment": "Written by `fmops catalog rights --write`; docs/adr/0014-launch-rights-are-derived.md says how.",
        "types": sorted(types),
        "statements": statements(found),
    }


def statements(found: Iterable[Grant]) -> list[dict[str, Any]]:
    """Grants as statements: one for all actions on the same resources, and for all resources of the same actions."""
    actions: dict[tuple[Any, ...], list[str]] = {}
    for grant in found:
        actions.setdefault((grant.resources, grant.condition), []).append(grant.action)
    merged: dict[tuple[Any, ...], set[str]] = {}
    for (resources, condition), names in actions.items():
        merged.setdefault((tuple(sorted(names)), condition), set()).update(resources)
    return [
        {"Action": list(names), "Resource": sorted(widest(resources))}
        | ({"Condition": _block(condition)} if condition else {})
        for (names, condition), resources in sorted(merged.items())
    ]


def widest(resources: set[str]) -> set[str]:
    """Without what another pattern of them covers."""
    return {
        arn for arn in resources if not any(arn != other and fnmatch.fnmatchcase(arn, other) for other in resources)
    }


def _block(condition: Iterable[tuple[str, str, tuple[str, ...]]]) -> dict[str, dict[str, str]]:
    block: dict[str, dict[str, str]] = {}
    for operator, key, (value,) in condition:
        block.setdefault(operator, {})[key] = value
    return block


def written(document: Mapping[str, Any]) -> str:
    """The file's text."""
    return json.dumps(document, indent=1) + "\n"


def lacking(given: Iterable[Mapping[str, Any]], needed: Iterable[Mapping[str, Any]]) -> list[str]:
    """`action on ARN` of what is needed and not given: the same action, on no less, under no other condition."""
    have = [
        (action, resource, entry.get("Condition"))
        for entry in given
        for action in entry["Action"]
        for resource in entry["Resource"]
    ]
    return sorted(
        f"{action} on {resource}"
        for entry in needed
        for action in entry["Action"]
        for resource in entry["Resource"]
        if not any(
            action == other and fnmatch.fnmatchcase(resource, pattern) and condition in (None, entry.get("Condition"))
            for other, pattern, condition in have
        )
    )


def check(cdk_out: Path, file: Path = FILE) -> None:
    """Refuses an assembly whose products need what the launch role lacks.

    Raises:
        Problem: naming each action, and on what.
    """
    if not products.published(cdk_out):
        return
    given = json.loads(file.read_text(encoding="utf-8"))["statements"]
    if missing := lacking(given, document(cdk_out)["statements"]):
        shown = "\n       ".join(missing[:10] + [f"and {len(missing) - 10} more"] * (len(missing) > 10))
        raise Problem(f"The launch role lacks rights that the catalog's products need:\n       {shown}", REMEDY)


def _region(cdk_out: Path) -> str:
    """The region of the stack that publishes the catalog."""
    for _, stack, (_, region), _ in assembly.stacks(cdk_out):
        if stack.endswith("-Catalog"):
            return region
    return "us-east-1"
