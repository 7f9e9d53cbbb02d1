"""What the catalog holds and who sees it: portfolios, products and their versions, shares, principals, launch paths."""

import fnmatch
import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import ClientError
from ministack.services import iam
from ministack.services.cloudformation.engine import _parse_template

from fmops.local import context, identity, store
from fmops.local.registry import TABLES, AwsError, Model, lifecycle, table

_T = "AWS::ServiceCatalog::"
PORTFOLIO, PRODUCT, CONSTRAINT = _T + "Portfolio", _T + "CloudFormationProduct", _T + "LaunchRoleConstraint"
SHARE, ACCEPTED = _T + "PortfolioShare", _T + "AcceptedPortfolioShare"
PRINCIPAL, MEMBER = _T + "PortfolioPrincipalAssociation", _T + "PortfolioProductAssociation"
ARTIFACTS = "servicecatalog.artifacts"


def missing(what: str) -> AwsError:
    """The error for what does not exist or is not offered to the caller; the API does not tell which."""
    return AwsError("ResourceNotFoundException", what)


def invalid(why: str) -> AwsError:
    """The error for input that cannot be right."""
    return AwsError("InvalidParametersException", why)


def arn(kind: str, account: str, wanted: str) -> str:
    """The ARN of a portfolio or product."""
    return f"arn:aws:catalog:{context.region()}:{account}:{kind}/{wanted}"


def owner_of(resource_type: str, wanted: str) -> tuple[str, Model]:
    """Account and model of a portfolio or product, wherever it is. AwsError when there is none."""
    found = next(((a, m) for a, m in store.anywhere(resource_type) if m["Id"] == wanted), None)
    if found is None:
        raise missing(f"{resource_type.split('::')[2].removeprefix('CloudFormation')} {wanted} not found.")
    return found


def artifacts(product_id: str) -> list[Model]:
    """A product's versions, oldest first, wherever the product is."""
    rows = list(TABLES[ARTIFACTS]._data.items()) if ARTIFACTS in TABLES else []
    found = [row for (_, region, key), row in rows if region == context.region() and key[0] == product_id]
    return sorted(found, key=lambda row: str(row["CreatedTime"]))


def artifact(product_id: str, wanted: Model, *, usable: bool = True) -> Model:
    """The version named by ProvisioningArtifactId or ProvisioningArtifactName."""
    by_id, by_name = wanted.get("ProvisioningArtifactId"), wanted.get("ProvisioningArtifactName")
    for row in artifacts(product_id):
        if (by_id or by_name) in (row["Id"], None if by_id else row["Name"]) and (row["Active"] or not usable):
            return row
    raise missing(f"ProvisioningArtifact {by_id or by_name} not found for product {product_id}.")


def template(url: str) -> tuple[str, Model]:
    """Text and content of the template at an S3 URL, read as its account. AwsError when there is none."""
    parts = urlsplit(url)
    hosted = re.match(r"(.+)\.s3[.-]", parts.netloc)
    bucket, _, key = (f"{hosted[1]}{parts.path}" if hosted else parts.path.lstrip("/")).partition("/")
    try:
        text = identity.client("s3").get_object(Bucket=bucket, Key=unquote(key))["Body"].read().decode()
        return text, _parse_template(text)
    except ClientError as error:
        raise invalid(f"Cannot read the template at {url}: {error.response['Error']['Message']}") from error
    except ValueError as error:
        raise invalid(f"Invalid template at {url}: {error}") from error


def add_artifact(product_id: str, wanted: Model) -> Model:
    """A new version of a product, its template copied into the catalog."""
    url = (wanted.get("Info") or {}).get("LoadTemplateFromURL", "")
    text, content = template(url)
    row = {
        "Id": identity.unique("pa-"),
        "Name": wanted.get("Name") or f"v{len(artifacts(product_id)) + 1}",
        "Description": wanted.get("Description", ""),
        "Type": "CLOUD_FORMATION_TEMPLATE",
        "CreatedTime": context.now(),
        "Active": True,
        "Guidance": "DEFAULT",
        "TemplateUrl": url,
        "Template": text,
        "Parameters": json.dumps(content.get("Parameters") or {}),
        "Outputs": json.dumps(content.get("Outputs") or {}, default=str),
    }
    table(ARTIFACTS)[product_id, row["Id"]] = row
    return row


