"""A launch: a Service Catalog product, provisioned in tooling by a person, through AWS's own API."""

import hashlib
import json
import time
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


@dataclass(frozen=True)
class Launch:
    """What was asked: the product, the project's name, the product's parameters by name."""

    product: str
    name: str
    parameters: Mapping[str, str]

    @property
    def token(self) -> str:
        """The same for the same request: a launch that was interrupted is found, not repeated."""
        text = json.dumps([self.product, self.name, dict(self.parameters)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Launched:
    """What came of it: the outputs, the seconds that it took or had taken, and whether it was there already."""

    id: str
    outputs: Mapping[str, str]
    seconds: float
    existed: bool = field(default=False)


def launch(target: Target, session: boto3.Session, wanted: Launch, progress: Callable[[str], None]) -> Launched:
    """Provisions the product and waits until the project stands.

    Raises:
        Problem: the product isn't offered to this person, a parameter is wrong, the name is taken, or AWS failed it; a
            failed launch leaves nothing behind, by Service Catalog's own rollback.
    """
    catalog = target.client(session, "servicecatalog")
    started = time.monotonic()
    product, artifact = find(catalog, wanted.product)
    try:
        existing = catalog.describe_provisioned_product(Name=wanted.name)["ProvisionedProductDetail"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        existing = None
    if existing is not None:
        check_same(catalog, existing, product, wanted)
    if existing is not None and existing["Status"] in STANDS:
        return Launched(existing["Id"], outputs(catalog, wanted.name), took(catalog, existing), existed=True)
    if existing is not None and existing["Status"] == "ERROR":
        progress("removing what a failed launch left")
        follow(
            catalog,
            catalog.terminate_provisioned_product(ProvisionedProductName=wanted.name)["RecordDetail"],
            wanted,
            progress,
        )
    if existing is None or existing["Status"] == "ERROR":
        try:
            record = catalog.provision_product(
                ProductId=product,
                ProvisioningArtifactId=artifact,
                ProvisionedProductName=wanted.name,
                ProvisioningParameters=[{"Key": k, "Value": v} for k, v in sorted(wanted.parameters.items())],
                ProvisionToken=f"{wanted.token}{int(time.time())}" if existing else wanted.token,
            )["RecordDetail"]
        except ClientError as error:
            raise refused(wanted, error) from error
    else:  # an earlier launch is still under way
        record = catalog.describe_record(Id=existing["LastRecordId"])["RecordDetail"]
    record = follow(catalog, record, wanted, progress)
    return Launched(record["ProvisionedProductId"], outputs(catalog, wanted.name), time.monotonic() - started)


def took(catalog: Any, product: Mapping[str, Any]) -> float:
    """The seconds that the launch of a provisioned product took, by Service Catalog's own record of it."""
    record = catalog.describe_record(Id=product["LastProvisioningRecordId"])["RecordDetail"]
    seconds: float = (record["UpdatedTime"] - record["CreatedTime"]).total_seconds()
    return seconds


def find(catalog: Any, name: str) -> tuple[str, str]:
    """The ids of a product and of its newest version."""
    try:
        found = catalog.describe_product(Name=name)
    except ClientError as error:
        offered = sorted(p["Name"] for p in catalog.search_products()["ProductViewSummaries"])
        raise Problem(
            f"There is no product {name!r} for you here ({error.response['Error']['Code']}).",
            f"Offered to you: {', '.join(offered) or 'none (fmops local deploy connects the roles)'}",
        ) from error
    versions = sorted(found["ProvisioningArtifacts"], key=lambda version: version["CreatedTime"])
    return found["ProductViewSummary"]["ProductId"], versions[-1]["Id"]


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
            "Use another name; names are unique in the organisation.",
        )


def follow(
    catalog: Any, record: Mapping[str, Any], wanted: Launch, progress: Callable[[str], None]
) -> Mapping[str, Any]:
    """Waits for a record's end."""
    while record["Status"] not in (*DONE, *BAD):
        progress(f"{wanted.name}: {record['Status'].lower().replace('_', ' ')}")
        time.sleep(POLL_SECONDS)
        record = catalog.describe_record(Id=record["RecordId"])["RecordDetail"]
    if record["Status"] in BAD:
        reasons = "; ".join(e["Description"] for e in record.get("RecordErrors", ())) or "no reason was given"
        raise Problem(
            f"The launch of {wanted.name} failed: {reasons}",
            "Nothing of it is left. Mend the cause and launch it again.",
            FAILED,
        )
    return record


def outputs(catalog: Any, name: str) -> dict[str, str]:
    """A provisioned product's outputs by key."""
    found = catalog.get_provisioned_product_outputs(ProvisionedProductName=name)["Outputs"]
    return {entry["OutputKey"]: entry["OutputValue"] for entry in found}


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
