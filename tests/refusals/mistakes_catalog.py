"""Service Catalog: shares, launch roles, launches."""

import json
import time
from typing import Any

from tests.local.conftest import REGION
from tests.refusals.table import refused
from tests.refusals.world import ACCOUNT, OTHER, StackFailedError, World, document, resource, statement, trust

API = "https://docs.aws.amazon.com/servicecatalog/latest/dg"
GUIDE = "https://docs.aws.amazon.com/servicecatalog/latest/adminguide"
REFERENCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"
TEMPLATE = {
    "Parameters": {"Size": {"Type": "String", "AllowedValues": ["small", "large"]}},
    "Resources": {"A": resource("SSM::Parameter", {"Type": "String", "Value": {"Ref": "Size"}})},
}


def portfolio(world: World) -> str:
    """A portfolio of the other account; its id."""
    made = world.client("servicecatalog", OTHER).create_portfolio(
        DisplayName=world.name("portfolio"), ProviderName="us"
    )
    return str(made["PortfolioDetail"]["Id"])


def product(world: World, template: Any = None) -> str:
    """A product of the other account; its id."""
    bucket, s3 = world.bucket(OTHER), world.client("s3", OTHER)
    s3.put_object(Bucket=bucket, Key="product.json", Body=json.dumps(template or TEMPLATE).encode())
    version = {
        "Name": "v1",
        "Type": "CLOUD_FORMATION_TEMPLATE",
        "Info": {"LoadTemplateFromURL": f"https://{bucket}.s3.{REGION}.amazonaws.com/product.json"},
    }
    client, name = world.client("servicecatalog", OTHER), world.name("product")
    made = client.create_product(
        Name=name, Owner="us", ProductType="CLOUD_FORMATION_TEMPLATE", ProvisioningArtifactParameters=version
    )
    return str(made["ProductViewDetail"]["ProductViewSummary"]["ProductId"])


class Offer:
    """A product of the other account in a portfolio that is shared and accepted, with a launcher and a launch role.

    Args:
        launch_rights: what the launch role may do, besides CloudFormation and reading templates.
        role_here: whether the launch role, which the owner has, exists in the launching account too.
        to_launcher: whether the portfolio is open to the launcher.
    """

    def __init__(
        self, world: World, *, launch_rights: str = "ssm:*", role_here: bool = True, to_launcher: bool = True
    ) -> None:
        self.world, self.product, self.portfolio = world, product(world), portfolio(world)
        owner, here = world.client("servicecatalog", OTHER), world.client("servicecatalog")
        owner.associate_product_with_portfolio(ProductId=self.product, PortfolioId=self.portfolio)
        owner.create_portfolio_share(PortfolioId=self.portfolio, AccountId=ACCOUNT)
        here.accept_portfolio_share(PortfolioId=self.portfolio)
        role = world.name("launch")
        for account in (OTHER, ACCOUNT) if role_here else (OTHER,):
            iam = world.client("iam", account)
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust(service="servicecatalog"))
            may = document(statement(["cloudformation:*", "s3:GetObject", launch_rights]))
            iam.put_role_policy(RoleName=role, PolicyName="may", PolicyDocument=may)
        owner.create_constraint(
            PortfolioId=self.portfolio,
            ProductId=self.product,
            Type="LAUNCH",
            Parameters=json.dumps({"LocalRoleName": role}),
        )
        launcher = world.role(statement("servicecatalog:*"))
        if to_launcher:
            here.associate_principal_with_portfolio(
                PortfolioId=self.portfolio, PrincipalARN=launcher, PrincipalType="IAM"
            )
        self.launcher = world.embedded.assume("servicecatalog", launcher, by=ACCOUNT)

    def launch(self, name: str | None = None, size: str = "small") -> str:
        """Launches and waits; the provisioned product's name. Raises StackFailedError with the record's error."""
        name = name or self.world.name("launched")
        record = self.launcher.provision_product(
            ProductId=self.product,
            ProvisioningArtifactName="v1",
            ProvisionedProductName=name,
            ProvisioningParameters=[{"Key": "Size", "Value": size}],
        )["RecordDetail"]
        while record["Status"] in ("CREATED", "IN_PROGRESS"):
            time.sleep(0.05)
            record = self.launcher.describe_record(Id=record["RecordId"])["RecordDetail"]
        if record["Status"] != "SUCCEEDED":
            raise StackFailedError(record["Status"], record["RecordErrors"][0]["Description"])
        return name


