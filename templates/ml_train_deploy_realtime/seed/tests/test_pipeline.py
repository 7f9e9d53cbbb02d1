"""The pipeline's definition: what it says, and that a mistake in it is found before SageMaker sees it."""

import copy
import json
import re

import pytest
from pipeline.card import is_expression
from pipeline.definition import definition
from pipeline.settings import Accounts, Project, Training
from pipeline.shapes import problems


@pytest.fixture(scope="module")
def content(project, training, accounts, network):
    return definition(project, training, accounts, network, "s3://lake/curated/churn")


def steps(content):
    for step in content["Steps"]:
        yield step
        yield from step["Arguments"].get("IfSteps", []) if step["Type"] == "Condition" else []


def by_name(content, name):
    return next(step for step in steps(content) if step["Name"] == name)


def test_the_definition_fits_sagemakers_requests(content):
    assert problems(content) == []


def test_it_is_the_same_each_time(content, project, training, accounts, network):
    again = definition(project, training, accounts, network, "s3://lake/curated/churn")
    assert json.dumps(again) == json.dumps(content)


@pytest.mark.parametrize(
    ("step", "path", "value", "words"),
    [
        (
            "Train",
            ["ResourceConfig", "InstanceTyp"],
            "ml.m5.large",
            'Unknown parameter in ResourceConfig.*"InstanceTyp"',
        ),
        ("Train", ["ResourceConfig", "InstanceType"], "ml.m5.larg", "is not one of SageMaker's values"),
        ("Train", ["StoppingCondition", "MaxRuntimeInSeconds"], "60", "Invalid type"),
        ("Train", ["RoleArn"], None, "Invalid type|Missing required"),
        ("Preprocess", ["NetworkConfig", "VpcConfig", "Subnets"], "subnet-1", "Invalid type"),
        ("Preprocess", ["RoleArn"], "training", "does not match"),
        ("Register", ["ModelApprovalStatus"], "Pending", "is not one of SageMaker's values"),
        ("Evaluate", ["AppSpecification", "ImageUri"], {"Get": "Steps.Trian.Image"}, "there is no 'Trian'"),
        ("Evaluate", ["AppSpecification", "ImageUri"], {"Get": "Parameters.Imag"}, "there is no 'Imag'"),
    ],
)
def test_a_mistake_is_named(content, step, path, value, words):
    wrong = copy.deepcopy(content)
    node = by_name(wrong, step)["Arguments"]
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    found = problems(wrong)
    assert any(re.search(words, line) for line in found), found


@pytest.mark.parametrize("name", ["Preprocess", "Train", "Evaluate"])
def test_every_job_is_private_and_encrypted(content, name):
    arguments = by_name(content, name)["Arguments"]
    network = arguments if name == "Train" else arguments["NetworkConfig"]
    assert network["EnableNetworkIsolation"] is network["EnableInterContainerTrafficEncryption"] is True
    assert network["VpcConfig"]["Subnets"]
    cluster = arguments["ResourceConfig"] if name == "Train" else arguments["ProcessingResources"]["ClusterConfig"]
    output = arguments["OutputDataConfig" if name == "Train" else "ProcessingOutputConfig"]
    assert cluster["VolumeKmsKeyId"].startswith("arn:aws:kms")
    assert output["KmsKeyId"].startswith("arn:aws:kms")


def test_steps_get_the_arguments_that_they_take(content):
    """Each argument that the pipeline passes to a script is one that its parser knows."""
    from steps import evaluate, preprocess, train

    for name, module in (("Preprocess", preprocess), ("Evaluate", evaluate)):
        given = by_name(content, name)["Arguments"]["AppSpecification"]["ContainerArguments"]
        arguments = [text if isinstance(text, str) else "an expression" for text in given]
        with pytest.raises(SystemExit, match="0"):
            module.main([*arguments, "--help"])
        with pytest.raises(SystemExit, match="2"):
            module.main([*arguments, "--no-such-argument"])
    given = by_name(content, "Train")["Arguments"]["HyperParameters"]
    passed = [f"--{name}={value}" for name, value in given.items() if not name.startswith("sagemaker_")]
    parsed = train.parse([*passed, "--train", "a", "--validation", "b", "--model-dir", "c"])
    assert str(parsed.max_depth) == given["max_depth"]
    with pytest.raises(SystemExit):
        train.parse([*passed, "--depth=3"])


