"""Systems Manager: a path of parameters is a resource of its own for IAM; ministack evaluates it on `*`."""

from fmops.local.registry import RESOURCES, Model


def _path(members: Model, account: str, region: str) -> str:
    return f"arn:aws:ssm:{region}:{account}:parameter/{str(members.get('Path', '')).strip('/')}"


RESOURCES["ssm", "GetParametersByPath"] = _path
