"""Pipelines: stored as CloudFormation spells them, shown as the API does, checked as CodePipeline checks them."""

import json
from typing import Any

from fmops.local import store
from fmops.local.casing import lower_first, respell, upper_first
from fmops.local.context import account, region
from fmops.local.registry import RESOURCES, AwsError, Model, Params, operation

TYPE = "AWS::CodePipeline::Pipeline"
OPAQUE = ("Configuration",)
PROVIDERS: dict[tuple[str, str], tuple[str, ...]] = {
    ("Source", "CodeCommit"): ("RepositoryName", "BranchName"),
    ("Source", "S3"): ("S3Bucket", "S3ObjectKey"),
    ("Build", "CodeBuild"): ("ProjectName",),
    ("Test", "CodeBuild"): ("ProjectName",),
    ("Approval", "Manual"): (),
}
"""Category and provider of the actions that the embedded AWS performs -> configuration they need."""


def arn(name: str, account_id: str | None = None, region_name: str | None = None) -> str:
    """A pipeline's ARN, in the current account and region unless told otherwise."""
    return f"arn:aws:codepipeline:{region_name or region()}:{account_id or account()}:{name}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def to_api(model: Model) -> Params:
    """A stored pipeline as the API's `PipelineDeclaration`."""
    hidden = ("Arn", "Version", "Tags", "ArtifactStores", "DisableInboundStageTransitions", "RestartExecutionOnUpdate")
    shown: Params = respell({n: v for n, v in model.items() if n not in hidden}, lower_first, OPAQUE)
    for stage in shown["stages"]:
        for action in stage["actions"]:
            action["runOrder"] = int(action.get("runOrder", 1))
            action["configuration"] = {name: _text(value) for name, value in action.get("configuration", {}).items()}
            action.setdefault("inputArtifacts", [])
            action.setdefault("outputArtifacts", [])
            action.setdefault("region", region())
    if stores := model.get("ArtifactStores"):
        shown["artifactStores"] = {s["Region"]: respell(s["ArtifactStore"], lower_first) for s in stores}
    defaults = {"pipelineType": "V1", "executionMode": "SUPERSEDED"}
    return {**defaults, **shown, "version": int(model.get("Version", 1))}


def _to_model(declared: Params) -> Model:
    shown = {n: v for n, v in declared.items() if n not in ("version", "artifactStores")}
    model: Model = respell(shown, upper_first, OPAQUE)
    if stores := declared.get("artifactStores"):
        model["ArtifactStores"] = [
            {"Region": where, "ArtifactStore": respell(s, upper_first)} for where, s in stores.items()
        ]
    return model


def find(name: str) -> Params:
    """A pipeline by name. Raises PipelineNotFoundException."""
    model = store.get(TYPE, name)
    if model is None:
        message = f"Account '{account()}' does not have a pipeline with name '{name}'"
        raise AwsError("PipelineNotFoundException", message)
    return to_api(model)


def stage_of(declared: Params, name: str) -> Params:
    """A stage by name. Raises StageNotFoundException."""
    found = next((stage for stage in declared["stages"] if stage["name"] == name), None)
    if found is None:
        message = f"Pipeline '{declared['name']}' does not have a stage with name '{name}'"
        raise AwsError("StageNotFoundException", message)
    return dict(found)


def check(declared: Params) -> None:
    """Refuses structures that CodePipeline refuses, and actions that nobody here performs."""
    stages = declared["stages"]
    if len(stages) < 2:
        raise AwsError("InvalidStructureException", f"Pipeline should have at least 2 stages: {len(stages)} found")
    _unique([stage["name"] for stage in stages], "Stages", "InvalidStageDeclarationException")
    produced: set[str] = set()
    for number, stage in enumerate(stages):
        actions = sorted(stage["actions"], key=lambda action: action["runOrder"])
        _unique(
            [action["name"] for action in actions],
            f"Actions of stage {stage['name']}",
            "InvalidActionDeclarationException",
        )
        for action in actions:
            kind = action["actionTypeId"]
            if (kind["category"] == "Source") != (number == 0):
                where = "Source actions must be in the first stage, and only they"
                raise AwsError("InvalidStructureException", f"{where}: {stage['name']}/{action['name']}")
            _check_action(f"{stage['name']}/{action['name']}", action)
            missing = {artifact["name"] for artifact in action["inputArtifacts"]} - produced
            if missing:
                message = f"Input artifact {min(missing)} of action {action['name']} is produced by no earlier action"
                raise AwsError("InvalidActionDeclarationException", message)
            produced |= {artifact["name"] for artifact in action["outputArtifacts"]}


