"""A small business unit for SageMaker's tests: a dev account that trains, a tooling account that keeps models."""

import io
import json
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.local.conftest import REGION, Embedded

DEV, TOOLING = "000000000022", "000000000012"
ML, MODELS = f"fmops-ml-{DEV}", f"fmops-artifacts-{TOOLING}"
IMAGE = f"{DEV}.dkr.ecr.{REGION}.amazonaws.com/xgboost:1"

TRAIN = """
import argparse, json, os, pathlib, sys
parser = argparse.ArgumentParser()
parser.add_argument("--depth", type=int)
parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
options = parser.parse_args()
rows = pathlib.Path(options.train, "rows.csv").read_text().split()
if options.depth < 0:
    pathlib.Path("/nowhere").exists()
    raise ValueError("depth must be positive")
print("validation:auc=0.71"); print("validation:auc=0.93")
target = pathlib.Path(options.model_dir)
(target / "code").mkdir(parents=True)
(target / "weights.json").write_text(json.dumps({"depth": options.depth, "rows": len(rows)}))
(target / "code" / "inference.py").write_text('''
import json, pathlib
def model_fn(model_dir):
    return json.loads(pathlib.Path(model_dir, "weights.json").read_text())
def input_fn(body, content_type):
    return [[float(v) for v in line.split(",")] for line in body.split()]
def predict_fn(data, model):
    return [sum(row) * model["depth"] for row in data]
''')
"""
PREPROCESS = """
import pathlib, sys
source, target = map(pathlib.Path, sys.argv[1:])
lines = (source / "raw.csv").read_text().split()
target.mkdir(parents=True, exist_ok=True)
(target / "rows.csv").write_text("\\n".join(lines[1:]))
print("kept", len(lines) - 1, "rows")
"""
EVALUATE = """
import json, pathlib, sys, tarfile
model, target = map(pathlib.Path, sys.argv[1:])
with tarfile.open(model / "model.tar.gz") as archive:
    weights = json.load(archive.extractfile("weights.json"))
(target / "evaluation.json").write_text(json.dumps({"metrics": {"auc": {"value": weights["depth"] / 10}}}))
"""


def archive(**files: str) -> bytes:
    """A .tar.gz of files by name (`code__inference` is `code/inference.py`)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as target:
        for name, text in files.items():
            member = tarfile.TarInfo(name.replace("__", "/") + ".py")
            member.size = len(text.encode())
            target.addfile(member, io.BytesIO(text.encode()))
    return out.getvalue()


def trust(*services: str) -> str:
    """A trust policy for AWS services."""
    allowed = {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def policy(*statements: tuple[list[str], list[str]]) -> str:
    """An identity policy from (actions, resources)."""
    rows = [{"Effect": "Allow", "Action": actions, "Resource": resources} for actions, resources in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": rows})


def until(read: Callable[[], Any], done: Callable[[Any], bool], seconds: float = 60) -> Any:
    """What `read` gives once it is `done`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = read()
        if done(found):
            return found
        time.sleep(0.1)
    raise AssertionError(f"still {found}")


@dataclass
class World:
    """The embedded AWS with roles, buckets, code and data in it."""

    aws: Embedded
    roles: dict[str, str]

    def client(self, service: str, account: str = DEV) -> Any:
        """A client as the account's root."""
        return self.aws.client(service, account)

    def job(self, kind: str, name: str) -> dict[str, Any]:
        """A job once it has ended."""
        describe = getattr(self.client("sagemaker"), f"describe_{kind.lower()}_job")
        found: dict[str, Any] = until(
            lambda: describe(**{f"{kind}JobName": name}),
            lambda job: job[f"{kind}JobStatus"] not in ("InProgress", "Stopping"),
        )
        return found

    def execution(self, arn: str) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """A pipeline's execution once it has ended, and its steps by name."""
        client = self.client("sagemaker")
        found = until(
            lambda: client.describe_pipeline_execution(PipelineExecutionArn=arn),
            lambda run: run["PipelineExecutionStatus"] not in ("Executing", "Stopping"),
        )
        steps = client.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
        return found, {step["StepName"]: step for step in steps}


