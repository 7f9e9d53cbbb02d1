"""Endpoints, by the API or by a template, and InvokeEndpoint."""

import random
import re
import threading
from collections import defaultdict
from typing import Any

from fmops.local import context, store
from fmops.local.registry import RESOURCES, RESTORED, AwsError, Model, lifecycle, operation, table
from fmops.local.services.sagemaker import hosting
from fmops.local.services.sagemaker.common import Json, arn, check_name, event, everywhere, invalid, listing
from fmops.local.services.sagemaker.containers import ContainerError
from fmops.local.services.sagemaker.hosting import Server
from fmops.local.services.sagemaker.models import CONFIG, ENDPOINT, MODEL, delete, find

_TABLE = "sagemaker.endpoints"
_SERVERS: dict[tuple[str, str, str], dict[str, Server]] = {}
_LOCKS: dict[tuple[str, str, str], threading.Lock] = defaultdict(threading.Lock)
"""One endpoint's containers are started by one thread at a time."""


def _key(name: str) -> tuple[str, str, str]:
    return context.account(), context.region(), name


def _status(row: Json, new: str, reason: str | None = None) -> None:
    row |= {"EndpointStatus": new, "LastModifiedTime": context.now()}
    row.pop("FailureReason", None)
    if reason:
        row["FailureReason"] = reason
    told = {**row, "EndpointStatus": re.sub(r"(?<!^)(?=[A-Z])", "_", new).upper(), "Tags": {}}
    event("SageMaker Endpoint State Change", told, row["EndpointArn"])


def _variants(config: Model) -> list[Json]:
    """The variants as DescribeEndpoint shows them."""
    rows = []
    for variant in config["ProductionVariants"]:
        weight, count = variant.get("InitialVariantWeight", 1.0), variant.get("InitialInstanceCount", 1)
        image = hosting.container_of(find(MODEL, variant["ModelName"])).get("Image", "")
        rows.append(
            {
                "VariantName": variant["VariantName"],
                "DeployedImages": [{"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": context.now()}],
                "CurrentWeight": weight,
                "DesiredWeight": weight,
                "CurrentInstanceCount": count,
                "DesiredInstanceCount": count,
            }
        )
    return rows


def _launch(name: str, config: Model) -> dict[str, Server]:
    servers: dict[str, Server] = {}
    try:
        for variant in config["ProductionVariants"]:
            servers[variant["VariantName"]] = hosting.launch(name, variant, find(MODEL, variant["ModelName"]))
    except Exception:
        _stop(servers)
        raise
    return servers


def _stop(servers: dict[str, Server]) -> None:
    for server in servers.values():
        server.stop()


def _deploy(row: Json, config: Model) -> str | None:
    """Brings an endpoint to a configuration; the reason when that fails, and then what ran before still runs."""
    name, updating = row["EndpointName"], row["EndpointStatus"] == "Updating"
    try:
        with _LOCKS[_key(name)]:
            servers, variants = _launch(name, config), _variants(config)
    except (ContainerError, AwsError) as error:
        reason = str(error)
        _status(row, "InService" if updating else "Failed", reason)
        return reason
    before = _SERVERS.pop(_key(name), {})
    if name not in table(_TABLE):  # deleted meanwhile
        _stop({**servers, **before})
        return None
    _SERVERS[_key(name)] = servers
    row |= {"EndpointConfigName": config["EndpointConfigName"], "ProductionVariants": variants}
    _status(row, "InService")
    _stop(before)
    return None


def _begin(model: Model) -> tuple[Json, Model]:
    """A new endpoint's row, Creating, and its configuration."""
    check_name("EndpointName", model["EndpointName"])
    config, now = find(CONFIG, model["EndpointConfigName"]), context.now()
    row = {
        "EndpointName": model["EndpointName"],
        "EndpointArn": model["EndpointArn"],
        "EndpointConfigName": config["EndpointConfigName"],
        "CreationTime": now,
    }
    table(_TABLE)[model["EndpointName"]] = row
    _status(row, "Creating")
    return row, config


@lifecycle(ENDPOINT)
def _endpoint_changed(model: Model | None, previous: Model | None) -> None:
    """A template's endpoint is there when it is InService; else the resource fails with the reason."""
    if model is None:
        name = (previous or {})["EndpointName"]
        table(_TABLE).pop(name, None)
        _stop(_SERVERS.pop(_key(name), {}))
        return
    if previous is None:
        model["EndpointArn"] = arn("endpoint", model["EndpointName"])
        row, config = _begin(model)
    elif model["EndpointConfigName"] == previous["EndpointConfigName"]:
        return
    else:
        row, config = table(_TABLE)[model["EndpointName"]], find(CONFIG, model["EndpointConfigName"])
        _status(row, "Updating")
    reason = _deploy(row, config)
    if reason is not None:
        if previous is None:
            table(_TABLE).pop(model["EndpointName"], None)
        raise AwsError("NotStabilized", f"Endpoint {model['EndpointName']}: {reason}")


@operation("sagemaker", "CreateEndpoint")
def create(parameters: Json) -> Json:
    """Starts to create an endpoint."""
    name = parameters["EndpointName"]
    if store.get(ENDPOINT, name) is not None:
        raise invalid(f'Cannot create already existing endpoint "{arn("endpoint", name)}".')
    model = {**parameters, "EndpointArn": arn("endpoint", name)}
    row, config = _begin(model)
    store.put(ENDPOINT, model)
    context.spawn(f"deploy-{name}", _deploy, row, config)
    return {"EndpointArn": model["EndpointArn"]}


