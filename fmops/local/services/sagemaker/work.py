"""What a job does between its start and its end: data in, the container's command, data out."""

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

from fmops.local import context, identity, process
from fmops.local.services.sagemaker import containers, training
from fmops.local.services.sagemaker.common import Json
from fmops.local.services.sagemaker.containers import ContainerError, Folder

_DAY = 86400
_NO_ENGINE = "ClientError: the embedded AWS cannot run the image {} by itself: it has no container engine. Give {}."
CUT_SHORT = "InternalServerError: the embedded AWS stopped while the job ran"
RUNNING: dict[str, "Popen[str]"] = {}
"""Job ARN -> its process."""


@dataclass(frozen=True)
class Kind:
    """A kind of job: how its API and its container differ from the other's."""

    name: str
    slug: str
    logs: str
    work: Callable[["Run"], None]

    def member(self, suffix: str) -> str:
        """A member of its API: `ProcessingJobName`."""
        return f"{self.name}Job{suffix}"

    @property
    def table(self) -> str:
        """Where its jobs are kept."""
        return f"sagemaker.{self.slug}s"


@dataclass
class Run:
    """One job under way."""

    kind: Kind
    job: Json
    session: Any
    place: Folder
    sink: process.Sink
    result: process.Result | None = None

    def moves(self, status: str, message: str) -> None:
        """Notes a secondary status of a training job."""
        if self.job[self.kind.member("Status")] == "Stopping":
            raise StoppedError
        transition(self.job, status, message)

    def run(self, command: list[str], variables: dict[str, str], cwd: Path | None = None) -> process.Result:
        """Runs the container's command to its end; raises `StoppedError` when the job was stopped."""
        isolated = self.job.get("EnableNetworkIsolation") or self.job.get("NetworkConfig", {}).get(
            "EnableNetworkIsolation"
        )
        access = {} if isolated else identity.environment(self.session, context.region())
        limit = self.job.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", _DAY)
        key = self.job[self.kind.member("Arn")]
        try:
            self.result = containers.run(
                self.place,
                command,
                containers.environment(self.place, {"AWS_REGION": context.region()}, access, variables),
                sink=self.sink,
                timeout=limit,
                cwd=cwd,
                started=lambda running: RUNNING.__setitem__(key, running),
            )
        finally:
            RUNNING.pop(key, None)
        if self.job[self.kind.member("Status")] == "Stopping":
            raise StoppedError
        if process.CLOSING.is_set():
            raise ContainerError(CUT_SHORT)
        return self.result


class StoppedError(Exception):
    """The job was stopped before it came to its end."""


def transition(job: Json, status: str, message: str) -> None:
    if "SecondaryStatusTransitions" not in job:
        return
    now = context.now()
    if job["SecondaryStatusTransitions"]:
        job["SecondaryStatusTransitions"][-1]["EndTime"] = now
    job["SecondaryStatusTransitions"].append({"Status": status, "StartTime": now, "StatusMessage": message})
    job["SecondaryStatus"] = status
    job["LastModifiedTime"] = now


def process_data(run: Run) -> None:
    job, place = run.job, run.place
    outputs = job.get("ProcessingOutputConfig", {})
    for item in job.get("ProcessingInputs", ()):
        source = item.get("S3Input")
        if source is None:
            raise ContainerError(f"ClientError: input {item['InputName']}: the embedded AWS reads S3Input only")
        containers.download(run.session, source["S3Uri"], place.path(source["LocalPath"]))
    for item in outputs.get("Outputs", ()):
        place.path(item["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)
    place.path("/opt/ml/output").mkdir(parents=True, exist_ok=True)
    application = job["AppSpecification"]
    if not application.get("ContainerEntrypoint"):
        raise ContainerError(_NO_ENGINE.format(application["ImageUri"], "AppSpecification.ContainerEntrypoint"))
    command = [*application["ContainerEntrypoint"], *application.get("ContainerArguments", ())]
    variables = {"PROCESSING_JOB_ARN": job["ProcessingJobArn"], **job.get("Environment", {})}
    result = run.run(command, variables)
    message = place.path("/opt/ml/output/message")
    if message.is_file():
        job["ExitMessage"] = message.read_text(errors="replace")[: containers.REASON_LENGTH]
    if result.timed_out:
        raise StoppedError
    if result.returncode:
        raise ContainerError(containers.failure(place, result, "/opt/ml/output/message", "/opt/ml/output/failure"))
    for item in outputs.get("Outputs", ()):
        target = item["S3Output"]
        containers.upload(run.session, place.path(target["LocalPath"]), target["S3Uri"], outputs.get("KmsKeyId"))


def train(run: Run) -> None:
    job, place, output = run.job, run.place, run.job["OutputDataConfig"]
    run.moves("Downloading", "Downloading input data")
    training.prepare(place, job)
    for channel in job.get("InputDataConfig", ()):
        source = channel["DataSource"].get("S3DataSource")
        if source is None or channel.get("InputMode", "File") == "Pipe":
            raise ContainerError(
                f"ClientError: channel {channel['ChannelName']}: the embedded AWS reads S3 as files only"
            )
        containers.download(run.session, source["S3Uri"], place.path(f"{training.DATA}/{channel['ChannelName']}"))
    command, cwd = training.command(job), place.path(training.CODE)
    if "sagemaker_program" in job.get("HyperParameters", {}):
        training.fetch_code(place, run.session, job)
    run.moves("Training", "Training image download completed. Training in progress.")
    run.sink = _Metrics(job, run.sink)
    result = run.run(command, training.variables(job), cwd=cwd)
    if result.returncode and not result.timed_out:
        raise ContainerError(containers.failure(place, result, f"{training.OUTPUT}/failure"))
    transition(job, "Uploading", "Uploading generated training model")
    for source, name in ((training.MODEL, "model.tar.gz"), (training.OUTPUT_DATA, "output.tar.gz")):
        made = place.path(source)
        if name == "output.tar.gz" and not any(made.iterdir()):
            continue
        target = f"{output['S3OutputPath'].rstrip('/')}/{job['TrainingJobName']}/output/{name}"
        containers.upload(run.session, containers.pack(made, place.path(f"tmp/{name}")), target, output.get("KmsKeyId"))
        if name == "model.tar.gz":
            job["ModelArtifacts"] = {"S3ModelArtifacts": target}
    if result.timed_out:
        raise StoppedError


class _Metrics:
    """A sink that also looks for the metrics that a training job defines: the last value of each is final."""

    def __init__(self, job: Json, sink: process.Sink) -> None:
        self._job, self._sink = job, sink
        self._patterns = {d["Name"]: d["Regex"] for d in job["AlgorithmSpecification"].get("MetricDefinitions", ())}

    def __call__(self, line: str) -> None:
        self._sink(line)
        for name, pattern in self._patterns.items():
            found = re.search(pattern, line)
            with contextlib.suppress(ValueError, IndexError):
                if found:
                    row = {"MetricName": name, "Value": float(found[1]), "Timestamp": context.now()}
                    rest = [old for old in self._job.get("FinalMetricDataList", ()) if old["MetricName"] != name]
                    self._job["FinalMetricDataList"] = [*rest, row]
