"""Model package groups and model packages: versions, approval, the group's resource policy, events.

A package belongs to its group's account. Another account's principal names the group or the package by ARN; the
group's policy must allow it, beside its own identity policy.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from ministack import app
from ministack.core import iam_evaluator

from fmops.local import context, store
from fmops.local.registry import RESOURCES, AwsError, Model, lifecycle, operation, table
from fmops.local.services.sagemaker.common import Json, arn, event, invalid, listing, not_found, user_context

GROUP, PACKAGE = "AWS::SageMaker::ModelPackageGroup", "AWS::SageMaker::ModelPackage"
PACKAGES, _VERSIONS, _AUTHORS = "sagemaker.model-packages", "sagemaker.model-versions", "sagemaker.model-groups"
_CHANGED = "SageMaker Model Package State Change"
_UPDATABLE = (
    "ModelApprovalStatus",
    "ApprovalDescription",
    "CustomerMetadataProperties",
    "InferenceSpecification",
    "SourceUri",
    "ModelCard",
    "ModelLifeCycle",
    "ModelPackageRegistrationType",
)


def _owner(name_or_arn: str) -> str:
    """The account of an ARN; a bare name is the caller's own."""
    return name_or_arn.split(":")[4] if name_or_arn.startswith("arn:") else context.account()


def _group_of(name_or_arn: str) -> str:
    """The group's name in a group's or a package's ARN, or the bare name."""
    return name_or_arn.split(":")[-1].split("/")[1] if name_or_arn.startswith("arn:") else name_or_arn.split("/")[0]


def _policy(group: Model) -> str | None:
    given = group.get("ModelPackageGroupPolicy")
    return given if given is None or isinstance(given, str) else json.dumps(given)


@contextmanager
def _in_account_of(name_or_arn: str, action: str) -> Iterator[str]:
    """Acts in the account that owns a group or package, if the group's policy lets the caller; gives the group's name.

    Raises:
        AwsError: AccessDeniedException across accounts without the group's consent, or when the policy denies.
    """
    owner, caller_account, region = _owner(name_or_arn), context.account(), context.region()
    name, principal = _group_of(name_or_arn), context.caller()
    resources = [
        arn(kind, target, owner) for kind, target in (("model-package-group", name), ("model-package", f"{name}/*"))
    ]
    if name_or_arn.startswith("arn:"):
        resources.insert(0, name_or_arn)
    with context.scope(owner, region):
        group = store.get(GROUP, name)
        policy = _policy(group) if group else None
        if app.AUTH:
            _require(policy, action, resources, principal, caller_account, same=owner == caller_account)
        yield name


def _require(
    policy: str | None, action: str, resources: list[str], principal: str, account: str, *, same: bool
) -> None:
    decisions = set()
    for resource in resources if policy else ():
        asked = iam_evaluator.EvalContext(
            principal_arn=principal,
            principal_type="AssumedRole" if ":assumed-role/" in principal else "User",
            principal_account=account,
            action=f"sagemaker:{action}",
            resource_arn=resource,
            region=context.region(),
        )
        decisions.add(iam_evaluator.evaluate_resource_policy(policy, asked).decision)
    if "Deny" in decisions or not (same or "Allow" in decisions):
        why = "with an explicit deny in" if "Deny" in decisions else "because no statement allows it in"
        raise AwsError(
            "AccessDeniedException",
            f"User: {principal} is not authorized to perform: sagemaker:{action} on resource: {resources[0]} {why} "
            "the model package group's resource-based policy",
        )


# ------------------------------------------------------------------------------------------------------------- groups
@lifecycle(GROUP)
def _group_changed(model: Model | None, previous: Model | None) -> None:
    if model is None:
        name = previous["ModelPackageGroupName"] if previous else ""
        if any(row.get("ModelPackageGroupName") == name for row in table(PACKAGES).values()):
            raise AwsError(
                "ConflictException", f"Cannot delete model package group {name}: it still has model packages."
            )
        return
    policy = _policy(model)
    problem = iam_evaluator.validate_policy_document(policy) if policy else None
    if problem:
        raise invalid(f"Invalid resource policy of model package group {model['ModelPackageGroupName']}: {problem}")
    if previous is None:
        model["ModelPackageGroupStatus"] = "Completed"
        model["CreationTime"] = context.now().isoformat()
        table(_AUTHORS)[model["ModelPackageGroupName"]] = user_context()


