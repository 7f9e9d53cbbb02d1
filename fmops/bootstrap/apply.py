"""Bootstraps accounts with the real CDK CLI: those whose template differs from what they have."""

import dataclasses
import functools
import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from fmops import deployment
from fmops.bootstrap.plan import Plan
from fmops.bootstrap.template import STAMP, VARIANT
from fmops.problem import FAILED, Problem
from fmops.target import Target

TOOLKIT = "CDKToolkit"
OFFICIAL = "AWS CDK: Default Resources"
STANDS = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
PARALLEL = 3


@functools.cache
def official() -> dict[str, Any]:
    """The bootstrap template of the CDK CLI of this environment.

    Raises:
        Problem: the CLI doesn't run.
    """
    with tempfile.TemporaryDirectory() as folder:  # without cdk.json: nothing is synthesised
        answer = subprocess.run(
            [str(deployment.CDK), "bootstrap", "--show-template", "--json"],
            cwd=folder,
            env={**os.environ, "PATH": deployment.search_path(), "CDK_DISABLE_NOTICES": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    if answer.returncode:
        raise Problem(f"The CDK CLI doesn't show its template:\n{answer.stderr.strip()}", "make setup", FAILED)
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def bootstrap(target: Target, plans: Sequence[Plan], *, progress: deployment.Progress) -> int:
    """Bootstraps the places whose template is new or has changed; says how many they were.

    Raises:
        Problem: somebody else's toolkit stands in the way, or AWS refuses.
    """
    todo: list[Plan] = []
    done: list[str] = []

    def one(plan: Plan) -> None:
        run(target, plan)
        done.append(plan.account)
        progress(f"{len(done)} of {len(todo)} accounts")

    with ThreadPoolExecutor(max_workers=PARALLEL) as pool:
        stand = pool.map(lambda plan: current(target, plan), plans)
        todo += [plan for plan, stands in zip(plans, stand, strict=True) if not stands]
        list(pool.map(one, todo))
    return len(todo)


def toolkit(target: Target, plan: Plan) -> dict[str, Any] | None:
    """The toolkit stack of a place, or None."""
    there = dataclasses.replace(target, region=plan.region)
    client = there.client(there.administrator(plan.account), "cloudformation")
    try:
        stack: dict[str, Any] = client.describe_stacks(StackName=TOOLKIT)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise Problem(f"Can't see the toolkit of {plan.account}: {error}", exit_code=FAILED) from error
    return stack


def current(target: Target, plan: Plan) -> bool:
    """Whether a place has the plan's template, and stands."""
    stack = toolkit(target, plan)
    return (
        stack is not None
        and stack["StackStatus"] in STANDS
        and any(
            output["OutputKey"] == STAMP and output["OutputValue"] == plan.stamp for output in stack.get("Outputs", ())
        )
    )


def run(target: Target, plan: Plan) -> None:
    """Bootstraps a place, whatever it has; CDK's own toolkit is replaced, somebody else's is not.

    Raises:
        Problem: see `bootstrap`.
    """
    stack = toolkit(target, plan)
    variant = _parameter(stack, "BootstrapVariant") if stack else VARIANT
    if variant not in (VARIANT, OFFICIAL):
        raise Problem(
            f"{plan.account} in {plan.region} has a toolkit of another kind: {variant}.",
            f"Look at its stack {TOOLKIT}; if it may be replaced, delete the stack and run this again.",
            FAILED,
        )
    there = dataclasses.replace(target, region=plan.region)
    deployment.run_cdk(
        [*arguments(plan), *(["--force"] if variant != VARIANT else [])],
        env=there.environment(there.administrator(plan.account)),
        folder=Path(plan.write().resolve().parent),  # a folder without cdk.json: nothing is synthesised
        on_line=lambda _: None,
    )


def arguments(plan: Plan) -> list[str]:
    """What the CDK CLI is told: the template, and what it holds in words that the CLI prints."""
    policies = [
        f"arn:aws:iam::{plan.account}:policy/cdk-hnb659fds-execution-{number}-{plan.account}-{plan.region}"
        for number in range(1, len(plan.policies) + 2)
    ]
    return [
        "bootstrap",
        f"aws://{plan.account}/{plan.region}",
        f"--template={plan.file.resolve()}",
        f"--trust={plan.trust}",
        f"--cloudformation-execution-policies={','.join(policies)}",
    ]


def _parameter(stack: dict[str, Any], name: str) -> str:
    found = {entry["ParameterKey"]: entry.get("ParameterValue", "") for entry in stack.get("Parameters", ())}
    return str(found.get(name, "none"))