def make_role(aws: Embedded, account: str, name: str, document: str, service: str = "sagemaker.amazonaws.com") -> str:
    """A role that a service may take, with one managed policy; its ARN."""
    iam = aws.client("iam", account)
    arn: str = iam.create_role(Path="/fmops/", RoleName=name, AssumeRolePolicyDocument=trust(service))["Role"]["Arn"]
    made = iam.create_policy(Path="/fmops/", PolicyName=name, PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn=made)
    return arn


def build(aws: Embedded) -> World:
    """Makes the buckets, the code, the data and the roles of `World`."""
    for account, bucket in ((DEV, ML), (TOOLING, MODELS)):
        aws.client("s3", account).create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    shared = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{DEV}:root"},
        "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
        "Resource": [f"arn:aws:s3:::{MODELS}", f"arn:aws:s3:::{MODELS}/*"],
    }
    allowed = json.dumps({"Version": "2012-10-17", "Statement": [shared]})
    aws.client("s3", TOOLING).put_bucket_policy(Bucket=MODELS, Policy=allowed)
    s3 = aws.client("s3", DEV)
    s3.put_object(Bucket=ML, Key="data/raw.csv", Body=b"a,b\n1,2\n3,4\n")
    s3.put_object(Bucket=ML, Key="code/preprocess.py", Body=PREPROCESS.encode())
    s3.put_object(Bucket=ML, Key="code/evaluate.py", Body=EVALUATE.encode())
    s3.put_object(Bucket=ML, Key="code/sourcedir.tar.gz", Body=archive(train=TRAIN))
    both = [f"arn:aws:s3:::{bucket}{end}" for bucket in (ML, MODELS) for end in ("", "/*")]
    storage = (["s3:GetObject", "s3:PutObject", "s3:ListBucket"], both)
    jobs = [f"arn:aws:sagemaker:{REGION}:{DEV}:{kind}-job/pipelines-*" for kind in ("processing", "training")]
    actions = [
        f"sagemaker:{verb}{kind}Job" for verb in ("Create", "Describe", "Stop") for kind in ("Processing", "Training")
    ]
    passed = [f"arn:aws:iam::{DEV}:role/fmops/test-job"]
    package = [f"arn:aws:sagemaker:{REGION}:{TOOLING}:model-package/*"]
    pipeline = policy((actions, jobs), (["iam:PassRole"], passed), (["sagemaker:CreateModelPackage"], package), storage)
    roles = {
        "job": make_role(aws, DEV, "test-job", policy(storage)),
        "pipeline": make_role(aws, DEV, "test-pipeline", pipeline),
        "blind": make_role(aws, DEV, "test-blind", policy((["s3:ListBucket"], both))),
    }
    return World(aws, roles)


@pytest.fixture(scope="session")
def world(embedded: Embedded) -> World:
    """The business unit, made once."""
    return build(embedded)


def training_job(world: World, name: str, **changes: Any) -> dict[str, Any]:
    """A CreateTrainingJob request in script mode."""
    request = {
        "TrainingJobName": name,
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "validation:auc", "Regex": "validation:auc=([0-9.]+)"}],
        },
        "RoleArn": world.roles["job"],
        "HyperParameters": {
            "depth": "3",
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"s3://{ML}/code/sourcedir.tar.gz",
        },
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{ML}/train/"}},
            }
        ],
        "OutputDataConfig": {"S3OutputPath": f"s3://{ML}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    return {**request, **changes}


def processing_job(world: World, name: str, code: str, **changes: Any) -> dict[str, Any]:
    """A CreateProcessingJob request that runs a script of the code folder."""
    request = {
        "ProcessingJobName": name,
        "AppSpecification": {
            "ImageUri": IMAGE,
            "ContainerEntrypoint": ["python3", f"/opt/ml/processing/input/code/{code}"],
            "ContainerArguments": ["/opt/ml/processing/input/data", "/opt/ml/processing/output"],
        },
        "RoleArn": world.roles["job"],
        "ProcessingInputs": [
            _input("code", f"s3://{ML}/code/{code}", "/opt/ml/processing/input/code"),
            _input("data", f"s3://{ML}/data/", "/opt/ml/processing/input/data"),
        ],
        "ProcessingOutputConfig": {"Outputs": [_output("train", f"s3://{ML}/train/", "/opt/ml/processing/output")]},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5}
        },
    }
    return {**request, **changes}


