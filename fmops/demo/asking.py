"""A test user of a deployed application: a token that the account's key signs, and calls over the private interface."""

import base64
import http.client
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
from fmops_constructs import names

from fmops.problem import FAILED, Problem
from fmops.target import Target

ENDED = ("answered", "blocked", "failed")


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@dataclass(frozen=True)
class User:
    """Somebody who asks an application in one stage.

    Attributes:
        target: where AWS is.
        session: of the role that signs test users' tokens, in the stage's account.
        project: whose application it is.
        name: of the user.
    """

    target: Target
    session: boto3.Session
    project: names.Project
    stage: str
    name: str

    def token(self) -> str:
        """A token for a quarter of an hour."""
        audience, now = self.project.interface(self.stage), int(time.time())
        claims = {"iss": f"{audience}/tests", "aud": audience, "sub": self.name, "iat": now, "exp": now + 900}
        header = {"alg": "RS256", "typ": "JWT", "kid": "tests"}
        signed = ".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))
        answer = self.target.client(self.session, "kms").sign(
            KeyId=names.key_alias("tokens"),
            Message=signed.encode(),
            MessageType="RAW",
            SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256",
        )
        return f"{signed}.{_encoded(answer['Signature'])}"

    def host(self) -> str:
        """The interface's host, as the stage's account knows it."""
        name = self.project.interface_parameter(self.stage)
        parameter = self.target.client(self.session, "ssm").get_parameter(Name=name)["Parameter"]
        return f"{parameter['Value']}.execute-api.{self.target.region}.amazonaws.com"

    def call(self, method: str, path: str, content: Any = None) -> dict[str, Any]:
        """What the interface answers.

        Raises:
            Problem: it refuses.
        """
        host = self.host()
        place = urlsplit(self.target.endpoint or f"https://{host}")
        secure = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
        connection = secure(place.netloc, timeout=60)
        headers = {"Host": host, "Authorization": f"Bearer {self.token()}", "Content-Type": "application/json"}
        body = None if content is None else json.dumps(content)
        try:
            connection.request(method, f"/{self.stage}/{path}", body, headers)
            reply = connection.getresponse()
            text = reply.read().decode()
        finally:
            connection.close()
        if reply.status >= 300:
            raise Problem(f"{self.project.interface(self.stage)}: {method} {path}: {reply.status} {text}", "", FAILED)
        answer: dict[str, Any] = json.loads(text)
        return answer

    def ask(self, question: str, seconds: float = 90) -> dict[str, Any]:
        """Asks, and waits for the end of the answer.

        Raises:
            Problem: there is none in time.
        """
        message = self.call("POST", "messages", {"question": question})
        end = time.monotonic() + seconds
        while message["status"] not in ENDED:
            if time.monotonic() > end:
                raise Problem(f"{self.project.name} didn't answer within {seconds:.0f} s.", "See /fmops/application.")
            time.sleep(0.25)
            message = self.call("GET", f"messages/{message['id']}")
        return message
