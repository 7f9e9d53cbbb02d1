"""The seed's deploy app, synthesised as the promotion does it: clean in every linter and in cdk-nag."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from templates.ml_train_deploy_realtime.tests.linters import lint, validate

SEED = Path(__file__).parents[1] / "seed"
NAG = """
import sys, aws_cdk as cdk, cdk_nag
from pathlib import Path
from deploy.app import Endpoint
from deploy.settings import Release, Serving
release = Release.read(Path(sys.argv[1]))
app = cdk.App(builtin_cloud_formation_validation=False)
packs = (cdk_nag.AwsSolutionsChecks, cdk_nag.NIST80053R5Checks)
cdk.Validations.of(app).add_plugins(*[pack(app) for pack in packs])
stack = Endpoint(app, "Endpoint", release=release, serving=Serving.load(release.stage))
if "--spoil" in sys.argv:
    stack.node.find_child("Config").kms_key_id = None
app.synth()
"""


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    file = tmp_path_factory.mktemp("release") / "release.json"
    content = {
        "project": "churn",
        "business_unit": "retail",
        "stage": "prod",
        "account": "444444444444",
        "region": "eu-west-1",
        "model_package_arn": "arn:aws:sagemaker:eu-west-1:111111111111:model-package/churn/3",
        "model_data_url": "s3://fmops-artifacts-111111111111-eu-west-1/models/churn/job/output/model.tar.gz",
        "model_sha256": "0" * 64,
        "image": "111111111111.dkr.ecr.eu-west-1.amazonaws.com/fmops/images:ml-1",
        "environment": {"SAGEMAKER_PROGRAM": "inference.py"},
    }
    file.write_text(json.dumps(content))
    return file


def run(out: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CDK_OUTDIR": str(out)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=SEED, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def text(release, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    done = run(out, "-m", "deploy.app", str(release))
    assert done.returncode == 0, done.stderr
    return (out / "prod-Endpoint.template.json").read_text()


@pytest.mark.parametrize("linter", [validate, lint])
def test_the_template_is_clean(text, linter):
    assert linter(text) == []


@pytest.mark.parametrize("linter", [validate, lint])
def test_a_linter_finds_a_mistake(text, linter):
    assert linter(text.replace('"InitialInstanceCount"', '"InitialInstances"'))


def test_cdk_nag_is_content(release, tmp_path):
    done = run(tmp_path, "-c", NAG, str(release))
    assert done.returncode == 0, done.stderr[-3000:]


def test_cdk_nag_finds_a_mistake(release, tmp_path):
    done = run(tmp_path, "-c", NAG, str(release), "--spoil")
    assert done.returncode != 0
    assert "SageMakerEndpointConfigurationKMSKeyConfigured" in done.stderr


def test_two_syntheses_are_byte_identical(text, release, tmp_path):
    run(tmp_path, "-m", "deploy.app", str(release))
    assert (tmp_path / "prod-Endpoint.template.json").read_text() == text
