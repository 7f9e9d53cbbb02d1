"""An imported template is launched on the embedded AWS, by a launch role that has its derived rights and no more."""

import json
import shutil
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from fmops_constructs import names

from fmops.bootstrap import launches
from fmops.bootstrap.packing import resolved
from fmops.catalog import importing, making
from tests.catalog.test_making import ML, NAME, SAMPLE, synthesise
from tests.local.conftest import REGION, Embedded
from tests.local.conftest import embedded as embedded

pytestmark = pytest.mark.e2e
GOVERNANCE, TOOLING, UNIT = "000000000010", "000000000012", "retail"
BUCKET = "imported-templates"
ROLES = {"build": "codebuild", "delivery": "codepipeline"}


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The imported product, but for the seeding, which needs the whole foundation."""
    root = tmp_path_factory.mktemp("imports") / "imported_shelf"
    root.mkdir()
    (root / "__init__.py").touch()
    found = importing.translate(importing.read(SAMPLE))
    making.imported(root, NAME, found, origin="mlops.yml", description="", index=ML / "seed/ci/package_index.py")
    sys.path.insert(0, str(root.parent))
    template, _ = synthesise(root, NAME, root.parent / "out")
    template["Resources"] = {k: r for k, r in template["Resources"].items() if not r["Type"].startswith("Custom::")}
    yield template
    sys.path.remove(str(root.parent))
    shutil.rmtree(root)


PERSON = names.role_arn(TOOLING, "data-scientist", UNIT)
MAY_LAUNCH = [{"Effect": "Allow", "Action": "servicecatalog:*", "Resource": "*"}]


def role(name: str, by: str, statements: list[dict[str, Any]], path: str = names.ROLE_PATH) -> dict[str, Any]:
    principal = {"AWS": by} if by.isdigit() else {"Service": f"{by}.amazonaws.com"}
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    policy = {"Version": "2012-10-17", "Statement": statements}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": name,
            "Path": path,
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            **({"Policies": [{"PolicyName": "p", "PolicyDocument": policy}]} if statements else {}),
        },
    }


class Account:
    """Tooling with what a launch finds there, and a catalog that offers some templates."""

    def __init__(self, embedded: Embedded) -> None:
        self.embedded = embedded
        self._published()

    def client(self, service: str, account: str = TOOLING) -> Any:
        return self.embedded.client(service, account)

    def _published(self) -> None:
        """The platform's network and keys, as the foundation publishes them."""
        ec2, kms, ssm = self.client("ec2"), self.client("kms"), self.client("ssm")
        vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
        group = ec2.create_security_group(GroupName="imports", Description="x", VpcId=vpc)["GroupId"]
        key = kms.create_key()["KeyMetadata"]["Arn"]
        values = {
            names.VPC_ID: vpc,
            names.SUBNET_IDS: subnet,
            names.WORKLOAD_SECURITY_GROUP_ID: group,
            names.ARTIFACTS_KEY_ARN: key,
            names.LOGS_KEY_ARN: key,
        }
        for name, value in values.items():
            kind = "StringList" if name == names.SUBNET_IDS else "String"
            ssm.put_parameter(Name=name, Value=value, Type=kind, Overwrite=True)
        self.here = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": TOOLING, "BusinessUnit": UNIT}
        self.here |= {name: value for name, value in values.items() if name.startswith("/")}

    def roles(self, statements: list[dict[str, Any]]) -> None:
        """The roles of the foundation, and the launch role with these rights."""
        launcher = role(names.LAUNCH_ROLE, "servicecatalog", statements, "/")
        made = {
            "Launcher": launcher,
            "Events": role("fmops-events", "events", []),
            "Person": role(f"fmops-{UNIT}-data-scientist", TOOLING, MAY_LAUNCH),
            **{n.title(): role(f"fmops-{UNIT}-{n}", service, []) for n, service in ROLES.items()},
        }
        self.deploy(TOOLING, "imports-roles", made)
        self.deploy(GOVERNANCE, "imports-launch-role", {"Launcher": role(names.LAUNCH_ROLE, "servicecatalog", [], "/")})

    def deploy(self, account: str, name: str, resources: dict[str, Any]) -> dict[str, str]:
        cloudformation = self.client("cloudformation", account)
        body = json.dumps({"Resources": resources})
        cloudformation.create_stack(StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        assert stack["StackStatus"] == "CREATE_COMPLETE", cloudformation.describe_stack_events(StackName=name)
        found = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found}

    def publish(self, name: str, **urls: str) -> None:
        """Updates a product: these versions, and no other."""
        cloudformation = self.client("cloudformation", GOVERNANCE)
        stack = f"imports-{name}"
        template = cloudformation.get_template(StackName=stack)["TemplateBody"]
        body = json.loads(template) if isinstance(template, str) else json.loads(json.dumps(template))
        versions = [{"Name": version, "Info": {"LoadTemplateFromURL": url}} for version, url in urls.items()]
        body["Resources"]["Product"]["Properties"]["ProvisioningArtifactParameters"] = versions
        cloudformation.update_stack(StackName=stack, TemplateBody=json.dumps(body))
        found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        assert found["StackStatus"] == "UPDATE_COMPLETE"

    def versions(self, name: str) -> dict[str, str]:
        """A product's versions as the person sees them, each with its id."""
        catalog = self.embedded.assume("servicecatalog", PERSON, by=TOOLING)
        return {one["Name"]: one["Id"] for one in catalog.describe_product(Name=name)["ProvisioningArtifacts"]}

    def offer(self, name: str, template: dict[str, Any]) -> str:
        """Publishes a template in governance, for the person in tooling; gives its address."""
        s3 = self.client("s3", GOVERNANCE)
        s3.create_bucket(Bucket=f"{BUCKET}-{name}", CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket=f"{BUCKET}-{name}", Key="t.json", Body=json.dumps(template, default=str).encode())
        url = f"https://{BUCKET}-{name}.s3.{REGION}.amazonaws.com/t.json"
        catalog, kind = self.client("servicecatalog", GOVERNANCE), "AWS::ServiceCatalog::"
        both = {"PortfolioId": {"Ref": "Portfolio"}, "ProductId": {"Ref": "Product"}}
        made = self.deploy(
            GOVERNANCE,
            f"imports-{name}",
            {
                "Portfolio": {"Type": kind + "Portfolio", "Properties": {"DisplayName": name, "ProviderName": "us"}},
                "Product": {
                    "Type": kind + "CloudFormationProduct",
                    "Properties": {
                        "Name": name,
                        "Owner": "us",
                        "ProvisioningArtifactParameters": [{"Name": "1.0.0", "Info": {"LoadTemplateFromURL": url}}],
                    },
                },
                "Member": {"Type": kind + "PortfolioProductAssociation", "Properties": both},
                "Share": {
                    "Type": kind + "PortfolioShare",
                    "Properties": {"PortfolioId": {"Ref": "Portfolio"}, "AccountId": TOOLING},
                },
                "Constraint": {
                    "Type": kind + "LaunchRoleConstraint",
                    "Properties": {**both, "LocalRoleName": names.LAUNCH_ROLE},
                    "DependsOn": "Member",
                },
            },
        )
        assert catalog.list_portfolio_access(PortfolioId=made["Portfolio"])["AccountIds"] == [TOOLING]
        mine = self.client("servicecatalog")
        mine.accept_portfolio_share(PortfolioId=made["Portfolio"])
        mine.associate_principal_with_portfolio(PortfolioId=made["Portfolio"], PrincipalARN=PERSON, PrincipalType="IAM")
        return url

    def launch(self, product: str, name: str, **values: str) -> dict[str, Any]:
        """Launches a product as the person who may, and waits for its record."""
        catalog = self.embedded.assume("servicecatalog", PERSON, by=TOOLING)
        record = catalog.provision_product(
            ProductName=product,
            ProvisioningArtifactName="1.0.0",
            ProvisionedProductName=name,
            ProvisioningParameters=[{"Key": key, "Value": value} for key, value in values.items()],
            ProvisionToken=name,
        )["RecordDetail"]
        for _ in range(600):
            found: dict[str, Any] = catalog.describe_record(Id=record["RecordId"])["RecordDetail"]
            if found["Status"] in ("SUCCEEDED", "FAILED"):
                return found
            time.sleep(0.05)
        raise AssertionError(found)


