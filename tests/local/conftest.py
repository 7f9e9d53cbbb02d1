"""One embedded AWS for all tests of this folder, on a free port and with a state folder of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

REGION = "eu-west-1"
ORGANIZATION = {
    "id": "o-fmopstest1",
    "management_account": "000000000001",
    "accounts": {"000000000001": "management", "000000000010": "governance", "000000000012": "tooling"},
}


@dataclass
class Embedded:
    """A started embedded AWS: `.url`, `.state`, and clients of any account."""

    url: str
    state: Path
    process: "subprocess.Popen[bytes]"

    def session(self, account: str, region: str = REGION, **credentials: str) -> boto3.Session:
        """A session as the account's root, or with the given credentials."""
        given = credentials or {"aws_access_key_id": account, "aws_secret_access_key": "test"}
        return boto3.Session(region_name=region, **given)

    def client(self, service: str, account: str, region: str = REGION, **credentials: str) -> Any:
        """A client as the account's root, or with the given credentials."""
        config = Config(retries={"max_attempts": 0}, read_timeout=60)
        return self.session(account, region, **credentials).client(service, endpoint_url=self.url, config=config)

    def assume(self, service: str, role_arn: str, by: str, **parameters: str) -> Any:
        """A client with a session of a role that the account `by` assumes."""
        answer = self.client("sts", by).assume_role(RoleArn=role_arn, RoleSessionName="test", **parameters)
        taken = answer["Credentials"]
        return self.client(
            service,
            role_arn.split(":")[4],
            aws_access_key_id=taken["AccessKeyId"],
            aws_secret_access_key=taken["SecretAccessKey"],
            aws_session_token=taken["SessionToken"],
        )

    def status(self) -> dict[str, Any]:
        """What `/_fmops/status` says."""
        with urllib.request.urlopen(f"{self.url}/_fmops/status", timeout=5) as answer:  # noqa: S310 - loopback
            found: dict[str, Any] = json.load(answer)
            return found

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ends the server; its exit code."""
        self.process.send_signal(how)
        return self.process.wait(timeout=30)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(state: Path, port: int | None = None) -> Embedded:
    """Starts an embedded AWS and waits until it answers; its output goes to `server.log` in the state folder."""
    port = port or free_port()
    state.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "FMOPS_LOCAL_ORGANIZATION": json.dumps(ORGANIZATION)}
    command = [sys.executable, "-m", "fmops.local", "serve", "--port", str(port), "--state", str(state)]
    with (state / "server.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    found = Embedded(f"http://127.0.0.1:{port}", state, process)
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            found.status()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
        else:
            return found
    process.kill()
    raise RuntimeError(f"the embedded AWS did not start:\n{(state / 'server.log').read_text()[-3000:]}")


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """One server for the whole session; tests use names of their own."""
    found = start(tmp_path_factory.mktemp("embedded"))
    yield found
    found.stop()
