"""Service Catalog: what is shared, offered and launched, through boto3 and CloudFormation as everybody uses them."""

import json
import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Embedded

pytestmark = pytest.mark.e2e
GOVERNANCE, TOOLING = "000000000010", "000000000012"
REGION = "eu-west-1"
TYPE = "AWS::ServiceCatalog::"

PROJECT: dict[str, Any] = {
    "Parameters": {
        "Name": {"Type": "String", "AllowedPattern": "[a-z-]+", "Description": "The project's name"},
        "Retention": {"Type": "Number", "Default": "7"},
    },
    "Resources": {
        "Log": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": {"Fn::Sub": "/sc/${Name}"}, "RetentionInDays": {"Ref": "Retention"}},
        }
    },
    "Outputs": {"LogGroup": {"Value": {"Ref": "Log"}}},
}


def deploy(cloudformation: Any, name: str, resources: dict[str, Any]) -> dict[str, str]:
    """Creates a stack of these resources; their physical ids by logical id."""
    cloudformation.create_stack(
        StackName=name, TemplateBody=json.dumps({"Resources": resources}), Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    reasons = [event.get("ResourceStatusReason") for event in events if "FAILED" in event["ResourceStatus"]]
    assert stack["StackStatus"] == "CREATE_COMPLETE", reasons
    found = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
    return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found}


def role(name: str, principal: dict[str, str], *actions: str) -> dict[str, Any]:
    """An IAM role's resource with one policy."""
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    policy = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": name,
            "Path": "/fmops/",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [policy]}}],
        },
    }


LAUNCHER = role("launcher", {"Service": "servicecatalog.amazonaws.com"}, "cloudformation:*", "logs:*")


class Catalog:
    """A portfolio of governance, shared with tooling, where one role may launch."""

    def __init__(self, embedded: Embedded) -> None:
        self.embedded = embedded
        s3 = embedded.client("s3", GOVERNANCE)
        s3.create_bucket(Bucket="sc-templates", CreateBucketConfiguration={"LocationConstraint": REGION})
        for version, template in (("v1", PROJECT), ("v2", {**PROJECT, "Description": "second"})):
            s3.put_object(Bucket="sc-templates", Key=f"{version}.json", Body=json.dumps(template).encode())
        artifacts = [
            {"Name": v, "Info": {"LoadTemplateFromURL": f"https://sc-templates.s3.{REGION}.amazonaws.com/{v}.json"}}
            for v in ("v1", "v2")
        ]
        product = {"Name": "project", "Owner": "me", "ProvisioningArtifactParameters": artifacts}
        portfolio, made = {"Ref": "Portfolio"}, {"Ref": "Product"}
        constraint = {"PortfolioId": portfolio, "ProductId": made, "LocalRoleName": "launcher"}
        self.owner = deploy(
            embedded.client("cloudformation", GOVERNANCE),
            "sc-owner",
            {
                "Portfolio": {
                    "Type": TYPE + "Portfolio",
                    "Properties": {"DisplayName": "all", "ProviderName": "us"},
                },
                "Product": {"Type": TYPE + "CloudFormationProduct", "Properties": product},
                "Member": {
                    "Type": TYPE + "PortfolioProductAssociation",
                    "Properties": {"PortfolioId": portfolio, "ProductId": made},
                },
                "Share": {
                    "Type": TYPE + "PortfolioShare",
                    "Properties": {"PortfolioId": portfolio, "AccountId": TOOLING},
                },
                "Launcher": LAUNCHER,
                "Constraint": {
                    "Type": TYPE + "LaunchRoleConstraint",
                    "Properties": constraint,
                    "DependsOn": ["Member", "Launcher"],
                },
            },
        )
        portfolio_id = self.owner["Portfolio"]
        deploy(
            embedded.client("cloudformation", TOOLING),
            "sc-user",
            {
                "Accepted": {"Type": TYPE + "AcceptedPortfolioShare", "Properties": {"PortfolioId": portfolio_id}},
                "Person": role("person", {"AWS": TOOLING}, "servicecatalog:*"),
                "Stranger": role("stranger", {"AWS": TOOLING}, "servicecatalog:*"),
                "Launcher": LAUNCHER,
                "Open": {
                    "Type": TYPE + "PortfolioPrincipalAssociation",
                    "DependsOn": "Accepted",
                    "Properties": {
                        "PortfolioId": portfolio_id,
                        "PrincipalARN": {"Fn::GetAtt": ["Person", "Arn"]},
                        "PrincipalType": "IAM",
                    },
                },
            },
        )
        self.product = self.owner["Product"]
        self.person = self.client("person")

    def client(self, name: str) -> Any:
        """Service Catalog as a role of tooling."""
        return self.embedded.assume("servicecatalog", f"arn:aws:iam::{TOOLING}:role/fmops/{name}", by=TOOLING)

    def launch(self, name: str, artifact: str = "v1", **parameters: str) -> dict[str, Any]:
        """Provisions the product as the person who may; the record."""
        values = [{"Key": key, "Value": value} for key, value in {"Name": name, **parameters}.items()]
        record: dict[str, Any] = self.person.provision_product(
            ProductId=self.product,
            ProvisioningArtifactName=artifact,
            ProvisionedProductName=name,
            ProvisioningParameters=values,
            ProvisionToken=str(uuid.uuid4()),
        )["RecordDetail"]
        return record

    def end(self, record: dict[str, Any]) -> dict[str, Any]:
        """Waits for a record."""
        for _ in range(200):
            found: dict[str, Any] = self.person.describe_record(Id=record["RecordId"])["RecordDetail"]
            if found["Status"] in ("SUCCEEDED", "FAILED"):
                return found
            time.sleep(0.05)
        raise AssertionError(found)


