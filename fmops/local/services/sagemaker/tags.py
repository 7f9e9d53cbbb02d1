"""Tags of what the generic store does not hold by its ARN: jobs, model packages, pipelines."""

from fmops.local import answers, shapes, store
from fmops.local.registry import operation, table
from fmops.local.services.sagemaker import jobs, model_registry, pipelines
from fmops.local.services.sagemaker.common import Json, name_of


def _row(arn: str) -> Json | None:
    """The record with this ARN, if it is one of ours; a pipeline's is a copy."""
    kind, _, name = arn.split(":")[-1].partition("/")
    if kind == "pipeline":
        return store.get(pipelines.TYPE, name)
    if kind == "model-package":
        found: Json | None = table(model_registry.PACKAGES).get(arn)
        return found
    slugs = {job.slug: job.table for job in jobs.KINDS.values()}
    return table(slugs[kind]).get(name_of(arn)) if kind in slugs else None


def _generic(name: str, parameters: Json) -> Json:
    return answers.answer("SageMaker", shapes.model("sagemaker").operation_model(name), parameters)


@operation("sagemaker", "ListTags")
def list_(parameters: Json) -> Json:
    """A resource's tags."""
    row = _row(parameters["ResourceArn"])
    return _generic("ListTags", parameters) if row is None else {"Tags": row.get("Tags", [])}


def _change(name: str, parameters: Json) -> Json:
    row = _row(parameters["ResourceArn"])
    if row is None:
        return _generic(name, parameters)
    added = {tag["Key"]: tag["Value"] for tag in parameters.get("Tags", ())}
    tags = {**{tag["Key"]: tag["Value"] for tag in row.get("Tags", ())}, **added}
    kept = [{"Key": key, "Value": tags[key]} for key in tags if key not in parameters.get("TagKeys", ())]
    row["Tags"] = kept
    if "PipelineDefinition" in row:
        store.put(pipelines.TYPE, row)
    return {"Tags": kept}


operation("sagemaker", "AddTags")(lambda parameters: _change("AddTags", parameters))
operation("sagemaker", "DeleteTags")(lambda parameters: _change("DeleteTags", parameters))