@pytest.fixture(scope="module")
def account(embedded: Embedded, product: dict[str, Any]) -> Account:
    made = Account(embedded)
    rights = launches.statements(launches.grants({NAME: product}, REGION))
    placed = json.loads(json.dumps([{"Effect": "Allow", **right} for right in rights]))
    for name, value in made.here.items():
        placed = json.loads(json.dumps(placed).replace(f"${{{name}}}", value))
    assert "${" not in json.dumps(placed)
    made.roles(resolved(placed, {}))
    return made


ASKED = {"SourceModelPackageGroupName": "churn"}


def test_an_imported_template_is_launched(account: Account, product: dict[str, Any]) -> None:
    account.offer("imported", product)
    done = account.launch("imported", "hello", ProjectName="hello", BusinessUnit=UNIT, **ASKED)
    assert done["Status"] == "SUCCEEDED", done.get("RecordErrors")
    pipeline = account.client("codepipeline").get_pipeline(name="hello-modeldeploy")["pipeline"]
    assert pipeline["roleArn"] == names.role_arn(TOOLING, "delivery", UNIT)
    assert pipeline["artifactStore"]["location"] == names.bucket("artifacts", TOOLING, REGION)
    (build,) = account.client("codebuild").batch_get_projects(names=["hello-modeldeploy"])["projects"]
    assert build["serviceRole"] == names.role_arn(TOOLING, "build", UNIT)
    assert build["vpcConfig"]["vpcId"] == account.here[names.VPC_ID]
    assert account.client("codecommit").get_repository(repositoryName="hello")["repositoryMetadata"]
    assert account.client("events").describe_rule(Name="hello-model")["State"] == "ENABLED"