@operation("sagemaker", "UpdateEndpoint")
def update(parameters: Json) -> Json:
    """Starts to bring an endpoint to another configuration."""
    row, config = _row(parameters), find(CONFIG, parameters["EndpointConfigName"])
    if row["EndpointStatus"] != "InService":
        raise invalid(f'Cannot update in-progress endpoint "{row["EndpointArn"]}".')
    _status(row, "Updating")
    model = find(ENDPOINT, row["EndpointName"])
    store.put(ENDPOINT, {**model, "EndpointConfigName": config["EndpointConfigName"]})
    context.spawn(f"deploy-{row['EndpointName']}", _deploy, row, config)
    return {"EndpointArn": row["EndpointArn"]}


operation("sagemaker", "DeleteEndpoint")(lambda parameters: delete(ENDPOINT, parameters))


def _row(parameters: Json) -> Json:
    found: Json | None = table(_TABLE).get(parameters["EndpointName"])
    if found is None:
        raise invalid(f'Could not find endpoint "{arn("endpoint", parameters["EndpointName"])}".')
    return found


@operation("sagemaker", "DescribeEndpoint")
def describe(parameters: Json) -> Json:
    """An endpoint as it is."""
    return dict(_row(parameters))


@operation("sagemaker", "ListEndpoints")
def list_(parameters: Json) -> Json:
    """Endpoints, newest first."""
    wanted = parameters.get("StatusEquals")
    rows = [row for row in table(_TABLE).values() if wanted in (None, row["EndpointStatus"])]
    return listing(rows, parameters, "Endpoints", name="EndpointName")


@operation("sagemaker-runtime", "InvokeEndpoint")
def invoke(parameters: Json) -> Json:
    """A prediction by one of the endpoint's variants: the wanted one, or one drawn by weight."""
    name = parameters["EndpointName"]
    row = table(_TABLE).get(name)
    if row is None or row["EndpointStatus"] not in ("InService", "Updating"):
        raise AwsError("ValidationError", f"Endpoint {name} of account {context.account()} not found.")
    variant = _chosen(row, parameters.get("TargetVariant"))
    server = _server(row, variant)
    given = {
        "ContentType": "Content-Type",
        "Accept": "Accept",
        "CustomAttributes": "X-Amzn-SageMaker-Custom-Attributes",
    }
    headers = {header: parameters[member] for member, header in given.items() if parameters.get(member)}
    try:
        status, answered, body = server.invoke(parameters.get("Body") or b"", headers)
    except OSError as error:
        status, answered, body = 500, {}, f"the container did not answer: {error}".encode()
    if status != 200:
        raise _model_error(name, variant, status, body.decode(errors="replace"), server.log_stream)
    custom = answered.get("x-amzn-sagemaker-custom-attributes")
    return {
        "Body": body,
        "ContentType": answered.get("content-type", ""),
        "InvokedProductionVariant": variant,
        **({"CustomAttributes": custom} if custom else {}),
    }


def _chosen(row: Json, wanted: str | None) -> str:
    weights = {variant["VariantName"]: variant["CurrentWeight"] for variant in row["ProductionVariants"]}
    if wanted is not None:
        if wanted not in weights:
            raise AwsError("ValidationError", f"Variant {wanted} not found in endpoint {row['EndpointName']}.")
        return wanted
    drawn: list[str] = random.choices(list(weights), list(weights.values()))  # noqa: S311 - by weight, no secret
    return drawn[0]


def _server(row: Json, variant: str) -> Server:
    """The variant's process; after a restart of the server it is started when it is first needed."""
    name: str = row["EndpointName"]
    with _LOCKS[_key(name)]:
        servers = _SERVERS.setdefault(_key(name), {})
        if variant not in servers or not servers[variant].alive:
            config = find(CONFIG, row["EndpointConfigName"])
            spec: Any = next(v for v in config["ProductionVariants"] if v["VariantName"] == variant)
            try:
                servers[variant] = hosting.launch(name, spec, find(MODEL, spec["ModelName"]))
            except ContainerError as error:
                raise _model_error(name, variant, 500, str(error), "") from error
        return servers[variant]


def _model_error(name: str, variant: str, status: int, message: str, stream: str) -> AwsError:
    side = "client" if status < 500 else "server"
    group, region, account = f"/aws/sagemaker/Endpoints/{name}", context.region(), context.account()
    where = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logEventViewer:group={group}"
    told = {
        "OriginalStatusCode": status,
        "OriginalMessage": message,
        "LogStreamArn": f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:{stream}",
    }
    return AwsError(
        "ModelError",
        f'Received {side} error ({status}) from {variant} with message "{message}". '
        f"See {where} in account {account} for more information.",
        424,
        told,
    )


def _settle() -> None:
    """Endpoints whose creation a server's end cut short have failed; the others start again when they are asked."""
    for account, region, row in everywhere(_TABLE):
        if row["EndpointStatus"] in ("Creating", "Updating"):
            done = row["EndpointStatus"] == "Updating"
            with context.scope(account, region):
                _status(row, "InService" if done else "Failed", "The embedded AWS stopped meanwhile")


table(_TABLE)
for _operation in ("CreateEndpoint", "UpdateEndpoint"):
    RESOURCES["sagemaker", _operation] = lambda given, account, region: [
        f"arn:aws:sagemaker:{region}:{account}:endpoint/{given['EndpointName']}",
        f"arn:aws:sagemaker:{region}:{account}:endpoint-config/{given['EndpointConfigName']}",
    ]
RESTORED.append(_settle)
