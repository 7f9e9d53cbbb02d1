"""Prints the URL of the platform's package index with a token that is good for an hour.

    export PIP_INDEX_URL="$(python ci/package_index.py)"

A build has no way to the internet; this is where its packages come from. Needs boto3 only, which CodeBuild's images
bring.
"""

import os
from urllib.parse import urlsplit

import boto3


def index_url(codeartifact, domain: str, repository: str) -> str:
    """The index of a CodeArtifact repository, credentials included.

    Args:
        codeartifact: a boto3 client of the account that owns the domain.
    """
    token = codeartifact.get_authorization_token(domain=domain, durationSeconds=3600)["authorizationToken"]
    endpoint = codeartifact.get_repository_endpoint(domain=domain, repository=repository, format="pypi")
    url = urlsplit(endpoint["repositoryEndpoint"])
    return f"{url.scheme}://aws:{token}@{url.netloc}{url.path.rstrip('/')}/simple/"


if __name__ == "__main__":
    domain = os.environ.get("CODEARTIFACT_DOMAIN", "fmops")
    print(index_url(boto3.client("codeartifact"), domain, os.environ.get("CODEARTIFACT_REPOSITORY", "packages")))
