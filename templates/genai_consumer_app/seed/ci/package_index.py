"""Says where packages come from: the platform's index, with a token that is good for an hour.

    PIP_INDEX_URL="$(python ci/package_index.py)" && export PIP_INDEX_URL
    python ci/package_index.py npm >> ~/.npmrc

A build has no way to the internet. Needs boto3 only, which CodeBuild's images bring.
"""

import os
import sys
from urllib.parse import urlsplit

import boto3


def settings(codeartifact, domain: str, repository: str, kind: str = "pypi") -> str:
    """pip's index URL, or the lines of npm's settings, credentials included.

    Args:
        codeartifact: a boto3 client of the account that owns the domain.
        kind: pypi or npm.
    """
    token = codeartifact.get_authorization_token(domain=domain, durationSeconds=3600)["authorizationToken"]
    endpoint = codeartifact.get_repository_endpoint(domain=domain, repository=repository, format=kind)
    url = urlsplit(endpoint["repositoryEndpoint"])
    place = f"{url.netloc}{url.path.rstrip('/')}/"
    if kind == "npm":
        return f"registry={url.scheme}://{place}\n//{place}:_authToken={token}"
    return f"{url.scheme}://aws:{token}@{place}simple/"


if __name__ == "__main__":
    domain = os.environ.get("CODEARTIFACT_DOMAIN", "fmops")
    repository = os.environ.get("CODEARTIFACT_REPOSITORY", "packages")
    print(settings(boto3.client("codeartifact"), domain, repository, *sys.argv[1:2]))
