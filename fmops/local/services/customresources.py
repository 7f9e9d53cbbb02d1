"""Custom resources behind an SNS topic: CloudFormation publishes the request there, as the stack's role or its caller.

ministack knows those behind a Lambda function. A topic may be another account's, if its policy says so.
"""

import json
import logging
from typing import Any

import boto3
from botocore.exceptions import ClientError
from ministack.core.responses import new_uuid
from ministack.services import sts
from ministack.services.cloudformation import custom_resource

from fmops.local import context, execution, identity

log = logging.getLogger("fmops.local")

SUBJECT = "AWS CloudFormation custom resource request"
LONGEST = 3600


def _session() -> boto3.Session:
    """Who publishes: the role that the stack was given, or else who asked for the operation."""
    key = execution.acting()
    return identity.session_of(key) if key in sts._sessions else identity.caller_session()


def _request(kind: str, address: dict[str, str], properties: Any, physical_id: str | None, old: Any) -> dict[str, Any]:
    plain = custom_resource._normalise_resource_properties
    return {
        "RequestType": kind,
        **address,
        "ResourceProperties": plain(properties),
        **({"PhysicalResourceId": physical_id} if physical_id is not None else {}),
        **({"OldResourceProperties": plain(old)} if old is not None else {}),
    }


def _publish(topic: str, request: dict[str, Any]) -> None:
    """Raises RuntimeError in AWS's words when the publisher may not, or when there is no such topic here."""
    if topic.split(":")[3] != context.region():
        raise RuntimeError(f"Invalid service token: {topic} must be in the region of the stack, {context.region()}.")
    try:
        client = _session().client("sns", endpoint_url=identity.ENDPOINT)
        client.publish(TopicArn=topic, Subject=SUBJECT, Message=json.dumps(request))
    except ClientError as error:
        raise RuntimeError(f"Failed to publish the request on {topic}: {error}") from error


def _ask(
    kind: str, about: dict[str, str], properties: dict[str, Any], stack_name: str, physical_id: str | None, old: Any
) -> dict[str, Any]:
    """Publishes a request and waits for its answer; what could not be asked, or isn't answered, is a failure too."""
    token, topic = new_uuid(), str(properties["ServiceToken"])
    address = {"ResponseURL": custom_resource._response_url(token), "RequestId": new_uuid(), **about}
    unanswered = {"Status": "FAILED", "PhysicalResourceId": physical_id or f"{stack_name}-{token}"}
    answered = custom_resource.register_token(token)
    try:
        _publish(topic, _request(kind, address, properties, physical_id, old))
        seconds = min(int(properties.get("ServiceTimeout") or LONGEST), LONGEST)
        if not answered.wait(timeout=seconds):
            why = f"CloudFormation did not receive a response from your Custom Resource ({seconds} s)"
            return {**unanswered, "Reason": why}
        answer: dict[str, Any] = {**unanswered, "Status": "SUCCESS", **custom_resource._pending[token]["result"]}
    except RuntimeError as error:
        return {**unanswered, "Reason": str(error)}
    finally:
        custom_resource._pending.pop(token, None)
    if answer["Status"] == "FAILED":
        why = answer.get("Reason", "")
        answer["Reason"] = f"Received response status [FAILED] from custom resource. Message: {why}"
    return answer


def install() -> None:
    """Puts topics beside functions."""
    by_function = custom_resource.invoke_custom_resource

    def invoke(
        request_type: str,
        logical_id: str,
        props: dict[str, Any],
        stack_name: str,
        stack_id: str,
        resource_type: str,
        physical_id: str | None = None,
        old_props: dict[str, Any] | None = None,
    ) -> tuple[str, dict[str, Any]]:
        topic = str(props.get("ServiceToken", ""))
        if topic.split(":")[2:3] != ["sns"]:
            made: tuple[str, dict[str, Any]] = by_function(
                request_type, logical_id, props, stack_name, stack_id, resource_type, physical_id, old_props
            )
            return made
        about = {"StackId": stack_id, "ResourceType": resource_type, "LogicalResourceId": logical_id}
        answer = _ask(request_type, about, props, stack_name, physical_id, old_props)
        if answer["Status"] == "FAILED":
            if request_type == "Create":  # AWS's rollback deletes what a failed creation may have left
                _ask("Delete", about, props, stack_name, answer["PhysicalResourceId"], None)
            raise RuntimeError(answer["Reason"])
        return answer["PhysicalResourceId"], answer.get("Data") or {}

    custom_resource.invoke_custom_resource = invoke