@refused(
    "A portfolio is shared in a form that CloudFormation does not have",
    wrong={"OrganizationNode": {"Type": "ORGANIZATION", "Value": "o-1234567890"}},
    right={"AccountId": ACCOUNT},
    code="CREATE_FAILED",
    says=r"extraneous key \[OrganizationNode\] is not permitted|required key \[AccountId\] not found",
    source=f"{REFERENCE}/aws-resource-servicecatalog-portfolioshare.html",
)
def share_to_an_organisation(world: World, to: Any) -> None:
    share = resource("ServiceCatalog::PortfolioShare", {"PortfolioId": portfolio(world), **to})
    world.deploy({"A": share}, client=world.client("cloudformation", OTHER))


@refused(
    "A share is accepted that nobody offered",
    wrong=False,
    right=True,
    code="ResourceNotFoundException",
    says="",
    source=f"{API}/API_AcceptPortfolioShare.html",
)
def accept_unshared(world: World, shared: bool) -> None:
    wanted = portfolio(world)
    if shared:
        world.client("servicecatalog", OTHER).create_portfolio_share(PortfolioId=wanted, AccountId=ACCOUNT)
    world.client("servicecatalog").accept_portfolio_share(PortfolioId=wanted)


@refused(
    "A portfolio is deleted that has a product",
    wrong=True,
    right=False,
    code="ResourceInUseException",
    says="",
    source=f"{API}/API_DeletePortfolio.html",
)
def portfolio_in_use(world: World, used: bool) -> None:
    client, wanted, member = world.client("servicecatalog", OTHER), portfolio(world), product(world)
    client.associate_product_with_portfolio(ProductId=member, PortfolioId=wanted)
    if not used:
        client.disassociate_product_from_portfolio(ProductId=member, PortfolioId=wanted)
    client.delete_portfolio(Id=wanted)


@refused(
    "A product is launched by somebody who has no access to its portfolio",
    wrong=False,
    right=True,
    code="ResourceNotFoundException",
    says="",
    source=f"{API}/API_ProvisionProduct.html",
)
def no_access(world: World, to_launcher: bool) -> None:
    Offer(world, to_launcher=to_launcher).launch()


@refused(
    "The launch role does not exist where the product is launched",
    wrong=False,
    right=True,
    code="InvalidParametersException",
    says="launch role|is not authorized|does not exist",
    source=f"{GUIDE}/constraints-launch.html",
)
def launch_role_absent(world: World, role_here: bool) -> None:
    Offer(world, role_here=role_here).launch()


@refused(
    "The launch role may not make what the product makes",
    wrong="ssm:GetParameters",
    right="ssm:*",
    code="FAILED",
    says="is not authorized to perform: ssm:PutParameter on resource",
    source=f"{GUIDE}/constraints-launch.html",
)
def weak_launch_role(world: World, rights: str) -> None:
    Offer(world, launch_rights=rights).launch()


@refused(
    "A launch says a value that the product does not allow",
    wrong="enormous",
    right="small",
    code="InvalidParametersException",
    says="Size",
    source=f"{API}/API_ProvisionProduct.html",
)
def value_not_allowed(world: World, size: str) -> None:
    Offer(world).launch(size=size)


@refused(
    "Two launches of one name",
    wrong=True,
    right=False,
    code="DuplicateResourceException",
    says="",
    source=f"{API}/API_ProvisionProduct.html",
)
def taken_launch(world: World, taken: bool) -> None:
    offer = Offer(world)
    name = offer.launch()
    offer.launch(name if taken else None)


@refused(
    "A launch constraint names a role that its account does not have",
    wrong="no-such-role",
    right=None,
    code="InvalidParametersException",
    says="no-such-role",
    source=f"{GUIDE}/constraints-launch.html",
)
def constraint_without_role(world: World, role: str | None) -> None:
    client, where, what = world.client("servicecatalog", OTHER), portfolio(world), product(world)
    client.associate_product_with_portfolio(ProductId=what, PortfolioId=where)
    if role is None:
        role = world.role(account=OTHER, AssumeRolePolicyDocument=trust(service="servicecatalog")).rpartition("/")[2]
    named = json.dumps({"LocalRoleName": role})
    client.create_constraint(PortfolioId=where, ProductId=what, Type="LAUNCH", Parameters=named)
