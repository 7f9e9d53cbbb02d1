"""Guardrails and their versions: the control plane, by API or by template, and the one that a call names."""

import copy
import re
from typing import Any

from fmops.local import context, mint, store
from fmops.local.casing import lower_first, respell, upper_first
from fmops.local.registry import AwsError, Model, Params, lifecycle, operation, table
from fmops.local.services.bedrock import control

GUARDRAIL, VERSION = "AWS::Bedrock::Guardrail", "AWS::Bedrock::GuardrailVersion"
_SNAPSHOTS = "bedrock.guardrail_versions"
"""(guardrail id, version) -> the guardrail as it was: a version never changes."""
DRAFT = "DRAFT"


def _missing(wanted: str, version: str = "") -> AwsError:
    what = f"{wanted} version {version}" if version else wanted
    return AwsError("ResourceNotFoundException", f"The guardrail {what} could not be found.", 404)


def find(wanted: str) -> Model:
    """A guardrail's working draft, by id or ARN. AwsError `ResourceNotFoundException` when there is none."""
    found = store.get(GUARDRAIL, wanted)
    if found is None:
        raise _missing(wanted)
    return found


def named(wanted: str, version: str) -> Model:
    """A guardrail as a call names it: its draft, or one of its versions.

    Raises:
        AwsError: `ValidationException` as the runtime says it, when guardrail or version does not exist.
    """
    found = store.get(GUARDRAIL, wanted)
    if found is not None and version != DRAFT:
        found = table(_SNAPSHOTS).get((found["GuardrailId"], version))
    if found is None:
        raise AwsError(
            "ValidationException", "The guardrail identifier or version provided in the request does not exist."
        )
    return copy.deepcopy(found)


@lifecycle(GUARDRAIL)
def _guardrail(model: Model | None, previous: Model | None) -> None:
    if model is None:
        gone = (previous or {})["GuardrailId"]
        for key in [key for key in table(_SNAPSHOTS) if key[0] == gone]:
            del table(_SNAPSHOTS)[key]
        return
    _check(model)
    now = context.now().isoformat()
    if previous is None:
        name = mint.token(12)
        arn = f"arn:aws:bedrock:{context.region()}:{context.account()}:guardrail/{name}"
        model |= {"GuardrailId": name, "GuardrailArn": arn, "Version": DRAFT, "Status": "READY", "CreatedAt": now}
    model["UpdatedAt"] = now


def _check(model: Model) -> None:
    """What Bedrock refuses: a name that is taken, no policy at all, a pattern that is none."""
    rivals = [row for row in store.list_(GUARDRAIL) if row["GuardrailArn"] != model.get("GuardrailArn")]
    if any(row["Name"] == model["Name"] for row in rivals):
        raise AwsError("ConflictException", f"Another guardrail in this account has the name {model['Name']}.", 400)
    if not any(name.endswith("PolicyConfig") for name in model):
        raise AwsError("ValidationException", "At least one policy must be configured for the guardrail.")
    for row in model.get("SensitiveInformationPolicyConfig", {}).get("RegexesConfig", ()):
        try:
            re.compile(row["Pattern"])
        except re.error as error:
            raise AwsError("ValidationException", f"The regex {row['Name']} is invalid: {error}") from error


@lifecycle(VERSION)
def _version(model: Model | None, previous: Model | None) -> None:
    """Keeps what the guardrail is now under the next number; a deleted version's number is not given again."""
    if model is None:
        gone = previous or {}
        table(_SNAPSHOTS).pop((gone["GuardrailId"], gone["Version"]), None)
        return
    if previous is not None:
        return
    found = find(model["GuardrailIdentifier"])
    name = found["GuardrailId"]
    counters = table("bedrock.guardrail_counters")
    number = counters[name] = counters.get(name, 0) + 1
    model |= {"GuardrailId": name, "GuardrailArn": found["GuardrailArn"], "Version": str(number)}
    now = context.now().isoformat()
    kept = {**found, "Version": str(number), "CreatedAt": now, "UpdatedAt": now}
    if "Description" in model:
        kept["Description"] = model["Description"]
    table(_SNAPSHOTS)[name, str(number)] = kept


