"""What the catalog offers to the caller: the products of portfolios open to them, and how to launch one."""

import json

from fmops.local import store
from fmops.local.registry import RESOURCES, Model, Params, operation
from fmops.local.services.servicecatalog import admin, catalog, constraints, parameters
from fmops.local.services.servicecatalog.catalog import PRODUCT


def _product_arns(members: Model, account: str, _region: str) -> str:
    """The product that a call names, by id or name, as IAM sees it."""
    by = members.get("ProductId") or members.get("ProductName") or members.get("Id") or members.get("Name")
    rows = store.anywhere(PRODUCT)
    owner, wanted = next(((a, m["Id"]) for a, m in rows if by in (m["Id"], m["Name"])), (account, str(by or "*")))
    return catalog.arn("product", owner, wanted)


for _name in ("DescribeProduct", "DescribeProvisioningParameters", "ListLaunchPaths", "ProvisionProduct"):
    RESOURCES["servicecatalog", _name] = _product_arns


@operation("servicecatalog", "SearchProducts")
def search_products(params: Params) -> Params:
    """The products that some portfolio offers to the caller."""
    text = " ".join((params.get("Filters") or {}).get("FullTextSearch", ())).lower()
    found = [m for _, m in store.anywhere(PRODUCT) if text in m["Name"].lower() and catalog.paths(m["Id"])]
    shown = [{**catalog.summary(m), "HasDefaultPath": len(catalog.paths(m["Id"])) == 1} for m in found]
    return {"ProductViewSummaries": shown, "ProductViewAggregations": {}}


@operation("servicecatalog", "DescribeProduct")
def describe_product(params: Params) -> Params:
    """A product as an end user sees it: its versions and the caller's launch paths."""
    product, ways = catalog.offered(params)
    names = ("Id", "Name", "Description", "CreatedTime", "Guidance")
    versions = [{n: row[n] for n in names} for row in catalog.artifacts(product["Id"]) if row["Active"]]
    paths = [{"Id": way.id, "Name": way.name} for way in ways]
    return {"ProductViewSummary": catalog.summary(product), "ProvisioningArtifacts": versions, "LaunchPaths": paths}


@operation("servicecatalog", "DescribeProvisioningArtifact")
def describe_artifact(params: Params) -> Params:
    """One version of a product that is offered to the caller."""
    product, _ = catalog.offered(params)
    row = catalog.artifact(product["Id"], params, usable=False)
    shown = parameters.described(row) if params.get("IncludeProvisioningArtifactParameters") else []
    answer = {"ProvisioningArtifactDetail": admin.detail(row), "Status": "AVAILABLE"}
    return {**answer, "Info": {"TemplateUrl": row["TemplateUrl"]}, "ProvisioningArtifactParameters": shown}


def _summaries(way: catalog.Path, product: str) -> list[Model]:
    """What constrains a launch by a path."""
    rules = constraints.of(way.owner, way.portfolio, product)
    return [*([{"Type": "LAUNCH"}] if way.constraint else []), *([{"Type": "TEMPLATE"}] if rules else [])]


@operation("servicecatalog", "ListLaunchPaths")
def list_launch_paths(params: Params) -> Params:
    """The caller's launch paths for a product."""
    product, ways = catalog.offered(params)
    return {
        "LaunchPathSummaries": [
            {"Id": way.id, "Name": way.name, "ConstraintSummaries": _summaries(way, product["Id"])} for way in ways
        ]
    }


@operation("servicecatalog", "DescribeProvisioningParameters")
def describe_parameters(params: Params) -> Params:
    """What a launch must say: the template's parameters and their constraints."""
    product, ways = catalog.offered(params)
    way, row = catalog.choose(ways, params), catalog.artifact(product["Id"], params)
    outputs = json.loads(row["Outputs"])
    return {
        "ProvisioningArtifactParameters": parameters.described(row),
        "ConstraintSummaries": _summaries(way, product["Id"]),
        "UsageInstructions": [],
        "TagOptions": [],
        "ProvisioningArtifactOutputs": [
            {"Key": k, "Description": v.get("Description", "")} for k, v in outputs.items()
        ],
    }
