"""The product's template: what a launch makes, privately and without any identity, clean in every linter."""

import json
import re
from pathlib import Path
from textwrap import dedent

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import aws_servicecatalog as servicecatalog
from aws_cdk.assertions import Match, Template
from fmops_constructs import names
from fmops_constructs.catalog import Facts, discover
from fmops_constructs.training_start import PROGRAM

from templates.ml_train_deploy_realtime.tests.linters import lint, validate

ROOT = Path(__file__).parents[3]
ACCOUNTS = {"dev": "222222222222", "preprod": "333333333333", "prod": "444444444444"}
FACTS = Facts(
    organization_id="o-exampleorgid",
    region="eu-west-1",
    tooling="111111111111",
    data_lake="555555555555",
    business_units={"retail": ACCOUNTS, "early": {"dev": "666666666666"}},
)
PACKS = (cdk_nag.AwsSolutionsChecks, cdk_nag.NIST80053R5Checks)


def synthesise(folder: Path, *, spoil: str = "") -> dict:
    """The product's template as the governance account publishes it, cdk-nag on."""
    app = cdk.App(outdir=str(folder), builtin_cloud_formation_validation=False)
    cdk.Validations.of(app).add_plugins(*[pack(app) for pack in PACKS])
    stack = cdk.Stack(app, "Catalog", env=cdk.Environment(account="111111111110", region="eu-west-1"))
    template = next(one for one in discover(ROOT / "templates") if one.name == "ml-train-deploy-realtime")
    product = template.product()(stack, "Product", foundation_facts=FACTS)
    if spoil:
        product.node.find_child(spoil).node.find_child("Project").encryption_key = None
    content = servicecatalog.CloudFormationTemplate.from_product_stack(product)
    version = servicecatalog.CloudFormationProductVersion(product_version_name="v1", cloud_formation_template=content)
    servicecatalog.CloudFormationProduct(stack, "P", product_name="p", owner="o", product_versions=[version])
    app.synth()
    (file,) = folder.glob("*.product.template.json")
    return json.loads(file.read_text())


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    return synthesise(tmp_path_factory.mktemp("product"))


@pytest.fixture(scope="module")
def template(content):
    return Template.from_json(content)


@pytest.mark.parametrize("linter", [validate, lint])
def test_the_template_is_clean(content, linter):
    assert linter(json.dumps(content)) == []


@pytest.mark.parametrize("linter", [validate, lint])
def test_a_linter_finds_a_mistake(content, linter):
    assert linter(json.dumps(content).replace('"RetentionInDays": 365', '"RetentionInDay": 365'))


def test_cdk_nag_finds_a_mistake(tmp_path):
    """The twin of every synthesis in this module, which cdk-nag has passed."""
    with pytest.raises(RuntimeError, match="CB4"):
        synthesise(tmp_path / "out", spoil="Build")


def test_two_syntheses_are_byte_identical(content, tmp_path):
    assert json.dumps(synthesise(tmp_path / "again")) == json.dumps(content)


def test_a_launch_makes_no_identity(content):
    kinds = {resource["Type"] for resource in content["Resources"].values()}
    assert kinds == {
        "AWS::CodeBuild::Project",
        "AWS::CodeCommit::Repository",
        "AWS::CodePipeline::Pipeline",
        "AWS::Events::Rule",
        "AWS::Logs::LogGroup",
        "AWS::SageMaker::ModelPackageGroup",
        "AWS::SSM::Parameter",
        "Custom::Seed",
    }


def test_the_parameters_are_those_of_the_manifest_and_no_other_value_passes(content):
    parameters = content["Parameters"]
    asked = {name for name, one in parameters.items() if one["Type"] == "String" and not name.startswith("SageMaker")}
    assert asked == {"ProjectName", "BusinessUnit", "Dataset"}
    assert parameters["BusinessUnit"]["AllowedValues"] == ["retail"], "early has no prod: it cannot launch this"
    for pattern in (parameters["ProjectName"]["AllowedPattern"], names.PROJECT.pattern):
        assert all(re.fullmatch(pattern, name) for name in ("churn", "a-1", "ab", "x1", "a" * 24))
        assert not any(re.fullmatch(pattern, name) for name in ("Churn", "a--1", "a", "1x", "ab-", "a" * 25))


def untagged(content):
    """Resources of which their business unit could not be told from another's."""

    def tags(one):  # Systems Manager has a map of them
        found = one["Properties"].get("Tags", [])
        return [{"Key": key, "Value": value} for key, value in found.items()] if isinstance(found, dict) else found

    return [
        name
        for name, one in content["Resources"].items()
        if not one["Type"].startswith("Custom::")
        and {"Key": names.UNIT_TAG, "Value": {"Ref": "BusinessUnit"}} not in tags(one)
    ]


