"""Processing and training jobs: created by the API, run as local processes, described as SageMaker describes them."""

import contextlib
import logging
import os
import signal
import threading
import time
from typing import Any

from ministack.services import ec2

from fmops.local import context, identity, logs, process
from fmops.local.registry import RESTORED, AwsError, operation, table
from fmops.local.services.sagemaker import containers, work
from fmops.local.services.sagemaker.common import (
    SERVICE_PRINCIPAL,
    SESSION_NAME,
    Json,
    arn,
    check_name,
    event,
    everywhere,
    invalid,
    listing,
)
from fmops.local.services.sagemaker.containers import ContainerError
from fmops.local.services.sagemaker.work import Kind, Run

log = logging.getLogger(__name__)
PATIENCE = 120  # seconds between SIGTERM and SIGKILL when a job is stopped
_ENDED: dict[str, threading.Event] = {}


KINDS = {
    "Processing": Kind("Processing", "processing-job", "/aws/sagemaker/ProcessingJobs", work.process_data),
    "Training": Kind("Training", "training-job", "/aws/sagemaker/TrainingJobs", work.train),
}


def role_session(role_arn: str, network: str | None = None) -> Any:
    """A session of a job's execution role; AWS's ValidationException when SageMaker cannot assume it."""
    try:
        return identity.service_session(role_arn, SERVICE_PRINCIPAL, SESSION_NAME, network=network)
    except AwsError as error:
        raise invalid(
            f"Could not assume role {role_arn}. Please ensure that the role exists and allows principal "
            f"'{SERVICE_PRINCIPAL}' to assume the role."
        ) from error


def _network(parameters: Json) -> str | None:
    """The VPC of a job's subnets."""
    config = (parameters.get("NetworkConfig") or parameters).get("VpcConfig") or {}
    subnet = ec2._subnets.get(next(iter(config.get("Subnets") or ()), ""))
    return str(subnet["VpcId"]) if subnet else None


def create(kind: Kind, parameters: Json) -> str:
    """Accepts a job and starts it in the background; its ARN."""
    name = parameters[kind.member("Name")]
    check_name(kind.member("Name"), name)
    jobs, key = table(kind.table), arn(kind.slug, name)
    if name in jobs:
        raise AwsError(
            "ResourceInUse",
            "Job name must be unique within an AWS account and region, and a job with this name already exists "
            f"({key})",
        )
    session, now = role_session(parameters["RoleArn"], _network(parameters)), context.now()
    progress = {
        kind.member("Arn"): key,
        kind.member("Status"): "InProgress",
        "CreationTime": now,
        "LastModifiedTime": now,
    }
    if kind.name == "Training":
        progress |= {"SecondaryStatusTransitions": []}
    jobs[name] = job = {**parameters, **progress}
    work.transition(job, "Starting", "Preparing the instances for training")
    _ENDED[key] = threading.Event()
    context.spawn(f"job-{name}", _run, kind, job, session)
    return key


def _run(kind: Kind, job: Json, session: Any) -> None:
    name, status, reason = job[kind.member("Name")], "Completed", None
    job[f"{kind.name}StartTime"] = context.now()
    sink = logs.stream(kind.logs, f"{name}/algo-1-{int(time.time())}")
    run = Run(kind, job, session, containers.folder(kind.slug, name), sink)
    _tell(kind, job)
    try:
        kind.work(run)
    except work.StoppedError:
        status = "Stopped"
        if run.result is not None and run.result.timed_out:
            reason = f"MaxRuntimeExceeded: the job ran longer than {job['StoppingCondition']['MaxRuntimeInSeconds']} s"
    except ContainerError as error:
        status, reason = "Failed", str(error)
    except Exception as error:
        log.exception("%s failed", name)
        status, reason = "Failed", f"InternalServerError: {error!r}"
    finally:
        sink.close()
    if reason and status == "Failed":
        job["FailureReason"] = reason  # and its folder stays, for who looks into it
    else:
        run.place.remove()
    end = "MaxRuntimeExceeded" if status == "Stopped" and reason else status
    if end == "MaxRuntimeExceeded" and kind.name == "Processing":
        job["ExitMessage"] = reason
    _finish(kind, job, status, end, reason or f"{kind.name} job {status.lower()}")


