"""Model ids: which there are, what they stand for, and the ARNs that a call through them touches."""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from fmops.local import context, store
from fmops.local.registry import AwsError, Model

PROFILE = "AWS::Bedrock::ApplicationInferenceProfile"


@dataclass(frozen=True)
class Known:
    """A foundation model of the catalogue.

    Args:
        id: AWS's model id.
        name: as the console says it.
        provider: e.g. `Anthropic`.
        on_demand: whether the id alone may be called; else an inference profile must be.
        geographies: per cross-region profile, e.g. `eu`, the regions that a request may go to; "" is any.
        output: `TEXT` or `EMBEDDING`.
    """

    id: str
    name: str
    provider: str
    on_demand: bool = True
    geographies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    output: str = "TEXT"


@dataclass(frozen=True)
class Target:
    """What a `modelId` means: the id as it was asked for, the model, the profile that it names, the models' ARNs."""

    asked: str
    model: Known
    profile_arn: str | None
    model_arns: tuple[str, ...]


@functools.cache
def catalogue() -> dict[str, Known]:
    """All models by id."""
    data = yaml.safe_load(Path(__file__).with_name("models.yaml").read_text(encoding="utf-8"))
    return {row["id"]: Known(**row) for row in data["models"]}


def foundation_arn(model_id: str, region: str | None = None) -> str:
    """A foundation model's ARN, which has no account."""
    return f"arn:aws:bedrock:{context.region() if region is None else region}::foundation-model/{model_id}"


def system_profiles() -> dict[str, tuple[Known, str]]:
    """The cross-region profiles that a caller in the current region has: id to model and geography."""
    return {
        f"{geography}.{model.id}": (model, geography)
        for model in catalogue().values()
        for geography, regions in model.geographies.items()
        if context.region() in regions or "" in regions
    }


def system_profile_arn(profile_id: str) -> str:
    """A cross-region profile's ARN, in the caller's account and region."""
    return f"arn:aws:bedrock:{context.region()}:{context.account()}:inference-profile/{profile_id}"


def destinations(model: Known, geography: str) -> tuple[str, ...]:
    """The model's ARN in each region that a profile may send a request to; a global one's first is the caller's."""
    regions = model.geographies[geography]
    regions = (context.region(), *regions) if "" in regions else regions
    return tuple(foundation_arn(model.id, region) for region in regions)


def application_profile(identifier: str) -> Model | None:
    """An application inference profile of this account, by its id or ARN."""
    return store.get(PROFILE, identifier)


_ARN = re.compile(r"arn:aws:bedrock:([a-z0-9-]*):(\d{12})?:([a-z-]+)/(.+)")


def resolve(model_id: str) -> Target:
    """What a request's `modelId` means: a model, or an inference profile, by id or ARN.

    Raises:
        AwsError: as AWS does: `ValidationException` for an id that is none and for a model that only a profile reaches,
            `ResourceNotFoundException` for a profile that is not there.
    """
    found = _ARN.fullmatch(model_id)
    _, account, kind, name = found.groups() if found else ("", None, "", model_id)
    if kind == "application-inference-profile" or (profile := application_profile(name)) is not None:
        profile = application_profile(model_id if kind else name)
        if profile is None or (account and account != context.account()):
            raise AwsError("ResourceNotFoundException", f"Could not find inference profile {model_id}.", 404)
        arns = tuple(row["ModelArn"] for row in profile["Models"])
        return Target(model_id, catalogue()[arns[0].split("/", 1)[1]], profile["InferenceProfileArn"], arns)
    if name in system_profiles() and kind in ("", "inference-profile"):
        model, geography = system_profiles()[name]
        return Target(model_id, model, system_profile_arn(name), destinations(model, geography))
    known = catalogue().get(name)
    if known is None or kind not in ("", "foundation-model"):
        raise AwsError("ValidationException", "The provided model identifier is invalid.")
    if not known.on_demand:
        told = (
            f"Invocation of model ID {name} with on-demand throughput isn’t supported. Retry your request with the ID "
            "or ARN of an inference profile that contains this model."
        )
        raise AwsError("ValidationException", told)
    return Target(model_id, known, None, (foundation_arn(name),))