@lifecycle(PRODUCT)
def _product(model: Model | None, previous: Model | None) -> None:
    """Keeps versions whose template and name stay, as CloudFormation does; adds the new ones, drops the others."""
    product_id = (model or previous or {})["Id"]
    if previous is None and model is not None:
        product_id = model["Id"] = identity.unique("prod-")
    wanted = (model or {}).get("ProvisioningArtifactParameters", [])
    old = {(row["TemplateUrl"], row["Name"]): row for row in artifacts(product_id)}
    kept = []
    for entry in wanted:
        row = old.pop(((entry.get("Info") or {}).get("LoadTemplateFromURL"), entry.get("Name")), None)
        kept.append(row or add_artifact(product_id, entry))
    for row in old.values():
        table(ARTIFACTS).pop((product_id, row["Id"]), None)
    if model is not None:
        model["ProductName"] = model["Name"]
        model["ProvisioningArtifactIds"] = ",".join(row["Id"] for row in kept)
        model["ProvisioningArtifactNames"] = ",".join(row["Name"] for row in kept)


@lifecycle(PORTFOLIO)
def _portfolio(model: Model | None, previous: Model | None) -> None:
    if model is None:
        wanted = (previous or {})["Id"]
        for resource_type in (MEMBER, PRINCIPAL, SHARE, CONSTRAINT):
            if any(row["PortfolioId"] == wanted for row in store.list_(resource_type)):
                raise AwsError(
                    "ResourceInUseException", f"Portfolio {wanted} still has a {resource_type.split('::')[2]}."
                )
    else:
        model["Id"] = (previous or {}).get("Id") or identity.unique("port-")
        model["PortfolioName"] = model["DisplayName"]


@lifecycle(MEMBER)
def _member(model: Model | None, previous: Model | None) -> None:
    if model is not None and previous is None:
        owner_of(PORTFOLIO, model["PortfolioId"])
        owner_of(PRODUCT, model["ProductId"])


@lifecycle(PRINCIPAL)
def _principal(model: Model | None, previous: Model | None) -> None:
    if model is not None and previous is None:
        visible = [portfolio["Id"] for _, portfolio in portfolios()]
        if model["PortfolioId"] not in visible:
            raise missing(f"Portfolio {model['PortfolioId']} not found.")


@lifecycle(ACCEPTED)
def _accepted(model: Model | None, previous: Model | None) -> None:
    if model is not None and previous is None and not _shared(model["PortfolioId"]):
        raise missing(f"Portfolio {model['PortfolioId']} is not shared with account {context.account()}.")


@lifecycle(CONSTRAINT)
def _constraint(model: Model | None, previous: Model | None) -> None:
    if model is None:
        return
    if bool(model.get("RoleArn")) == bool(model.get("LocalRoleName")):
        raise invalid("Either RoleArn or LocalRoleName is required, and not both.")
    if previous is None:
        model["Id"] = identity.unique("cons-")
        if store.find(CONSTRAINT, PortfolioId=model["PortfolioId"], ProductId=model["ProductId"]):
            raise AwsError("DuplicateResourceException", "The product has a launch constraint in this portfolio.")
    if model.get("LocalRoleName") and model["LocalRoleName"] not in iam._roles:
        raise invalid(f"Role {model['LocalRoleName']} does not exist in account {context.account()}.")


def _shared(portfolio_id: str) -> bool:
    """Whether a portfolio's owner shares it with the current account."""
    shares = store.anywhere(SHARE)
    return any(s["PortfolioId"] == portfolio_id and s["AccountId"] == context.account() for _, s in shares)


