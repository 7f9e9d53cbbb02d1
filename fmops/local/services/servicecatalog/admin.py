"""The administrator's operations: they keep the same resources that CloudFormation keeps."""

import json
from typing import Any

from fmops.local import context, schemas, store
from fmops.local.registry import AwsError, Params, operation
from fmops.local.services.servicecatalog import catalog
from fmops.local.services.servicecatalog.catalog import (
    ACCEPTED,
    CONSTRAINT,
    MEMBER,
    PORTFOLIO,
    PRINCIPAL,
    PRODUCT,
    SHARE,
)


def _made(resource_type: str, params: Params) -> Any:
    schema = store.schema_of(resource_type)
    properties = store.settable(schema, schemas.named(schema, schema, params))
    try:
        return store.create(resource_type, properties)
    except ValueError as error:
        code = "DuplicateResourceException" if "exists" in str(error) else "InvalidParametersException"
        raise AwsError(code, str(error)) from error


def _portfolio(account: str, model: Any) -> Params:
    with context.scope(account, context.region()):
        created = store.times(PORTFOLIO, model)[0]
    shown = {name: model[name] for name in ("Id", "DisplayName", "Description", "ProviderName") if name in model}
    return {**shown, "ARN": catalog.arn("portfolio", account, model["Id"]), "CreatedTime": created}


def _product(model: Any) -> Params:
    account, _ = catalog.owner_of(PRODUCT, model["Id"])
    shown = {"ProductViewSummary": catalog.summary(model), "Status": "AVAILABLE"}
    return {**shown, "ProductARN": catalog.arn("product", account, model["Id"]), "CreatedTime": context.now()}


def detail(row: Any) -> Params:
    """A version as the API describes it."""
    names = ("Id", "Name", "Description", "Type", "CreatedTime", "Active", "Guidance")
    return {name: row[name] for name in names}


def _own(resource_type: str, wanted: str) -> Any:
    model = store.get(resource_type, wanted)
    if model is None:
        raise catalog.missing(f"{resource_type.split('::')[2].removeprefix('CloudFormation')} {wanted} not found.")
    return model


@operation("servicecatalog", "CreatePortfolio")
def create_portfolio(params: Params) -> Params:
    return {"PortfolioDetail": _portfolio(context.account(), _made(PORTFOLIO, params)), "Tags": params.get("Tags", [])}


@operation("servicecatalog", "DescribePortfolio")
def describe_portfolio(params: Params) -> Params:
    found = next(((a, m) for a, m in catalog.portfolios() if m["Id"] == params["Id"]), None)
    if found is None:
        raise catalog.missing(f"Portfolio {params['Id']} not found.")
    return {"PortfolioDetail": _portfolio(*found), "Tags": found[1].get("Tags", [])}


@operation("servicecatalog", "ListPortfolios")
def list_portfolios(_params: Params) -> Params:
    return {"PortfolioDetails": [_portfolio(context.account(), model) for model in store.list_(PORTFOLIO)]}


@operation("servicecatalog", "ListAcceptedPortfolioShares")
def list_accepted(_params: Params) -> Params:
    found = [_portfolio(a, model) for a, model in catalog.portfolios() if a != context.account()]
    return {"PortfolioDetails": found}


@operation("servicecatalog", "DeletePortfolio")
def delete_portfolio(params: Params) -> None:
    store.delete(PORTFOLIO, _own(PORTFOLIO, params["Id"])["Id"])


@operation("servicecatalog", "CreateProduct")
def create_product(params: Params) -> Params:
    given = {**params, "ProvisioningArtifactParameters": [params["ProvisioningArtifactParameters"]]}
    model = _made(PRODUCT, given)
    version = detail(catalog.artifacts(model["Id"])[0])
    return {"ProductViewDetail": _product(model), "ProvisioningArtifactDetail": version, "Tags": params.get("Tags", [])}


@operation("servicecatalog", "DescribeProductAsAdmin")
def describe_product_as_admin(params: Params) -> Params:
    model = _own(PRODUCT, params.get("Id") or params.get("Name") or "")
    versions = [detail(row) for row in catalog.artifacts(model["Id"])]
    return {"ProductViewDetail": _product(model), "ProvisioningArtifactSummaries": versions, "Tags": []}


@operation("servicecatalog", "SearchProductsAsAdmin")
def search_products_as_admin(params: Params) -> Params:
    wanted = params.get("PortfolioId")
    members = {row["ProductId"] for row in store.list_(MEMBER) if row["PortfolioId"] == wanted}
    found = [_product(model) for model in store.list_(PRODUCT) if not wanted or model["Id"] in members]
    return {"ProductViewDetails": found}


@operation("servicecatalog", "DeleteProduct")
def delete_product(params: Params) -> None:
    store.delete(PRODUCT, _own(PRODUCT, params["Id"])["Id"])