def _group(name: str) -> Model:
    found = store.get(GROUP, name)
    if found is None:
        raise invalid(f"ModelPackageGroup {arn('model-package-group', name)} does not exist.")
    return found


@operation("sagemaker", "DescribeModelPackageGroup")
def describe_group(parameters: Json) -> Json:
    """A group as it is; another account's by its ARN."""
    with _in_account_of(parameters["ModelPackageGroupName"], "DescribeModelPackageGroup") as name:
        group = _group(name)
        created, _ = store.times(GROUP, group)
        return {**group, "CreationTime": created, "CreatedBy": table(_AUTHORS).get(name, {})}


@operation("sagemaker", "PutModelPackageGroupPolicy")
def put_policy(parameters: Json) -> Json:
    """Sets a group's resource policy."""
    group = _group(parameters["ModelPackageGroupName"])
    group["ModelPackageGroupPolicy"] = parameters["ResourcePolicy"]
    _group_changed(group, group)
    store.put(GROUP, group)
    return {"ModelPackageGroupArn": group["ModelPackageGroupArn"]}


@operation("sagemaker", "GetModelPackageGroupPolicy")
def get_policy(parameters: Json) -> Json:
    """A group's resource policy."""
    policy = _policy(_group(parameters["ModelPackageGroupName"]))
    if policy is None:
        raise not_found(f"Cannot find resource policy for: {parameters['ModelPackageGroupName']}")
    return {"ResourcePolicy": policy}


@operation("sagemaker", "DeleteModelPackageGroupPolicy")
def delete_policy(parameters: Json) -> Json:
    """Removes a group's resource policy."""
    group = _group(parameters["ModelPackageGroupName"])
    group.pop("ModelPackageGroupPolicy", None)
    store.put(GROUP, group)
    return {}


# ----------------------------------------------------------------------------------------------------------- packages
def _tell(package: Json, updated: list[str]) -> None:
    hidden = {"ClientToken", "ModelCard", "Tags"}
    detail = {name: value for name, value in package.items() if name not in hidden}
    event(_CHANGED, {**detail, "UpdatedModelPackageFields": updated}, package["ModelPackageArn"])


@operation("sagemaker", "CreateModelPackage")
def create(parameters: Json) -> Json:
    """Registers a package: the next version of its group, or one of its own name."""
    group, name = parameters.get("ModelPackageGroupName"), parameters.get("ModelPackageName")
    if (group is None) == (name is None):
        raise invalid("Exactly one of ModelPackageGroupName and ModelPackageName must be given.")
    if name is not None and parameters.get("ModelApprovalStatus"):
        raise invalid("ModelApprovalStatus is for versioned model packages: give ModelPackageGroupName.")
    author = user_context()
    if name is not None:
        return {"ModelPackageArn": _register(parameters, name, author)["ModelPackageArn"]}
    with _in_account_of(str(group), "CreateModelPackage") as own:
        _group(own)
        token = parameters.get("ClientToken")
        rows = [row for row in table(PACKAGES).values() if row.get("ModelPackageGroupName") == own]
        known = next((row for row in rows if token and row.get("ClientToken") == token), None)
        if known is None:
            version = table(_VERSIONS).get(own, 0) + 1
            table(_VERSIONS)[own] = version
            numbered = {"ModelPackageGroupName": own, "ModelPackageVersion": version}
            approval = {"ModelApprovalStatus": parameters.get("ModelApprovalStatus", "PendingManualApproval")}
            known = _register({**parameters, **numbered, **approval}, f"{own}/{version}", author)
        return {"ModelPackageArn": known["ModelPackageArn"]}


def _register(given: Json, path: str, author: Json) -> Json:
    key, now = arn("model-package", path), context.now()
    if key in table(PACKAGES):
        raise AwsError("ConflictException", f"Model Package already exists: {key}")
    package = {
        "CertifyForMarketplace": False,
        **given,
        "ModelPackageArn": key,
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        "CreationTime": now,
        "LastModifiedTime": now,
        "CreatedBy": author,
        "LastModifiedBy": author,
    }
    table(PACKAGES)[key] = package
    _tell(package, [])
    return package


