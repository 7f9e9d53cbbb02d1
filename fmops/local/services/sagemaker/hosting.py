"""Hosting containers: a model's artifact, brought by the model's own role, served by a local process."""

import re
import sys
import threading
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from subprocess import Popen
from typing import Any

from fmops.local import context, identity, logs, process
from fmops.local.registry import Model
from fmops.local.services.sagemaker import containers, jobs, model_registry, serving
from fmops.local.services.sagemaker.common import Json, token
from fmops.local.services.sagemaker.containers import ContainerError

_MODEL = "/opt/ml/model"
_FOREVER = 10 * 365 * 86400.0
_STARTUP = 600.0
_INVOCATION = 60.0  # seconds; SageMaker's own limit


@dataclass
class Server:
    """A serving process: `port` once its model is loaded, `tail` the last lines that it printed."""

    log_stream: str
    port: int = 0
    running: "Popen[str] | None" = None
    tail: list[str] = field(default_factory=list)
    changed: threading.Event = field(default_factory=threading.Event)

    @property
    def alive(self) -> bool:
        """Whether it can answer."""
        return bool(self.port and self.running is not None and self.running.poll() is None)

    def stop(self) -> None:
        """Ends the process."""
        if self.running is not None:
            process.kill(self.running)

    def invoke(self, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """POST /invocations: status, headers, body."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_INVOCATION)
        try:
            connection.request("POST", "/invocations", body, headers)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()


def container_of(model: Model) -> Json:
    """Artifact, image and environment of a model, its model package resolved.

    Raises:
        ContainerError: a chain of containers, which is not run here.
        AwsError: the package does not exist or its group's policy does not let this account use it.
    """
    given = [model["PrimaryContainer"]] if "PrimaryContainer" in model else model.get("Containers", [])
    if len(given) != 1:
        raise ContainerError("The embedded AWS hosts models of exactly one container")
    own: Json = given[0]
    if "ModelPackageName" not in own:
        return own
    package = model_registry.read(own["ModelPackageName"], "CreateModel")
    packaged = package["InferenceSpecification"]["Containers"][0]
    return {**packaged, "Environment": {**packaged.get("Environment", {}), **own.get("Environment", {})}}


def artifact_of(container: Json) -> str | None:
    """The S3 URI of a container's model.tar.gz, or of a prefix with its files uncompressed."""
    source = container.get("ModelDataSource", {}).get("S3DataSource", {})
    found: str | None = container.get("ModelDataUrl") or source.get("S3Uri")
    return found


def launch(endpoint: str, variant: Json, model: Model) -> Server:
    """Starts a variant's container and returns when it answers /ping.

    Raises:
        ContainerError: with the endpoint's FailureReason.
    """
    place = containers.folder("endpoint", f"{endpoint}/{variant['VariantName']}-{token(8)}")
    container, session = container_of(model), jobs.role_session(model["ExecutionRoleArn"])
    artifact = artifact_of(container)
    if artifact is None:
        raise ContainerError(
            f"Model {model['ModelName']} has no model data: the embedded AWS cannot run an image by itself"
        )
    _fetch(session, artifact, place)
    environment = {name: str(value) for name, value in container.get("Environment", {}).items()}
    submitted = environment.get("SAGEMAKER_SUBMIT_DIRECTORY", "")
    if submitted.startswith("s3://"):
        _fetch(session, submitted, place, f"{_MODEL}/code")
        environment["SAGEMAKER_SUBMIT_DIRECTORY"] = f"{_MODEL}/code"
    access = {} if model.get("EnableNetworkIsolation") else identity.environment(session, context.region())
    variables = {"SM_MODEL_DIR": _MODEL, "AWS_REGION": context.region(), **access, **environment}
    server = _start(endpoint, variant, place, containers.environment(place, variables))
    server.changed.wait(variant.get("ContainerStartupHealthCheckTimeoutInSeconds", _STARTUP))
    if not server.alive:
        server.stop()
        told = next((line for line in reversed(server.tail) if line.strip()), "it did not answer in time")
        raise ContainerError(
            f"The primary container for production variant {variant['VariantName']} did not pass the ping health "
            f"check. Please check CloudWatch logs for this endpoint. ({told})"[: containers.REASON_LENGTH]
        )
    return server


def _fetch(session: Any, uri: str, place: containers.Folder, target: str = _MODEL) -> None:
    if not uri.endswith(".tar.gz"):
        containers.download(session, uri, place.path(target))
        return
    containers.download(session, uri, place.path("tmp/artifact"))
    containers.unpack(place.path("tmp/artifact") / Path(uri).name, place.path(target))


def _start(endpoint: str, variant: Json, place: containers.Folder, env: dict[str, str]) -> Server:
    server = Server(f"{variant['VariantName']}/i-{token(17)}")
    sink = logs.stream(f"/aws/sagemaker/Endpoints/{endpoint}", server.log_stream)

    def line(text: str) -> None:
        found = re.fullmatch(re.escape(serving.READY) + r"(\d+)", text)
        if found:
            server.port = int(found[1])
            server.changed.set()
        server.tail = [*server.tail[-19:], text]
        sink(text)

    def run() -> None:
        # -P: the folder of serving.py must not shadow modules of the user's code
        command = [sys.executable, "-P", str(Path(serving.__file__))]
        try:
            containers.run(
                place, command, env, sink=line, timeout=_FOREVER, started=lambda made: setattr(server, "running", made)
            )
        finally:
            server.changed.set()
            sink.close()
            place.remove()

    context.spawn(f"endpoint-{endpoint}", run)
    return server
