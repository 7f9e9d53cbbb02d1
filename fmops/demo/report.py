"""The demo's page: accounts as boxes with what lives in each, the model's path, the figures."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape

from foundation import Foundation

KINDS = {  # what a reader would look for, by the resource type's beginning; the first that fits counts
    "AWS::EC2::VPCEndpoint": "VPC endpoints",
    "AWS::EC2::": "network parts",
    "AWS::IAM::": "roles and policies",
    "AWS::KMS::": "keys",
    "AWS::S3::": "buckets and their policies",
    "AWS::SageMaker::": "SageMaker",
    "AWS::ServiceCatalog::": "catalog",
    "AWS::Code": "CI/CD",
    "AWS::Lambda::": "functions",
    "AWS::Logs::": "log groups",
}
STATES = (  # (account type, what happens to the model there)
    ("dev", "trained and evaluated"),
    ("tooling", "registered, approved by an ML engineer"),
    ("preprod", "deployed and tested"),
    ("tooling", "approved by the product owner"),
    ("prod", "answers"),
)


def write(
    path: Path,
    result: Mapping[str, Any],
    stands: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]],
    steps: Sequence[tuple[str, str, float]],
    foundation: Foundation,
) -> Path:
    """Writes the page; `stands` is environment -> stack -> resources as DescribeStackResources gives them."""
    accounts = [
        {
            "name": environment.name,
            "id": environment.account,
            "kinds": summary([r for resources in stands.get(environment.name, {}).values() for r in resources]),
            "stacks": {
                stack: [{**r, "json": json.dumps(r, indent=2, default=str, sort_keys=True)} for r in resources]
                for stack, resources in sorted(stands.get(environment.name, {}).items())
            },
        }
        for environment in foundation.environments()
    ]
    page = Environment(
        loader=PackageLoader("fmops.demo", "."), autoescape=select_autoescape(default=True), trim_blocks=True
    )
    path.write_text(
        page.get_template("report.html").render(result=result, accounts=accounts, steps=steps, states=STATES)
    )
    return path


def summary(resources: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many resources of each kind that a reader looks for, in the order of `KINDS`."""
    found = [
        next((k for start, k in KINDS.items() if r["ResourceType"].startswith(start)), "others") for r in resources
    ]
    return {kind: found.count(kind) for kind in (*KINDS.values(), "others") if kind in found}
