"""Makes the release: one zip of app/, the same bytes from the same files, kept under its digest; prints the digest.

ARTIFACTS_BUCKET=... python -m deploy.bundle
"""

import hashlib
import io
import os
import zipfile
from pathlib import Path

import boto3

from deploy.settings import BUNDLE, ROOT, Project

PASSED_OVER = ("__pycache__", ".pyc")
SINCE = (1980, 1, 1, 0, 0, 0)
"""The date of every file in the zip: it says nothing, and so it doesn't change the digest."""


def zipped(folder: Path = ROOT / "app") -> bytes:
    """The folder as a zip with `app/` in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and not any(part in str(file) for part in PASSED_OVER):
                entry = zipfile.ZipInfo(f"app/{file.relative_to(folder).as_posix()}", SINCE)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def main() -> None:
    content, project = zipped(), Project.load()
    digest = hashlib.sha256(content).hexdigest()
    key = BUNDLE.format(project.names.releases(), digest)
    boto3.client("s3").put_object(Bucket=os.environ["ARTIFACTS_BUCKET"], Key=key, Body=content)
    print(digest)


if __name__ == "__main__":
    main()
