"""Build projects: one stored resource, spelled as CloudFormation in the store and as the API on the wire."""

from typing import Any

from fmops.local import store
from fmops.local.casing import lower_first, respell, upper_first
from fmops.local.context import account, region
from fmops.local.registry import RESOURCES, AwsError, Model, Params, lifecycle, operation

TYPE = "AWS::CodeBuild::Project"
_RENAMED = {"BuildSpec": "buildspec", "Visibility": "projectVisibility"}
_BACK = {api: property_ for property_, api in _RENAMED.items()}
_DEFAULTS: Params = {
    "timeoutInMinutes": 60,
    "queuedTimeoutInMinutes": 480,
    "cache": {"type": "NO_CACHE"},
    "projectVisibility": "PRIVATE",
}


def to_api(properties: Any) -> Any:
    """A project's properties as the API spells them."""
    return respell(properties, lambda name: _RENAMED.get(name) or lower_first(name))


def _to_properties(params: Params) -> Model:
    return dict(respell(params, lambda name: _BACK.get(name) or upper_first(name)))


@lifecycle(TYPE)
def project(model: Model | None, previous: Model | None) -> None:  # noqa: ARG001 - the hook's signature
    """A project is known by its name: its id is the name."""
    if model is not None:
        model["Id"] = model["Name"]
        model["Arn"] = f"arn:aws:codebuild:{region()}:{account()}:project/{model['Name']}"


def find(name: str) -> Params | None:
    """A project by name or ARN in the API's shape, or None."""
    model = store.get(TYPE, name)
    if model is None:
        return None
    known = {name: value for name, value in model.items() if name not in ("Id", "BadgeEnabled", "Triggers")}
    created, modified = store.times(TYPE, model)
    return {
        **_DEFAULTS,
        "encryptionKey": f"arn:aws:kms:{region()}:{account()}:alias/aws/s3",
        **to_api(known),
        "badge": {"badgeEnabled": bool(model.get("BadgeEnabled"))},
        "created": created,
        "lastModified": modified,
    }


def get(name: str) -> Params:
    """A project by name or ARN. Raises ResourceNotFoundException."""
    if (found := find(name)) is None:
        raise AwsError("ResourceNotFoundException", f"Project cannot be found: {name}")
    return found


@operation("codebuild", "CreateProject")
def create_project(params: Params) -> Params:
    if store.get(TYPE, params["name"]):
        raise AwsError("ResourceAlreadyExistsException", f"Project already exists: {params['name']}")
    store.create(TYPE, _to_properties(params))
    return {"project": get(params["name"])}


@operation("codebuild", "UpdateProject")
def update_project(params: Params) -> Params:
    get(params["name"])
    stored = store.get(TYPE, params["name"]) or {}
    kept = {name: value for name, value in stored.items() if name not in ("Id", "Arn")}
    store.update(TYPE, params["name"], {**kept, **_to_properties(params)})
    return {"project": get(params["name"])}


@operation("codebuild", "DeleteProject")
def delete_project(params: Params) -> Params:
    store.delete(TYPE, params["name"])
    return {}


@operation("codebuild", "BatchGetProjects")
def batch_get_projects(params: Params) -> Params:
    found = {name: find(name) for name in params["names"]}
    return {
        "projects": [project for project in found.values() if project],
        "projectsNotFound": [name for name, project in found.items() if project is None],
    }


@operation("codebuild", "ListProjects")
def list_projects(params: Params) -> Params:
    models = store.list_(TYPE)
    by_time = {"LAST_MODIFIED_TIME": 1, "CREATED_TIME": 0}.get(params.get("sortBy", "NAME"))

    def order(model: Model) -> Any:
        return model["Name"] if by_time is None else store.times(TYPE, model)[by_time]

    models.sort(key=order, reverse=params.get("sortOrder") == "DESCENDING")
    return {"projects": [model["Name"] for model in models]}


def arn_of(name: str, account_id: str, region_name: str) -> str:
    """The project ARN that IAM evaluates, from a project's name or ARN or a build's id or ARN."""
    plain = name.split(":")[5].partition("/")[2] if name.startswith("arn:") else name
    return f"arn:aws:codebuild:{region_name}:{account_id}:project/{plain}"


def build_project(identifier: str) -> str:
    """The project's name in a build's id (`project:uuid`) or ARN."""
    plain = identifier.rpartition("build/")[2] if identifier.startswith("arn:") else identifier
    return plain.partition(":")[0]


RESOURCES.update(
    {
        ("codebuild", "BatchGetProjects"): lambda params, a, r: [arn_of(name, a, r) for name in params["names"]],
        ("codebuild", "BatchGetBuilds"): lambda params, a, r: [
            arn_of(name, a, r) for name in sorted({build_project(identifier) for identifier in params["ids"]})
        ],
        ("codebuild", "StopBuild"): lambda params, a, r: arn_of(build_project(params["id"]), a, r),
        ("codebuild", "RetryBuild"): lambda params, a, r: arn_of(build_project(params["id"]), a, r),
        **{
            ("codebuild", name): lambda params, a, r: arn_of(params["projectName"], a, r)
            for name in ("StartBuild", "ListBuildsForProject")
        },
        **{
            ("codebuild", name): lambda params, a, r: arn_of(params["name"], a, r)
            for name in ("CreateProject", "UpdateProject", "DeleteProject")
        },
    }
)
