"""The bootstrap template of every account and region of a foundation, from its cloud assembly."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fmops.bootstrap import assembly, launches, packing, rights, template
from fmops.problem import Problem
from foundation import Foundation

FOLDER = Path("build/bootstrap")
BODY = 51_200
"""Bytes of a template that CloudFormation takes without a bucket, and a first bootstrap has none."""


@dataclass(frozen=True)
class Plan:
    """What one account gets in one region.

    Attributes:
        environments: the stages that are deployed there.
        trust: the account that may deploy there.
        types: the resource types that CloudFormation may make.
        policies: of the execution role, without what every such role reads.
        template: the whole template.
    """

    account: str
    region: str
    environments: tuple[str, ...]
    trust: str
    types: tuple[str, ...]
    policies: Sequence[packing.Document]
    template: Mapping[str, Any]

    @property
    def stamp(self) -> str:
        """The template's own version."""
        return template.stamp(self.template)

    @property
    def file(self) -> Path:
        """Where the template is written."""
        return FOLDER / f"{self.account}-{self.region}.template.json"

    def write(self) -> Path:
        """Writes the template; the same bytes for the same contents."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps(self.template, indent=1) + "\n", encoding="utf-8")
        return self.file

    def summary(self) -> dict[str, Any]:
        """What a reviewer asks first, for machines."""
        return {
            "account": self.account,
            "region": self.region,
            "environments": list(self.environments),
            "version": self.stamp,
            "trust": self.trust,
            "types": list(self.types),
            "policies": [packing.size(policy) for policy in self.policies],
            "template": str(self.file),
        }


def plans(cdk_out: Path, foundation: Foundation, official: Mapping[str, Any]) -> list[Plan]:
    """A plan for every place of an assembly.

    Args:
        cdk_out: the cloud assembly.
        foundation: says which account deploys, and where seeds' deploy apps do.
        official: the CDK CLI's own bootstrap template.

    Raises:
        Problem: a type nobody knows the rights of, more rights than fit, or a product that can't be launched.
    """
    launches.check(cdk_out)
    seeded: dict[assembly.Place, set[str]] = {}
    for environment in foundation.environments():
        types = rights.supplement()["seeds"].get(environment.account_type, ())
        seeded.setdefault((environment.account, environment.region), set()).update(types)
    tooling = foundation.account("tooling")
    home = {(environment.account, environment.region) for environment in foundation.environments() if environment.home}
    return [
        # what is no environment is the organisation's own: whoever deploys from tooling doesn't deploy there
        plan(
            place,
            contents,
            official,
            also=seeded.get(place, set()),
            trust=tooling if place in seeded else None,
            home=place in home,
        )
        for place, contents in assembly.read(cdk_out).items()
    ]


def plan(
    place: assembly.Place,
    contents: assembly.Contents,
    official: Mapping[str, Any],
    *,
    also: set[str],
    trust: str | None,
    home: bool,
) -> Plan:
    """The plan of one place. Args and errors: see `plans`."""
    account, region = place
    policies = packing.pack(rights.grants(contents, region, also))
    built = template.build(official, policies, trust=trust, home=home)
    if (size := len(json.dumps(built))) > BODY:
        raise Problem(
            f"The bootstrap template of {account} in {region} has {size} bytes; CloudFormation takes {BODY}.",
            "Withhold rights in fmops/bootstrap/supplement.yaml, or give some of its stacks an account of their own.",
        )
    return Plan(
        account=account,
        region=region,
        environments=tuple(contents.environments),
        trust=trust or account,
        types=tuple(sorted({*contents.types, *also})),
        policies=policies,
        template=built,
    )


def chosen(found: Sequence[Plan], environments: Sequence[str]) -> list[Plan]:
    """The plans of the environments named; all of them if none is.

    Raises:
        Problem: no environment has such a name.
    """
    known = [name for plan in found for name in plan.environments]
    if unknown := sorted(set(environments) - set(known)):
        raise Problem(f"No environment is called {', '.join(unknown)}.", f"There are {', '.join(known)}.")
    return [plan for plan in found if not environments or set(environments) & set(plan.environments)]
