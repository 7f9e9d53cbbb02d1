"""The platform's step that starts a training: whose name it takes, and which definitions it refuses."""

import copy
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.stub import Stubber
from fmops_constructs import names
from fmops_constructs.training_start import PROGRAM, buildspec
from fmops_constructs.training_start import program as start

GROUP = "arn:aws:sagemaker:eu-west-1:000000000011:model-package-group/churn"
SEEDER = "fmops-seeder"
IMAGE = "000000000011.dkr.ecr.eu-west-1.amazonaws.com/fmops/images"


def session(role: str, name: str) -> str:
    return f"arn:aws:sts::000000000011:assumed-role/{role}/{name}"


def execution(kind: str, detail: str, pushed_by: str = "nobody") -> dict[str, Any]:
    variables = [{"name": "PUSHED_BY", "resolvedValue": pushed_by}]
    return {"trigger": {"triggerType": kind, "triggerDetail": detail}, "variables": variables}


def nobody() -> str:
    raise AssertionError("nobody asked who launched")


RULE = "arn:aws:events:eu-west-1:000000000011:rule/churn-build"


@pytest.mark.parametrize(
    ("found", "who"),
    [
        (execution("CloudWatchEvent", RULE, session("fmops-retail-ml-engineer", "cy")), "cy"),
        (execution("StartPipelineExecution", session("fmops-retail-ml-engineer", "uma"), session("x", "cy")), "uma"),
        (execution("StartPipelineExecution", "arn:aws:iam::000000000011:user/team/hal"), "hal"),
    ],
)
def test_who_pushed_or_started_trains(found: dict[str, Any], who: str) -> None:
    assert start.trainer(found, SEEDER, nobody) == who


def test_of_a_first_commit_it_is_who_launched() -> None:
    first = execution("CloudWatchEvent", RULE, session(SEEDER, "AWSCodeBuild-1"))
    assert start.trainer(first, SEEDER, lambda: session("fmops-retail-ml-engineer", "cy")) == "cy"


@pytest.mark.parametrize("arn", ["nobody", "arn:aws:iam::000000000011:root", ""])
def test_nobody_trains_nothing(arn: str) -> None:
    """The twin: a run that no known session caused is not started."""
    with pytest.raises(SystemExit, match="nobody in whose name"):
        start.trainer(execution("CloudWatchEvent", RULE, arn), SEEDER, nobody)


@pytest.fixture
def definition() -> dict[str, Any]:
    def get(name: str) -> dict[str, str]:
        return {"Get": f"Parameters.{name}"}

    register = {
        "ModelPackageGroupName": GROUP,
        "ModelApprovalStatus": "PendingManualApproval",
        "ModelLifeCycle": {"Stage": "dev", "StageStatus": "PendingApproval"},
        "CustomerMetadataProperties": {"commit": get("Commit"), "trained_by": get("TrainedBy")},
        "InferenceSpecification": {"Containers": [{"Image": get("Image")}]},
    }
    gate = {"IfSteps": [{"Name": "Register", "Type": "RegisterModel", "Arguments": register}], "ElseSteps": []}
    train = {"AlgorithmSpecification": {"TrainingImage": get("Image")}}
    return {
        "Parameters": [
            {"Name": "Commit", "Type": "String"},
            {"Name": "TrainedBy", "Type": "String"},
            {"Name": "Image", "Type": "String", "DefaultValue": f"{IMAGE}:ml-1"},
        ],
        "Steps": [
            {"Name": "Train", "Type": "Training", "Arguments": train},
            {"Name": "Gate", "Type": "Condition", "Arguments": gate},
        ],
    }


def test_a_bound_definition_is_started(definition: dict[str, Any]) -> None:
    assert start.problems(definition, GROUP) == []


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("CustomerMetadataProperties", "trained_by"), "uma", 'trained_by must be {"Get": "Parameters.TrainedBy"}'),
        (("CustomerMetadataProperties", "commit"), "0" * 40, "commit must be"),
        (("ModelApprovalStatus",), "Approved", 'ModelApprovalStatus must be "PendingManualApproval"'),
        (("ModelLifeCycle", "Stage"), "prod", "Stage must be"),
        (("ModelPackageGroupName",), GROUP + "2", "ModelPackageGroupName must be"),
        (("InferenceSpecification", "Containers"), [{"Image": f"{IMAGE}:ml-1"}], "Image must be"),
        (("InferenceSpecification",), None, "Image must be"),
    ],
)
def test_one_that_says_otherwise_is_refused(
    definition: dict[str, Any], path: tuple[str, ...], value: Any, words: str
) -> None:
    wrong = copy.deepcopy(definition)
    node = wrong["Steps"][1]["Arguments"]["IfSteps"][0]["Arguments"]
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    assert any(words in line for line in start.problems(wrong, GROUP))


def test_other_steps_parameters_and_images_are_refused(definition: dict[str, Any]) -> None:
    definition["Steps"].append({"Name": "Call", "Type": "Lambda", "Arguments": {}})
    definition["Steps"][0]["Arguments"]["AlgorithmSpecification"]["TrainingImage"] = "elsewhere:1"
    del definition["Parameters"][0]
    found = "\n".join(start.problems(definition, GROUP))
    assert "a step of type Lambda may not run" in found
    assert "Train: AlgorithmSpecification.TrainingImage must be" in found
    assert "the parameter Commit is missing" in found


