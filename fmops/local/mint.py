"""Values that AWS mints: ids, ARNs, timestamps and states of a new resource, as its schema describes them."""

import functools
import random
import re
import string
from collections.abc import Callable
from re import _parser as sre  # type: ignore[attr-defined]
from typing import Any

from fmops.local import context, schemas
from fmops.local.registry import Model
from fmops.local.schemas import Schema

HEALTHY = ("InService", "ACTIVE", "Active", "AVAILABLE", "Available", "COMPLETE", "ENABLED", "CREATED", "READY")
_random = random.SystemRandom()


def token(length: int) -> str:
    """A random id of hexadecimal letters and digits."""
    return "".join(_random.choices("abcdef" + string.digits, k=length))


def _walk(tokens: Any) -> str:
    """A string for the parsed regular expression; only what patterns of ids use is understood."""
    out = ""
    for operator, argument in tokens:
        name = str(operator)
        if name == "LITERAL":
            out += chr(argument)
        elif name in ("ANY", "NOT_LITERAL"):
            out += _random.choice(string.ascii_lowercase)
        elif name == "IN":
            out += _random.choice(_characters(argument))
        elif name in ("MAX_REPEAT", "MIN_REPEAT"):
            low, high, inner = argument
            wanted = 12 if high > 30 and str(inner[0][0]) != "LITERAL" else low
            out += "".join(_walk(inner) for _ in range(min(max(low, wanted), 40)))
        elif name == "SUBPATTERN":
            out += _walk(argument[-1])
        elif name == "BRANCH":
            out += _walk(argument[1][0])
    return out


def _characters(members: Any) -> str:
    """The characters of a class, lower-case letters and digits preferred."""
    if str(members[0][0]) == "NEGATE":
        return "abcdef0123456789"
    out = ""
    for operator, argument in members:
        name = str(operator)
        if name == "LITERAL":
            out += chr(argument)
        elif name == "RANGE":
            out += "".join(map(chr, range(argument[0], argument[1] + 1)))
        else:
            out += string.digits if "DIGIT" in str(argument) else string.ascii_lowercase
    return "".join(c for c in out if c in string.ascii_lowercase + string.digits) or out


def sample(pattern: str) -> str:
    """A short string that matches a pattern, or an empty one when the pattern is beyond this module."""
    try:
        return _walk(sre.parse(pattern if "(" in pattern else pattern.split("|")[0]))
    except (re.error, IndexError):
        return ""


@functools.cache
def _iam_prefix_of(resource_type: str, permissions: tuple[str, ...]) -> str:
    kind = resource_type.split("::")[2].lower()
    named = [permission for permission in permissions if kind in permission.lower()]
    return (named or list(permissions) or [resource_type.split("::")[1].lower()])[0].split(":")[0]


def iam_prefix(schema: Schema) -> str:
    """`sagemaker` of `AWS::SageMaker::Domain`: the prefix of the IAM actions that its handler needs."""
    permissions = schema.get("handlers", {}).get("create", {}).get("permissions", ())
    return _iam_prefix_of(schema["typeName"], tuple(permissions))


def arn_format(prefix: str, kind: str) -> str | None:
    """The ARN format of a service's resource type, with `.*` for what is variable."""
    resources = schemas.policies().get(prefix, {}).get("Resources", {})
    return next((r["ARNFormats"][0] for name, r in resources.items() if name.replace("-", "") == kind.lower()), None)


_ARN_PARTS = {"AWS::CodeArtifact::Repository": ("DomainName", "RepositoryName")}
"""Types whose ARN ends in more than their own name."""


def _arn(schema: Schema, path: str, model: Model, pattern: str) -> str:
    kind, prefix = schemas.kind(schema), iam_prefix(schema)
    names = [str(model[name]) for name in schemas.paths(schema, "primaryIdentifier") if name != path and name in model]
    names = [name for name in names if ":" not in name]
    parts = _ARN_PARTS.get(schema["typeName"])
    known = [str(model[name]) for name in (f"{kind}Name", "Name", f"{kind}Id", "Id") if name in model]
    names = ["/".join(str(model[part]) for part in parts)] if parts else names or known[:1] or [token(12)]
    shape = arn_format(prefix, kind) if path.lower() in ("arn", f"{kind.lower()}arn") else None
    if shape is None:
        found = re.search(
            r":(?:[a-z]+:)?([a-z][a-z0-9-]+):[^a-z]*?.*?(?:12\}|\]\+|\)|\*):([a-z][a-z0-9-]*)([/:])", pattern
        )
        owner, noun, separator = (
            found.groups() if found else (prefix, re.sub(r"(?<!^)(?=[A-Z])", "-", kind).lower(), "/")
        )
        return f"arn:aws:{owner}:{context.region()}:{context.account()}:{noun}{separator}{'/'.join(names)}"
    for hole, value in (("${Partition}", "aws"), ("${Region}", context.region()), ("${Account}", context.account())):
        shape = shape.replace(hole, value)
    for name in names[-shape.count(".*") :] if ".*" in shape else ():
        shape = shape.replace(".*", name, 1)
    return shape.replace(".*", token(12))


_BY_TYPE: dict[str, Callable[[], Any]] = {
    "integer": lambda: 1,
    "number": lambda: 1,
    "boolean": lambda: False,
    "array": list,
    "object": dict,
}


def value(schema: Schema, path: str, model: Model) -> Any:
    """A plausible value for a read-only property of a new resource, by its schema and its other properties."""
    node = schemas.node_at(schema, path)
    leaf, kind = path.split(".")[-1], schemas.kind(schema)
    wanted, pattern = node.get("type"), node.get("pattern", "")
    wanted = wanted[0] if isinstance(wanted, list) else wanted
    if node.get("enum"):
        return next((state for state in HEALTHY if state in node["enum"]), node["enum"][0])
    if wanted in _BY_TYPE:
        return _BY_TYPE[wanted]()
    if leaf.endswith("Arn") or leaf == "ARN" or pattern.startswith(("arn:", "^arn:")):
        return _arn(schema, path, model, pattern)
    if re.search(r"(Time|At|Date|Timestamp)$", leaf):
        return context.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    if re.search(r"(Status|State)$", leaf):
        return "ACTIVE"
    if re.search(r"(Ur[li]|Endpoint)$", leaf):
        return f"https://{token(10)}.{iam_prefix(schema)}.{context.region()}.localhost"  # never a host of the internet
    if leaf == "Name" and f"{kind}Name" in model:
        return model[f"{kind}Name"]
    if leaf.endswith("Name") and isinstance(model.get("Name"), str):
        return model["Name"]
    if leaf in ("AccountId", "OwnerId", "AwsAccountId", "Owner"):
        return context.account()
    if leaf.endswith("Version"):
        return "1"
    made = sample(pattern) or re.sub("[^A-Z]", "", kind).lower() + "-" + token(17)
    return (made + token(max(0, node.get("minLength", 0) - len(made))))[: node.get("maxLength", 99)]
