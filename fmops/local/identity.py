"""Whose credentials: a role's session as AWS's services get it, a child process's environment, an account's root."""

import functools
import json
import os
import re
import secrets
import time
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from ministack.core import iam_evaluator
from ministack.services import iam, sts

from fmops.local import context
from fmops.local.registry import AwsError

ENDPOINT = os.environ.get("AWS_ENDPOINT_URL", "")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/(?:[\w+=,.@/-]*/)?([\w+=,.@-]{1,64})")
_CONFIG = Config(retries={"max_attempts": 1}, connect_timeout=5, read_timeout=120)


@functools.cache
def _loader() -> Any:
    return botocore.session.get_session().get_component("data_loader")


def session(region: str | None = None, **credentials: str) -> boto3.Session:
    """A boto3 session; all of them share one loader, since parsing a service's model takes 0.1 s."""
    inner = botocore.session.get_session()
    inner.register_component("data_loader", _loader())
    return boto3.Session(botocore_session=inner, region_name=region or context.region(), **credentials)


@functools.lru_cache(64)
def _client(service: str, account: str, region: str) -> Any:
    inner = session(region, aws_access_key_id=account, aws_secret_access_key="test")  # noqa: S106 - ministack's root key
    return inner.client(service, endpoint_url=ENDPOINT or None, config=_CONFIG)


def client(service: str, account: str | None = None, region: str | None = None) -> Any:
    """A client as an account's root, by HTTP over loopback: for what AWS's service side does by itself.

    Never call it from the event loop: handlers and hooks run on threads, where it is safe.
    """
    return _client(service, account or context.account(), region or context.region())


def _trusts(role: dict[str, Any], service_principal: str, source_identity: str | None) -> bool:
    """Whether a role's trust policy lets a service take it, conditions included."""
    arn = role["Arn"]
    asked = iam_evaluator.EvalContext(
        principal_arn=service_principal,
        principal_type="AWSService",
        principal_account=context.account(),
        action="sts:AssumeRole",
        resource_arn=arn,
        region=context.region(),
        service_context={"aws:sourceaccount": context.account(), "sts:sourceidentity": source_identity},
    )
    decision = iam_evaluator.evaluate_resource_policy(
        _with_resource(role["AssumeRolePolicyDocument"]), asked, service=service_principal
    )
    return bool(decision.decision == "Allow")


def takes(role_arn: str, service_principal: str) -> bool:
    """Whether a role exists and its trust policy lets a service take it."""
    found = _ROLE.fullmatch(role_arn)
    role = iam._roles.get_scoped(found[1], None, found[2]) if found else None
    return role is not None and role["Arn"] == role_arn and _trusts(role, service_principal, None)


def _with_resource(document: Any) -> dict[str, Any]:
    """A trust policy as a resource policy: its statements have no Resource, the evaluator wants one."""
    found = json.loads(document) if isinstance(document, str) else document
    statements = found["Statement"] if isinstance(found["Statement"], list) else [found["Statement"]]
    return {**found, "Statement": [{**statement, "Resource": "*"} for statement in statements]}


def service_session(
    role_arn: str,
    service_principal: str,
    session_name: str,
    source_identity: str | None = None,
    network: str | None = None,
) -> boto3.Session:
    """A session of a role, as an AWS service assumes it for a job, a build or a launch.

    Args:
        role_arn: of the role; with its path.
        service_principal: e.g. `sagemaker.amazonaws.com`; the role's trust policy must name it.
        session_name: the session's name, the last part of its ARN.
        source_identity: kept by the session when given.
        network: the VPC that the job runs in, whose endpoints' policies count for its calls.

    Raises:
        AwsError: `ValidationException` when that is no role's ARN, `AccessDenied` when the role does not exist or does
            not trust the service.
    """
    found = _ROLE.fullmatch(role_arn)
    if found is None:
        raise AwsError("ValidationException", f"Invalid role ARN: {role_arn}")
    account, name = found.groups()
    role = iam._roles.get_scoped(account, None, name)
    if role is None or role["Arn"] != role_arn or not _trusts(role, service_principal, source_identity):
        message = f"{service_principal} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
        raise AwsError(
            "AccessDenied", f"{message} (the role must exist and its trust policy must name the service)", 403
        )
    key, secret, session_token = sts._gen_session_access_key(), sts._gen_secret(), sts._gen_session_token()
    record = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}",
        "UserId": f"{role['RoleId']}:{session_name}",
        "SecretAccessKey": secret,
        "SessionToken": session_token,
        "Expiration": time.time() + 12 * 3600,
        "AccountId": account,
        "PrincipalType": "AssumedRole",
        "SourceIdentity": source_identity,
        "Network": network,
    }
    sts.register_session(key, record)
    return session(aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=session_token)


def caller_session() -> boto3.Session:
    """The session that makes the current request, for what a service does in its caller's name."""
    caller = context.caller()
    if caller.endswith(":root"):
        return session(aws_access_key_id=context.account(), aws_secret_access_key="test")  # noqa: S106
    return session_of(next(k for k, s in reversed(list(sts._sessions.items())) if s.get("Arn") == caller))


def session_of(key: str) -> boto3.Session:
    """The session that an access key belongs to."""
    found = sts._sessions[key]
    return session(
        aws_access_key_id=key,
        aws_secret_access_key=found["SecretAccessKey"],
        aws_session_token=found["SessionToken"],
    )


def environment(credentials: Any, region: str) -> dict[str, str]:
    """The AWS_* variables for a child process: credentials (or a session that has them), region, endpoint."""
    if isinstance(credentials, boto3.Session):
        credentials = credentials.get_credentials()
    frozen = credentials.get_frozen_credentials() if hasattr(credentials, "get_frozen_credentials") else credentials
    found = {
        "AWS_ACCESS_KEY_ID": frozen.access_key,
        "AWS_SECRET_ACCESS_KEY": frozen.secret_key,
        "AWS_SESSION_TOKEN": frozen.token,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": ENDPOINT,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return {name: value for name, value in found.items() if value}


def principal_of(arn: str) -> str:
    """The ARN that policies know a principal by: of a role's session, the role's, its path included."""
    if ":assumed-role/" not in arn:
        return arn
    account, name = arn.split(":")[4], arn.split("/")[1]
    role = iam._roles.get_scoped(account, None, name)
    return str(role["Arn"]) if role else f"arn:aws:iam::{account}:role/{name}"


def unique(prefix: str, length: int = 13) -> str:
    """An id as AWS mints them for many services: `prod-` and lower-case letters and digits."""
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    return prefix + "".join(secrets.choice(alphabet) for _ in range(length))
