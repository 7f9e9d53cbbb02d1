"""What a page of AWS's documentation says of an answer, as far as it can be checked here."""

import functools
import re
from typing import Any, Literal

import botocore.session

Backing = Literal["model", "list", "rule"]
"""`model`: the page is an operation's, and AWS's own model of it has this error. `list`: the page is a service's list
of error codes. `rule`: the page says that it isn't allowed; the code is only the embedded AWS's."""

LISTS = ("/ErrorResponses.html", "/errors-overview.html", "/CommonErrors.html")
SERVICES = {
    "AmazonCloudWatchLogs": "logs",
    "AmazonECR": "ecr",
    "AmazonS3": "s3",
    "AWSCloudFormation": "cloudformation",
    "IAM": "iam",
    "STS": "sts",
    "eventbridge": "events",
    "systems-manager": "ssm",
}
"""botocore's name of a service, where its documentation has another."""

_session = botocore.session.get_session()


@functools.cache
def _model(service: str) -> Any:
    return _session.get_service_model(service)


def backing(source: str, code: str) -> Backing:
    """How much of an answer its source says."""
    found = re.fullmatch(r"https://docs\.aws\.amazon\.com/([^/]+)/.*/API_(\w+)\.html", source)
    if source.endswith(LISTS):
        return "list"
    if found is None:
        return "rule"
    model = _model(SERVICES.get(found[1], found[1]))
    known = model.operation_model(found[2]).error_shapes if found[2] in model.operation_names else ()
    names = {name for shape in known for name in (shape.name, shape.metadata.get("error", {}).get("code"))}
    return "model" if code in names else "rule"
