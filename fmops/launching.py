"""A launch: a Service Catalog product, provisioned by a person through AWS's own API, in whichever account offers it.

A project stands whole or not at all: a launch that fails is taken back at once, one that was interrupted is found by
its name and followed or taken back by the next.
"""

import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.exceptions import ClientError

from fmops.problem import FAILED, Problem
from fmops.target import Target

POLL_SECONDS = 0.5
DONE, BAD = ("SUCCEEDED",), ("FAILED", "IN_PROGRESS_IN_ERROR")
STANDS = ("AVAILABLE", "TAINTED")
KEPT = re.compile(r"(Repository|ModelPackageGroup|Model Package Group)\b.*already exists", re.IGNORECASE | re.DOTALL)
"""What CloudFormation says when code or models of an earlier project of the name are still there."""

NUMBERS = re.compile(r"\d+(\.\d+)*")
"""How our versions are called."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Launch:
    """What was asked: the product, the project's name, the product's parameters, its version (None: the newest)."""

    product: str
    name: str
    parameters: Mapping[str, str]
    version: str | None = None


@dataclass(frozen=True)
class Launched:
    """What came of it: the outputs, the seconds that it took or had taken, and whether it was there already."""

    id: str
    outputs: Mapping[str, str]
    seconds: float
    existed: bool = field(default=False)


def launch(target: Target, session: boto3.Session, wanted: Launch, progress: Progress) -> Launched:
    """Provisions the product and waits until the project stands.

    Raises:
        Problem: the product isn't offered to this person, a parameter is wrong, the name is taken, or AWS failed it; a
            failed launch leaves nothing behind.
    """
    catalog = target.client(session, "servicecatalog")
    started = time.monotonic()
    product, artifact = find(catalog, wanted.product, wanted.version)
    while (existing := standing(catalog, wanted.name)) is not None:
        check_same(catalog, existing, product, wanted)
        if existing["Status"] in STANDS:
            return Launched(existing["Id"], outputs(catalog, wanted.name), took(catalog, existing), existed=True)
        if existing["Status"] == "ERROR":
            progress("removing what a failed launch left")
            remove(catalog, wanted.name, progress)
        else:  # an earlier launch, change or end is still under way
            record = catalog.describe_record(Id=existing["LastRecordId"])["RecordDetail"]
            if follow(catalog, record, progress)["Status"] in BAD:
                break
    try:
        record = catalog.provision_product(
            ProductId=product,
            ProvisioningArtifactId=artifact,
            ProvisionedProductName=wanted.name,
            ProvisioningParameters=[{"Key": k, "Value": v} for k, v in sorted(wanted.parameters.items())],
            ProvisionToken=uuid.uuid4().hex,  # not of the request: its second launch would be answered by the first's
        )["RecordDetail"]
    except ClientError as error:
        raise refused(wanted, error) from error
    record = follow(catalog, record, progress)
    if record["Status"] in BAD:
        remove(catalog, wanted.name, progress)
        raise failed(wanted, reasons(record))
    return Launched(record["ProvisionedProductId"], outputs(catalog, wanted.name), time.monotonic() - started)


def standing(catalog: Any, name: str) -> Mapping[str, Any] | None:
    """A provisioned product of the person's own, or None."""
    try:
        found: Mapping[str, Any] = catalog.describe_provisioned_product(Name=name)["ProvisionedProductDetail"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return None
    return found


def took(catalog: Any, product: Mapping[str, Any]) -> float:
    """The seconds that the launch of a provisioned product took, by Service Catalog's own record of it."""
    record = catalog.describe_record(Id=product["LastProvisioningRecordId"])["RecordDetail"]
    seconds: float = (record["UpdatedTime"] - record["CreatedTime"]).total_seconds()
    return seconds


def find(catalog: Any, name: str, version: str | None = None) -> tuple[str, str]:
    """The ids of a product and of a version of it, by default its newest."""
    try:
        found = catalog.describe_product(Name=name)
    except ClientError as error:
        offered = sorted(p["Name"] for p in catalog.search_products()["ProductViewSummaries"])
        raise Problem(
            f"There is no product {name!r} for you here ({error.response['Error']['Code']}).",
            f"Offered to you: {', '.join(offered) or 'none (fmops local deploy connects the roles)'}",
        ) from error
    return found["ProductViewSummary"]["ProductId"], choose(found, version)


def choose(found: Mapping[str, Any], version: str | None = None) -> str:
    """The id of a version of a described product, by default of its newest.

    Raises:
        Problem: it has no such version.
    """
    name = found["ProductViewSummary"]["Name"]
    versions = sorted(found["ProvisioningArtifacts"], key=_age)
    if not versions:
        raise Problem(f"Every version of {name} is withdrawn.", f"Offered: fmops catalog show {name}")
    chosen = [one for one in versions if version in (None, one.get("Name"))]
    if not chosen:
        there = ", ".join(str(one.get("Name")) for one in versions)
        raise Problem(f"Version {version} of {name} is not offered.", f"Offered: {there}")
    return str(chosen[-1]["Id"])


def _age(version: Mapping[str, Any]) -> tuple[list[int], Any]:
    """Orders versions by their numbers: those of one deployment may have been made at the same time."""
    name = str(version.get("Name"))
    return [int(part) for part in name.split(".")] if NUMBERS.fullmatch(name) else [], version["CreatedTime"]


def check_same(catalog: Any, existing: Mapping[str, Any], product: str, wanted: Launch) -> None:
    """Refuses a name that another launch has."""
    given = {}
    if existing["ProductId"] == product:
        given = {k: v for k, v in outputs(catalog, wanted.name).items() if k in wanted.parameters}
    differing = {k for k, v in given.items() if v != wanted.parameters[k]}
    if existing["ProductId"] != product or differing:
        what = f"with another {', '.join(sorted(differing))}" if differing else "from another template"
        raise Problem(
            f"--name {wanted.name}: taken, by a project launched {what}.",
            f"Use another name; names are unique in the organisation. To change it: fmops project update {wanted.name}",
        )


def follow(catalog: Any, record: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Waits for a record's end, good or bad."""
    while record["Status"] not in (*DONE, *BAD):
        progress(f"{record['ProvisionedProductName']}: {record['Status'].lower().replace('_', ' ')}")
        time.sleep(POLL_SECONDS)
        record = catalog.describe_record(Id=record["RecordId"])["RecordDetail"]
    return record


def remove(catalog: Any, name: str, progress: Progress) -> None:
    """Ends a provisioned product and waits until it is gone.

    Raises:
        Problem: it could not be ended.
    """
    if standing(catalog, name) is None:
        return
    asked = catalog.terminate_provisioned_product(ProvisionedProductName=name, TerminateToken=uuid.uuid4().hex)
    record = follow(catalog, asked["RecordDetail"], progress)
    if record["Status"] in BAD:
        raise Problem(
            f"{name} could not be ended: {reasons(record)}",
            "Mend the cause, and end it again: what is gone stays so.",
            FAILED,
        )


def reasons(record: Mapping[str, Any]) -> str:
    """Why a record ended badly, in AWS's words."""
    return "; ".join(e["Description"] for e in record.get("RecordErrors", ())) or "no reason was given"


def outputs(catalog: Any, name: str) -> dict[str, str]:
    """A provisioned product's outputs by key."""
    found = catalog.get_provisioned_product_outputs(ProvisionedProductName=name)["Outputs"]
    return {entry["OutputKey"]: entry["OutputValue"] for entry in found}


def failed(wanted: Launch, why: str) -> Problem:
    """A launch that AWS failed, with what mends it."""
    remedy = "Nothing of it is left. Mend the cause and launch it again."
    if KEPT.search(why):
        remedy = (
            f"Nothing of it is left. Code or models of an earlier project {wanted.name} are kept: use another name, or "
            f"have a platform administrator remove them, if nobody needs them: fmops project purge {wanted.name}"
        )
    return Problem(f"The launch of {wanted.name} failed: {why}", remedy, FAILED)


def refused(wanted: Launch, error: ClientError) -> Problem:
    """AWS's refusal, with what mends it."""
    detail = error.response["Error"]
    remedies = {
        "DuplicateResourceException": "Use another --name.",
        "InvalidParametersException": f"What {wanted.product} takes: fmops catalog show {wanted.product}",
        "AccessDeniedException": "Launch it as someone who may: --as PERSON --role ROLE",
    }
    return Problem(
        f"{wanted.product}: {detail['Message']} ({detail['Code']})", remedies.get(detail["Code"], ""), FAILED
    )
