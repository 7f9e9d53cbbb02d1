"""The provisioner's desk: it takes requests from the topics to the state machine, and its answers to CloudFormation."""

import json
import os
import re
from collections.abc import Mapping
from typing import Any

import boto3
from answer import Request, answer  # type: ignore[import-not-found] # beside this file, where Lambda finds it
from botocore.exceptions import ClientError

TOPIC = re.compile(r"arn:[^:]+:sns:[^:]+:\d{12}:fmops-([a-z][a-z0-9]{1,11})-requests")
PROJECT = re.compile(r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,23}")
ADDRESS = ("ResponseURL", "StackId", "RequestId", "LogicalResourceId")
ABSENT = "none"
"""What a request is called that launched nothing."""


def handler(event: dict[str, Any], _context: object) -> None:
    """Starts the state machine for what a topic brings; answers for what the state machine, or its end, brings.

    Args:
        event: of SNS (`Records`), of EventBridge when an execution ended badly (`detail`), or of the state machine:
            `request` (as much of CloudFormation's as the answer needs), `failed`, `physical_id`, `data`.
    """
    if "Records" in event:
        for record in event["Records"]:
            start(asked(record["Sns"]["TopicArn"], json.loads(record["Sns"]["Message"])))
    elif "detail" in event:
        ended(event["detail"])
    else:
        tell(event)


def asked(topic: str, message: Mapping[str, Any]) -> dict[str, Any]:
    """The state machine's input. The business unit is that of the topic, whatever the message says.

    Raises:
        ValueError: no topic of a business unit.
    """
    unit = TOPIC.fullmatch(topic)
    if unit is None:
        raise ValueError(f"{topic} is no business unit's topic of requests.")
    properties = message.get("ResourceProperties", {})
    before = message.get("OldResourceProperties", properties)
    given = {str(name): str(value) for name, value in dict(properties.get("Parameters", {})).items()}
    name = str(properties.get("ProjectName"))
    values = {**given, "ProjectName": name, "BusinessUnit": unit[1]}
    refused = ""
    if message["RequestType"] != "Delete":
        if not PROJECT.fullmatch(name):
            refused = f"ProjectName is {name!r}: 2 to 24 lower-case letters, digits and single hyphens are expected."
        elif before.get("ProjectName") != properties["ProjectName"]:
            refused = f"A project keeps its name: launch {name} as a project of its own."
    return {
        "type": message["RequestType"],
        "unit": unit[1],
        "portfolio": os.environ["PORTFOLIO"].format(unit=unit[1]),
        "product": str(properties.get("Product")),
        "version": str(properties.get("Version")),
        "project": name,
        "parameters": [{"Key": key, "Value": value} for key, value in sorted(values.items())],
        "token": f"{unit[1]}-{message['StackId'].rsplit('/', 1)[-1]}",
        "physical_id": str(message.get("PhysicalResourceId", "")),
        "refused": refused,
        "request": {key: message[key] for key in ADDRESS},
    }


def start(ask: Mapping[str, Any]) -> None:
    """Starts an execution named after the request: CloudFormation and SNS may both send one twice."""
    try:
        boto3.client("stepfunctions").start_execution(
            stateMachineArn=os.environ["PROVISIONER"], name=ask["request"]["RequestId"], input=json.dumps(ask)
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
            raise


def ended(detail: Mapping[str, Any]) -> None:
    """Tells CloudFormation of an execution that was stopped or broke before it could tell itself."""
    if detail.get("error") == "Refused":  # it has told
        return
    ask = json.loads(detail["input"])
    why = detail.get("cause") or detail.get("error") or "no reason was given"
    failed = f"The provisioner ended early ({detail['status']}: {why}). Launch it again once this request is gone."
    physical = ask["physical_id"] if ask["type"] != "Create" else ABSENT
    tell({"request": ask["request"], "failed": failed, "physical_id": physical, "data": {}})


def tell(reply: Mapping[str, Any]) -> None:
    """Answers CloudFormation."""
    request = reply["request"]
    answer(
        Request(
            response_url=request["ResponseURL"],
            stack_id=request["StackId"],
            request_id=request["RequestId"],
            logical_resource_id=request["LogicalResourceId"],
            physical_resource_id=reply["physical_id"] or ABSENT,
        ),
        failed=reply["failed"] or None,
        data=reply["data"],
    )