def _check_action(where: str, action: Params) -> None:
    kind = (action["actionTypeId"]["category"], action["actionTypeId"]["provider"])
    if kind not in PROVIDERS:
        known = ", ".join(f"{category} {provider}" for category, provider in PROVIDERS)
        message = f"{where}: the embedded AWS has no action provider {' '.join(kind)}; it has {known}"
        raise AwsError("InvalidActionDeclarationException", message)
    if missing := [name for name in PROVIDERS[kind] if name not in action["configuration"]]:
        message = f"Action configuration for action '{action['name']}' is missing required configuration '{missing[0]}'"
        raise AwsError("InvalidActionDeclarationException", message)


def _unique(names: list[str], what: str, code: str) -> None:
    if len(set(names)) < len(names):
        raise AwsError(code, f"{what} have the name {next(n for n in names if names.count(n) > 1)} more than once")


@operation("codepipeline", "CreatePipeline")
def create_pipeline(params: Params) -> Params:
    declared, tags = params["pipeline"], params.get("tags", [])
    if store.get(TYPE, declared["name"]):
        raise AwsError("PipelineNameInUseException", f"A pipeline with the name '{declared['name']}' already exists")
    model = _to_model(declared)
    model = store.create(TYPE, {**model, **({"Tags": respell(tags, upper_first)} if tags else {})})
    return {"pipeline": to_api(model), "tags": tags}


@operation("codepipeline", "UpdatePipeline")
def update_pipeline(params: Params) -> Params:
    declared = params["pipeline"]
    find(declared["name"])
    kept = {n: v for n, v in (store.get(TYPE, declared["name"]) or {}).items() if n == "Tags"}
    return {"pipeline": to_api(store.update(TYPE, declared["name"], {**kept, **_to_model(declared)}))}


@operation("codepipeline", "GetPipeline")
def get_pipeline(params: Params) -> Params:
    declared = find(params["name"])
    created, updated = store.times(TYPE, store.get(TYPE, params["name"]) or {})
    return {
        "pipeline": declared,
        "metadata": {"pipelineArn": arn(params["name"]), "created": created, "updated": updated},
    }


@operation("codepipeline", "ListPipelines")
def list_pipelines(params: Params) -> Params:  # noqa: ARG001 - an operation takes its members
    rows = []
    for model in sorted(store.list_(TYPE), key=lambda model: model["Name"]):
        declared = to_api(model)
        created, updated = store.times(TYPE, model)
        shown = {name: declared[name] for name in ("name", "version", "pipelineType", "executionMode")}
        rows.append({**shown, "created": created, "updated": updated})
    return {"pipelines": rows}


@operation("codepipeline", "DeletePipeline")
def delete_pipeline(params: Params) -> Params:
    store.delete(TYPE, params["name"])
    return {}


def _resource(*members: str) -> Any:
    """The ARN in IAM: pipeline, pipeline/stage or pipeline/stage/action."""
    return lambda params, account_id, region_name: arn(
        "/".join(str(params[name]) for name in members if name in params), account_id, region_name
    )


RESOURCES.update(
    {
        **{
            ("codepipeline", operation_name): _resource("name")
            for operation_name in ("GetPipeline", "DeletePipeline", "StartPipelineExecution", "GetPipelineState")
        },
        **{
            ("codepipeline", operation_name): lambda params, a, r: arn(params["pipeline"]["name"], a, r)
            for operation_name in ("CreatePipeline", "UpdatePipeline")
        },
        **{
            ("codepipeline", operation_name): _resource("pipelineName")
            for operation_name in (
                *("GetPipelineExecution", "ListPipelineExecutions", "ListActionExecutions", "StopPipelineExecution"),
            )
        },
        **{
            ("codepipeline", operation_name): _resource("pipelineName", "stageName")
            for operation_name in ("RetryStageExecution", "EnableStageTransition", "DisableStageTransition")
        },
        ("codepipeline", "PutApprovalResult"): _resource("pipelineName", "stageName", "actionName"),
    }
)
