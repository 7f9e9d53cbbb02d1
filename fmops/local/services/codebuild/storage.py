"""A build's source comes in and its artifacts go out, with the permissions of the build's role."""

import hashlib
import io
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from fmops.local import identity
from fmops.local.registry import Params
from fmops.local.services.codebuild.buildspec import Artifacts
from fmops.local.services.codecommit.git import environment


class SourceError(RuntimeError):
    """The source cannot be fetched; the message says what and why."""


def fetch(session: Any, source: Params, version: str | None, target: Path) -> str | None:
    """Puts a source's files into `target`. Returns the resolved version, if the source has one.

    Raises:
        SourceError, or botocore's ClientError when the role may not read it.
    """
    target.mkdir(parents=True)
    kind = source["type"]
    if kind == "NO_SOURCE":
        return None
    if kind in ("S3", "CODEPIPELINE"):
        return _fetch_object(session, source["location"], version, target)
    if kind == "CODECOMMIT":
        return _clone(session, source["location"], version, target)
    raise SourceError(f"source type {kind} is not part of the embedded AWS: use CODECOMMIT, S3 or NO_SOURCE")


def _fetch_object(session: Any, location: str, version: str | None, target: Path) -> str | None:
    bucket, _, key = location.removeprefix("arn:aws:s3:::").partition("/")
    s3 = session.client("s3")
    if key.endswith("/"):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key):
            for item in page.get("Contents", []):
                path = target / item["Key"][len(key) :]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read())
        return None
    found = s3.get_object(Bucket=bucket, Key=key, **({"VersionId": version} if version else {}))
    with zipfile.ZipFile(io.BytesIO(found["Body"].read())) as archive:
        unpack(archive, target)
    resolved: str | None = found.get("VersionId")
    return resolved


def unpack(archive: zipfile.ZipFile, target: Path) -> None:
    """Unpacks with the files' permissions, which `extractall` drops."""
    for info in archive.infolist():
        path = archive.extract(info, target)
        if mode := info.external_attr >> 16 & 0o777:
            Path(path).chmod(mode | 0o600 | (0o100 if info.is_dir() else 0))


def _clone(session: Any, location: str, version: str | None, target: Path) -> str:
    name = urlsplit(location).path.rpartition("/")[2].removesuffix(".git")
    keys = session.get_credentials().get_frozen_credentials()
    here = urlsplit(identity.ENDPOINT)
    user, secret = quote(f"{keys.access_key}%{keys.token}", safe=""), quote(keys.secret_key, safe="")
    url = f"{here.scheme}://{user}:{secret}@{here.netloc}/v1/repos/{name}"
    wanted = re.sub(r"^refs/heads/|\^\{[0-9a-f]+\}$", "", version or "")
    for command in (["clone", "--quiet", url, str(target)], ["-C", str(target), "checkout", "--quiet", wanted]):
        if command[-1]:
            done = subprocess.run(["git", *command], capture_output=True, text=True, env=environment())
            if done.returncode:
                raise SourceError(done.stderr.replace(url, location).strip())
    plain = url.replace(f"{user}:{secret}@", "")
    subprocess.run(["git", "-C", str(target), "remote", "set-url", "origin", plain], check=True, env=environment())
    head = subprocess.run(["git", "-C", str(target), "rev-parse", "HEAD"], capture_output=True, text=True)
    return head.stdout.strip()


def select(root: Path, artifacts: Artifacts) -> dict[str, Path]:
    """The files that artifacts name: name in the archive -> file."""
    bases = sorted(root.glob(artifacts.base_directory)) if set("*?[") & set(artifacts.base_directory) else []
    found: dict[str, Path] = {}
    for base in bases or [root / artifacts.base_directory]:
        for path in sorted(path for path in base.rglob("*") if path.is_file()):
            name = path.relative_to(base).as_posix()
            if _named(name, artifacts.files) and not _named(name, artifacts.exclude_paths):
                found[path.name if artifacts.discard_paths else name] = path
    return found


_GLOB = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _named(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether one of the patterns means the file; `**` crosses folders, `*` does not."""
    parts = (re.split(r"(\*\*/|\*\*|\*|\?)", pattern.removeprefix("./")) for pattern in patterns)
    return any(re.fullmatch("".join(_GLOB.get(part) or re.escape(part) for part in pattern), name) for pattern in parts)


def pack(files: dict[str, Path]) -> bytes:
    """A ZIP archive of the files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files.items():
            archive.write(path, name)
    return buffer.getvalue()


def upload(session: Any, destination: Params, build: Params, artifacts: Artifacts, root: Path) -> Params:
    """Writes artifacts where the project (or the pipeline) wants them. Returns the build's `artifacts`.

    Raises:
        SourceError when no file matches, botocore's ClientError when the role may not write.
    """
    files = select(root, artifacts)
    if not files:
        raise SourceError(f"no matching artifact paths found: {', '.join(artifacts.files)}")
    name = (
        (artifacts.name if destination.get("overrideArtifactName") else None)
        or destination.get("name")
        or build["projectName"]
    )
    parts = [
        destination.get("path"),
        build["id"].partition(":")[2] if destination.get("namespaceType") == "BUILD_ID" else None,
    ]
    prefix = "/".join(part.strip("/") for part in (*parts, name) if part and part != "/")
    packed = destination["type"] == "CODEPIPELINE" or destination.get("packaging") == "ZIP"
    bodies = {prefix: pack(files)} if packed else {f"{prefix}/{n}": path.read_bytes() for n, path in files.items()}
    s3 = session.client("s3")
    encryption = (
        {}
        if destination.get("encryptionDisabled")
        else {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": build["encryptionKey"]}
    )
    for key, body in bodies.items():
        s3.put_object(Bucket=destination["location"], Key=key, Body=body, **encryption)
    digests = (
        {f"{a}sum": hashlib.new(a, bodies[prefix], usedforsecurity=False).hexdigest() for a in ("sha256", "md5")}
        if packed
        else {}
    )
    return {"location": f"arn:aws:s3:::{destination['location']}/{prefix}", **digests}