@pytest.fixture(scope="module")
def catalog(embedded: Embedded) -> Catalog:
    """The catalog, made once."""
    return Catalog(embedded)


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    """The error's code."""
    return str(error.value.response["Error"]["Code"])


def test_the_product_is_offered_to_the_principal(catalog: Catalog) -> None:
    found = catalog.person.search_products()["ProductViewSummaries"]
    assert [(view["Name"], view["ProductId"]) for view in found] == [("project", catalog.product)]
    described = catalog.person.describe_product(Name="project")
    assert [version["Name"] for version in described["ProvisioningArtifacts"]] == ["v1", "v2"]
    assert [path["Name"] for path in catalog.person.list_launch_paths(ProductId=catalog.product)["LaunchPathSummaries"]]


def test_and_to_nobody_else(catalog: Catalog) -> None:
    stranger = catalog.client("stranger")
    assert stranger.search_products()["ProductViewSummaries"] == []
    with pytest.raises(ClientError) as error:
        stranger.describe_product(Name="project")
    assert code(error) == "ResourceNotFoundException"
    with pytest.raises(ClientError) as error:
        stranger.provision_product(
            ProductId=catalog.product, ProvisioningArtifactName="v1", ProvisionedProductName="x", ProvisionToken="t0"
        )
    assert code(error) == "ResourceNotFoundException"


def test_parameters_are_described(catalog: Catalog) -> None:
    found = catalog.person.describe_provisioning_parameters(ProductName="project", ProvisioningArtifactName="v1")
    by_name = {parameter["ParameterKey"]: parameter for parameter in found["ProvisioningArtifactParameters"]}
    assert by_name["Name"]["ParameterConstraints"]["AllowedPattern"] == "[a-z-]+"
    assert by_name["Retention"]["DefaultValue"] == "7"


def test_a_launch_is_a_stack_made_by_the_launch_role(catalog: Catalog, embedded: Embedded) -> None:
    record = catalog.launch("first", Retention="14")
    assert record["Status"] == "CREATED"
    done = catalog.end(record)
    assert done["Status"] == "SUCCEEDED", done
    assert done["LaunchRoleArn"] == f"arn:aws:iam::{TOOLING}:role/fmops/launcher"
    outputs = catalog.person.get_provisioned_product_outputs(ProvisionedProductName="first")["Outputs"]
    values = {output["OutputKey"]: output["OutputValue"] for output in outputs}
    assert values["LogGroup"] == "/sc/first"
    assert values["CloudformationStackARN"].split("/")[1] == f"SC-{TOOLING}-{record['ProvisionedProductId']}"
    groups = embedded.client("logs", TOOLING).describe_log_groups(logGroupNamePrefix="/sc/first")["logGroups"]
    assert [group["retentionInDays"] for group in groups] == [14]
    product = catalog.person.describe_provisioned_product(Name="first")["ProvisionedProductDetail"]
    assert product["Status"] == "AVAILABLE"
    assert [row["Name"] for row in catalog.person.scan_provisioned_products()["ProvisionedProducts"]] == ["first"]


def test_a_name_is_taken_once(catalog: Catalog) -> None:
    catalog.end(catalog.launch("taken"))
    with pytest.raises(ClientError) as error:
        catalog.launch("taken")
    assert code(error) == "DuplicateResourceException"