def _input(name: str, uri: Any, path: str) -> dict[str, Any]:
    return {
        "InputName": name,
        "S3Input": {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"},
    }


def _output(name: str, uri: Any, path: str) -> dict[str, Any]:
    return {"OutputName": name, "S3Output": {"S3Uri": uri, "LocalPath": path, "S3UploadMode": "EndOfJob"}}


def definition(world: World, group: str, **changes: Any) -> dict[str, Any]:
    """A pipeline: preprocess -> train -> evaluate -> condition -> register, else fail."""

    def arguments(request: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in request.items() if not name.endswith("JobName")}

    trained = {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}
    evaluate = processing_job(world, "", "evaluate.py")
    evaluate["ProcessingInputs"][1] = _input("model", trained, "/opt/ml/processing/input/data")
    where = {"Std:Join": {"On": "/", "Values": [f"s3://{ML}", {"Get": "Execution.PipelineExecutionId"}, "evaluation"]}}
    evaluate["ProcessingOutputConfig"] = {"Outputs": [_output("report", where, "/opt/ml/processing/output")]}
    train = training_job(world, "")
    train["HyperParameters"]["depth"] = {"Get": "Parameters.Depth"}
    made = {"Get": "Steps.Preprocess.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"}
    train["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] = made
    train["OutputDataConfig"] = {"S3OutputPath": f"s3://{MODELS}/models"}
    auc = {
        "Std:JsonGet": {
            "PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Report"},
            "Path": "metrics.auc.value",
        }
    }
    register = {
        "ModelPackageGroupName": group,
        "InferenceSpecification": {
            "Containers": [{"Image": IMAGE, "ModelDataUrl": trained}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
    }
    report = {"PropertyFileName": "Report", "OutputName": "report", "FilePath": "evaluation.json"}
    steps: list[dict[str, Any]] = [
        {
            "Name": "Preprocess",
            "Type": "Processing",
            "Arguments": arguments(processing_job(world, "", "preprocess.py")),
        },
        {"Name": "Train", "Type": "Training", "Arguments": arguments(train)},
        {"Name": "Evaluate", "Type": "Processing", "Arguments": arguments(evaluate), "PropertyFiles": [report]},
        {
            "Name": "GoodEnough",
            "Type": "Condition",
            "Arguments": {
                "Conditions": [
                    {"Type": "GreaterThanOrEqualTo", "LeftValue": auc, "RightValue": {"Get": "Parameters.Threshold"}}
                ],
                "IfSteps": [{"Name": "Register", "Type": "RegisterModel", "Arguments": register}],
                "ElseSteps": [
                    {
                        "Name": "TooWeak",
                        "Type": "Fail",
                        "Arguments": {"ErrorMessage": {"Std:Join": {"On": " ", "Values": ["auc", auc, "is too weak"]}}},
                    }
                ],
            },
        },
    ]
    parameters = [
        {"Name": "Depth", "Type": "String", "DefaultValue": "8"},
        {"Name": "Threshold", "Type": "Float", "DefaultValue": 0.5},
    ]
    return {"Version": "2020-12-01", "Metadata": {}, "Parameters": parameters, "Steps": steps, **changes}