_GIVEN = {"kmsKeyId": "KmsKeyArn"}
"""Members that a template names otherwise."""


def _properties(parameters: Params) -> Model:
    """A request's members as a template's properties."""
    left_out = ("clientRequestToken", "guardrailIdentifier")
    given = {_GIVEN.get(name, name): value for name, value in parameters.items() if name not in left_out}
    found: Model = respell(given, upper_first)
    return found


def _shown(row: Model) -> Params:
    """A guardrail as GetGuardrail tells it: what requests call `topicsConfig`, answers call `topics`."""

    def spelled(name: str) -> str:
        return lower_first(name.removesuffix("Config"))

    shown: Params = respell({name: value for name, value in row.items() if name != "Tags"}, spelled)
    return shown


@operation("bedrock", "CreateGuardrail")
def create(parameters: Params) -> Params:
    """A guardrail, as its working draft."""
    made = control.create(GUARDRAIL, _properties(parameters))
    return {name: _shown(made)[name] for name in ("guardrailId", "guardrailArn", "version", "createdAt")}


@operation("bedrock", "UpdateGuardrail")
def update(parameters: Params) -> Params:
    """Replaces the working draft by what the request says, all of it; versions stay."""
    row = find(parameters["guardrailIdentifier"])
    kept = {name: row[name] for name in ("Tags",) if name in row}
    made = control.update(GUARDRAIL, row["GuardrailArn"], {**_properties(parameters), **kept})
    return {name: _shown(made)[name] for name in ("guardrailId", "guardrailArn", "version", "updatedAt")}


@operation("bedrock", "GetGuardrail")
def get(parameters: Params) -> Params:
    """A guardrail's draft or one of its versions."""
    wanted, version = parameters["guardrailIdentifier"], parameters.get("guardrailVersion") or DRAFT
    row: Any = find(wanted)
    if version != DRAFT:
        row = table(_SNAPSHOTS).get((row["GuardrailId"], version))
    if row is None:
        raise _missing(wanted, version)
    return _shown(row)


@operation("bedrock", "ListGuardrails")
def list_(parameters: Params) -> Params:
    """The drafts; or of one guardrail its draft and versions."""
    wanted = parameters.get("guardrailIdentifier")
    rows = store.list_(GUARDRAIL)
    if wanted:
        rows = [find(wanted)]
        rows += [kept for (name, _), kept in table(_SNAPSHOTS).items() if name == rows[0]["GuardrailId"]]
    summaries = []
    for row in rows:
        shown = {name: row[upper_first(name)] for name in ("status", "name", "version", "createdAt", "updatedAt")}
        summaries.append({"id": row["GuardrailId"], "arn": row["GuardrailArn"], **shown})
    return {"guardrails": summaries}


@operation("bedrock", "DeleteGuardrail")
def delete(parameters: Params) -> Params:
    """Removes a version, or the guardrail with all of them."""
    row, version = find(parameters["guardrailIdentifier"]), parameters.get("guardrailVersion")
    if version is None:
        store.delete(GUARDRAIL, row["GuardrailArn"])
    elif table(_SNAPSHOTS).pop((row["GuardrailId"], version), None) is None:
        raise _missing(row["GuardrailId"], version)
    else:
        store.delete(VERSION, f"{row['GuardrailId']}|{version}")
    return {}


@operation("bedrock", "CreateGuardrailVersion")
def create_version(parameters: Params) -> Params:
    """Freezes the working draft under the next number."""
    described = {"Description": parameters["description"]} if "description" in parameters else {}
    row = find(parameters["guardrailIdentifier"])
    made = control.create(VERSION, {"GuardrailIdentifier": row["GuardrailArn"], **described})
    return {"guardrailId": made["GuardrailId"], "version": made["Version"]}