def _package(name_or_arn: str) -> Json:
    key = name_or_arn if name_or_arn.startswith("arn:") else arn("model-package", name_or_arn)
    found: Json | None = table(PACKAGES).get(key)
    if found is None:
        raise invalid(f"ModelPackage {key} does not exist.")
    return found


def read(name_or_arn: str, action: str = "DescribeModelPackage") -> Json:
    """A package as it is, of this account or, by ARN and with its group's consent, of another."""
    with _in_account_of(name_or_arn, action):
        return dict(_package(name_or_arn))


@operation("sagemaker", "DescribeModelPackage")
def describe(parameters: Json) -> Json:
    """A package as it is."""
    return read(parameters["ModelPackageName"])


RESOURCES["sagemaker", "BatchDescribeModelPackage"] = lambda given, _account, _region: given["ModelPackageArnList"]


@operation("sagemaker", "BatchDescribeModelPackage")
def describe_batch(parameters: Json) -> Json:
    """Several packages, and why those that are missing are."""
    found: Json = {}
    errors: Json = {}
    for key in parameters["ModelPackageArnList"]:
        try:
            found[key] = read(key, "BatchDescribeModelPackage")
        except AwsError as error:
            errors[key] = {"ErrorCode": error.code, "ErrorResponse": error.message}
    return {"ModelPackageSummaries": found, "BatchDescribeModelPackageErrorMap": errors}


@operation("sagemaker", "ListModelPackages")
def list_(parameters: Json) -> Json:
    """Packages, newest first: of one group, or those without a group."""
    group, approval = parameters.get("ModelPackageGroupName"), parameters.get("ModelApprovalStatus")
    kind = parameters.get("ModelPackageType") or ("Versioned" if group else "Unversioned")
    with _in_account_of(group or context.account(), "ListModelPackages") as name:
        rows = [
            row
            for row in table(PACKAGES).values()
            if (group is None or row.get("ModelPackageGroupName") == name)
            and approval in (None, row.get("ModelApprovalStatus"))
            and (kind == "Both" or (kind == "Versioned") == ("ModelPackageVersion" in row))
        ]
        return listing(rows, parameters, "ModelPackageSummaryList", name="ModelPackageArn")


@operation("sagemaker", "UpdateModelPackage")
def update(parameters: Json) -> Json:
    """Approves, rejects or annotates a package."""
    author = user_context()
    with _in_account_of(parameters["ModelPackageArn"], "UpdateModelPackage"):
        package = _package(parameters["ModelPackageArn"])
        changed = [name for name in _UPDATABLE if name in parameters]
        for name in changed:
            merge = name == "CustomerMetadataProperties"
            package[name] = {**package.get(name, {}), **parameters[name]} if merge else parameters[name]
        for key in parameters.get("CustomerMetadataPropertiesToRemove", ()):
            package.get("CustomerMetadataProperties", {}).pop(key, None)
            changed = [*dict.fromkeys((*changed, "CustomerMetadataProperties"))]
        added = parameters.get("AdditionalInferenceSpecificationsToAdd")
        if added:
            package["AdditionalInferenceSpecifications"] = [
                *package.get("AdditionalInferenceSpecifications", ()),
                *added,
            ]
            changed.append("AdditionalInferenceSpecifications")
        package |= {"LastModifiedTime": context.now(), "LastModifiedBy": author}
        _tell(package, changed)
        return {"ModelPackageArn": package["ModelPackageArn"]}


@operation("sagemaker", "DeleteModelPackage")
def delete(parameters: Json) -> Json:
    """Deletes a package; its version number is not given again."""
    with _in_account_of(parameters["ModelPackageName"], "DeleteModelPackage"):
        table(PACKAGES).pop(_package(parameters["ModelPackageName"])["ModelPackageArn"])
    return {}


@lifecycle(PACKAGE)
def _declared(model: Model | None, previous: Model | None) -> None:
    """A package that a template declares is one like any other."""
    if model is None:
        delete({"ModelPackageName": previous["ModelPackageArn"] if previous else ""})
    elif previous is None:
        minted = ("ModelPackageArn", "ModelPackageStatus", "CreationTime", "LastModifiedTime")
        made: Json = {name: value for name, value in model.items() if name not in minted}
        model["ModelPackageArn"] = (create(made) or {})["ModelPackageArn"]
        model["ModelPackageStatus"] = "Completed"
    else:
        update({name: model[name] for name in ("ModelPackageArn", *_UPDATABLE) if name in model})
