"""What AWS says about context keys: which have many values, which are always there, which follow from whom and what.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from collections.abc import Mapping

from fmops.verify.policy.request import Principal, Target

MANY = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:tagkeys",
        "kms:encryptioncontextkeys",
        "kms:grantoperations",
        "dynamodb:attributes",
        "dynamodb:leadingkeys",
        "sagemaker:vpcsubnets",
        "sagemaker:vpcsecuritygroupids",
        "sagemaker:instancetypes",
        "sts:transitivetagkeys",
    }
)
"""Keys of many values: asked about with ForAnyValue or ForAllValues only."""

ALWAYS = frozenset({"aws:currenttime", "aws:epochtime", "aws:securetransport", "aws:viaawsservice"})
"""Keys that every request has."""

TOGETHER = (
    ("aws:sourcevpce", "aws:sourcevpc"),
    ("aws:sourcevpce", "aws:vpcsourceip"),
    ("aws:sourcevpc", "aws:vpcsourceip"),
)
"""Pairs of keys that a request has both or neither of: those of a request through a VPC endpoint."""

APART = (
    ("aws:sourcevpce", "aws:sourceip"),
    ("aws:sourcevpc", "aws:sourceip"),
    ("aws:vpcsourceip", "aws:sourceip"),
)
"""Pairs of keys that no request has both of: through an endpoint, aws:SourceIp isn't there."""


_PRINCIPAL_KEYS = (
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalisawsservice",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:username",
)

Value = str | tuple[str, ...] | None
"""A key's value, values, or None where the request doesn't have it."""

_TYPES: Mapping[str, str] = {
    "role": "AssumedRole",
    "user": "User",
    "root": "Account",
    "federated user": "FederatedUser",
    "anonymous": "Anonymous",
}


def of_principal(principal: Principal) -> dict[str, Value]:
    """The keys that follow from who makes a request, those that are absent with None; others are free.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-infotouse
    """
    known: dict[str, Value] = dict.fromkeys(_PRINCIPAL_KEYS)
    known["aws:principalisawsservice"] = "true" if principal.kind == "service" else "false"
    if principal.kind == "service":
        known["aws:principalservicename"] = principal.id
        del known["aws:principalservicenameslist"]
        return known
    known["aws:principaltype"] = _TYPES.get(principal.kind)
    if principal.kind == "anonymous":
        return known | {"aws:principalaccount": "anonymous", "aws:userid": "anonymous"}
    if principal.account:
        known["aws:principalaccount"] = principal.account
        known["aws:principalarn"] = principal.id
        known["aws:principalorgid"] = principal.organisation or None
        known["aws:principalorgpaths"] = (principal.organisation_path,) if principal.organisation_path else None
        if principal.organisation and not principal.organisation_path:
            del known["aws:principalorgpaths"]
    if principal.kind == "user":
        known["aws:username"] = principal.id.rsplit("/", 1)[-1]
    return known


def of_target(target: Target) -> dict[str, Value]:
    """The keys that follow from what a request is about."""
    known: dict[str, Value] = {}
    if target.account:
        known = {"aws:resourceaccount": target.account, "s3:resourceaccount": target.account}
        known["aws:resourceorgid"] = target.organisation or None
        known["aws:resourceorgpaths"] = (target.organisation_path,) if target.organisation_path else None
        if target.organisation and not target.organisation_path:
            del known["aws:resourceorgpaths"]
    return known


def known(key: str, principal: Principal | None, target: Target) -> Value | bool:
    """A key's value where principal and target decide it; False where they don't."""
    if principal is not None:
        decided = of_principal(principal)
        if key in decided:
            return decided[key]
        if key.startswith("aws:principaltag/"):
            if principal.kind in ("service", "anonymous"):
                return None
            if principal.tags is not None:
                return _tag(key, principal.tags)
    decided = of_target(target)
    if key in decided:
        return decided[key]
    if key.startswith("aws:resourcetag/") and target.tags is not None:
        return _tag(key, target.tags)
    return False


def _tag(key: str, tags: Mapping[str, str]) -> str | None:
    wanted = key.split("/", 1)[1]
    return next((value for name, value in tags.items() if name.lower() == wanted), None)
