"""Launches: a provisioned product is a real CloudFormation stack, made with the launch role's session."""

import logging
import re
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from ministack.services import sts
from ministack.services.cloudformation import helpers

from fmops.local import context, identity
from fmops.local.registry import AwsError, Model, Params, operation, table
from fmops.local.services.servicecatalog import catalog, constraints, parameters
from fmops.local.services.servicecatalog.catalog import invalid, missing
from fmops.local.services.servicecatalog.records import (
    CHANGES,
    PREVIOUS,
    PRODUCTS,
    RECORDS,
    UNDER_CHANGE,
    idempotent,
    new_record,
    owned,
    provisioned,
    unsettle,
)

log = logging.getLogger("fmops.local")

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_NAME = r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}"
_COPIES = "https://s3.amazonaws.com/servicecatalog/"


@operation("servicecatalog", "DescribeRecord")
def describe_record(params: Params) -> Params:
    """How a launch, an update or a termination goes."""
    record = table(RECORDS).get(params["Id"])
    if record is None:
        raise missing(f"Record {params['Id']} not found.")
    row = table(PRODUCTS).get(record["ProvisionedProductId"])
    outputs = _outputs(row) if row and record["Status"] == "SUCCEEDED" else []
    return {"RecordDetail": record, "RecordOutputs": outputs}


def _client(role_arn: str | None, name: str) -> Any:
    """CloudFormation as the launch role, or as the caller where the product has no launch constraint."""
    if role_arn:
        return identity.service_session(role_arn, "servicecatalog.amazonaws.com", name).client("cloudformation")
    caller = context.caller()
    if caller.endswith(":root"):
        return identity.client("cloudformation")
    key, session = next((k, s) for k, s in reversed(list(sts._sessions.items())) if s.get("Arn") == caller)
    given = {"aws_secret_access_key": session["SecretAccessKey"], "aws_session_token": session["SessionToken"]}
    return identity.session(aws_access_key_id=key, **given).client("cloudformation")


def _template_url(row: Model) -> str:
    return f"{_COPIES}{row['ProductId']}/{row['ProvisioningArtifactId']}"


def _arguments(row: Model) -> Model:
    version = catalog.artifact(
        row["ProductId"], {"ProvisioningArtifactId": row["ProvisioningArtifactId"]}, usable=False
    )
    constraints.check(row.get("Rules", []), parameters.declared(version), row["Parameters"])
    values = row["Parameters"].items()
    return {
        "StackName": row["StackName"],
        "TemplateURL": _template_url(row),
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in values],
        "Capabilities": _CAPABILITIES,
        "Tags": row["Tags"],
    }


def _create(client: Any, row: Model) -> str:
    row["PhysicalId"] = client.create_stack(**_arguments(row))["StackId"]
    return "CREATE_COMPLETE"


def _update(client: Any, row: Model) -> str | None:
    """None where nothing is to be done: then how an earlier update ended says nothing of this one."""
    try:
        client.update_stack(**_arguments(row))
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise
        return None
    return "_COMPLETE"


def _delete(client: Any, row: Model) -> str:
    client.delete_stack(StackName=row.get("PhysicalId") or row["StackName"])
    return "DELETE_COMPLETE"


