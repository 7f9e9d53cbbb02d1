"""One build from SUBMITTED to COMPLETED, recorded phase by phase in the build's own record."""

import contextlib
import logging
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from fmops.local import events, identity, logs, process
from fmops.local.context import now, state_folder
from fmops.local.registry import AwsError, Params
from fmops.local.services.codebuild import buildspec, settings, storage
from fmops.local.services.codebuild.shell import Shell

log = logging.getLogger(__name__)

CONTINUES = {"install": False, "pre_build": False, "build": True, "post_build": True}
"""Whether the phases that follow run when one fails and the buildspec says nothing."""
RUNNING: dict[str, "Run"] = {}
"""Builds under way, by ARN."""


class PhaseError(Exception):
    """A phase has failed: `code` and message are what its context shows, `status` what the phase ends as."""

    def __init__(self, code: str, message: str, status: str = "FAILED") -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class Run:
    """A build under way.

    Args:
        build: its record, changed in place; shaped as the API's `Build`.
        logs_config: the project's or the call's.
        artifacts: where the primary artifacts go, shaped as `ProjectArtifacts`.
        secondary_artifacts: the same for each secondary artifact.
    """

    def __init__(
        self, build: Params, logs_config: Params, artifacts: Params, secondary_artifacts: list[Params]
    ) -> None:
        self.build, self._logs_config = build, logs_config
        self._artifacts, self._secondary = artifacts, secondary_artifacts
        self._folder: Path = state_folder() / "codebuild" / build["id"].partition(":")[2]
        self._deadline = time.monotonic() + build["timeoutInMinutes"] * 60
        self._stopped = False
        self._shell: Shell | None = None
        self._sink: Callable[[str], None] = lambda _line: None
        self._session: Any = None
        RUNNING[build["arn"]] = self

    def stop(self) -> None:
        """Ends the build; what has run stays recorded."""
        self._stopped = True
        if self._shell:
            self._shell.stop()

    def run(self) -> None:
        """Runs to the end. It never raises: what goes wrong is the build's status."""
        stream = None
        _announce(self.build)
        try:
            with self._phase("SUBMITTED"):
                self._session = self._assume()
                stream = self._open_log()
            with self._phase("QUEUED"):
                pass
            with self._phase("PROVISIONING"):
                (self._folder / "tmp").mkdir(parents=True)
            with self._phase("DOWNLOAD_SOURCE"):
                spec = self._prepare()
            status = self._work(spec)
        except PhaseError as error:
            status = error.status
        except Exception:
            log.exception("build %s", self.build["id"])
            status = "FAULT"
        if stream:
            stream.close()
        self._finish(status)

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        started = now()
        entry: Params = {"phaseType": name, "startTime": started, "phaseStatus": "IN_PROGRESS"}
        self.build["phases"].append(entry)
        self.build["currentPhase"] = name
        failure: PhaseError | None = None
        try:
            if self._stopped:
                raise PhaseError("", "", "STOPPED")
            yield
        except PhaseError as error:
            failure = PhaseError("", "", "STOPPED") if self._stopped else error
        except ClientError as error:
            refused = error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException")
            failure = PhaseError("ACCESS_DENIED" if refused else "CLIENT_ERROR", str(error))
        except (storage.SourceError, AwsError) as error:
            failure = PhaseError("CLIENT_ERROR", str(error))
        entry["endTime"] = now()
        entry["durationInSeconds"] = int((entry["endTime"] - started).total_seconds())
        entry["phaseStatus"] = failure.status if failure else "SUCCEEDED"
        entry["contexts"] = [
            {"statusCode": failure.code if failure else "", "message": failure.message if failure else ""}
        ]
        self._say(f"Phase complete: {name} State: {entry['phaseStatus']}")
        if failure and failure.code:
            self._say(f"Phase context status code: {failure.code} Message: {failure.message}")
        if failure:
            raise failure

    def _say(self, text: str) -> None:
        self._sink(f"[Container] {now():%Y/%m/%d %H:%M:%S} {text}")

    def _assume(self) -> Any:
        role, network = self.build["serviceRole"], (self.build.get("vpcConfig") or {}).get("vpcId")
        name = f"AWSCodeBuild-{self._folder.name}"
        try:
            return identity.service_session(role, "codebuild.amazonaws.com", name, network=network)
        except AwsError as error:
            raise PhaseError(
                "ACCESS_DENIED",
                f"CodeBuild is not authorized to perform: sts:AssumeRole on {role}: the role must exist, under exactly "
                "this name, and trust codebuild.amazonaws.com",
            ) from error

    def _open_log(self) -> Any:
        if self._logs_config.get("status") == "DISABLED":
            return None
        group, name = self.build["logs"]["groupName"], self.build["logs"]["streamName"]
        client = self._session.client("logs")
        try:
            try:
                client.create_log_stream(logGroupName=group, logStreamName=name)
            except client.exceptions.ResourceNotFoundException:
                with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):  # another build was faster
                    client.create_log_group(logGroupName=group)
                client.create_log_stream(logGroupName=group, logStreamName=name)
        except ClientError as error:
            raise PhaseError(
                "ACCESS_DENIED",
                f"Service role {self.build['serviceRole']} does not allow AWS CodeBuild to create Amazon CloudWatch "
                f"Logs log streams for build {self.build['arn']}. Error message: {error}",
            ) from error
        self._sink = stream = logs.stream(group, name)
        return stream

    def _prepare(self) -> buildspec.Buildspec:
        source, build = self._folder / "src" / "src", self.build
        resolved = storage.fetch(self._session, build["source"], build.get("sourceVersion"), source)
        if resolved:
            build["resolvedSourceVersion"] = resolved
        versions = {v["sourceIdentifier"]: v["sourceVersion"] for v in build.get("secondarySourceVersions", [])}
        for other in build["secondarySources"]:
            name = other["sourceIdentifier"]
            storage.fetch(self._session, other, versions.get(name), self._folder / "src" / name)
        try:
            spec = buildspec.parse(_buildspec_text(build["source"].get("buildspec") or "buildspec.yml", source))
            variables = settings.environment(self._session, build, spec, self._folder)
        except buildspec.BuildspecError as error:
            raise PhaseError("YAML_FILE_ERROR", str(error)) from error
        except settings.VariableError as error:
            raise PhaseError("Decrypted Variables Error", str(error)) from error
        self._shell = Shell(self._folder / "state", source, variables)
        return spec

    def _work(self, spec: buildspec.Buildspec) -> str:
        """The commands' phases and what follows them. Returns the build's status."""
        status = "SUCCEEDED"
        try:
            for name in buildspec.PHASES:
                phase = spec.phases.get(name, buildspec.Phase())
                try:
                    with self._phase(name.upper()):
                        self._commands(phase, succeeding=status == "SUCCEEDED")
                except PhaseError as error:
                    status = error.status
                    goes_on = CONTINUES[name] if phase.on_failure is None else phase.on_failure == "CONTINUE"
                    if status != "FAILED" or not goes_on:
                        raise
            with self._phase("UPLOAD_ARTIFACTS"):
                self._upload(spec)
        except PhaseError as error:
            status = error.status
        assert self._shell is not None  # noqa: S101 - made before the first command
        left = self._shell.variables()
        exported = [{"name": name, "value": left[name]} for name in spec.exported if name in left]
        self.build["exportedEnvironmentVariables"] = exported
        if not self._stopped:
            with self._phase("FINALIZING"):
                pass
        return status

    def _commands(self, phase: buildspec.Phase, *, succeeding: bool) -> None:
        assert self._shell is not None  # noqa: S101 - made before the first command
        failure = None
        for commands in (phase.commands, phase.finally_):
            if not commands:
                continue
            left = max(self._deadline - time.monotonic(), 0.0)
            ok = succeeding and failure is None
            result, command = self._shell.run(commands, succeeding=ok, sink=self._sink, timeout=left)
            if process.CLOSING.is_set():
                raise SystemExit  # of this thread: the server goes down, and the next one settles the build
            if result.timed_out:
                raise PhaseError("BUILD_TIMED_OUT", "Build has timed out. ", "TIMED_OUT")
            if result.returncode and failure is None:
                failure = PhaseError(
                    "COMMAND_EXECUTION_ERROR",
                    f"Error while executing command: {command.strip()}. Reason: exit status {result.returncode}",
                )
        if failure:
            raise failure

    def _upload(self, spec: buildspec.Buildspec) -> None:
        root = self._folder / "src" / "src"
        if self._artifacts["type"] != "NO_ARTIFACTS" and spec.artifacts:
            self.build["artifacts"] = storage.upload(self._session, self._artifacts, self.build, spec.artifacts, root)
        for destination in self._secondary:
            name = destination["artifactIdentifier"]
            if name not in spec.secondary_artifacts:
                raise storage.SourceError(f"the buildspec has no secondary artifact {name}")
            made = storage.upload(self._session, destination, self.build, spec.secondary_artifacts[name], root)
            self.build["secondaryArtifacts"].append({**made, "artifactIdentifier": name})

    def _finish(self, status: str) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self.build["phases"].append({"phaseType": "COMPLETED", "startTime": now()})
        complete(self.build, status)
        RUNNING.pop(self.build["arn"], None)


