"""The function behind Custom::InvocationLog: CloudFormation has no type for an account's invocation logging."""

from typing import Any

import boto3
from answer import Request, answer  # type: ignore[import-not-found] # beside this file, where Lambda finds it


def handler(event: dict[str, Any], _context: object) -> None:
    """Sets the account's invocation logging on Create and Update, and ends it on Delete.

    Args:
        event: CloudFormation's request; its ResourceProperties hold LogGroup and Role.
    """
    request = Request(
        response_url=event["ResponseURL"],
        stack_id=event["StackId"],
        request_id=event["RequestId"],
        logical_resource_id=event["LogicalResourceId"],
        physical_resource_id="invocation-log",
    )
    bedrock = boto3.client("bedrock")
    try:
        if event["RequestType"] == "Delete":
            bedrock.delete_model_invocation_logging_configuration()
        else:
            bedrock.put_model_invocation_logging_configuration(loggingConfig=settings(event["ResourceProperties"]))
    except Exception as error:
        answer(request, failed=f"Invocation logging could not be set: {error}")
        raise
    answer(request)


def settings(properties: dict[str, Any]) -> dict[str, Any]:
    """What Bedrock is told: texts only, into one log group.

    Raises:
        KeyError: a property is missing.
    """
    return {
        "cloudWatchConfig": {"logGroupName": properties["LogGroup"], "roleArn": properties["Role"]},
        "textDataDeliveryEnabled": True,
        "imageDataDeliveryEnabled": False,
        "embeddingDataDeliveryEnabled": False,
        "videoDataDeliveryEnabled": False,
    }
