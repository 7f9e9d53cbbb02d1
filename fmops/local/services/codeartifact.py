"""CodeArtifact: what a package manager asks for before it downloads. Domains and repositories are plain resources."""

import secrets
from datetime import timedelta

from fmops.local import store
from fmops.local.context import account, now, region
from fmops.local.registry import AwsError, Model, Params, operation

DOMAIN, REPOSITORY = "AWS::CodeArtifact::Domain", "AWS::CodeArtifact::Repository"
LONGEST = 12 * 3600
FORMATS = ("pypi", "npm", "maven", "nuget", "generic", "ruby", "swift", "cargo")


def _domain(params: Params) -> Model:
    found = store.find(DOMAIN, DomainName=params["domain"])
    if found is None or params.get("domainOwner") not in (None, account()):
        raise AwsError("ResourceNotFoundException", f"Domain not found: {params['domain']}", 404)
    return found


@operation("codeartifact", "GetAuthorizationToken")
def get_authorization_token(params: Params) -> Params:
    """A token of a domain; 0 seconds means as long as the caller's session, here 12 hours."""
    _domain(params)
    seconds = int(params.get("durationSeconds") or 0)
    if seconds and not 900 <= seconds <= LONGEST:
        raise AwsError("ValidationException", f"durationSeconds is {seconds}: 0, or 900 to {LONGEST}, is expected")
    return {
        "authorizationToken": secrets.token_urlsafe(96),
        "expiration": now() + timedelta(seconds=seconds or LONGEST),
    }


@operation("codeartifact", "GetRepositoryEndpoint")
def get_repository_endpoint(params: Params) -> Params:
    """The URL that AWS gives; nothing answers there, since packages are installed before the embedded AWS starts."""
    _domain(params)
    if store.find(REPOSITORY, RepositoryName=params["repository"], DomainName=params["domain"]) is None:
        raise AwsError("ResourceNotFoundException", f"Repository not found: {params['repository']}", 404)
    if params["format"] not in FORMATS:
        raise AwsError(
            "ValidationException", f"format is {params['format']!r}: one of {', '.join(FORMATS)} is expected"
        )
    host = f"{params['domain']}-{account()}.d.codeartifact.{region()}.amazonaws.com"
    return {"repositoryEndpoint": f"https://{host}/{params['format']}/{params['repository']}/"}
