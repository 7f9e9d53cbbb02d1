"""Inference profiles and foundation models: the control plane, by API or by template."""

from typing import Any

from fmops.local import context, mint, store
from fmops.local.casing import lower_first, respell
from fmops.local.registry import AwsError, Model, Params, lifecycle, operation
from fmops.local.services.bedrock import control, models
from fmops.local.services.bedrock.models import PROFILE, Known


@lifecycle(PROFILE)
def _profile(model: Model | None, previous: Model | None) -> None:
    """Makes an application inference profile: it has its source's models, in all of the source's regions."""
    if model is None or previous is not None:
        return
    source = model["ModelSource"]["CopyFrom"]
    try:
        arns = _copied(source)
    except AwsError as error:
        raise AwsError("ValidationException", f"The provided model source {source} is invalid.") from error
    name, now = mint.token(12), context.now().isoformat()
    arn = f"arn:aws:bedrock:{context.region()}:{context.account()}:application-inference-profile/{name}"
    model |= {
        "InferenceProfileId": name,
        "InferenceProfileArn": arn,
        "InferenceProfileIdentifier": arn,
        "Models": [{"ModelArn": each} for each in arns],
        "Status": "ACTIVE",
        "Type": "APPLICATION",
        "CreatedAt": now,
        "UpdatedAt": now,
    }


def _copied(source: str) -> tuple[str, ...]:
    """The model ARNs of a source: a foundation model's, whether it may be called on demand or not, or a profile's."""
    if ":foundation-model/" in source and source.split("/", 1)[1] in models.catalogue():
        return (source,)
    return models.resolve(source).model_arns


def _summary(row: Model) -> Params:
    shown: Params = respell({name: row[name] for name in row if name not in ("ModelSource", "Tags")}, lower_first)
    return shown


def _system(name: str, model: Known, geography: str) -> Params:
    return {
        "inferenceProfileName": f"{geography.upper()} {model.provider} {model.name}",
        "inferenceProfileId": name,
        "inferenceProfileArn": models.system_profile_arn(name),
        "models": [{"modelArn": arn} for arn in models.destinations(model, geography)],
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    }


@operation("bedrock", "CreateInferenceProfile")
def create(parameters: Params) -> Params:
    """An application inference profile."""
    if store.find(PROFILE, InferenceProfileName=parameters["inferenceProfileName"]) is not None:
        name = parameters["inferenceProfileName"]
        raise AwsError("ConflictException", f"An inference profile named {name} already exists.", 409)
    tags = [{"Key": tag["key"], "Value": tag["value"]} for tag in parameters.get("tags", ())]
    properties: Model = {
        "InferenceProfileName": parameters["inferenceProfileName"],
        "ModelSource": {"CopyFrom": parameters["modelSource"].get("copyFrom", "")},
        **({"Description": parameters["description"]} if "description" in parameters else {}),
        **({"Tags": tags} if tags else {}),
    }
    made = control.create(PROFILE, properties)
    return {"inferenceProfileArn": made["InferenceProfileArn"], "status": made["Status"]}


@operation("bedrock", "GetInferenceProfile")
def get(parameters: Params) -> Params:
    """An inference profile, AWS's or the account's own."""
    wanted = parameters["inferenceProfileIdentifier"]
    own = models.application_profile(wanted)
    name = wanted.split("/")[-1]
    if own is not None:
        return _summary(own)
    if name in models.system_profiles():
        return _system(name, *models.system_profiles()[name])
    raise AwsError("ResourceNotFoundException", f"Could not find inference profile {wanted}.", 404)


@operation("bedrock", "ListInferenceProfiles")
def list_(parameters: Params) -> Params:
    """The profiles: AWS's and the account's own, or those of one type."""
    rows = [_system(name, *found) for name, found in models.system_profiles().items()]
    rows += [_summary(row) for row in store.list_(PROFILE)]
    wanted = parameters.get("typeEquals")
    return {"inferenceProfileSummaries": [row for row in rows if wanted in (None, row["type"])]}


@operation("bedrock", "DeleteInferenceProfile")
def delete(parameters: Params) -> Params:
    """Removes an application inference profile."""
    wanted = parameters["inferenceProfileIdentifier"]
    own = models.application_profile(wanted)
    if own is None:
        raise AwsError("ResourceNotFoundException", f"Could not find inference profile {wanted}.", 404)
    store.delete(PROFILE, own["InferenceProfileIdentifier"])
    return {}


def _details(model: Known) -> Params:
    return {
        "modelArn": models.foundation_arn(model.id),
        "modelId": model.id,
        "modelName": model.name,
        "providerName": model.provider,
        "inputModalities": ["TEXT"],
        "outputModalities": [model.output],
        "responseStreamingSupported": model.output == "TEXT",
        "customizationsSupported": [],
        "inferenceTypesSupported": ["ON_DEMAND"] if model.on_demand else ["INFERENCE_PROFILE"],
        "modelLifecycle": {"status": "ACTIVE"},
    }


_FILTERS: dict[str, Any] = {
    "byProvider": lambda row, value: row["providerName"].lower() == value.lower(),
    "byOutputModality": lambda row, value: value in row["outputModalities"],
    "byInferenceType": lambda row, value: value in row["inferenceTypesSupported"],
    "byCustomizationType": lambda row, value: value in row["customizationsSupported"],
}


@operation("bedrock", "ListFoundationModels")
def list_models(parameters: Params) -> Params:
    """The catalogue."""
    given = {name: value for name, value in parameters.items() if name in _FILTERS}
    rows = [_details(model) for model in models.catalogue().values()]
    return {"modelSummaries": [row for row in rows if all(_FILTERS[n](row, v) for n, v in given.items())]}


@operation("bedrock", "GetFoundationModel")
def get_model(parameters: Params) -> Params:
    """One model of the catalogue."""
    known = models.catalogue().get(parameters["modelIdentifier"].split("/")[-1])
    if known is None:
        raise AwsError(
            "ResourceNotFoundException", "Could not resolve the foundation model from the model identifier.", 404
        )
    return {"modelDetails": _details(known)}
