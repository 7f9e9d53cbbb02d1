"""SageMaker's own condition keys of model packages: what a request says, and what the package says now.

The keys of the request stand in AWS's guide to the staging construct (model-registry-staging-construct-set-up) and in
IAM's list of SageMaker's keys; those of the package as it is (`Current...`) in the data of that list.
"""

from fmops.local import authz, context
from fmops.local.registry import Model, table
from fmops.local.services.sagemaker.common import arn
from fmops.local.services.sagemaker.model_registry import PACKAGES

_NAMED = {
    "CreateModelPackage": "",
    "DeleteModelPackage": "ModelPackageName",
    "DescribeModelPackage": "ModelPackageName",
    "UpdateModelPackage": "ModelPackageArn",
}
"""Operations on one package, and the member that names it; a new one is none yet."""


def of(operation: str, members: Model) -> Model:
    """The keys of a call, in lower case as the evaluator asks for them."""
    if operation not in _NAMED:
        return {}
    return {**_asked(members), **_current(str(members.get(_NAMED[operation]) or ""))}


def _asked(members: Model) -> Model:
    found = {}
    if "ModelApprovalStatus" in members:
        found["sagemaker:modelapprovalstatus"] = members["ModelApprovalStatus"]
    stage = members.get("ModelLifeCycle") or {}
    for member, key in (("Stage", "stage"), ("StageStatus", "stagestatus")):
        if member in stage:
            found[f"sagemaker:modellifecycle:{key}"] = stage[member]
    return found


def _current(name_or_arn: str) -> Model:
    """What the package says before the call; nothing if there is none."""
    known = name_or_arn.startswith("arn:")
    owner = name_or_arn.split(":")[4] if known else context.account()
    with context.scope(owner, context.region()):
        key = name_or_arn if known else arn("model-package", name_or_arn)
        package = table(PACKAGES).get(key) or {}
    stage = package.get("ModelLifeCycle") or {}
    found = {
        f"sagemaker:currentcustomermetadataproperties/{name.lower()}": value
        for name, value in (package.get("CustomerMetadataProperties") or {}).items()
    }
    for member in ("Stage", "StageStatus"):
        if member in stage:
            found[f"sagemaker:currentmodellifecycle{member.lower()}"] = stage[member]
    return found


authz.CONTEXT["sagemaker"] = of
