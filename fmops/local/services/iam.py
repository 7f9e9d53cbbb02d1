"""IAM: the identity providers that ministack keeps but cannot make from a template."""

from ministack.services import iam

from fmops.local import context
from fmops.local.registry import AwsError, Model, lifecycle


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
