"""Permissions that no API call asks for: git's pull and push, a pipeline's archive of a commit."""

import contextvars

import ministack.app as ministack
from ministack.core import iam_evaluator

from fmops.local import authz
from fmops.local.context import region
from fmops.local.registry import AwsError


def require(access_key: str, action: str, resource: str) -> None:
    """Evaluates IAM for a principal, as for a signed call. Raises AwsError AccessDeniedException."""
    if ministack.AUTH:
        contextvars.copy_context().run(_require, access_key, action, resource)


def _require(access_key: str, action: str, resource: str) -> None:
    iam_evaluator._signed_request.set(None)  # the signature at hand belongs to another request
    iam_evaluator._anonymous.set(False)
    authz.forget()
    found = iam_evaluator.resolve_credential(access_key)
    iam_evaluator._request_caller_arn.set(getattr(found, "principal_arn", ""))
    denied = iam_evaluator.enforce(access_key, action, action.split(":")[0], region(), resource_arn=resource)
    if isinstance(denied, iam_evaluator.AuthError):
        raise AwsError(denied.code, denied.message, 403)
    if denied is not None:
        who = denied.principal_arn
        message = f"User: {who} is not authorized to perform: {action} on resource: {resource}"
        raise AwsError("AccessDeniedException", message, 403)
