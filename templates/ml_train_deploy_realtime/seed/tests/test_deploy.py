"""The endpoint's template, the release's refusals, and the checks of a stage against good and bad endpoints."""

import hashlib
import io
import json

import aws_cdk as cdk
import pandas as pd
import pytest
from aws_cdk.assertions import Template
from botocore.response import StreamingBody
from deploy import checks, release, stage_check
from deploy.app import Endpoint
from deploy.held_out import held_out
from deploy.settings import Release, Serving
from steps import inference

ARTIFACT = b"the model's bytes"
DIGEST = hashlib.sha256(ARTIFACT).hexdigest()
COMMIT = "c" * 40
IMAGE = f"111111111111.dkr.ecr.eu-west-1.amazonaws.com/fmops/images@sha256:{'a' * 64}"
PACKAGE = {
    "ModelPackageArn": "arn:aws:sagemaker:eu-west-1:111111111111:model-package/churn/3",
    "ModelPackageGroupName": "churn",
    "ModelApprovalStatus": "Approved",
    "CustomerMetadataProperties": {"model_sha256": DIGEST, "commit": COMMIT},
    "InferenceSpecification": {
        "Containers": [
            {
                "Image": IMAGE,
                "ModelDataUrl": "s3://bucket/models/churn/model.tar.gz",
                "Environment": {"SAGEMAKER_PROGRAM": "inference.py"},
            }
        ]
    },
}


class Bucket:
    def get_object(self, *, Bucket, Key):  # noqa: N803
        assert (Bucket, Key) == ("bucket", "models/churn/model.tar.gz")
        return {"Body": StreamingBody(io.BytesIO(ARTIFACT), len(ARTIFACT))}


@pytest.fixture
def verified(project):
    return release.verified(PACKAGE, project, Bucket(), COMMIT)


def released(stage, verified):
    return Release("churn", "retail", stage, "333333333333", "eu-west-1", **verified)


def synthesised(stage, verified):
    stack = Endpoint(cdk.App(), "stack", release=released(stage, verified), serving=Serving.load(stage))
    return stack, Template.from_stack(stack)


def test_an_approved_unchanged_artifact_is_verified(verified):
    assert verified["model_sha256"] == DIGEST


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"CustomerMetadataProperties": {"model_sha256": "0" * 64, "commit": COMMIT}},
            "has changed since it was registered",
        ),
        ({"CustomerMetadataProperties": {}}, "no model_sha256"),
        ({"CustomerMetadataProperties": {"model_sha256": DIGEST, "commit": "d" * 40}}, "was made by commit d"),
        ({"InferenceSpecification": {"Containers": [{"Image": IMAGE.split("@")[0] + ":ml-1"}]}}, "by a tag"),
        ({"ModelApprovalStatus": "PendingManualApproval"}, "only an approved version"),
        ({"ModelApprovalStatus": "Rejected"}, "only an approved version"),
        ({"ModelPackageGroupName": "other"}, "belongs to other"),
    ],
)
def test_anything_else_is_refused(project, change, words):
    with pytest.raises(SystemExit, match=words):
        release.verified(PACKAGE | change, project, Bucket(), COMMIT)


def test_a_release_runs_the_cdk_on_the_verified_artifact(tmp_path, monkeypatch, verified):
    monkeypatch.chdir(tmp_path)
    calls = []
    release.deploy(released("preprod", verified), run=lambda argv, **options: calls.append((argv, options)))
    ((argv, options),) = calls
    assert argv[:3] == ["cdk", "deploy", "preprod-Endpoint"]
    assert "--require-approval" in argv
    assert options == {"check": True}
    assert json.loads((tmp_path / "build" / "release-preprod.json").read_text())["model_sha256"] == DIGEST


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"STAGE": "dev"}, "must be one of preprod, prod"),
        ({}, "must be one of"),
        ({"STAGE": "prod", "AWS_REGION": "eu-west-1", "MODEL_PACKAGE_ARN": "a"}, "PROD_ACCOUNT"),
    ],
)
def test_a_release_without_its_environment_is_refused(environment, words):
    with pytest.raises(SystemExit, match=words):
        release.of_environment(environment)


class Registry:
    """Remembers what it is told about versions."""

    def __init__(self):
        self.told = []

    def update_model_package(self, *, ModelPackageArn, ModelLifeCycle):  # noqa: N803
        self.told.append((ModelPackageArn, ModelLifeCycle["Stage"], ModelLifeCycle["StageStatus"]))


@pytest.mark.parametrize(("code", "status"), [(0, "PendingApproval"), (1, "Rejected"), (5, "Rejected")])
def test_a_version_stands_in_a_stage_as_its_tests_ended(code, status):
    registry = Registry()
    assert stage_check.check(registry, "arn", "preprod", run=lambda _: code) == int(code != 0)
    assert registry.told == [("arn", "preprod", status)]


def test_an_endpoint_is_private_encrypted_and_watched(verified):
    stack, template = synthesised("prod", verified)
    assert stack.stack_name == "churn-prod"
    template.has_resource_properties(
        "AWS::SageMaker::Model",
        {
            "EnableNetworkIsolation": True,
            "ExecutionRoleArn": {
                "Fn::Join": ["", ["arn:aws:iam::", {"Ref": "AWS::AccountId"}, ":role/fmops/fmops-retail-hosting"]]
            },
            "VpcConfig": {"Subnets": {"Ref": "SubnetIds"}, "SecurityGroupIds": [{"Ref": "SecurityGroupId"}]},
        },
    )
    template.has_resource_properties("AWS::SageMaker::EndpointConfig", {"KmsKeyId": {"Ref": "DataKeyArn"}})
    rollback = {"Alarms": [{"AlarmName": {"Ref": "ErrorsAlarm"}}, {"AlarmName": {"Ref": "LatencyAlarm"}}]}
    template.has_resource_properties(
        "AWS::SageMaker::Endpoint",
        {"EndpointName": "churn-prod", "DeploymentConfig": {"AutoRollbackConfiguration": rollback}},
    )
    template.has_output("ModelDigest", {"Value": DIGEST})
    template.resource_count_is("AWS::IAM::Role", 0)


