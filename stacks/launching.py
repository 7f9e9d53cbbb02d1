"""Tooling and governance: the role under which the catalog's products are launched."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from aws_cdk import aws_iam as iam
from fmops_constructs.iam import Policy, Role, allow, service

from stacks.base import FoundationStack
from stacks.baseline import Baseline
from stacks.tooling import Tooling

LAUNCHER = service("servicecatalog.amazonaws.com")
DESCRIPTION = "Launches the catalog's products; it can make no identity"
RIGHTS = Path(__file__).with_name("launch_rights.json")
"""What the products' resources take, derived from AWS's schemas: `fmops catalog rights --write` (ADR 0014)."""

NEEDS = {
    "Stacks": ("Run a product's stack, and list what there is", {"cloudformation", "kms", "lambda", "s3", "ssm"}),
    "Delivery": (
        "Make a project's repository, builds and pipelines",
        {"codebuild", "codecommit", "codepipeline", "events", "logs"},
    ),
    "Registry": ("Make a project's model registry", {"sagemaker"}),
    "HandOver": ("Hand the business units' roles to the project's builds and pipelines", {"iam"}),
}
"""Policies by need: what each is for, and the services whose rights are in it. `Others` has the rest."""
OTHERS = ("Others", "Make what else a project has")
SIZE = 6144
"""Characters of a managed policy without white space (docs.aws.amazon.com/IAM: IAM and STS quotas)."""
PER_ROLE = 10
"""Managed policies of a role: IAM's default quota."""
KEY_ARN = "arn:aws:kms:ap-northeast-1:000000000000:key/00000000-0000-0000-0000-000000000000"
"""As long as a key's ARN is, which AWS mints."""
UNIT = "${BusinessUnit}"


class LaunchRole(FoundationStack):
    """The launch role's name, in the account that shares the catalog: it launches nothing there."""

    requires: ClassVar = (Baseline,)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        Role(self, "Launch", name="launch", description=DESCRIPTION, trusts=LAUNCHER)


class Launching(FoundationStack):
    """What a launch may make: what the catalog's products hold, and nothing else."""

    requires: ClassVar = (Baseline, Tooling)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        Role(
            self,
            "Launch",
            name="launch",
            description=DESCRIPTION,
            trusts=LAUNCHER,
            policies=[
                Policy(self, id, description=description, statements=[self._statement(right) for right in rights])
                for id, description, rights in policies(self._rights())
            ],
        )
        start = Policy(
            self,
            "StartPipelines",
            description="Start the pipelines of projects",
            statements=[
                allow(
                    "codepipeline:StartPipelineExecution",
                    on=self.arn_of("codepipeline", "*"),
                )
            ],
        )
        Role(
            self,
            "Events",
            name="events",
            description="Starts a project's pipelines on commits and approvals",
            trusts=service("events.amazonaws.com", self.account),
            policies=[start],
        )

    def _rights(self) -> Iterator[dict[str, Any]]:
        """The derived statements, placed here: in this account and region, with the roles of each business unit."""
        here = {"AWS::Partition": "aws", "AWS::Region": self.environment_.region}
        here["AWS::AccountId"] = self.environment_.account
        for entry in json.loads(RIGHTS.read_text(encoding="utf-8"))["statements"]:
            text = json.dumps(entry)
            for name, value in here.items():
                text = text.replace(f"${{{name}}}", value)
            placed = json.loads(text)
            yield {**placed, "Resource": sorted({arn for each in placed["Resource"] for arn in self._of_units(each)})}

    def _of_units(self, arn: str) -> list[str]:
        """A unit's role is named for each unit; what a launch names has the project's name too, so `*` says it."""
        if UNIT not in arn:
            return [arn]
        if ":role/" in arn:
            return [arn.replace(UNIT, unit) for unit in self.foundation.business_units]
        return [arn.replace(UNIT, "*")]

    def _statement(self, right: dict[str, Any]) -> iam.PolicyStatement:
        resources = [self.key(arn[2:-1]).key_arn if arn.startswith("${/") else arn for arn in right["Resource"]]
        return allow(*right["Action"], on=resources, when=right.get("Condition"))


def policies(rights: Iterator[dict[str, Any]]) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """(id, description, statements) of as many policies as it takes: one per need, more where one would be too long.

    Raises:
        ValueError: they are more than a role can have.
    """
    wanted: dict[str, list[dict[str, Any]]] = {}
    for right in rights:
        for need, statement in _by_need(right):
            wanted.setdefault(need, []).append(statement)
    described = {**{need: text for need, (text, _) in NEEDS.items()}, OTHERS[0]: OTHERS[1]}
    found = [
        (f"{need}{number}" if number > 1 else need, text, part)
        for need, text in described.items()
        for number, part in enumerate(_fitting(wanted.get(need, [])), 1)
    ]
    if len(found) > PER_ROLE:
        raise ValueError(f"the launch role's rights take {len(found)} policies; a role can have {PER_ROLE}")
    return found


def _by_need(right: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A statement's actions, each service's in the policy of its need; what takes no resource, in the first."""
    if right["Resource"] == ["*"]:
        yield next(iter(NEEDS)), right
        return
    needs: dict[str, list[str]] = {}
    for action in right["Action"]:
        prefix = action.partition(":")[0]
        need = next((need for need, (_, services) in NEEDS.items() if prefix in services), OTHERS[0])
        needs.setdefault(need, []).append(action)
    for need, actions in needs.items():
        yield need, {**right, "Action": actions}


def _fitting(statements: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Statements in portions that a policy holds; one whose resources are too many is divided."""
    portion: list[dict[str, Any]] = []
    for statement in statements:
        for arn in statement["Resource"]:
            joined = _joined(portion, {**statement, "Resource": [arn]})
            if portion and size(joined) > SIZE:
                yield portion
                joined = [{**statement, "Resource": [arn]}]
            portion = joined
    if portion:
        yield portion


def _joined(portion: list[dict[str, Any]], statement: dict[str, Any]) -> list[dict[str, Any]]:
    """A portion with one more resource."""
    last = portion[-1] if portion else {}
    if {**last, "Resource": []} == {**statement, "Resource": []}:
        return [*portion[:-1], {**last, "Resource": [*last["Resource"], *statement["Resource"]]}]
    return [*portion, statement]


def size(statements: list[dict[str, Any]]) -> int:
    """Characters of the policy, as IAM counts them."""
    written = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **s} for s in statements]})
    keys = written.count('"${/')
    return len(written.replace(" ", "")) + keys * len(KEY_ARN)
