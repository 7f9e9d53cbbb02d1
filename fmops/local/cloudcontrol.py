"""Cloud Control: the store's resources by type and identifier; ministack's own, as their stacks recorded them."""

import json
from collections.abc import Callable
from typing import Any

from ministack.core.concurrency import run_reentrant
from ministack.core.responses import error_response_json, json_response
from ministack.services import cloudcontrol, cloudformation

from fmops.local import schemas, store
from fmops.local.generic import handlers
from fmops.local.registry import AwsError, Model


def _visible(resource_type: str, model: Model) -> str:
    hidden = schemas.paths(store.schema_of(resource_type), "writeOnlyProperties")
    return json.dumps({name: value for name, value in model.items() if name not in hidden}, default=str)


def _described(resource_type: str, model: Model) -> Model:
    schema = store.schema_of(resource_type)
    return {"Identifier": store.identifier(schema, model), "Properties": _visible(resource_type, model)}


def _stacked(resource_type: str) -> list[Model]:
    """Resources of ministack's own types; read only."""
    found = []
    for stack in list(cloudformation._stacks.values()):
        for record in (stack.get("_resources") or {}).values():
            if record["ResourceType"] == resource_type and stack.get("StackStatus") != "DELETE_COMPLETE":
                properties = {**record["Properties"], **(record.get("Attributes") or {})}
                found.append({"Identifier": record["PhysicalResourceId"], "Properties": json.dumps(properties)})
    return found


def _missing(resource_type: str, wanted: str) -> Any:
    message = f"Resource of type '{resource_type}' with identifier '{wanted}' was not found."
    return error_response_json("ResourceNotFoundException", message, 400)


def _create(resource_type: str, _wanted: str, data: Model) -> str:
    model = store.create(resource_type, json.loads(data["DesiredState"]))
    return store.identifier(store.schema_of(resource_type), model)


def _update(resource_type: str, wanted: str, data: Model) -> str:
    model = store.settable(store.schema_of(resource_type), store.get(resource_type, wanted) or {})
    store.update(resource_type, wanted, cloudcontrol._apply_json_patch(model, json.loads(data["PatchDocument"])))
    return wanted


def _delete(resource_type: str, wanted: str, _data: Model) -> str:
    store.delete(resource_type, wanted)
    return wanted


_CHANGES: dict[str, Callable[[str, str, Model], str]] = {
    "CreateResource": _create,
    "UpdateResource": _update,
    "DeleteResource": _delete,
}


def _control(action: str, data: Model) -> Any:
    """The answer, or None where ministack's own will do."""
    resource_type, wanted = data.get("TypeName", ""), data.get("Identifier", "")
    if action not in (*_CHANGES, "GetResource", "ListResources"):
        return None
    if resource_type not in handlers:
        return error_response_json("TypeNotFoundException", f"The type '{resource_type}' cannot be found.", 400)
    if handlers.ours(resource_type) is None:
        rows = _stacked(resource_type)
    else:
        rows = [_described(resource_type, model) for model in store.list_(resource_type)]
    row = next((row for row in rows if row["Identifier"] == wanted), None)
    if action == "ListResources":
        return json_response({"TypeName": resource_type, "ResourceDescriptions": rows})
    if row is None and action != "CreateResource":
        return _missing(resource_type, wanted)
    if action == "GetResource":
        return json_response({"TypeName": resource_type, "ResourceDescription": row})
    return _change(action, resource_type, wanted, data) if handlers.ours(resource_type) else None


def _change(action: str, resource_type: str, wanted: str, data: Model) -> Any:
    outcome: Model = {"status": "SUCCESS"}
    try:
        wanted = _CHANGES[action](resource_type, wanted, data)
    except (ValueError, AwsError) as error:
        outcome = {"status": "FAILED", "status_message": str(error), "error_code": "InvalidRequest"}
    operation = action.removesuffix("Resource").upper()
    event = cloudcontrol._progress_event(operation, type_name=resource_type, identifier=wanted or None, **outcome)
    return json_response({"ProgressEvent": cloudcontrol._record_request(event)})


def install() -> None:
    """Answers Cloud Control before ministack does."""
    ministack = cloudcontrol.handle_request

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
        action = headers.get("x-amz-target", "").split(".")[-1]
        answer = await run_reentrant(_control, action, json.loads(body or b"{}"))
        return answer or await ministack(method, path, headers, body, query)

    cloudcontrol.handle_request = handle
