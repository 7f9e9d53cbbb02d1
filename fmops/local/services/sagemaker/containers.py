"""SageMaker's container contract, kept by a local process: `/opt/ml` is a folder per job, S3 goes in and comes out."""

import os
import re
import shutil
import sys
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

from botocore.exceptions import ClientError

from fmops.local import context, process

OPT_ML = "/opt/ml"
REASON_LENGTH = 1024
_PYTHON = re.compile(r"(?:/usr(?:/local)?/bin/|/opt/conda/bin/)?python(?:3(?:\.\d+)?)?")


class ContainerError(Exception):
    """A job or endpoint cannot go on; the text is its FailureReason."""


@dataclass(frozen=True)
class Folder:
    """The file system of one container: `root` stands for `/`."""

    root: Path

    def path(self, inside: str) -> Path:
        """Where a path inside the container really is."""
        return self.root / inside.lstrip("/")

    def localized(self, text: str) -> str:
        """An argument or a variable with every `/opt/ml` in it pointing into this folder."""
        return text.replace(OPT_ML, str(self.path(OPT_ML)))

    def remove(self) -> None:
        """Deletes it, as a container's file system goes with the container."""
        shutil.rmtree(self.root, ignore_errors=True)


def folder(kind: str, name: str) -> Folder:
    """An empty folder for a container of the current account and region, e.g. `training-job`, `churn-1`."""
    root = context.state_folder() / "sagemaker" / context.account() / context.region() / kind / name
    shutil.rmtree(root, ignore_errors=True)
    for inside in (OPT_ML, "tmp"):
        (root / inside.lstrip("/")).mkdir(parents=True)
    return Folder(root)


def environment(place: Folder, *parts: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a container: nothing of the server's own leaks in.

    Args:
        parts: the job's variables and, unless it is isolated from the network, its role's credentials.
    """
    base = {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(place.root),
        "TMPDIR": str(place.path("tmp")),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return base | {name: place.localized(value) for part in parts for name, value in part.items()}


def run(
    place: Folder,
    command: Sequence[str],
    env: Mapping[str, str],
    *,
    sink: process.Sink,
    timeout: float,
    cwd: Path | None = None,
    started: Callable[["Popen[str]"], None] | None = None,
) -> process.Result:
    """Runs a container's command. Its Python is the server's own: the libraries of the job are those installed here.

    Raises:
        ContainerError: the program does not exist.
    """
    program, *arguments = (place.localized(part) for part in command)
    if _PYTHON.fullmatch(program):
        program = sys.executable
    try:
        return process.run(
            [program, *arguments], cwd=cwd or place.root, env=env, sink=sink, timeout=timeout, started=started
        )
    except OSError as error:
        raise ContainerError(f"AlgorithmError: the container cannot run {command[0]}: {error.strerror}") from error


def failure(place: Folder, result: process.Result, *messages: str) -> str:
    """The FailureReason of a container that ended with an error: its own message, or the last line that it printed.

    Args:
        messages: the files that a container may leave its message in.
    """
    written = (
        place.path(message).read_text(errors="replace").strip() for message in messages if place.path(message).is_file()
    )
    told = next((text for text in written if text), "") or next(
        (line for line in reversed(result.tail) if line.strip()), ""
    )
    code = result.returncode if result.returncode >= 0 else 128 - result.returncode  # as a container engine tells it
    ending = f", exit code: {code}"
    return f"AlgorithmError: {told}"[: REASON_LENGTH - len(ending)] + ending


def split(uri: str) -> tuple[str, str]:
    """Bucket and key of an S3 URI."""
    found = re.fullmatch(r"s3://([^/]+)/?(.*)", uri)
    if found is None:
        raise ContainerError(f"ClientError: {uri} is not an S3 URI")
    return found[1], found[2]


def _objects(s3: Any, bucket: str, prefix: str) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from (item["Key"] for item in page.get("Contents", ()) if not item["Key"].endswith("/"))


def download(session: Any, uri: str, target: Path) -> None:
    """Every object under an S3 URI into a folder, as input mode File does.

    Raises:
        ContainerError: there is none, or the role may not list or read them; in SageMaker's words.
    """
    bucket, prefix = split(uri)
    s3 = session.client("s3")
    try:
        keys = list(_objects(s3, bucket, prefix))
        exact = [key for key in keys if key == prefix]  # a whole key names that object alone
        base = prefix if prefix.endswith("/") else prefix + "/"
        for key in exact or keys:
            relative = key[len(base) :] if key.startswith(base) else key[prefix.rfind("/") + 1 :]
            fetch(s3, bucket, key, target / relative)
    except ClientError as error:
        told = error.response["Error"]
        raise ContainerError(f"ClientError: Data download failed: {uri}: {told['Code']}: {told['Message']}") from error
    if not keys:
        raise ContainerError(
            f'ClientError: Data download failed: No S3 objects found under S3 URL "{uri}" given in input data source. '
            f"Please ensure that the bucket exists in the selected region ({context.region()}), that objects exist "
            f'under that S3 prefix, and that the role has "s3:ListBucket" permissions on bucket "{bucket}".'
        )


def fetch(s3: Any, bucket: str, key: str, target: Path) -> None:
    """One object into a file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out:
        shutil.copyfileobj(s3.get_object(Bucket=bucket, Key=key)["Body"], out)


def upload(session: Any, source: Path, uri: str, key_id: str | None = None) -> None:
    """A folder's files (or one file) under an S3 URI, encrypted with a KMS key when given.

    Raises:
        ContainerError: the role may not write there.
    """
    bucket, prefix = split(uri)
    s3 = session.client("s3")
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_id} if key_id else {}
    files = [source] if source.is_file() else sorted(path for path in source.rglob("*") if path.is_file())
    try:
        for path in files:
            parts = (prefix.rstrip("/"), *(path.relative_to(source).parts if path != source else ()))
            with path.open("rb") as body:
                s3.put_object(Bucket=bucket, Key="/".join(part for part in parts if part), Body=body, **encryption)
    except ClientError as error:
        told = error.response["Error"]
        raise ContainerError(f"ClientError: Data upload failed: {uri}: {told['Code']}: {told['Message']}") from error


def pack(source: Path, archive: Path) -> Path:
    """A folder as .tar.gz, names relative to it."""
    with tarfile.open(archive, "w:gz") as out:
        for path in sorted(source.iterdir()):
            out.add(path, path.name)
    return archive


def unpack(archive: Path, target: Path) -> None:
    """A .tar.gz into a folder; ContainerError when it is none."""
    target.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive) as source:
            source.extractall(target, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise ContainerError(f"ClientError: {archive.name} is not a tar.gz archive: {error}") from error


def cpus() -> int:
    """The processors that a container may use."""
    return os.cpu_count() or 1
