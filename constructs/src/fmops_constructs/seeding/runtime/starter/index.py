"""The function behind Custom::Seed: it starts the seeder's build, which answers CloudFormation when it is done."""

import json
import os
import re
from typing import Any

import boto3
from answer import Request, answer  # type: ignore[import-not-found] # beside this file, where Lambda finds it

NAME = re.compile(r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,63}")


def handler(event: dict[str, Any], _context: object) -> None:
    """Starts the build on Create and Update; answers at once on Delete and on any error.

    Args:
        event: CloudFormation's request; its ResourceProperties hold Template, Repository, and Answers by question.
    """
    properties = event.get("ResourceProperties", {})
    request = Request(
        response_url=event["ResponseURL"],
        stack_id=event["StackId"],
        request_id=event["RequestId"],
        logical_resource_id=event["LogicalResourceId"],
        physical_resource_id=event.get("PhysicalResourceId") or str(properties.get("Repository") or "none"),
    )
    try:
        if event["RequestType"] == "Delete":  # the repository outlives its project; nothing to undo
            answer(request)
        else:
            start(request, properties)
    except Exception as error:
        answer(request, failed=f"The seeder could not be started: {error}")
        raise


def start(request: Request, properties: dict[str, Any]) -> None:
    """Starts the build.

    Raises:
        ValueError, TypeError: a property is missing or malformed.
    """
    for name in ("Template", "Repository"):
        if not NAME.fullmatch(str(properties.get(name))):
            raise ValueError(f"{name} is {properties.get(name)!r}; it must be lower-case words joined by hyphens.")
    answers = properties.get("Answers")
    if not isinstance(answers, dict):
        raise TypeError(f"Answers is {answers!r}; it must map the template's questions to their answers.")
    variables = {
        "TEMPLATE": properties["Template"],
        "REPOSITORY": properties["Repository"],
        "ANSWERS": json.dumps(answers, sort_keys=True),
        "RESPONSE_URL": request.response_url,
        "STACK_ID": request.stack_id,
        "REQUEST_ID": request.request_id,
        "LOGICAL_RESOURCE_ID": request.logical_resource_id,
        "PHYSICAL_RESOURCE_ID": properties["Repository"],
    }
    build = boto3.client("codebuild").start_build(
        projectName=os.environ["SEEDER"],
        idempotencyToken=request.request_id,  # CloudFormation may send a request twice
        environmentVariablesOverride=[
            {"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items()
        ],
    )
    print(json.dumps({"build": build["build"]["id"], "repository": properties["Repository"]}))
