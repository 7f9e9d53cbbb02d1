"""Deploys an assembly's environments one by one through CloudFormation's API, as strictly as AWS would."""

import functools
import io
import json
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from fmops.bootstrap.plan import Plan
from fmops.target import Target

INLINE = 51_200
"""Bytes of a template that CloudFormation takes without a bucket."""
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]


@dataclass(frozen=True)
class Stack:
    """One stack of an assembly, with what it needs."""

    name: str
    account: str
    folder: Path
    file: str
    template: str
    assets: tuple[dict[str, Any], ...]


def stacks(assembly: Path, environment: str) -> list[Stack]:
    """The stacks of an environment, each after those of the same environment that it depends on."""
    folder = assembly / f"assembly-{environment}"
    artifacts = json.loads((folder / "manifest.json").read_text())["artifacts"]
    ordered: list[str] = []

    def add(name: str) -> None:
        for needed in artifacts[name].get("dependencies", []):
            add(needed)
        if name not in ordered:
            ordered.append(name)

    for name in artifacts:
        add(name)
    return [
        Stack(
            name=artifact["properties"]["stackName"],
            account=artifact["environment"].split("/")[2],
            folder=folder,
            file=artifact["properties"]["templateFile"],
            template=(folder / artifact["properties"]["templateFile"]).read_text(),
            assets=tuple(json.loads((folder / f"{name}.assets.json").read_text())["files"].values()),
        )
        for name in ordered
        if (artifact := artifacts[name])["type"] == "aws:cloudformation:stack"
    ]


@functools.cache
def client(target: Target, account: str, service: str) -> Any:
    """A client of the platform's, made once."""
    return target.client(target.administrator(account), service)


def bootstrap(target: Target, plan: Plan) -> None:
    """Makes an account's toolkit from its template, without the CLI, which the demo uses."""
    policies = f"arn:aws:iam::{plan.account}:policy/none"
    given = {"TrustedAccounts": plan.trust, "CloudFormationExecutionPolicies": policies}
    cloudformation = client(target, plan.account, "cloudformation")
    cloudformation.create_stack(
        StackName="CDKToolkit",
        TemplateBody=json.dumps(plan.template),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
        Capabilities=CAPABILITIES,
    )
    assert wait(cloudformation, "CDKToolkit") == "CREATE_COMPLETE"


def wait(cloudformation: Any, name: str) -> str:
    """The status that a stack ends with."""
    while True:
        status = str(cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
        if not status.endswith("PROGRESS"):
            return status
        time.sleep(0.05)


def publish(target: Target, stack: Stack) -> None:
    """Puts a stack's assets where its bootstrap says, as `cdk deploy` does."""
    s3 = client(target, stack.account, "s3")
    for asset in stack.assets:
        source = stack.folder / asset["source"]["path"]
        content = zipped(source) if asset["source"]["packaging"] == "zip" else source.read_bytes()
        for place in asset["destinations"].values():
            s3.put_object(Bucket=place["bucketName"], Key=place["objectKey"], Body=content)


def zipped(folder: Path) -> bytes:
    """A folder as a zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    return out.getvalue()


def create(target: Target, stack: Stack) -> str:
    """Creates a stack; its status, or what AWS would refuse: a policy that names a role that doesn't exist yet."""
    absent = [arn for arn in sorted(set(principals(json.loads(stack.template)))) if not exists(target, arn)]
    if absent:
        return f"Invalid principal in policy: {', '.join(absent)}"
    cloudformation = client(target, stack.account, "cloudformation")
    cloudformation.create_stack(StackName=stack.name, **source(stack), Capabilities=CAPABILITIES)
    return wait(cloudformation, stack.name)


def source(stack: Stack) -> dict[str, str]:
    """Where CloudFormation gets a stack's template from: the call itself, or the published file if that is too long."""
    if len(stack.template.encode()) <= INLINE:
        return {"TemplateBody": stack.template}
    (asset,) = (asset for asset in stack.assets if asset["source"]["path"] == stack.file)
    (place,) = asset["destinations"].values()
    return {"TemplateURL": f"https://s3.{place['region']}.amazonaws.com/{place['bucketName']}/{place['objectKey']}"}


def principals(node: Any) -> Iterator[str]:
    """Roles that policies of a template name as principals in so many letters."""
    if isinstance(node, dict):
        named = node.get("Principal", {})
        wanted = named.get("AWS", []) if isinstance(named, dict) else []
        for arn in wanted if isinstance(wanted, list) else [wanted]:
            if isinstance(arn, str) and ":role/" in arn:
                yield arn
        for value in node.values():
            yield from principals(value)
    elif isinstance(node, list):
        for value in node:
            yield from principals(value)


def exists(target: Target, arn: str) -> bool:
    """Whether a role stands."""
    try:
        client(target, arn.split(":")[4], "iam").get_role(RoleName=arn.rsplit("/", 1)[-1])
    except ClientError:
        return False
    return True


def standing(target: Target, accounts: list[str]) -> dict[str, str]:
    """Status of every stack but the toolkits, by name."""
    found = {}
    for account in accounts:
        for page in client(target, account, "cloudformation").get_paginator("describe_stacks").paginate():
            found.update({stack["StackName"]: stack["StackStatus"] for stack in page["Stacks"]})
    found.pop("CDKToolkit", None)
    return found
