"""Between a service's API shapes (botocore's models) and CloudFormation's properties: the same things, other names."""

import functools
import json
from collections.abc import Callable
from typing import Any

import botocore.session

from fmops.local import context, schemas
from fmops.local.registry import Model

NAMESPACES: dict[str, str] = {
    "sagemaker": "SageMaker",
    "servicecatalog": "ServiceCatalog",
    "codecommit": "CodeCommit",
    "codepipeline": "CodePipeline",
    "codeartifact": "CodeArtifact",
    "ram": "RAM",
    "lakeformation": "LakeFormation",
    "guardduty": "GuardDuty",
    "securityhub": "SecurityHub",
    "macie2": "Macie",
    "sso-admin": "SSO",
    "accessanalyzer": "AccessAnalyzer",
    "datazone": "DataZone",
}
"""The services that ministack lacks, each with the CloudFormation namespace of its resource types."""

_session = botocore.session.get_session()


@functools.cache
def model(service: str) -> Any:
    """botocore's model of a service."""
    return _session.get_service_model(service)


@functools.cache
def available() -> frozenset[str]:
    """The services that botocore knows."""
    return frozenset(_session.get_available_services())


@functools.cache
def kinds(namespace: str) -> dict[str, str]:
    """The resource types of a CloudFormation namespace by their last part."""
    return {name.split("::")[2]: name for name in schemas.catalog("us-east-1") if name.split("::")[1] == namespace}


def lookup(name: str, row: Model, kind: str = "") -> Any:
    """A member's value among properties: whatever the case, with or without the kind (`DomainId` is `Id`)."""
    spelling = {key.lower(): value for key, value in row.items()}
    wanted, prefix = name.lower(), kind.lower()
    options = [wanted, wanted.removeprefix(prefix), prefix + wanted, f"{wanted}name"]
    if wanted == f"{prefix}identifier":
        options += ["id", f"{prefix}id"]
    for option in options:
        if option in spelling:
            return spelling[option]
    return row.get("Arn") if wanted in ("resourcearn", "arn") else None


def matches(wanted: Model, row: Model, kind: str = "") -> bool:
    """Whether a resource has the wanted members; members that no property corresponds to do not count."""
    for name, value in wanted.items():
        found = lookup(name, row, kind)
        if found is not None and str(found) != str(value) and not str(found).endswith(f"/{value}"):
            return False
    return True


_SCALARS: dict[str, Callable[[Any], Any]] = {
    "string": lambda value: json.dumps(value) if isinstance(value, dict | list) else str(value),
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
}


def fit(value: Any, shape: Any, kind: str = "") -> Any:
    """Properties in an API shape: names whatever the case, scalars converted, unknown members dropped."""
    if shape.type_name == "structure":
        if not isinstance(value, dict):
            return None
        found = {name: (lookup(name, value, kind), member) for name, member in shape.members.items()}
        return {name: fit(inner, member) for name, (inner, member) in found.items() if inner is not None}
    if shape.type_name == "list":
        return [fit(item, shape.member) for item in (value if isinstance(value, list) else [value])]
    if shape.type_name == "map":
        return {key: fit(item, shape.value) for key, item in value.items()} if isinstance(value, dict) else {}
    if shape.type_name == "timestamp":
        return value or context.now()
    return _SCALARS.get(shape.type_name, lambda same: same)(value)
