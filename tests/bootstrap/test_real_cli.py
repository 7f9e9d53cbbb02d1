"""The real CDK CLI takes our templates: over its own toolkit too, and deploys through the roles they make."""

import dataclasses
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ssm as ssm
from botocore.exceptions import ClientError

from fmops import deployment
from fmops.bootstrap import apply
from fmops.bootstrap.assembly import Contents
from fmops.bootstrap.plan import Plan, plan
from fmops.target import Target
from tests.local.conftest import REGION, Embedded
from tests.local.conftest import embedded as embedded

pytestmark = pytest.mark.e2e
TOOLING, STAGE, STRANGER = "000000000012", "000000000010", "000000000001"


def planned_for(account: str, official: dict[str, Any], *types: str) -> Plan:
    contents = Contents(types=dict.fromkeys(types, "stack"), environments=[account])
    return plan((account, REGION), contents, official, also=set(), trust=TOOLING, home=True)


@pytest.fixture(scope="module")
def target(embedded: Embedded) -> Target:
    """The started embedded AWS."""
    return Target("the embedded AWS", REGION, embedded.url)


@pytest.fixture(scope="module")
def prepared(target: Target, official: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> list[Plan]:
    """Two accounts with our toolkits; the stage's replaced CDK's own."""
    folder = tmp_path_factory.mktemp("official")
    deployment.run_cdk(
        ["bootstrap", f"aws://{STAGE}/{REGION}"],
        env=target.environment(target.administrator(STAGE)),
        folder=folder,
        on_line=lambda _: None,
    )
    plans = [planned_for(account, official, "AWS::SSM::Parameter") for account in (STAGE, TOOLING)]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert apply.bootstrap(target, plans, progress=lambda _: None) == 2
    return plans


def test_again_nothing_is_to_do(target: Target, prepared: list[Plan]) -> None:
    assert apply.bootstrap(target, prepared, progress=lambda _: None) == 0


def test_a_changed_template_is_deployed(
    target: Target, prepared: list[Plan], official: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    changed = planned_for(TOOLING, official, "AWS::SSM::Parameter", "AWS::KMS::Key")
    assert changed.stamp != prepared[1].stamp
    assert apply.bootstrap(target, [prepared[0], changed], progress=lambda _: None) == 1
    assert apply.current(target, changed)
    assert not apply.current(target, dataclasses.replace(prepared[1], account=TOOLING))


def role(kind: str) -> str:
    return f"arn:aws:iam::{STAGE}:role/cdk-hnb659fds-{kind}-role-{STAGE}-{REGION}"


def refused(call: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call()
    return str(caught.value.response["Error"]["Code"])


@pytest.mark.parametrize("kind", ["deploy", "file-publishing", "lookup"])
def test_tooling_takes_the_roles_and_nobody_else(embedded: Embedded, prepared: list[Plan], kind: str) -> None:
    assert embedded.assume("sts", role(kind), by=TOOLING).get_caller_identity()["Account"] == STAGE
    for other in (STRANGER, STAGE):
        assert refused(lambda by=other: embedded.assume("sts", role(kind), by=by)) == "AccessDenied"


@pytest.mark.parametrize("kind", ["deploy", "file-publishing", "lookup"])
def test_the_roles_can_do_little(embedded: Embedded, prepared: list[Plan], kind: str) -> None:
    iam = embedded.assume("iam", role(kind), by=TOOLING)
    assert refused(lambda: iam.create_user(UserName="eve")) == "AccessDenied"
    logs = embedded.assume("ssm", role(kind), by=TOOLING)
    assert refused(lambda: logs.put_parameter(Name="/fmops/x", Value="1", Type="String")).startswith("AccessDenied")


def test_tooling_deploys_through_them(target: Target, prepared: list[Plan], tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path / "cdk.out"), analytics_reporting=False)
    stack = cdk.Stack(app, "Through", env=cdk.Environment(account=STAGE, region=REGION))
    ssm.StringParameter(stack, "Size", parameter_name="/fmops/size", string_value="1")
    app.synth()
    assert deployment.deploy(
        target, tmp_path / "cdk.out", patterns=["Through"], account=TOOLING, progress=lambda _: None
    )
    client = target.client(target.administrator(STAGE), "ssm")
    assert client.get_parameter(Name="/fmops/size")["Parameter"]["Value"] == "1"