def complete(build: Params, status: str) -> None:
    """Closes a build's record and announces it."""
    build.update({"currentPhase": "COMPLETED", "endTime": now(), "buildComplete": True, "buildStatus": status})
    _announce(build)


def _buildspec_text(spec: str, source: Path) -> str:
    if "\n" in spec or spec.lstrip().startswith("{"):
        return spec
    file = source / spec
    if not file.is_file():
        raise buildspec.BuildspecError(f"stat {spec}: no such file or directory in the source")
    return file.read_text()


def _announce(build: Params) -> None:
    """EventBridge's `CodeBuild Build State Change`, spelled as AWS documents it."""

    def moment(value: datetime) -> str:
        return f"{value:%b} {value.day}, {value.year} {value.hour % 12 or 12}:{value:%M:%S %p}"

    phases = [
        {
            "phase-type": phase["phaseType"],
            "start-time": moment(phase["startTime"]),
            **(
                {
                    "phase-status": phase["phaseStatus"],
                    "end-time": moment(phase["endTime"]),
                    "duration-in-seconds": phase["durationInSeconds"],
                    "phase-context": [f"{c['statusCode']}: {c['message']}" for c in phase["contexts"]],
                }
                if "endTime" in phase
                else {}
            ),
        }
        for phase in build["phases"]
    ]
    more = {
        "artifact": build["artifacts"],
        "environment": {
            "image": build["environment"].get("image"),
            "compute-type": build["environment"].get("computeType"),
            "type": build["environment"].get("type"),
            "environment-variables": build["environment"].get("environmentVariables", []),
        },
        "timeout-in-minutes": build["timeoutInMinutes"],
        "build-complete": build["buildComplete"],
        "build-number": build["buildNumber"],
        "initiator": build["initiator"],
        "build-start-time": moment(build["startTime"]),
        "source": {"type": build["source"]["type"], "location": build["source"].get("location", "")},
        "source-version": build.get("sourceVersion", ""),
        "logs": {"group-name": build["logs"].get("groupName"), "stream-name": build["logs"].get("streamName")},
        "phases": phases,
    }
    detail = {
        "build-status": build["buildStatus"],
        "project-name": build["projectName"],
        "build-id": build["arn"],
        "current-phase": build["currentPhase"],
        "current-phase-context": "[]",
        "version": "1",
        "additional-information": more,
    }
    events.emit("aws.codebuild", "CodeBuild Build State Change", detail, [build["arn"]])
