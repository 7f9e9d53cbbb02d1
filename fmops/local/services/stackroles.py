"""The role that a call gives a stack, as IAM's conditions see it: `cloudformation:RoleArn`.

Source: "Actions, resources, and condition keys for AWS CloudFormation" in the Service Authorization Reference.
"""

from fmops.local import authz
from fmops.local.registry import Model


def _condition_keys(_operation: str, members: Model) -> Model:
    role = members.get("RoleARN")
    return {"cloudformation:RoleArn": role} if role else {}


authz.CONTEXT["cloudformation"] = _condition_keys
