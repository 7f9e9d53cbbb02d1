"""`git clone` from CodeCommit in a person's name: the password is a signature, as in AWS's own credential helper.

https://docs.aws.amazon.com/codecommit/latest/userguide/setting-up-https-unixes.html
"""

import hashlib
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from fmops.people import Person

HELPER = '!f() { echo "username=$FMOPS_GIT_USER"; echo "password=$FMOPS_GIT_PASSWORD"; }; f'


def clone(person: Person, repository: str, folder: Path) -> str:
    """Clones a repository of tooling; gives its URL. Nothing of the session is left in the clone.

    Raises:
        subprocess.CalledProcessError: git refuses; its words are in `stderr`.
    """
    session = person.session()
    client = person.target.client(session, "codecommit")
    url: str = client.get_repository(repositoryName=repository)["repositoryMetadata"]["cloneUrlHttp"]
    user, password = _credentials(session, url)
    subprocess.run(
        ["git", "-c", "credential.helper=", "-c", f"credential.helper={HELPER}", "clone", "-q", url, str(folder)],
        env={**os.environ, "FMOPS_GIT_USER": user, "FMOPS_GIT_PASSWORD": password, "GIT_TERMINAL_PROMPT": "0"},
        check=True,
        capture_output=True,
        text=True,
    )
    return url


def _credentials(session: boto3.Session, url: str) -> tuple[str, str]:
    """The user and the password of a session for a URL."""
    keys = session.get_credentials()
    assert keys is not None  # noqa: S101 - a person's session has them
    frozen, moment, parts = keys.get_frozen_credentials(), datetime.now(UTC).strftime("%Y%m%dT%H%M%S"), urlsplit(url)
    signer = SigV4Auth(Credentials(frozen.access_key, frozen.secret_key), "codecommit", session.region_name)
    request = AWSRequest(method="GIT", url=url)
    request.context["timestamp"] = moment
    canonical = f"GIT\n{quote(parts.path)}\n\nhost:{parts.netloc}\n\nhost\n"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(("AWS4-HMAC-SHA256", moment, signer.credential_scope(request), digest))
    user = f"{frozen.access_key}%{frozen.token}" if frozen.token else str(frozen.access_key)
    return user, f"{moment}Z{signer.signature(text, request)}"
