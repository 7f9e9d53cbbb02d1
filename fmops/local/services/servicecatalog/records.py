"""Records of launches and the provisioned products that they are about: kept, found, and shown to whom they belong."""

from collections.abc import Callable

from fmops.local import authz, context, identity
from fmops.local.registry import RESTORED, TABLES, Model, Params, operation, table
from fmops.local.services.servicecatalog import catalog
from fmops.local.services.servicecatalog.catalog import invalid, missing

PRODUCTS, RECORDS, TOKENS = "servicecatalog.provisioned", "servicecatalog.records", "servicecatalog.tokens"
UNDER_CHANGE = "UNDER_CHANGE"
CHANGES = ("ProductId", "ProvisioningArtifactId", "ProvisioningArtifactName", "Parameters", "Tags", "Rules")
PREVIOUS = "Previous"
"""What an update may change of a provisioned product, and where it keeps the values before."""


def owned(row: Model, key: str) -> bool:
    """Whether a provisioned product or record is the caller's own at an access level: User, Role or Account."""
    made_by, caller = row["UserArnSession"], context.caller()
    if key == "Account":
        return True
    return bool(made_by == caller if key == "User" else row["UserArn"] == identity.principal_of(caller))


def _condition_keys(_operation: str, members: Model) -> Model:
    """servicecatalog:userLevel and its like: `self` where the call stays within what the caller's level made."""
    row = lookup(members) if "AccessLevelFilter" not in members else None
    asked = (members.get("AccessLevelFilter") or {}).get("Key")
    keys = {"User": "userLevel", "Role": "roleLevel", "Account": "accountLevel"}
    reached = [key for key in keys if (owned(row, key) if row else asked in (None, key))]
    return {f"servicecatalog:{keys[key]}": "self" for key in reached}


authz.CONTEXT["servicecatalog"] = _condition_keys


def lookup(members: Model) -> Model | None:
    """The provisioned product or record that a request's members name."""
    wanted = {members.get(name) for name in ("ProvisionedProductId", "ProvisionedProductName", "Id", "Name")} - {None}
    if members.get("Id") in table(RECORDS):
        found: Model = table(RECORDS)[members["Id"]]
        return found
    return next((row for row in table(PRODUCTS).values() if wanted & {row["Id"], row["Name"]}), None)


def provisioned(members: Model) -> Model:
    row = lookup(members)
    if row is None or "RecordId" in row:
        names = ("ProvisionedProductId", "ProvisionedProductName", "Id", "Name")
        wanted = next((members[name] for name in names if name in members), None)
        raise missing(f"Provisioned product not found: {wanted}") if wanted else invalid("An id or a name is required.")
    return row


def new_record(row: Model, kind: str, way: catalog.Path | None, role_arn: str | None) -> Model:
    moment = context.now()
    record = {
        "RecordId": identity.unique("rec-"),
        "ProvisionedProductName": row["Name"],
        "Status": "CREATED",
        "CreatedTime": moment,
        "UpdatedTime": moment,
        "ProvisionedProductType": "CFN_STACK",
        "RecordType": kind,
        "ProvisionedProductId": row["Id"],
        "ProductId": row["ProductId"],
        "ProvisioningArtifactId": row["ProvisioningArtifactId"],
        "PathId": way.id if way else row["PathId"],
        "RecordErrors": [],
        "RecordTags": [],
        "UserArn": row["UserArn"],
        "UserArnSession": row["UserArnSession"],
        **({"LaunchRoleArn": role_arn} if role_arn else {}),
    }
    table(RECORDS)[record["RecordId"]] = record
    row |= {"LastRecordId": record["RecordId"], "Status": UNDER_CHANGE}
    return record


def idempotent(token: str, request: Model, act: Callable[[], Model]) -> Params:
    """The record of a request; a repeated token with the same request is the same record."""
    fingerprint = repr(sorted((name, repr(value)) for name, value in request.items()))
    known = table(TOKENS).get(token)
    if known and known[0] != fingerprint:
        raise invalid(f"The token {token} was used for a request with other parameters.")
    if known:
        return {"RecordDetail": table(RECORDS)[known[1]]}
    record = act()
    table(TOKENS)[token] = [fingerprint, record["RecordId"]]
    return {"RecordDetail": record}


@operation("servicecatalog", "ListRecordHistory")
def list_record_history(params: Params) -> Params:
    """The records that the caller may see, the newest first."""
    level = (params.get("AccessLevelFilter") or {}).get("Key", "User")
    wanted = (params.get("SearchFilter") or {}).get("Value")
    rows = [row for row in table(RECORDS).values() if owned(row, level)]
    found = [row for row in rows if wanted in (None, row["ProvisionedProductId"], row["ProductId"])]
    return {"RecordDetails": sorted(found, key=lambda row: str(row["CreatedTime"]), reverse=True)}


def unsettle(row: Model, record: Model, why: str) -> None:
    """The state after a record that failed: a launch leaves an ERROR, anything else the product as it was, TAINTED.

    AWS: "For example, a request to update to a new version failed and the stack rolled back to the current version"
    (docs.aws.amazon.com/servicecatalog/latest/dg/API_ProvisionedProductDetail.html).
    """
    status = "ERROR" if record["RecordType"] == "PROVISION_PRODUCT" else "TAINTED"
    row |= {"Status": status, "StatusMessage": why, **row.pop(PREVIOUS, {})}


def settle_interrupted() -> None:
    """Fails the records that were under way when the server ended; what they made can be terminated."""
    for (account, region, _), record in list(TABLES.get(RECORDS, table(RECORDS))._data.items()):
        if record["Status"] not in ("CREATED", "IN_PROGRESS"):
            continue
        why = "The embedded AWS was stopped meanwhile; terminate the provisioned product and launch again."
        record |= {"Status": "FAILED", "RecordErrors": [{"Code": "Interrupted", "Description": why}]}
        with context.scope(account, region):
            row = table(PRODUCTS).get(record["ProvisionedProductId"])
            if row:
                unsettle(row, record, why)


RESTORED.append(settle_interrupted)