def test_a_token_is_one_launch(catalog: Catalog) -> None:
    request = {
        "ProductId": catalog.product,
        "ProvisioningArtifactName": "v1",
        "ProvisionedProductName": "again",
        "ProvisioningParameters": [{"Key": "Name", "Value": "again"}],
        "ProvisionToken": "again-1",
    }
    first = catalog.person.provision_product(**request)["RecordDetail"]["RecordId"]
    assert catalog.person.provision_product(**request)["RecordDetail"]["RecordId"] == first
    with pytest.raises(ClientError) as error:
        catalog.person.provision_product(**{**request, "ProvisionedProductName": "other"})
    assert code(error) == "InvalidParametersException"
    catalog.end({"RecordId": first})


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ([], "[Name]"),
        ([{"Key": "Name", "Value": "ok"}, {"Key": "Colour", "Value": "red"}], "[Colour]"),
        ([{"Key": "Name", "Value": "Not Ok"}], "AllowedPattern"),
        ([{"Key": "Name", "Value": "ok"}, {"Key": "Retention", "Value": "long"}], "number"),
    ],
)
def test_wrong_parameters_are_refused_by_name(catalog: Catalog, parameters: list[Any], said: str) -> None:
    with pytest.raises(ClientError) as error:
        catalog.person.provision_product(
            ProductId=catalog.product,
            ProvisioningArtifactName="v1",
            ProvisionedProductName="wrong",
            ProvisioningParameters=parameters,
            ProvisionToken=str(uuid.uuid4()),
        )
    assert code(error) == "InvalidParametersException"
    assert said in str(error.value)


def test_a_launch_that_fails_says_why_and_can_be_terminated(catalog: Catalog) -> None:
    catalog.end(catalog.launch("original"))
    record = catalog.person.provision_product(
        ProductId=catalog.product,
        ProvisioningArtifactName="v1",
        ProvisionedProductName="copy",
        ProvisioningParameters=[{"Key": "Name", "Value": "original"}],
        ProvisionToken="copy-1",
    )["RecordDetail"]
    done = catalog.end(record)
    assert done["Status"] == "FAILED"
    assert "Log" in done["RecordErrors"][0]["Description"]
    assert catalog.person.describe_provisioned_product(Name="copy")["ProvisionedProductDetail"]["Status"] == "ERROR"
    ended = catalog.person.terminate_provisioned_product(ProvisionedProductName="copy", TerminateToken="copy-2")
    assert catalog.end(ended["RecordDetail"])["Status"] == "SUCCEEDED"
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        catalog.person.describe_provisioned_product(Name="copy")


def test_update_and_terminate(catalog: Catalog, embedded: Embedded) -> None:
    catalog.end(catalog.launch("living", Retention="7"))
    record = catalog.person.update_provisioned_product(
        ProvisionedProductName="living",
        ProductId=catalog.product,
        ProvisioningArtifactName="v2",
        ProvisioningParameters=[{"Key": "Name", "UsePreviousValue": True}, {"Key": "Retention", "Value": "30"}],
        UpdateToken="living-2",
    )["RecordDetail"]
    assert catalog.end(record)["Status"] == "SUCCEEDED"
    logs = embedded.client("logs", TOOLING)
    assert logs.describe_log_groups(logGroupNamePrefix="/sc/living")["logGroups"][0]["retentionInDays"] == 30
    record = catalog.person.terminate_provisioned_product(ProvisionedProductName="living", TerminateToken="living-3")
    assert catalog.end(record["RecordDetail"])["Status"] == "SUCCEEDED"
    assert logs.describe_log_groups(logGroupNamePrefix="/sc/living")["logGroups"] == []


def test_an_update_that_fails_leaves_the_product_as_it_was(catalog: Catalog) -> None:
    catalog.end(catalog.launch("in-the-way"))
    catalog.end(catalog.launch("stays"))
    before = catalog.person.describe_provisioned_product(Name="stays")["ProvisionedProductDetail"]

    def update(token: str, **values: Any) -> dict[str, Any]:
        asked = catalog.person.update_provisioned_product(
            ProvisionedProductName="stays",
            ProductId=catalog.product,
            ProvisioningArtifactName=values.pop("version"),
            ProvisioningParameters=[{"Key": "Name", **values}],
            UpdateToken=token,
        )
        return catalog.end(asked["RecordDetail"])

    failed = update("stays-2", version="v2", Value="in-the-way")
    assert failed["Status"] == "FAILED"
    after = catalog.person.describe_provisioned_product(Name="stays")["ProvisionedProductDetail"]
    assert (before["Status"], after["Status"]) == ("AVAILABLE", "TAINTED")
    assert after["ProvisioningArtifactId"] == before["ProvisioningArtifactId"]
    assert update("stays-3", version="v1", UsePreviousValue=True)["Status"] == "SUCCEEDED", "nothing was to be done"
    after = catalog.person.describe_provisioned_product(Name="stays")["ProvisionedProductDetail"]
    assert after["Status"] == "AVAILABLE"


def test_a_share_must_be_given_before_it_is_accepted(catalog: Catalog, embedded: Embedded) -> None:
    other = embedded.client("servicecatalog", "000000000001")
    with pytest.raises(ClientError) as error:
        other.accept_portfolio_share(PortfolioId=catalog.owner["Portfolio"])
    assert code(error) == "ResourceNotFoundException"