def test_preprod_is_prod_with_less_capacity(verified):
    both = [synthesised(stage, verified)[1].to_json() for stage in ("preprod", "prod")]
    assert neutral(both[0]) != neutral(both[1])
    for template in both:
        variant = template["Resources"]["Config"]["Properties"]["ProductionVariants"][0]
        del variant["InitialInstanceCount"], variant["InstanceType"]
        del template["Resources"]["Endpoint"]["Properties"]["DeploymentConfig"]["BlueGreenUpdatePolicy"]
    assert neutral(both[0]) == neutral(both[1])


def neutral(template):
    return json.dumps(template, sort_keys=True).replace("preprod", "STAGE").replace("prod", "STAGE")


def test_two_instances_make_a_canary(verified):
    policies = {
        stage: synthesised(stage, verified)[1].to_json()["Resources"]["Endpoint"]["Properties"]["DeploymentConfig"]
        for stage in ("preprod", "prod")
    }
    kinds = {
        stage: policy["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"]
        for stage, policy in policies.items()
    }
    assert kinds == {"preprod": "ALL_AT_ONCE", "prod": "CANARY"}


@pytest.mark.parametrize(
    ("text", "words"),
    [("stages: {prod: {}}", "no stage 'preprod'"), ("stages: {preprod: {instances: 1, size: 2}}", "'size'")],
)
def test_a_wrong_stages_file_is_refused(tmp_path, text, words):
    (tmp_path / "stages.yaml").write_text(text)
    with pytest.raises(SystemExit, match=words):
        Serving.load("preprod", tmp_path / "stages.yaml")


@pytest.fixture
def ask(trained):
    """The trained model as an endpoint would answer."""
    model = inference.model_fn(str(trained[0] / "model"))

    def local(body, content_type):
        try:
            return inference.output_fn(inference.predict_fn(inference.input_fn(body, content_type), model), "")[0]
        except inference.BaseInferenceToolkitError as error:
            raise checks.Refused(error.status_code, str(error)) from error

    return local


@pytest.fixture
def labelled(trained, training):
    return held_out(training, trained[1]["dataset"]["sha256"])


def test_a_good_endpoint_passes_every_check(ask, labelled, training):
    rows, labels = labelled
    checks.answers_rows(ask, rows)
    checks.reads_both_types(ask, rows)
    checks.refuses_malformed(ask)
    checks.is_good(ask, rows, labels, training.minimum_auc)
    checks.is_fast(ask, rows, 1000)
    checks.is_fast(ask, rows, 1000, callers=4)
    checks.tells_no_internals(ask)
    checks.stays_sane(ask, rows)


def test_the_held_out_rows_are_the_ones_that_were_not_trained_on(trained, labelled):
    test = pd.read_csv(trained[0] / "split" / "test" / "test.csv").drop(columns="target")
    pd.testing.assert_frame_equal(labelled[0].reset_index(drop=True), test)


def test_data_of_ones_own_needs_held_out_rows(training, tmp_path):
    with pytest.raises(SystemExit, match=r"deploy/held_out\.csv"):
        held_out(training, "0" * 64, tmp_path / "held_out.csv")
    (tmp_path / "held_out.csv").write_text("target,a\n1,2\n")
    assert held_out(training, "0" * 64, tmp_path / "held_out.csv")[1].tolist() == [1]


@pytest.mark.parametrize(
    ("broken", "check", "words"),
    [
        (lambda ask: lambda body, kind: '{"predictions": []}', "answers_rows", "0 answered"),
        (lambda ask: lambda body, kind: ask(body, kind).replace("0.", "9."), "answers_rows", "not probabilities"),
        (lambda ask: lambda body, kind: "1" if kind == "text/csv" else "2", "reads_both_types", "differently"),
        (lambda ask: lambda body, kind: "{}", "refuses_malformed", "ended with 200"),
        (lambda ask: _crash, "refuses_malformed", "ended with 500"),
    ],
)
def test_a_bad_endpoint_fails(ask, labelled, broken, check, words):
    arguments = [broken(ask)] if check == "refuses_malformed" else [broken(ask), labelled[0].head(3)]
    with pytest.raises(AssertionError, match=words):
        getattr(checks, check)(*arguments)


def _crash(body, kind):
    raise checks.Refused(500, "crash")


def test_a_guessing_endpoint_and_a_slow_one_fail(ask, labelled, training):
    rows, labels = labelled
    with pytest.raises(AssertionError, match="is below"):
        checks.is_good(ask, rows, 1 - labels, training.minimum_auc)
    with pytest.raises(AssertionError, match="the limit is 0 ms"):
        checks.is_fast(ask, rows, 0)
    with pytest.raises(AssertionError, match="4 at once"):
        checks.is_fast(ask, rows, 0, callers=4)


def test_a_talkative_endpoint_and_one_that_crashes_on_extremes_fail(labelled):
    def talkative(body, kind):
        raise checks.Refused(400, 'File "/opt/ml/code/inference.py", line 3')

    def nonsense(body, kind):
        return '{"predictions": [{"probability": 7}]}'

    with pytest.raises(AssertionError, match="tells"):
        checks.tells_no_internals(talkative)
    with pytest.raises(AssertionError, match="ended with 500"):
        checks.stays_sane(_crash, labelled[0])
    with pytest.raises(AssertionError, match="answered with 7"):
        checks.stays_sane(nonsense, labelled[0])
