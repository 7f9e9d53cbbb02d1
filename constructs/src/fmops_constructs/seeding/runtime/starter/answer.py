"""What CloudFormation waits for: one PUT that says how a custom resource's request ended. Standard library only."""

import json
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

REASON_LENGTH = 1000
"""CloudFormation takes answers of 4,096 bytes in all."""


@dataclass(frozen=True)
class Request:
    """A request of CloudFormation, as far as its answer needs it.

    Attributes:
        response_url: where the answer goes; good for two hours, for this answer only.
        stack_id, request_id, logical_resource_id: repeated in the answer.
        physical_resource_id: what the resource is called from now on.
    """

    response_url: str
    stack_id: str
    request_id: str
    logical_resource_id: str
    physical_resource_id: str


def answer(request: Request, *, failed: str | None = None, data: Mapping[str, str] | None = None) -> None:
    """Tells CloudFormation.

    Args:
        failed: why the request failed; absent when it has not.
        data: attributes that the template can get from the resource.

    Raises:
        ValueError: the address is not one of HTTP.
        OSError: CloudFormation could not be reached.
    """
    if urlsplit(request.response_url).scheme not in ("https", "http"):
        raise ValueError(f"The response URL {request.response_url!r} is not one of HTTP.")
    body = {
        "Status": "FAILED" if failed else "SUCCESS",
        "Reason": (failed or "")[:REASON_LENGTH],
        "PhysicalResourceId": request.physical_resource_id,
        "StackId": request.stack_id,
        "RequestId": request.request_id,
        "LogicalResourceId": request.logical_resource_id,
        "Data": dict(data or {}),
    }
    # The signature of the address covers an empty content type.
    put = urllib.request.Request(  # noqa: S310 - checked above
        request.response_url, data=json.dumps(body).encode(), method="PUT", headers={"Content-Type": ""}
    )
    with urllib.request.urlopen(put, timeout=30):  # noqa: S310 - checked above
        pass
