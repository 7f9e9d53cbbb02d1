"""IAM: the identity providers that ministack keeps but cannot make from a template."""

from ministack.services import iam

from fmops.local import authz, context
from fmops.local.registry import AwsError, Model, lifecycle


def _condition_keys(_operation: str, members: Model) -> Model:
    """iam:PermissionsBoundary, of the role that is made or changed, and iam:PolicyARN of what is attached."""
    role = iam._roles.get(members.get("RoleName")) or {}
    boundary = members.get("PermissionsBoundary") or role.get("PermissionsBoundary")
    keys = {"iam:PermissionsBoundary": boundary, "iam:PolicyARN": members.get("PolicyArn")}
    return {name: value for name, value in keys.items() if value}


authz.CONTEXT["iam"] = _condition_keys


@lifecycle("AWS::IAM::OIDCProvider")
def _provider(model: Model | None, previous: Model | None) -> None:
    if model is None:
        iam._oidc_providers.pop((previous or {})["Arn"], None)
        return
    arn = f"arn:aws:iam::{context.account()}:oidc-provider/{model['Url'].removeprefix('https://').rstrip('/')}"
    if previous is None and arn in iam._oidc_providers:
        raise AwsError("EntityAlreadyExists", f"Provider with url {model['Url']} already exists.", 409)
    model["Arn"] = arn
    iam._oidc_providers[arn] = {
        "Url": model["Url"],
        "ClientIDList": model.get("ClientIdList", []),
        "ThumbprintList": model.get("ThumbprintList", []),
        "Arn": arn,
        "CreateDate": (iam._oidc_providers.get(arn) or {}).get("CreateDate") or iam._now(),
        "Tags": model.get("Tags", []),
    }