def portfolios() -> list[tuple[str, Model]]:
    """The portfolios that the current account can use, with their owners: its own, and shares that it accepted."""
    accepted = {row["PortfolioId"] for row in store.list_(ACCEPTED)}
    return [
        (owner, portfolio)
        for owner, portfolio in store.anywhere(PORTFOLIO)
        if owner == context.account() or (portfolio["Id"] in accepted and _shared(portfolio["Id"]))
    ]


def _names(association: Model, principal: str) -> bool:
    """Whether a principal association means a principal; a pattern has no account and may have wildcards."""
    wanted = association["PrincipalARN"]
    if association["PrincipalType"] == "IAM_PATTERN":
        wanted = wanted.replace(":iam:::", f":iam::{context.account()}:")
        return fnmatch.fnmatchcase(principal, wanted)
    return bool(wanted == principal)


@dataclass(frozen=True)
class Path:
    """How the caller may launch a product: the portfolio that offers it, and the role that launches."""

    id: str
    name: str
    portfolio: str
    owner: str
    constraint: Model | None

    def role_arn(self) -> str | None:
        """The launch role's ARN in the current account, or None when the caller's own permissions launch."""
        if self.constraint is None:
            return None
        if self.constraint.get("RoleArn"):
            return str(self.constraint["RoleArn"])
        name = self.constraint["LocalRoleName"]
        if name not in iam._roles:
            raise invalid(f"The launch role {name} does not exist in account {context.account()}.")
        return str(iam._roles[name]["Arn"])


def paths(product_id: str, principal: str | None = None) -> list[Path]:
    """The caller's launch paths for a product; none when no portfolio that has it is open to the caller."""
    principal = principal or identity.principal_of(context.caller())
    associations, found = store.list_(PRINCIPAL), []
    for owner, portfolio in portfolios():
        granted = any(a["PortfolioId"] == portfolio["Id"] and _names(a, principal) for a in associations)
        with context.scope(owner, context.region()):
            has = store.find(MEMBER, PortfolioId=portfolio["Id"], ProductId=product_id)
            constraint = store.find(CONSTRAINT, PortfolioId=portfolio["Id"], ProductId=product_id)
        if granted and has:
            digest = hashlib.sha256(f"{portfolio['Id']}{product_id}".encode()).hexdigest()[:13]
            found.append(Path(f"lpv3-{digest}", portfolio["DisplayName"], portfolio["Id"], owner, constraint))
    return found


def offered(wanted: Model) -> tuple[Model, list[Path]]:
    """The product that a request names (ProductId, ProductName, Id or Name) and the caller's paths to it."""
    by_id, by_name = wanted.get("ProductId") or wanted.get("Id"), wanted.get("ProductName") or wanted.get("Name")
    if not (by_id or by_name):
        raise invalid("A product id or a product name is required.")
    for _, product in store.anywhere(PRODUCT):
        if (by_id or by_name) in (product["Id"], None if by_id else product["Name"]):
            ways = paths(product["Id"])
            if ways:
                return product, ways
    raise missing(f"Product {by_id or by_name} not found, or no portfolio offers it to {context.caller()}.")


def choose(ways: list[Path], wanted: Model) -> Path:
    """The path that a request names; with one path none needs to be named."""
    by = wanted.get("PathId") or wanted.get("PathName")
    fitting = [way for way in ways if by in (None, way.id, way.name)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise missing(f"Launch path {by} not found.")
    raise invalid(f"Several launch paths lead to the product; name one: {', '.join(way.name for way in fitting)}")


def summary(product: Model) -> Model:
    """A product as end users see it."""
    members = ("Name", "Owner", "Distributor", "SupportDescription", "SupportEmail", "SupportUrl")
    shown: dict[str, Any] = {name: product[name] for name in members if product.get(name)}
    more = {"ShortDescription": product.get("Description", ""), "Type": "CLOUD_FORMATION_TEMPLATE"}
    return {"Id": product["Id"].replace("prod-", "prodview-"), "ProductId": product["Id"], **shown, **more}