def test_everything_bears_its_business_units_tag(content):
    assert untagged(content) == []


def test_a_missing_tag_would_be_seen(content):
    spoilt = json.loads(json.dumps(content))
    spoilt["Resources"]["Repository"]["Properties"]["Tags"] = [{"Key": names.UNIT_TAG, "Value": "retail"}]
    assert untagged(spoilt) == ["Repository"]


def test_every_build_is_private_and_encrypted(template):
    template.resource_count_is("AWS::CodeBuild::Project", 4)
    template.all_resources_properties(
        "AWS::CodeBuild::Project",
        {
            "VpcConfig": {
                "VpcId": {"Ref": "VpcId"},
                "Subnets": {"Ref": "SubnetIds"},
                "SecurityGroupIds": [{"Ref": "SecurityGroupId"}],
            },
            "EncryptionKey": {"Ref": "ArtifactsKeyArn"},
            "Environment": {"PrivilegedMode": False},
        },
    )
    template.all_resources_properties(
        "AWS::Logs::LogGroup", {"KmsKeyId": {"Ref": "LogsKeyArn"}, "RetentionInDays": 365}
    )


def stages_of(content, id):
    (pipeline,) = (
        one["Properties"]
        for name, one in content["Resources"].items()
        if one["Type"] == "AWS::CodePipeline::Pipeline" and name.startswith(id)
    )
    return {stage["Name"]: stage["Actions"] for stage in pipeline["Stages"]}


def variables_of(action):
    return {one["name"]: one["value"] for one in json.loads(action["Configuration"]["EnvironmentVariables"])}


def test_production_comes_after_tests_and_two_persons_approvals(content):
    stages = stages_of(content, "PromotionPipeline")
    assert [(name, [action["Name"] for action in actions]) for name, actions in stages.items()] == [
        ("Source", ["Source"]),
        ("Preprod", ["Deploy", "Test"]),
        ("Approve", ["ProductOwner", "Risk"]),
        ("Prod", ["Deploy"]),
    ]
    assert [action["RunOrder"] for action in stages["Preprod"]] == [1, 2]
    assert {action["ActionTypeId"]["Provider"] for action in stages["Approve"]} == {"Manual"}


def test_every_stage_gets_the_same_model_package(content):
    stages = stages_of(content, "PromotionPipeline")
    found = [variables_of(action) for action in [*stages["Preprod"], *stages["Prod"]]]
    assert {one["MODEL_PACKAGE_ARN"] for one in found} == {"#{variables.MODEL_PACKAGE_ARN}"}
    assert [one["TASK"] for one in found] == ["release", "stage-tests", "release"]
    assert {one["COMMIT_ID"] for one in found} == {"#{Source.CommitId}"}


def roles_of(content, stage):
    """The roles under which a stage of the promotion runs its builds, and the stage that each build is told."""
    projects = [
        action["Configuration"]["ProjectName"]["Ref"] for action in stages_of(content, "PromotionPipeline")[stage]
    ]
    found = [content["Resources"][project]["Properties"] for project in projects]
    told = [{v["Name"]: v["Value"] for v in one["Environment"]["EnvironmentVariables"]}["STAGE"] for one in found]
    return {
        (json.dumps(one["ServiceRole"]).rpartition("-deploy-")[2].strip('"} '), name)
        for one, name in zip(found, told, strict=True)
    }


def test_nothing_before_the_second_approval_has_prods_role(content):
    assert roles_of(content, "Preprod") == {("preprod", "preprod")}
    assert roles_of(content, "Prod") == {("prod", "prod")}


def test_prods_role_in_preprod_would_be_seen(content):
    spoilt = json.loads(json.dumps(content))
    text = json.dumps(spoilt["Resources"]).replace("-deploy-preprod", "-deploy-prod")
    spoilt["Resources"] = json.loads(text)
    assert roles_of(spoilt, "Preprod") != {("preprod", "preprod")}


def test_a_build_knows_its_commit(content):
    stages = stages_of(content, "BuildPipeline")
    assert list(stages) == ["Source", "Build", "Train"]
    assert stages["Source"][0]["Namespace"] == "Source"
    assert variables_of(stages["Build"][0]) == {"COMMIT_ID": "#{Source.CommitId}"}


def test_the_step_that_starts_a_training_gets_nothing_of_the_repository_but_the_definition(content):
    """Its program is the product's, and its role alone may start pipelines in dev."""
    (start,) = stages_of(content, "BuildPipeline")["Train"]
    assert [one["Name"] for one in start["InputArtifacts"]] == ["Definition"]
    project = content["Resources"][start["Configuration"]["ProjectName"]["Ref"]]["Properties"]
    assert "python3 -I - <<'PROGRAM'" in project["Source"]["BuildSpec"]
    assert PROGRAM.read_text() in dedent(project["Source"]["BuildSpec"].partition("'PROGRAM'\n")[2])
    assert json.dumps(project["ServiceRole"]).rpartition("fmops-${BusinessUnit}-")[2].startswith("train")
    assert variables_of(start)["EXECUTION_ID"] == "#{codepipeline.PipelineExecutionId}"