@pytest.mark.parametrize("action", ["codepipeline:CreatePipeline", "logs:CreateLogGroup", "iam:PassRole"])
def test_without_one_of_its_rights_it_would_not_be(account: Account, action: str) -> None:
    """The twin: the launch role with one right less."""
    iam = account.client("iam")
    before = iam.get_role_policy(RoleName=names.LAUNCH_ROLE, PolicyName="p")["PolicyDocument"]
    less = [{**s, "Action": [a for a in s["Action"] if a != action] or ["none:None"]} for s in before["Statement"]]
    name = action.partition(":")[0]
    put = {"RoleName": names.LAUNCH_ROLE, "PolicyName": "p"}
    iam.put_role_policy(**put, PolicyDocument=json.dumps({**before, "Statement": less}))
    try:
        done = account.launch("imported", name, ProjectName=name, BusinessUnit=UNIT, **ASKED)
    finally:
        iam.put_role_policy(**put, PolicyDocument=json.dumps(before))
    assert done["Status"] == "FAILED"
    assert action in json.dumps(done["RecordErrors"])


def test_an_old_version_stays_until_it_is_withdrawn(account: Account, product: dict[str, Any]) -> None:
    url = account.offer("versioned", product)
    before = account.versions("versioned")
    account.publish("versioned", **{"1.0.0": url, "1.1.0": url})
    both = account.versions("versioned")
    assert both["1.0.0"] == before["1.0.0"], "a project of the old version can be updated as long as its id stays"
    assert sorted(both) == ["1.0.0", "1.1.0"]
    old = account.launch("versioned", "older", ProjectName="older", BusinessUnit=UNIT, **ASKED)
    assert old["Status"] == "SUCCEEDED", old.get("RecordErrors")
    account.publish("versioned", **{"1.1.0": url})
    assert account.versions("versioned") == {"1.1.0": both["1.1.0"]}
    with pytest.raises(ClientError, match=r"1\.0\.0 not found"):
        account.launch("versioned", "late", ProjectName="late", BusinessUnit=UNIT, **ASKED)
    codecommit = account.client("codecommit")
    assert "late" not in [one["repositoryName"] for one in codecommit.list_repositories()["repositories"]]


def test_as_it_was_it_would_not_be(account: Account) -> None:
    """The twin: the same launch of the original, whose roles and seed code are nowhere."""
    account.offer("original", importing.read(SAMPLE))
    role = f"arn:aws:iam::{TOOLING}:role/service-role/AmazonSageMakerServiceCatalogProductsUseRole"
    given = {"SageMakerProjectName": "raw", "SageMakerProjectId": "p-1", "UseRoleArn": role, **ASKED}
    assert account.launch("original", "raw", **given)["Status"] == "FAILED"
