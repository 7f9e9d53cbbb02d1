"""Calls the deployed interface as a user: with a token, over the private endpoint."""

import base64
import http.client
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
from fmops_constructs import names

from deploy.settings import Project


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def token(kms: Any, project: Project, stage: str, user: str, *, seconds: int = 900, **claims: Any) -> str:
    """A token of a test user, which the stage's own key signs; `claims` replace what it says otherwise."""
    audience = project.names.interface(stage)
    now = int(time.time())
    about = {"iss": f"{audience}/tests", "aud": audience, "sub": user, "iat": now, "exp": now + seconds, **claims}
    header = {"alg": "RS256", "typ": "JWT", "kid": "tests"}
    signed = ".".join(encoded(json.dumps(part).encode()) for part in (header, about))
    answer = kms.sign(
        KeyId=names.key_alias("tokens"),
        Message=signed.encode(),
        MessageType="RAW",
        SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256",
    )
    return f"{signed}.{encoded(answer['Signature'])}"


def signer(project: Project, account: str, region: str, session: boto3.Session) -> boto3.Session:
    """The role that signs tokens for tests and finds the interface."""
    role = names.role_arn(account, "tester", project.business_unit)
    sts = session.client("sts", region_name=region)
    credentials = sts.assume_role(RoleArn=role, RoleSessionName=f"{project.name}-stage-tests")["Credentials"]
    return boto3.Session(
        region_name=region,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


@dataclass(frozen=True)
class Caller:
    """A user, or with `token=None` nobody.

    Attributes:
        host: of the interface; a private endpoint's DNS resolves it. Where AWS_ENDPOINT_URL says that AWS is elsewhere,
            the connection goes there, with the same Host.
        stage: the first part of each path.
    """

    host: str
    stage: str
    token: str | None

    def call(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer."""
        status, text = self.fetch(method, path, content)
        return status, json.loads(text or "{}")

    def fetch(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> tuple[int, str]:
        """Status and text of the answer."""
        elsewhere = urlsplit(os.environ.get("AWS_ENDPOINT_URL", f"https://{self.host}"))
        secure = http.client.HTTPSConnection if elsewhere.scheme == "https" else http.client.HTTPConnection
        connection = secure(elsewhere.netloc, timeout=30)
        headers = {"Host": self.host, "Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        body = None if content is None else json.dumps(content)
        try:
            connection.request(method, f"/{self.stage}/{path}", body, headers)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def ask(self, question: str, seconds: float = 60) -> dict[str, Any]:
        """Asks, and waits for the end of the answer.

        Raises:
            AssertionError: the question isn't taken, or there is no end in time.
        """
        status, message = self.call("POST", "messages", {"question": question})
        assert status == 202, f"{status}: {message}"
        end = time.monotonic() + seconds
        while message["status"] in ("waiting", "answering"):
            assert time.monotonic() < end, f"no answer after {seconds:.0f} s: {message}"
            time.sleep(0.2)
            status, message = self.call("GET", f"messages/{message['id']}")
            assert status == 200, f"{status}: {message}"
        return message