def test_only_a_good_model_is_registered(content, training):
    gate = content["Steps"][-1]["Arguments"]
    assert [step["Type"] for step in gate["IfSteps"]] == ["RegisterModel"]
    assert [step["Type"] for step in gate["ElseSteps"]] == ["Fail"]
    assert content["Parameters"][-1] == {"Name": "MinimumAuc", "Type": "Float", "DefaultValue": training.minimum_auc}


def test_a_version_says_what_it_was_made_from(content):
    arguments = by_name(content, "Register")["Arguments"]
    recorded = {"commit", "trained_by", "dataset_id", "dataset_sha256", "model_sha256", "auc"}
    assert set(arguments["CustomerMetadataProperties"]) == recorded
    assert arguments["ModelPackageGroupName"] == "arn:aws:sagemaker:eu-west-1:111111111111:model-package-group/churn"
    assert arguments["ModelApprovalStatus"] == "PendingManualApproval"
    assert arguments["ModelLifeCycle"] == {"Stage": "dev", "StageStatus": "PendingApproval"}


def test_the_card_is_json_whatever_its_words_hold(content, training, project, accounts, network):
    words = {**training.model_card, "intended_uses": 'Say "yes"\nor \\no'}
    awkward = Training(**{**training.__dict__, "model_card": words})
    for one in (content, definition(project, awkward, accounts, network, "s3://b/d")):
        pieces = by_name(one, "Register")["Arguments"]["ModelCard"]["ModelCardContent"]["Std:Join"]["Values"]
        card = json.loads("".join("0.5" if is_expression(piece) else piece for piece in pieces))
        metric = card["evaluation_details"][0]["metric_groups"][0]["metric_data"][0]
        assert metric["value"] == 0.5
        assert card["training_details"]["training_observations"] == "0.5"
        said = card["additional_information"]["custom_details"]
        assert said["foundation_model"]
        assert {f"eu_ai_act_{name}" for name in ("risk_class", "human_oversight", "affected_persons")} <= set(said)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("project: Churn\nbusiness_unit: retail\ndataset: example\n", "'Churn' does not match"),
        ("project: churn\nbusiness_unit: re-tail\ndataset: example\n", "'re-tail' does not match"),
        ("project: churn\nbusiness_unit: retail\ndataset: /data\n", "neither 'example' nor an s3"),
    ],
)
def test_a_wrong_project_file_is_refused(tmp_path, text, words):
    (tmp_path / "project.yaml").write_text(text)
    with pytest.raises(SystemExit, match=words):
        Project.load(tmp_path / "project.yaml")


def test_a_project_file_is_read(tmp_path, project):
    (tmp_path / "project.yaml").write_text('project: "churn"\nbusiness_unit: "retail"\ndataset: "example"\n')
    assert Project.load(tmp_path / "project.yaml") == project


def test_an_unknown_key_in_training_is_refused(tmp_path):
    (tmp_path / "training.yaml").write_text("target: y\nminimum_acu: 1\n")
    with pytest.raises(SystemExit, match="minimum_acu"):
        Training.load(tmp_path / "training.yaml")


def test_a_build_without_its_environment_is_refused():
    with pytest.raises(SystemExit, match="DEV_ACCOUNT"):
        Accounts.of({"AWS_REGION": "eu-west-1", "TOOLING_ACCOUNT": "1", "ARTIFACTS_KEY_ARN": "k"})