def _wait(row: Model, expected: str) -> str | None:
    """Waits for the stack; the reason of its failure, or None."""
    client, status = identity.client("cloudformation"), ""
    while True:
        try:
            status = client.describe_stacks(StackName=row["PhysicalId"])["Stacks"][0]["StackStatus"]
        except ClientError:
            status = "DELETE_COMPLETE"  # gone
        if not status.endswith("IN_PROGRESS"):
            break
        time.sleep(0.2)
    if status.endswith(expected) and "ROLLBACK" not in status:
        return None
    events = client.describe_stack_events(StackName=row["PhysicalId"])["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    reasons = [f"{e['LogicalResourceId']}: {e.get('ResourceStatusReason', '')}" for e in reversed(failed)]
    return "; ".join(reasons[:3]) or f"the stack is {status}"


def _run(step: Callable[[Any, Model], str | None], record: Model, row: Model) -> None:
    """Carries a record out: the stack operation, its end, and the provisioned product's new state."""
    record["Status"] = "IN_PROGRESS"
    try:
        client = _client(record.get("LaunchRoleArn"), f"SC-{row['Id']}")
        expected = step(client, row)
        problem = _wait(row, expected) if expected else None
    except (ClientError, AwsError) as error:
        problem = str(error)
    except Exception as error:
        log.exception("record %s", record["RecordId"])
        problem = f"embedded AWS: {error!r}"
    record |= {"Status": "FAILED" if problem else "SUCCEEDED", "UpdatedTime": context.now()}
    if problem:
        record["RecordErrors"] = [{"Code": "ResourceFailure", "Description": problem}]
        unsettle(row, record, problem)
    elif step is _delete:
        table(PRODUCTS).pop(row["Id"], None)
    else:
        row.pop(PREVIOUS, None)
        row |= {"Status": "AVAILABLE", "StatusMessage": "", "LastSuccessfulProvisioningRecordId": record["RecordId"]}


def _start(step: Callable[[Any, Model], str | None], record: Model, row: Model) -> Model:
    answer = dict(record)
    context.spawn(f"servicecatalog-{record['RecordId']}", _run, step, record, row)
    return answer


@operation("servicecatalog", "ProvisionProduct")
def provision_product(params: Params) -> Params:
    """Launches a product. Refuses at once what cannot work; the rest is the record's."""

    def act() -> Model:
        name = params["ProvisionedProductName"]
        if not re.fullmatch(_NAME, name):
            raise invalid(f"ProvisionedProductName '{name}' must match {_NAME}")
        product, ways = catalog.offered(params)
        way, version = catalog.choose(ways, params), catalog.artifact(product["Id"], params)
        values = parameters.checked(version, params.get("ProvisioningParameters") or [])
        if any(row["Name"] == name for row in table(PRODUCTS).values()):
            raise AwsError("DuplicateResourceException", f"A provisioned product named {name} already exists.")
        role_arn, wanted, caller = way.role_arn(), identity.unique("pp-"), context.caller()
        row = {
            "Id": wanted,
            "Name": name,
            "Arn": f"arn:aws:servicecatalog:{context.region()}:{context.account()}:stack/{name}/{wanted}",
            "Type": "CFN_STACK",
            "CreatedTime": context.now(),
            "IdempotencyToken": params["ProvisionToken"],
            "ProductId": product["Id"],
            "ProductName": product["Name"],
            "ProvisioningArtifactId": version["Id"],
            "ProvisioningArtifactName": version["Name"],
            "PathId": way.id,
            "Rules": constraints.of(way.owner, way.portfolio, product["Id"]),
            "Parameters": values,
            "Tags": params.get("Tags") or [],
            "StackName": f"SC-{context.account()}-{wanted}",
            "UserArn": identity.principal_of(caller),
            "UserArnSession": caller,
            **({"LaunchRoleArn": role_arn} if role_arn else {}),
        }
        record = new_record(row, "PROVISION_PRODUCT", way, role_arn)
        row["LastProvisioningRecordId"] = record["RecordId"]
        table(PRODUCTS)[wanted] = row
        return _start(_create, record, row)

    return idempotent(params["ProvisionToken"], params, act)


def _settled(params: Params) -> Model:
    row = provisioned(params)
    if row["Status"] == UNDER_CHANGE:
        raise invalid(f"The provisioned product {row['Name']} is {UNDER_CHANGE}; wait for {row['LastRecordId']}.")
    return row


@operation("servicecatalog", "UpdateProvisionedProduct")
def update_provisioned_product(params: Params) -> Params:
    """Updates the stack to another version or other values; a failed one is rolled back: TAINTED, as it was before."""

    def act() -> Model:
        row = _settled(params)
        named = {"ProductId": params.get("ProductId"), "ProductName": params.get("ProductName")}
        product, ways = catalog.offered(named if any(named.values()) else {"ProductId": row["ProductId"]})
        way = catalog.choose(ways, params)
        same = {"ProvisioningArtifactId": row["ProvisioningArtifactId"]}
        version = catalog.artifact(product["Id"], params if {*params} & {*same, "ProvisioningArtifactName"} else same)
        values = parameters.checked(version, params.get("ProvisioningParameters") or [], row["Parameters"])
        row[PREVIOUS] = {name: row[name] for name in CHANGES}
        row |= {"ProvisioningArtifactId": version["Id"], "ProvisioningArtifactName": version["Name"]}
        row |= {"Parameters": values, "Tags": params.get("Tags", row["Tags"]), "ProductId": product["Id"]}
        row["Rules"] = constraints.of(way.owner, way.portfolio, product["Id"])
        record = new_record(row, "UPDATE_PROVISIONED_PRODUCT", way, way.role_arn())
        row["LastProvisioningRecordId"] = record["RecordId"]
        return _start(_update, record, row)

    return idempotent(params["UpdateToken"], params, act)


@operation("servicecatalog", "TerminateProvisionedProduct")
def terminate_provisioned_product(params: Params) -> Params:
    """Deletes the stack; when it is gone, so is the provisioned product."""

    def act() -> Model:
        row = _settled(params)
        record: Model = new_record(row, "TERMINATE_PROVISIONED_PRODUCT", None, row.get("LaunchRoleArn"))
        if "PhysicalId" not in row:  # its stack was refused
            record["Status"] = "SUCCEEDED"
            table(PRODUCTS).pop(row["Id"])
            return record
        return _start(_delete, record, row)

    return idempotent(params["TerminateToken"], params, act)


def _outputs(row: Model) -> list[Model]:
    if "PhysicalId" not in row:
        return []
    stack = identity.client("cloudformation").describe_stacks(StackName=row["PhysicalId"])["Stacks"][0]
    described = {"OutputKey": "CloudformationStackARN", "Description": "The ARN of the launched Cloudformation Stack"}
    names = ("OutputKey", "OutputValue", "Description")
    outputs = [{name: output[name] for name in names if name in output} for output in stack.get("Outputs", ())]
    return [{**described, "OutputValue": row["PhysicalId"]}, *outputs]


@operation("servicecatalog", "GetProvisionedProductOutputs")
def get_outputs(params: Params) -> Params:
    """The stack's outputs, and its ARN."""
    found, wanted = _outputs(provisioned(params)), params.get("OutputKeys")
    return {"Outputs": [output for output in found if not wanted or output["OutputKey"] in wanted]}


@operation("servicecatalog", "DescribeProvisionedProduct")
def describe_provisioned_product(params: Params) -> Params:
    """How a provisioned product is."""
    return {"ProvisionedProductDetail": provisioned(params), "CloudWatchDashboards": []}


@operation("servicecatalog", "SearchProvisionedProducts", "ScanProvisionedProducts")
def search_provisioned_products(params: Params) -> Params:
    """The provisioned products of the caller's access level; `name:value` filters of SearchQuery narrow them."""
    level = (params.get("AccessLevelFilter") or {}).get("Key", "User")
    rows = [row for row in table(PRODUCTS).values() if owned(row, level)]
    for query in (params.get("Filters") or {}).get("SearchQuery", ()):
        name, colon, value = query.partition(":")
        field = name[:1].upper() + name[1:] if colon else "Name"  # physicalId -> PhysicalId
        rows = [row for row in rows if (value if colon else name) in str(row.get(field, ""))]
    return {"ProvisionedProducts": rows, "TotalResultsCount": len(rows)}


def install() -> None:
    """Lets CloudFormation read the catalog's own copies of templates; AWS keeps them in a bucket of the service."""
    resolve = helpers._resolve_document

    def resolved(params: Any, body_key: str, url_key: str, label: str) -> Any:
        url = (params.get(url_key) or [""])[0]
        if not url.startswith(_COPIES):
            return resolve(params, body_key, url_key, label)
        product_id, wanted = url.removeprefix(_COPIES).split("/")
        row = next((row for row in catalog.artifacts(product_id) if row["Id"] == wanted), None)
        return (row["Template"], None) if row else (None, helpers._error("ValidationError", f"No template at {url}"))

    helpers._resolve_document = resolved
