"""The product's template: what a launch makes in tooling, clean in every linter, and for whom it is offered."""

import json
from pathlib import Path

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import aws_servicecatalog as servicecatalog
from fmops_constructs import names
from fmops_constructs.catalog import Facts, discover

from templates.ml_train_deploy_realtime.tests.linters import lint, validate

ROOT = Path(__file__).parents[3]
STAGES = ("dev", "preprod", "prod")
FACTS = Facts(
    organization_id="o-exampleorgid",
    region="eu-west-1",
    tooling="111111111111",
    data_lake="555555555555",
    business_units={
        "retail": {f"application-{stage}": f"{number}" * 12 for number, stage in enumerate(STAGES, 2)},
        "lending": {stage: f"{number}" * 12 for number, stage in enumerate(STAGES, 6)},
    },
    models=("amazon.nova-lite",),
)


def synthesise(folder: Path, *, spoil: bool = False) -> dict:
    """The product's template as the governance account publishes it, cdk-nag on."""
    app = cdk.App(outdir=str(folder), builtin_cloud_formation_validation=False)
    packs = (cdk_nag.AwsSolutionsChecks, cdk_nag.NIST80053R5Checks)
    cdk.Validations.of(app).add_plugins(*[pack(app) for pack in packs])
    stack = cdk.Stack(app, "Catalog", env=cdk.Environment(account="111111111110", region="eu-west-1"))
    template = next(one for one in discover(ROOT / "templates") if one.name == "genai-consumer-app")
    product = template.product()(stack, "Product", foundation_facts=FACTS)
    if spoil:
        product.node.find_child("Build").node.find_child("Project").encryption_key = None
    content = servicecatalog.CloudFormationTemplate.from_product_stack(product)
    version = servicecatalog.CloudFormationProductVersion(product_version_name="v1", cloud_formation_template=content)
    servicecatalog.CloudFormationProduct(stack, "P", product_name="p", owner="o", product_versions=[version])
    app.synth()
    (file,) = folder.glob("*.product.template.json")
    return json.loads(file.read_text())


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    return synthesise(tmp_path_factory.mktemp("product"))


@pytest.mark.parametrize("linter", [validate, lint])
def test_the_template_is_clean(content, linter):
    assert linter(json.dumps(content)) == []


@pytest.mark.parametrize("linter", [validate, lint])
def test_a_linter_finds_a_mistake(content, linter):
    assert linter(json.dumps(content).replace('"RetentionInDays": 365', '"RetentionInDay": 365'))


def test_cdk_nag_finds_a_mistake(tmp_path):
    """The twin of every synthesis in this module, which cdk-nag has passed."""
    with pytest.raises(RuntimeError, match="CB4"):
        synthesise(tmp_path / "out", spoil=True)


def test_a_launch_makes_no_identity(content):
    assert not [one for one in content["Resources"].values() if one["Type"].startswith("AWS::IAM")]


def test_only_a_unit_with_application_accounts_and_a_listed_model_are_offered(content):
    assert content["Parameters"]["BusinessUnit"]["AllowedValues"] == ["retail"]
    assert content["Parameters"]["Model"]["AllowedValues"] == ["amazon.nova-lite"]


def pipelines(content) -> dict[str, dict]:
    found = [one["Properties"] for one in content["Resources"].values() if one["Type"] == "AWS::CodePipeline::Pipeline"]
    return {
        "promotion" if any(stage["Name"] == "Prod" for stage in one["Stages"]) else "build": {
            stage["Name"]: stage["Actions"] for stage in one["Stages"]
        }
        for one in found
    }


def variables_of(action) -> dict[str, str]:
    return {one["name"]: one["value"] for one in json.loads(action["Configuration"]["EnvironmentVariables"])}


def test_dev_is_tested_before_the_release_is_offered(content):
    stages = pipelines(content)["build"]
    assert list(stages) == ["Source", "Build", "Dev"]
    assert [variables_of(action)["TASK"] for action in stages["Dev"]] == ["release", "stage-tests", "offer"]
    assert [action["RunOrder"] for action in stages["Dev"]] == [1, 2, 3]
    told = {variables_of(action)["RELEASE_SHA256"] for action in stages["Dev"]}
    assert told == {"#{Bundle.RELEASE_SHA256}"}
    assert stages["Build"][0]["Namespace"] == "Bundle"


def test_the_same_bytes_reach_prod_after_a_persons_approval(content):
    stages = pipelines(content)["promotion"]
    assert list(stages) == ["Source", "Preprod", names.APPROVE, "Prod"]
    told = {variables_of(action)["RELEASE_SHA256"] for stage in ("Preprod", "Prod") for action in stages[stage]}
    assert told == {"#{variables.RELEASE_SHA256}"}


def test_an_offer_of_this_project_starts_its_promotion(content):
    rules = [one["Properties"] for one in content["Resources"].values() if one["Type"] == "AWS::Events::Rule"]
    (offered,) = [one for one in rules if one["EventPattern"]["source"] == [names.RELEASE_SOURCE]]
    assert offered["EventPattern"]["detail"]["project"] == [{"Ref": "ProjectName"}]


def roles_of(content) -> dict[str, str]:
    """Which role each stage's build has."""
    found = [one["Properties"] for one in content["Resources"].values() if one["Type"] == "AWS::CodeBuild::Project"]
    variables = [{v["Name"]: v["Value"] for v in one["Environment"]["EnvironmentVariables"]} for one in found]
    return {
        told.get("STAGE", "build"): one["ServiceRole"]["Fn::Sub"].rpartition("${BusinessUnit}-")[2]
        for one, told in zip(found, variables, strict=True)
    }


def test_each_stage_is_deployed_by_a_role_of_its_own(content):
    assert roles_of(content) == {"build": "build", **{stage: f"deploy-application-{stage}" for stage in STAGES}}


def test_another_stages_role_would_be_seen(content):
    spoilt = json.loads(json.dumps(content).replace("deploy-application-preprod", "deploy-application-prod"))
    assert roles_of(spoilt) != roles_of(content)