def test_an_image_is_pinned_by_its_digest(definition: dict[str, Any]) -> None:
    ecr = boto3.client("ecr", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    asked = {
        "registryId": "000000000011",
        "repositoryName": "fmops/images",
        "imageIds": [{"imageTag": "ml-1"}],
    }
    digest = f"sha256:{'a' * 64}"
    with Stubber(ecr) as stub:
        stub.add_response("describe_images", {"imageDetails": [{"imageDigest": digest}]}, asked)
        assert start.pinned(definition, ecr) == f"{IMAGE}@{digest}"
        stub.add_client_error("describe_images", "ImageNotFoundException")
        with pytest.raises(SystemExit, match="ask the platform to publish it"):
            start.pinned(definition, ecr)


class RefusedError(Exception):
    """What a fake service raises."""


class Service:
    """A client that answers from a table and remembers what it was asked."""

    def __init__(self, asked: list[tuple[str, dict[str, Any]]], **answers: Any) -> None:
        self._asked, self._answers = asked, answers
        self.exceptions = type("", (), {"ResourceNotFound": RefusedError, "ImageNotFoundException": RefusedError})

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            self._asked.append((name, arguments))
            answer = self._answers[name]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


HERE = {
    "AWS_REGION": "eu-west-1",
    "BUILD_PIPELINE": "churn-build",
    "BUSINESS_UNIT": "retail",
    "CODEBUILD_BUILD_ID": "churn-train:1",
    "COMMIT_ID": "c" * 40,
    "DEV_ACCOUNT": "000000000022",
    "EXECUTION_ID": "e-1",
    "MODEL_PACKAGE_GROUP": GROUP,
    "MODEL_PIPELINE": "churn",
    "PARTITION": "aws",
    "SEEDER": SEEDER,
    "STACK_ID": "arn:stack",
}
LAUNCHED = {"PhysicalId": "arn:stack", "UserArnSession": session("fmops-retail-ml-engineer", "cy")}


def run(
    monkeypatch: pytest.MonkeyPatch, launches: list[dict[str, Any]], known: Any
) -> list[tuple[str, dict[str, Any]]]:
    """The whole program for a project's first commit, against answers of ours; gives the calls in their order."""
    asked: list[tuple[str, dict[str, Any]]] = []
    first = execution("CloudWatchEvent", RULE, session(SEEDER, "AWSCodeBuild-1"))
    arn = {"PipelineArn": "arn:pipeline"}
    services = {
        "codepipeline": Service(asked, get_pipeline_execution={"pipelineExecution": first}),
        "servicecatalog": Service(asked, search_provisioned_products={"ProvisionedProducts": launches}),
        "ecr": Service(asked, describe_images={"imageDetails": [{"imageDigest": f"sha256:{'a' * 64}"}]}),
        "sts": Service(
            asked, assume_role={"Credentials": {"AccessKeyId": "a", "SecretAccessKey": "s", "SessionToken": "t"}}
        ),
        "sagemaker": Service(
            asked,
            describe_pipeline=known,
            create_pipeline=arn,
            update_pipeline=arn,
            start_pipeline_execution={"PipelineExecutionArn": "arn:execution"},
        ),
    }
    fake = type("Session", (), {"__init__": lambda *_, **__: None, "client": lambda _, name: services[name]})
    monkeypatch.setattr(boto3, "Session", fake)
    for name, value in HERE.items():
        monkeypatch.setenv(name, value)
    start.main()
    return asked


@pytest.mark.parametrize(("known", "brought"), [({}, "update_pipeline"), (RefusedError(), "create_pipeline")])
def test_a_first_commit_is_trained_in_the_launchers_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, definition: dict[str, Any], known: Any, brought: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pipeline.json").write_text(json.dumps(definition))
    asked = dict(run(monkeypatch, [LAUNCHED], known))
    assert asked["assume_role"]["SourceIdentity"] == "cy"
    assert asked["assume_role"]["RoleArn"].endswith("/fmops-retail-start-pipeline")
    assert json.loads(asked[brought]["PipelineDefinition"]) == definition
    values = {one["Name"]: one["Value"] for one in asked["start_pipeline_execution"]["PipelineParameters"]}
    assert values == {"Commit": "c" * 40, "TrainedBy": "cy", "Image": f"{IMAGE}@sha256:{'a' * 64}"}


@pytest.mark.parametrize("launches", [[], [{**LAUNCHED, "PhysicalId": "arn:stack-2"}], [LAUNCHED, LAUNCHED]])
def test_without_a_known_launcher_nothing_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, definition: dict[str, Any], launches: list[dict[str, Any]]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pipeline.json").write_text(json.dumps(definition))
    with pytest.raises(SystemExit, match="does not know who launched"):
        run(monkeypatch, launches, {})


def test_a_refused_definition_starts_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, definition: dict[str, Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    definition["Steps"][0]["Type"] = "Lambda"
    (tmp_path / "pipeline.json").write_text(json.dumps(definition))
    with pytest.raises(SystemExit, match="refused; nothing was started"):
        run(monkeypatch, [LAUNCHED], {})


def test_an_image_without_a_tag_is_refused(definition: dict[str, Any]) -> None:
    definition["Parameters"][2]["DefaultValue"] = "elsewhere"
    with pytest.raises(SystemExit, match="names no image of a registry"):
        start.pinned(definition, None)


def test_roles_in_dev_are_called_as_the_foundation_calls_them() -> None:
    here = {"PARTITION": "aws", "DEV_ACCOUNT": "000000000022", "BUSINESS_UNIT": "retail"}
    for name in ("start-pipeline", "pipeline"):
        assert start.role(here, name) == names.role_arn("000000000022", name, "retail")


def test_the_step_runs_its_program_and_nothing_beside_it() -> None:
    (command,) = yaml.safe_load(buildspec())["phases"]["build"]["commands"]
    assert command == f"python3 -I - <<'PROGRAM'\n{PROGRAM.read_text()}PROGRAM\n"