def test_a_push_says_who_pushed(template):
    """The session that the event names: no author that a commit names."""
    template.has_resource_properties(
        "AWS::Events::Rule",
        {
            "EventPattern": {"source": ["aws.codecommit"]},
            "Targets": [
                Match.object_like(
                    {
                        "InputTransformer": {
                            "InputPathsMap": {"PUSHED_BY": "$.detail.callerUserArn"},
                            "InputTemplate": '{"variables":[{"name":"PUSHED_BY","value":<PUSHED_BY>}]}',
                        }
                    }
                )
            ],
        },
    )


def test_only_an_approval_of_this_projects_model_starts_the_promotion(template):
    template.has_resource_properties(
        "AWS::Events::Rule",
        {
            "EventPattern": {
                "source": ["aws.sagemaker"],
                "detail": {
                    "ModelPackageGroupName": [{"Ref": "ProjectName"}],
                    "ModelApprovalStatus": ["Approved"],
                    "UpdatedModelPackageFields": ["ModelApprovalStatus"],
                },
            },
            "Targets": [
                Match.object_like(
                    {
                        "InputTransformer": {
                            "InputPathsMap": {
                                "COMMIT": "$.detail.MetadataProperties.CommitId",
                                "MODEL_PACKAGE_ARN": "$.detail.ModelPackageArn",
                            },
                            "InputTemplate": (
                                '{"sourceRevisions":[{"actionName":"Source","revisionType":"COMMIT_ID",'
                                '"revisionValue":<COMMIT>}],'
                                '"variables":[{"name":"MODEL_PACKAGE_ARN","value":<MODEL_PACKAGE_ARN>}]}'
                            ),
                        }
                    }
                )
            ],
        },
    )


def test_the_registry_is_open_to_named_roles_only(content):
    group = content["Resources"]["ModelPackageGroup"]["Properties"]["ModelPackageGroupPolicy"]
    writers = [one for one in group["Statement"] if "sagemaker:CreateModelPackage" in one["Action"]]
    assert [one["Sid"] for one in writers] == ["DevRegisters"]
    for statement in group["Statement"]:
        assert statement["Condition"]["ArnEquals"]["aws:PrincipalArn"]
        assert not [action for action in statement["Action"] if "*" in action]
    assert len(json.dumps(group)) < 20480


def test_code_and_models_outlive_the_product_but_not_a_failed_launch(template):
    for kind in ("AWS::CodeCommit::Repository", "AWS::SageMaker::ModelPackageGroup"):
        template.has_resource(kind, {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"})


def test_the_seeding_comes_last_and_then_the_project_is_registered(content):
    """So what the register names stands, and is seeded."""
    seed, registration = content["Resources"]["Seed"], content["Resources"]["Registration"]
    assert registration["DependsOn"] == ["Seed"]
    assert json.loads(registration["Properties"]["Value"])["template"] == "ml-train-deploy-realtime"
    awaited, queue = {"Registration"}, ["Seed"]
    while queue:  # what it waits for, directly or not
        awaited.add(name := queue.pop())
        resource = json.dumps(content["Resources"][name])
        queue += [other for other in content["Resources"] if other not in awaited and f'"{other}"' in resource]
    assert awaited == set(content["Resources"])
    assert seed["Properties"]["Repository"] == {"Fn::GetAtt": ["Repository", "Name"]}
    assert seed["Properties"]["ServiceTimeout"] == "900"
    assert seed["Properties"]["Answers"]["seed_version"] == json.loads(registration["Properties"]["Value"])["version"]


def test_names_are_the_contracts(content):
    expected, values = names.Project("churn", "retail"), {"ProjectName": "churn", "BusinessUnit": "retail"}
    named = {
        "".join(values.get(part["Ref"], "") if isinstance(part, dict) else part for part in parts)
        for resource in content["Resources"].values()
        for property, value in resource["Properties"].items()
        if property in ("Name", "RepositoryName", "ModelPackageGroupName")
        for parts in [value["Fn::Join"][1] if "Fn::Join" in value else [value]]
    }
    builds = {
        "churn-deploy-preprod",
        "churn-deploy-prod",
        "churn-train",
    }  # the build that the build pipeline runs has the pipeline's name
    assert named == builds | {
        expected.repository,
        expected.model_package_group,
        expected.build,
        expected.promotion,
        names.project_parameter("retail", "churn"),
    }
