"""Developer tools and SageMaker: roles that their service can't take, pipelines that are none."""

from typing import Any

from ministack import app

from fmops.local import identity, shapes
from fmops.local.refusals.register import Check, refuses
from fmops.local.registry import AwsError, Params


@refuses("codebuild:CreateProject", "codebuild:UpdateProject")
def role_of_a_project(members: Params) -> None:
    arn = str(members.get("serviceRole") or "")
    if app.AUTH and ":role/" in arn and not identity.takes(arn, "codebuild.amazonaws.com"):
        why = f"CodeBuild is not authorized to perform: sts:AssumeRole on {arn}"
        raise AwsError("InvalidInputException", why)


@refuses("codepipeline:CreatePipeline", "codepipeline:UpdatePipeline")
def stages(members: Params) -> None:
    count = len(members["pipeline"].get("stages") or ())
    if count < 2:
        least = "There should be a minimum of 2 stages in a pipeline"
        raise AwsError("InvalidStructureException", f"Pipeline has {count} stage(s). {least}")


def _enums(shape: Any, value: Any, where: str) -> str | None:
    """The first member whose value its shape does not have, as AWS's validation words it."""
    inner: list[tuple[Any, Any, str]] = []
    if shape.type_name == "structure" and isinstance(value, dict):
        inner = [(shape.members[name], found, name) for name, found in value.items() if name in shape.members]
    elif shape.type_name == "list" and isinstance(value, list):
        inner = [(shape.member, found, f"{number}.member") for number, found in enumerate(value, 1)]
    elif getattr(shape, "enum", None) and value not in shape.enum:
        problem = f"failed to satisfy constraint: Member must satisfy enum value set: [{', '.join(shape.enum)}]"
        return f"1 validation error detected: Value '{value}' at '{where}' {problem}"
    for member, found, name in inner:
        path = ".".join(filter(None, (where, name[:1].lower() + name[1:])))
        if problem_inside := _enums(member, found, path):
            return problem_inside
    return None


def _within_enums(operation: str) -> Check:
    shape = shapes.model("sagemaker").operation_model(operation).input_shape

    def check(members: Params) -> None:
        problem = _enums(shape, members, "")
        if problem:
            raise AwsError("ValidationException", problem)

    return check


for _name in ("CreateEndpointConfig", "CreateTrainingJob", "CreateProcessingJob"):
    refuses(f"sagemaker:{_name}")(_within_enums(_name))