def _finish(kind: Kind, job: Json, status: str, secondary: str, message: str) -> None:
    now = context.now()
    work.transition(job, secondary, message)
    if "SecondaryStatusTransitions" in job:
        job["SecondaryStatusTransitions"][-1]["EndTime"] = now
        seconds = max(1, int((now - job["TrainingStartTime"]).total_seconds()))
        job |= {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}
    job |= {kind.member("Status"): status, f"{kind.name}EndTime": now, "LastModifiedTime": now}
    _tell(kind, job)
    _ENDED.setdefault(job[kind.member("Arn")], threading.Event()).set()


def _tell(kind: Kind, job: Json) -> None:
    tags = {tag["Key"]: tag["Value"] for tag in job.get("Tags", ())}
    event(f"SageMaker {kind.name} Job State Change", {**job, "Tags": tags}, job[kind.member("Arn")])


def wait(job_arn: str) -> None:
    """Returns when the job has ended."""
    _ENDED.setdefault(job_arn, threading.Event()).wait()


def _job(kind: Kind, parameters: Json) -> Json:
    name = parameters[kind.member("Name")]
    found: Json | None = table(kind.table).get(name)
    if found is None:
        message = (
            f"Could not find requested job with name: {name}"
            if kind.name == "Processing"
            else "Requested resource not found."
        )
        raise AwsError("ValidationException", message)
    return found


def stop_by_arn(job_arn: str) -> None:
    """Stops a job of a pipeline, when it still runs."""
    slug, name = job_arn.split(":")[-1].split("/")
    kind = next(kind for kind in KINDS.values() if kind.slug == slug)
    with contextlib.suppress(AwsError):
        _stop(kind, {kind.member("Name"): name})


def _stop(kind: Kind, parameters: Json) -> Json:
    job = _job(kind, parameters)
    status = job[kind.member("Status")]
    if status not in ("InProgress", "Stopping"):
        raise invalid(f"The job is in {status} status and cannot be stopped: only jobs that are InProgress can.")
    job[kind.member("Status")] = "Stopping"
    work.transition(job, "Stopping", "Stopping the training job")
    running = work.RUNNING.get(job[kind.member("Arn")])
    if running is not None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGTERM)
        last = threading.Timer(PATIENCE, process.kill, (running,))
        last.daemon = True
        last.start()
    return {}


def _list(kind: Kind, parameters: Json) -> Json:
    status = parameters.get("StatusEquals")
    rows = [job for job in table(kind.table).values() if status in (None, job[kind.member("Status")])]
    return listing(rows, parameters, kind.member("Summaries"), name=kind.member("Name"))


def _settle() -> None:
    """Jobs that a server's end cut short have failed."""
    for kind in KINDS.values():
        for account, region, job in everywhere(kind.table):
            if job[kind.member("Status")] in ("InProgress", "Stopping"):
                job["FailureReason"] = work.CUT_SHORT
                with context.scope(account, region):
                    _finish(kind, job, "Failed", "Failed", job["FailureReason"])


def _operations(kind: Kind) -> None:
    table(kind.table)
    operation("sagemaker", f"Create{kind.name}Job")(lambda given: {kind.member("Arn"): create(kind, given)})
    operation("sagemaker", f"Describe{kind.name}Job")(lambda given: dict(_job(kind, given)))
    operation("sagemaker", f"Stop{kind.name}Job")(lambda given: _stop(kind, given))
    operation("sagemaker", f"List{kind.name}Jobs")(lambda given: _list(kind, given))


for _kind in KINDS.values():
    _operations(_kind)
RESTORED.append(_settle)
