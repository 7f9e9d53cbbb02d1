"""What seeds' deploy apps put into a stage's account is among what its toolkit may make."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fmops.bootstrap.plan import Plan
from tests.assemblies import ROOT
from tests.bootstrap.reading import allowed, policies_of

SEEDS = sorted(path.parents[1] for path in ROOT.glob("templates/*/seed/deploy/app.py"))
RELEASE = {
    "project": "churn",
    "business_unit": "retail",
    "stage": "prod",
    "account": "000000000024",
    "region": "eu-west-1",
    "model_package_arn": "arn:aws:sagemaker:eu-west-1:000000000011:model-package/churn/3",
    "model_data_url": "s3://fmops-artifacts-000000000011-eu-west-1/models/churn/job/output/model.tar.gz",
    "model_sha256": "0" * 64,
    "image": "000000000011.dkr.ecr.eu-west-1.amazonaws.com/fmops/images:ml-1",
    "environment": {"SAGEMAKER_PROGRAM": "inference.py"},
}


PROJECT = "project: handbook\nbusiness_unit: retail\nmodel: amazon.nova-lite\n"
BUILD = {
    "STAGE": "prod",
    "PROD_ACCOUNT": "000000000027",
    "AWS_REGION": "eu-west-1",
    "ARTIFACTS_BUCKET": "fmops-artifacts-000000000011-eu-west-1",
    "TESTS_FROM": "vpce-0123456789abcdef0",
    "RELEASE_SHA256": "0" * 64,
}


@dataclass(frozen=True)
class Target:
    """Where a seed deploys to: the environment, the service that its roles are handed to, what its build is told."""

    environment: str
    service: str
    told: Mapping[str, str] = field(default_factory=dict)


TARGETS = {
    "ml_train_deploy_realtime": Target("retail-prod", "sagemaker.amazonaws.com"),
    "genai_consumer_app": Target("retail-application-prod", "lambda.amazonaws.com", BUILD),
}


@pytest.fixture(scope="module", params=SEEDS, ids=lambda seed: seed.parent.name)
def seed(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


@pytest.fixture
def target(seed: Path) -> Target:
    return TARGETS[seed.parent.name]


@pytest.fixture(scope="module")
def deployed(seed: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The template that a seed deploys to prod."""
    folder = tmp_path_factory.mktemp("deployed")
    copy = Path(shutil.copytree(seed, folder / "seed"))
    (copy / "project.yaml").write_text(PROJECT)
    release = folder / "release.zip"
    release.write_text(json.dumps(RELEASE))
    subprocess.run(
        [sys.executable, "-m", "deploy.app", str(release)],
        cwd=copy,
        env={**os.environ, **TARGETS[seed.parent.name].told, "CDK_OUTDIR": str(folder / "cdk.out")},
        check=True,
        capture_output=True,
    )
    (template,) = (folder / "cdk.out").glob("*.template.json")
    found: dict[str, Any] = json.loads(template.read_text())
    return found


def of(target: Target, planned: list[Plan]) -> Plan:
    return next(plan for plan in planned if target.environment in plan.environments)


def test_there_are_seeds_that_deploy() -> None:
    assert SEEDS


def test_what_a_seed_deploys_can_be_made(deployed: dict[str, Any], target: Target, planned: list[Plan]) -> None:
    types = {resource["Type"] for resource in deployed["Resources"].values()}
    assert len(types) > 1
    assert types - set(of(target, planned).types) == set()


def test_elsewhere_it_can_not(deployed: dict[str, Any], target: Target, planned: list[Plan]) -> None:
    types = {resource["Type"] for resource in deployed["Resources"].values()}
    dev = next(plan for plan in planned if "retail-dev" in plan.environments)
    assert types - set(dev.types) != set()


def test_what_a_seed_reads_and_hands_over_is_within_reach(
    deployed: dict[str, Any], target: Target, planned: list[Plan]
) -> None:
    plan = of(target, planned)
    policies = policies_of(plan, "CloudFormationExecutionRole")
    read = [p["Default"] for p in deployed["Parameters"].values() if p["Type"].startswith("AWS::SSM::Parameter")]
    assert len(read) > 1
    for name in read:
        assert allowed(policies, "ssm:GetParameters", f"arn:aws:ssm:{plan.region}:{plan.account}:parameter{name}"), name
    (passing,) = [s for policy in policies for s in policy["Statement"] if "iam:PassRole" in s["Action"]]
    assert target.service in passing["Condition"]["StringEquals"]["iam:PassedToService"]
