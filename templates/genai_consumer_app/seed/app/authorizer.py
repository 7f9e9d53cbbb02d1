"""Tells API Gateway who calls: the subject of a token that a known issuer has signed for this application."""

import functools
import os
import time
from typing import Any

import boto3

from app.records import record
from app.tokens import Issuer, TokenError, key_of, subject


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """A policy for the token's subject.

    Raises:
        Exception: "Unauthorized", which API Gateway answers with 401, whatever is wrong with the token.
    """
    try:
        scheme, _, token = event["authorizationToken"].partition(" ")
        if scheme.lower() != "bearer":
            raise TokenError("it is no bearer token")
        who = subject(token, issuers(), time.time())
    except TokenError as error:
        record("refused", reason=str(error))
        raise Exception("Unauthorized") from None
    return policy(who, event["methodArn"])


def policy(who: str, method_arn: str) -> dict[str, Any]:
    """Lets a user call the stage's routes; API Gateway keeps it for some minutes, for all of them."""
    interface, stage = method_arn.split("/")[:2]
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"{interface}/{stage}/*"}
    return {"principalId": who, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


@functools.cache
def issuers() -> tuple[Issuer, ...]:
    """Who may sign: the company's identity provider, where one is set, and this account's key of tests."""
    audience = os.environ["AUDIENCE"]
    der = boto3.client("kms").get_public_key(KeyId=os.environ["TOKENS_KEY_ARN"])["PublicKey"]
    return (*Issuer.load(audience), Issuer(f"{audience}/tests", audience, {"tests": key_of(der)}))