@operation("servicecatalog", "CreateProvisioningArtifact")
def create_artifact(params: Params) -> Params:
    product = _own(PRODUCT, params["ProductId"])
    row = catalog.add_artifact(product["Id"], params["Parameters"])
    return {"ProvisioningArtifactDetail": detail(row), "Info": params["Parameters"]["Info"], "Status": "AVAILABLE"}


@operation("servicecatalog", "ListProvisioningArtifacts")
def list_artifacts(params: Params) -> Params:
    catalog.owner_of(PRODUCT, params["ProductId"])
    return {"ProvisioningArtifactDetails": [detail(row) for row in catalog.artifacts(params["ProductId"])]}


@operation("servicecatalog", "UpdateProvisioningArtifact")
def update_artifact(params: Params) -> Params:
    row = catalog.artifact(params["ProductId"], params, usable=False)
    row |= {name: params[name] for name in ("Name", "Description", "Active", "Guidance") if name in params}
    return {"ProvisioningArtifactDetail": detail(row), "Status": "AVAILABLE"}


@operation("servicecatalog", "AssociateProductWithPortfolio")
def associate_product(params: Params) -> None:
    _made(MEMBER, params)


@operation("servicecatalog", "DisassociateProductFromPortfolio")
def disassociate_product(params: Params) -> None:
    store.delete(MEMBER, f"{params['PortfolioId']}|{params['ProductId']}")


@operation("servicecatalog", "ListPortfoliosForProduct")
def list_portfolios_for_product(params: Params) -> Params:
    wanted = {row["PortfolioId"] for _, row in store.anywhere(MEMBER) if row["ProductId"] == params["ProductId"]}
    return {"PortfolioDetails": [_portfolio(a, model) for a, model in catalog.portfolios() if model["Id"] in wanted]}


@operation("servicecatalog", "AssociatePrincipalWithPortfolio")
def associate_principal(params: Params) -> None:
    if store.find(PRINCIPAL, PortfolioId=params["PortfolioId"], PrincipalARN=params["PrincipalARN"]) is None:
        _made(PRINCIPAL, params)


@operation("servicecatalog", "DisassociatePrincipalFromPortfolio")
def disassociate_principal(params: Params) -> None:
    store.delete(PRINCIPAL, f"{params['PortfolioId']}|{params['PrincipalARN']}")


@operation("servicecatalog", "ListPrincipalsForPortfolio")
def list_principals(params: Params) -> Params:
    rows = [row for row in store.list_(PRINCIPAL) if row["PortfolioId"] == params["PortfolioId"]]
    return {"Principals": [{name: row[name] for name in ("PrincipalARN", "PrincipalType")} for row in rows]}


@operation("servicecatalog", "CreatePortfolioShare")
def create_share(params: Params) -> Params | None:
    if "OrganizationNode" in params or params.get("SharePrincipals"):
        raise AwsError("OperationNotSupportedException", "The embedded AWS shares portfolios account by account.")
    _own(PORTFOLIO, params["PortfolioId"])
    _made(SHARE, params)
    return None


@operation("servicecatalog", "DeletePortfolioShare")
def delete_share(params: Params) -> None:
    store.delete(SHARE, f"{params['PortfolioId']}|{params.get('AccountId')}")


@operation("servicecatalog", "ListPortfolioAccess")
def list_access(params: Params) -> Params:
    shares = [row for row in store.list_(SHARE) if row["PortfolioId"] == params["PortfolioId"]]
    return {"AccountIds": [row["AccountId"] for row in shares]}


@operation("servicecatalog", "AcceptPortfolioShare")
def accept_share(params: Params) -> None:
    if store.get(ACCEPTED, params["PortfolioId"]) is None:
        _made(ACCEPTED, params)


@operation("servicecatalog", "RejectPortfolioShare")
def reject_share(params: Params) -> None:
    store.delete(ACCEPTED, params["PortfolioId"])


@operation("servicecatalog", "CreateConstraint")
def create_constraint(params: Params) -> Params:
    if params["Type"] != "LAUNCH":
        raise AwsError(
            "InvalidParametersException", f"The embedded AWS has LAUNCH constraints only, not {params['Type']}."
        )
    members = {"PortfolioId": params["PortfolioId"], "ProductId": params["ProductId"]}
    model = _made(CONSTRAINT, {**members, **json.loads(params["Parameters"])})
    described = {"ConstraintId": model["Id"], "Type": "LAUNCH", "Owner": context.account(), **members}
    return {"ConstraintDetail": described, "ConstraintParameters": params["Parameters"], "Status": "AVAILABLE"}


@operation("servicecatalog", "ListConstraintsForPortfolio")
def list_constraints(params: Params) -> Params:
    rows = [row for row in store.list_(CONSTRAINT) if row["PortfolioId"] == params["PortfolioId"]]
    shown = [{"ConstraintId": r["Id"], "Type": "LAUNCH", "Owner": context.account()} for r in rows]
    return {"ConstraintDetails": shown}


@operation("servicecatalog", "DeleteConstraint")
def delete_constraint(params: Params) -> None:
    store.delete(CONSTRAINT, _own(CONSTRAINT, params["Id"])["Id"])
