"""The seed's deploy app, synthesised as the pipelines do it: clean in every linter and in cdk-nag."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from templates.ml_train_deploy_realtime.tests.linters import lint, validate

SEED = Path(__file__).parents[1] / "seed"
PROGRAM = """
import sys, aws_cdk as cdk, cdk_nag
from pathlib import Path
from deploy.app import Application
from deploy.bundle import zipped
from deploy.settings import Build, Project
out, *words = sys.argv[1:]
bundle = Path(out) / "bundle.zip"
bundle.write_bytes(zipped())
build = Build("prod", "222222222222", "eu-west-1", "bucket", "vpce-0123456789abcdef0", "0" * 64)
app = cdk.App(builtin_cloud_formation_validation=False, outdir=out)
packs = (cdk_nag.AwsSolutionsChecks, cdk_nag.NIST80053R5Checks)
cdk.Validations.of(app).add_plugins(*[pack(app) for pack in packs])
project = Project("handbook", "retail", "amazon.nova-lite")
stack = Application(app, "prod-Application", project=project, build=build, bundle=bundle)
if "--spoil" in words:
    stack.node.find_child("Messages").point_in_time_recovery_specification = None
app.synth()
"""


def run(out: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM, str(out), *words]
    return subprocess.run(command, cwd=SEED, env=os.environ, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    done = run(out)
    assert done.returncode == 0, done.stderr[-3000:]
    return (out / "prod-Application.template.json").read_text()


@pytest.mark.parametrize("linter", [validate, lint])
def test_the_template_is_clean(text, linter):
    assert linter(text) == []


@pytest.mark.parametrize("linter", [validate, lint])
def test_a_linter_finds_a_mistake(text, linter):
    assert linter(text.replace('"BillingMode"', '"BillingMoode"'))


def test_cdk_nag_finds_a_mistake(tmp_path):
    """The twin of the synthesis that every test here begins with."""
    done = run(tmp_path, "--spoil")
    assert done.returncode != 0
    assert "DynamoDBPITREnabled" in done.stderr


def test_two_syntheses_are_byte_identical(text, tmp_path):
    run(tmp_path)
    assert (tmp_path / "prod-Application.template.json").read_text() == text