def test_the_administrators_api_makes_the_same(embedded: Embedded, catalog: Catalog) -> None:
    admin = embedded.client("servicecatalog", GOVERNANCE)
    made = admin.create_portfolio(DisplayName="by hand", ProviderName="us", IdempotencyToken="a")["PortfolioDetail"]
    url = f"https://s3.{REGION}.amazonaws.com/sc-templates/v1.json"
    product = admin.create_product(
        Name="by-hand",
        Owner="me",
        ProductType="CLOUD_FORMATION_TEMPLATE",
        IdempotencyToken="b",
        ProvisioningArtifactParameters={"Name": "v1", "Info": {"LoadTemplateFromURL": url}},
    )["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
    admin.associate_product_with_portfolio(PortfolioId=made["Id"], ProductId=product)
    assert admin.search_products_as_admin(PortfolioId=made["Id"])["ProductViewDetails"][0]["Status"] == "AVAILABLE"
    assert made["ARN"] == f"arn:aws:catalog:{REGION}:{GOVERNANCE}:portfolio/{made['Id']}"
    with pytest.raises(ClientError, match="ResourceInUse"):
        admin.delete_portfolio(Id=made["Id"])
    admin.disassociate_product_from_portfolio(PortfolioId=made["Id"], ProductId=product)
    admin.delete_portfolio(Id=made["Id"])
    assert made["Id"] not in [found["Id"] for found in admin.list_portfolios()["PortfolioDetails"]]


def test_a_missing_template_is_refused(embedded: Embedded, catalog: Catalog) -> None:
    admin = embedded.client("servicecatalog", GOVERNANCE)
    with pytest.raises(ClientError) as error:
        admin.create_provisioning_artifact(
            ProductId=catalog.product,
            IdempotencyToken="c",
            Parameters={"Name": "v3", "Info": {"LoadTemplateFromURL": "https://sc-templates.s3.amazonaws.com/no.json"}},
        )
    assert code(error) == "InvalidParametersException"


def access(portfolio: str, principal: str) -> str:
    """A template that accepts a portfolio and opens it to a role, as the foundation's CatalogAccess does."""
    shared = {"PortfolioId": portfolio}
    resources = {
        "Accepted": {"Type": TYPE + "AcceptedPortfolioShare", "Properties": shared},
        "Open": {
            "Type": TYPE + "PortfolioPrincipalAssociation",
            "DependsOn": "Accepted",
            "Properties": {**shared, "PrincipalARN": principal, "PrincipalType": "IAM"},
        },
    }
    return json.dumps({"Resources": resources})


def test_access_follows_its_stack(embedded: Embedded) -> None:
    """Made, changed, replaced by another portfolio's, deleted; what isn't shared is refused."""
    portfolios = {}
    for name in ("one", "two"):
        made = deploy(
            embedded.client("cloudformation", GOVERNANCE),
            f"access-{name}",
            {
                "P": {"Type": TYPE + "Portfolio", "Properties": {"DisplayName": name, "ProviderName": "us"}},
                "S": {
                    "Type": TYPE + "PortfolioShare",
                    "Properties": {"PortfolioId": {"Ref": "P"}, "AccountId": TOOLING},
                },
            },
        )
        portfolios[name] = made["P"]
    cloudformation = embedded.client("cloudformation", TOOLING)
    catalog = embedded.client("servicecatalog", TOOLING)

    def status() -> str:
        return str(cloudformation.describe_stacks(StackName="access")["Stacks"][0]["StackStatus"])

    def open_() -> dict[str, set[str]]:
        accepted = {entry["Id"] for entry in catalog.list_accepted_portfolio_shares()["PortfolioDetails"]}
        return {
            name: {p["PrincipalARN"] for p in catalog.list_principals_for_portfolio(PortfolioId=wanted)["Principals"]}
            for name, wanted in portfolios.items()
            if wanted in accepted
        }

    ana, bo = (f"arn:aws:iam::{TOOLING}:role/{name}" for name in ("ana", "bo"))
    cloudformation.create_stack(StackName="access", TemplateBody=access(portfolios["one"], ana))
    assert (status(), open_()) == ("CREATE_COMPLETE", {"one": {ana}})
    cloudformation.update_stack(StackName="access", TemplateBody=access(portfolios["one"], bo))
    assert (status(), open_()) == ("UPDATE_COMPLETE", {"one": {bo}})
    cloudformation.update_stack(StackName="access", TemplateBody=access(portfolios["two"], bo))
    assert (status(), open_()) == ("UPDATE_COMPLETE", {"two": {bo}})
    cloudformation.update_stack(StackName="access", TemplateBody=access("port-notshared", bo))
    assert (status(), open_()) == ("UPDATE_ROLLBACK_COMPLETE", {"two": {bo}})
    cloudformation.delete_stack(StackName="access")
    assert open_() == {}
