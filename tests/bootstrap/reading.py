"""What IAM policies give, and what AWS's schemas ask for: read anew, so that the tests don't believe the code."""

import fnmatch
import importlib.util
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from fmops.bootstrap.packing import resolved
from fmops.bootstrap.plan import Plan
from tests.assemblies import Templates, as_list

Policies = list[dict[str, Any]]


def schema(resource_type: str, region: str) -> dict[str, Any]:
    """cfn-lint's copy of a type's schema; empty where the region hasn't the type."""
    spec = importlib.util.find_spec("cfnlint")
    assert spec
    assert spec.submodule_search_locations
    data = Path(spec.submodule_search_locations[0]) / "data/schemas"
    files = json.loads((data / "providers" / f"{region}.json").read_text())
    if resource_type not in files:
        return {}
    found: dict[str, Any] = json.loads((data / "resources" / f"{files[resource_type]}.json").read_text())
    return found


def declared(resource_type: str, region: str) -> set[str]:
    """What the handlers of a type call."""
    handlers = schema(resource_type, region).get("handlers", {})
    return {permission for handler in handlers.values() for permission in handler.get("permissions", ())}


def types(plan: Plan, templates: Templates) -> set[str]:
    """The types in the templates of a plan's environments."""
    return {
        resource["Type"]
        for stack, template in templates.items()
        for resource in template.get("Resources", {}).values()
        if stack.rpartition("-")[0] in plan.environments
    }


def filled(plan: Plan) -> dict[str, Any]:
    """A plan's template as it is in its account: Fn::Sub filled in, parameters too."""
    place = f"{plan.account}-{plan.region}"
    values = {
        "AWS::Partition": "aws",
        "AWS::Region": plan.region,
        "AWS::AccountId": plan.account,
        "Qualifier": "hnb659fds",
        "StagingBucket.Arn": f"arn:aws:s3:::cdk-hnb659fds-assets-{place}",
        "StagingBucket": f"cdk-hnb659fds-assets-{place}",
        "StagingBucket.RegionalDomainName": "bucket",
        "FileAssetsBucketEncryptionKey.Arn": f"arn:aws:kms:{plan.region}:{plan.account}:key/1",
        "CloudFormationExecutionRole.Arn": f"arn:aws:iam::{plan.account}:role/cdk-hnb659fds-cfn-exec-role-{place}",
    }
    found: dict[str, Any] = resolved(plan.template, values)
    return found


def policies_of(plan: Plan, role: str) -> Policies:
    """The documents of the managed policies of a role of the template."""
    resources = filled(plan)["Resources"]
    names = [entry["Ref"] for entry in resources[role]["Properties"]["ManagedPolicyArns"]]
    return [resources[name]["Properties"]["PolicyDocument"] for name in names]


def allowed(policies: Policies, action: str, arn: str | None = None) -> bool:
    """Whether some statement allows an action, on a resource if one is named; conditions are not looked at."""
    return any(
        statement["Effect"] == "Allow"
        and any(fnmatch.fnmatchcase(action.lower(), given.lower()) for given in as_list(statement["Action"]))
        and (arn is None or any(fnmatch.fnmatchcase(arn, given) for given in as_list(statement["Resource"])))
        for policy in policies
        for statement in policy["Statement"]
    )


def lacking(policies: Policies, wanted: Iterable[str]) -> list[str]:
    """The actions that no statement allows."""
    return sorted(action for action in wanted if not allowed(policies, action))


def statements(plan: Plan) -> Iterator[tuple[str, dict[str, Any]]]:
    """(policy, statement) of every managed policy of the template."""
    for name, resource in filled(plan)["Resources"].items():
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
                yield name, statement
