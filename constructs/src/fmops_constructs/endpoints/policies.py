"""What an endpoint's policy says: the organisation's principals reach the organisation's resources, and little else."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from fmops_constructs.endpoints.regional import CODEARTIFACT_OWNERS
from fmops_constructs.endpoints.table import Endpoint, Feature

Statement = dict[str, Any]


def policy(
    endpoint: Endpoint, *, organization_id: str, region: str, features: Iterable[Feature] = ()
) -> dict[str, Any] | None:
    """The endpoint's policy; None where the service takes none.

    Principals are `*` with conditions, as PrivateLink wants it.

    Args:
        features: what the account does; some of it needs buckets that AWS owns.
    """
    if not endpoint.policy:
        return None
    statements = _STATEMENTS.get(endpoint.service, _organization)(organization_id)
    return {"Version": "2012-10-17", "Statement": [*statements, *_owned(endpoint, region, frozenset(features))]}


def _allow(sid: str, action: str | list[str], condition: dict[str, dict[str, str]] | None, on: str = "*") -> Statement:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": "*",
        "Action": action,
        "Resource": on,
        **({"Condition": condition} if condition else {}),
    }


def _organization(organization_id: str) -> list[Statement]:
    """Most services. An action without a resource has no owner, hence `IfExists` for the resource's side."""
    condition = {
        "StringEquals": {"aws:PrincipalOrgID": organization_id},
        "StringEqualsIfExists": {"aws:ResourceOrgID": organization_id},
    }
    return [_allow("OwnPrincipalsOwnResources", "*", condition)]


def _interfaces(organization_id: str) -> list[Statement]:
    """A caller with a bearer token is anonymous to the endpoint; the interface's authoriser knows who it is.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-vpc-endpoint-policies.html
    """
    bearers = {"StringEquals": {"aws:ResourceOrgID": organization_id}}
    return [
        *_organization(organization_id),
        _allow("BearersOwnInterfaces", "execute-api:Invoke", bearers),
    ]


def _console(organization_id: str) -> list[Statement]:
    """The console knows who is signed in, and no resource.

    https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/trusted-identities.html
    """
    return [_allow("OwnPrincipals", "*", {"StringEquals": {"aws:PrincipalOrgID": organization_id}})]


def _sign_in(organization_id: str) -> list[Statement]:
    """Before it knows who comes, the sign-in knows the account only; nobody opens an account from here.

    https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/trusted-identities.html
    """
    account = {"StringEquals": {"aws:ResourceOrgID": organization_id}}
    person = {"StringEquals": {"aws:PrincipalOrgID": organization_id}}
    after = ["signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token"]
    return [_allow("OwnAccounts", "signin:Authenticate", account), _allow("OwnPeople", after, person)]


_STATEMENTS: dict[str, Callable[[str], list[Statement]]] = {
    "execute-api": _interfaces,
    "console": _console,
    "signin": _sign_in,
}
"""By service, what is said where it is not the usual."""


def _owned(endpoint: Endpoint, region: str, features: frozenset[Feature]) -> Iterator[Statement]:
    """AWS's own buckets that the table lets through; one that the region does not have is left out."""
    known = {"region": region, "compact": region.replace("-", "")}
    if region in CODEARTIFACT_OWNERS:
        known["codeartifact"] = CODEARTIFACT_OWNERS[region]
    for owned in endpoint.owned:
        here = owned.feature in features or owned.feature == "core"
        if here and ("{codeartifact}" not in owned.bucket or "codeartifact" in known):
            yield _allow(owned.sid, owned.action, None, f"arn:aws:s3:::{owned.bucket.format(**known)}/*")
