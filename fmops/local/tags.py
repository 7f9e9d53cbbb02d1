"""aws:ResourceTag: the tags of what a call acts on, also where ministack does not keep the resource."""

import re

from ministack.services import tagging

from fmops.local import context, schemas, store
from fmops.local.registry import Model

_BEARERS = (
    (r"codepipeline:[^:]*:[^:]*:([^:/]+)(?:/.+)?", "AWS::CodePipeline::Pipeline"),  # its stages and actions too
    (r"sagemaker:[^:]*:[^:]*:pipeline/([^/]+)", "AWS::SageMaker::Pipeline"),
    # "your model package belongs to the model group you specify and uses the tags associated with the model group"
    # (SageMaker's API reference, CreateModelPackage); CreateModelPackage takes no tags for a group's package.
    (r"sagemaker:[^:]*:[^:]*:model-package/([^/]+)/.+", "AWS::SageMaker::ModelPackageGroup"),
)
"""Whose tags count for ARNs that are no resource's own: what follows `arn:aws:`, and the type that bears the tags."""


def _bearer(arn: str) -> tuple[str, Model] | None:
    for shape, resource_type in _BEARERS:
        found = re.fullmatch(f"arn:[^:]*:{shape}", arn)
        if found:
            model = store.get(resource_type, found[1])
            return (resource_type, model) if model else None
    return store.by_arn(arn)


def of(arn: str) -> dict[str, str] | None:
    """The tags of a resource in our store, by its ARN; None when it is not ours."""
    parts = arn.split(":")
    if len(parts) < 6:
        return None
    with context.scope(parts[4] or context.account(), parts[3] or context.region()):
        found = _bearer(arn)
        if found is None:
            return None
        resource_type, model = found
        tags = model.get(schemas.tag_property(store.schema_of(resource_type)) or "", [])
    return dict(tags) if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags}


def install() -> None:
    """Lets ministack's evaluator find our resources' tags beside its own."""
    native = tagging.resource_tags

    def resource_tags(arn: str) -> dict[str, str] | None:
        found: dict[str, str] | None = native(arn)
        return of(arn) if found is None else found

    tagging.resource_tags = resource_tags
