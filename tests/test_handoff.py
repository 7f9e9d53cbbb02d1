"""`fmops handoff` and `fmops rollout`: the lock follows what is deployed, drift ends with 1, waves are as asked."""

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner

from fmops import assembly, handoff, rollout, target
from fmops.cli import main_group
from fmops.problem import Problem
from fmops.target import Target
from fmops.waves import waves
from foundation.handoff import LOCK
from tests.assemblies import EXAMPLE, example

PORTFOLIO, OTHER = "port-abc123", "port-def456"


class Stacks:
    """CloudFormation of an account where some stacks stand."""

    def __init__(self, outputs: dict[str, dict[str, str]], refusal: str = "") -> None:
        self.outputs, self.refusal = outputs, refusal

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        if self.refusal or StackName not in self.outputs:
            message = self.refusal or f"Stack with id {StackName} does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in self.outputs[StackName].items()]
        return {"Stacks": [{"StackName": StackName, "Outputs": outputs}]}


@pytest.fixture
def stacks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stacks:
    """An AWS where governance stands, and a folder with the example's file."""
    found = Stacks({"governance-Catalog": {"PortfolioIdretail": PORTFOLIO, "PortfolioIdlending": OTHER}})
    monkeypatch.setattr(Target, "administrator", lambda _self, account: account)
    monkeypatch.setattr(Target, "client", lambda _self, _session, _service: found)
    monkeypatch.setattr(target, "choose", lambda _kind, region: Target("AWS", region))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "foundation.yaml").write_text(EXAMPLE.read_text())
    return found


def fmops(*arguments: str, answer: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(main_group, arguments, input=answer)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_pull_writes_what_is_deployed_once(stacks: Stacks) -> None:
    assert fmops("handoff", "pull") == (0, f"{LOCK}: written.\n")
    assert handoff.load(Path(LOCK)).ids == {"portfolio": {"retail": PORTFOLIO, "lending": OTHER}}
    assert fmops("handoff", "pull") == (0, f"{LOCK}: nothing new.\n")
    assert not list(Path().glob(".handoff*"))


def test_pull_says_what_is_not_deployed(stacks: Stacks) -> None:
    stacks.outputs.clear()
    code, said = fmops("handoff", "pull")
    assert code == 0
    assert "portfolio.retail is not deployed yet: there is no output PortfolioIdretail of governance-Catalog" in said


def test_check_ends_with_1_when_lock_and_deployment_differ(stacks: Stacks) -> None:
    code, said = fmops("handoff", "check")
    assert (code, "the lock has none, deployed is port-abc123" in said) == (1, True)
    fmops("handoff", "pull")
    assert fmops("handoff", "check")[0] == 0
    stacks.outputs["governance-Catalog"]["PortfolioIdretail"] = "port-other"
    code, said = fmops("handoff", "check", "--json")
    assert code == 1
    assert json.loads(said) == [{"key": "portfolio.retail", "locked": PORTFOLIO, "deployed": "port-other"}]


def test_show_says_where_each_id_comes_from(stacks: Stacks) -> None:
    assert "not written yet" in fmops("handoff", "show")[1]
    fmops("handoff", "pull")
    row = json.loads(fmops("handoff", "show", "--json")[1])[0]
    assert (row["id"], row["stack"], row["output"]) == (PORTFOLIO, "governance-Catalog", "PortfolioIdretail")


def test_a_refusal_is_no_missing_stack(stacks: Stacks) -> None:
    stacks.refusal = "User is not authorized"
    with pytest.raises(Problem, match=r"portfolio\.retail: can't read the output PortfolioId"):
        handoff.deployed(Target("AWS", "eu-west-1"), example())


def test_an_output_of_another_shape_is_refused(stacks: Stacks) -> None:
    stacks.outputs["governance-Catalog"]["PortfolioIdretail"] = "arn:aws:catalog"
    with pytest.raises(Problem, match="is no id of the catalog's portfolio"):
        handoff.deployed(Target("AWS", "eu-west-1"), example())


def test_the_embedded_aws_has_a_lock_of_its_own() -> None:
    embedded = Target("the embedded AWS", "eu-west-1", "http://127.0.0.1:1")
    assert handoff.lock_of(embedded, Path("x/foundation.yaml")) == Path("build") / LOCK
    assert handoff.lock_of(Target("AWS", "eu-west-1"), Path("x/foundation.yaml")) == Path("x") / LOCK


def test_waves_begin_with_what_all_share_and_end_with_production() -> None:
    found = waves(example())
    assert found[0].name == "shared"
    members = [environment.name for wave in found for environment in wave.environments]
    assert sorted(members) == sorted(environment.name for environment in example().environments())
    names = [wave.name for wave in found]
    assert names.index("dev") < names.index("preprod") < names.index("prod")


def test_waves_are_named_by_type_or_environment() -> None:
    dev, prod = waves(example(), ["dev", "retail-prod"])
    assert "retail-dev" in [environment.name for environment in dev.environments]
    assert prod.patterns == ["retail-prod/*"]


@pytest.mark.parametrize(("wanted", "said"), [(["nowhere"], "no such wave"), (["dev", "retail-dev"], "deployed twice")])
def test_a_wrong_wave_is_told(wanted: list[str], said: str) -> None:
    with pytest.raises(Problem, match=said):
        waves(example(), wanted)


class Rehearsal(rollout.Rollout):
    """A roll-out that only says what it would do."""

    done: ClassVar[list[str]] = []

    def synth(self) -> str:
        self.done.append("synth")
        return ""

    def bootstrap(self, environments: Any, progress: Any) -> int:
        self.done.append("bootstrap " + ",".join(environment.name for environment in environments))
        return 0

    def deploy(self, patterns: Any, progress: Any) -> int:
        self.done.append("deploy " + ",".join(patterns))
        return len(patterns)

    def complete(self, environments: Any) -> None:
        self.done.append("complete")


@pytest.fixture
def rehearsal(stacks: Stacks, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(rollout, "Rollout", Rehearsal)
    monkeypatch.setattr(Rehearsal, "done", [])
    return Rehearsal.done


def test_a_rollout_goes_wave_by_wave(rehearsal: list[str]) -> None:
    code, _ = fmops("rollout", "--wave", "retail-dev,retail-prod", "-y")
    assert code == 0
    assert rehearsal == [
        "synth",
        "bootstrap retail-dev,retail-prod",
        "deploy retail-dev/*",
        "deploy retail-prod/*",
        "complete",
    ]


def test_a_pause_lets_a_person_stop(rehearsal: list[str]) -> None:
    arguments = ("rollout", "--wave", "retail-dev,retail-prod", "--pause-between")
    assert fmops(*arguments, answer="y\nn\n")[0] == 2
    assert rehearsal[-1] == "deploy retail-dev/*"
    assert fmops(*arguments, answer="y\ny\n")[0] == 0
    assert rehearsal[-1] == "complete"


def test_nobody_to_ask_deploys_nothing(rehearsal: list[str]) -> None:
    code, said = fmops("rollout")
    assert (code, "Say -y" in said) == (2, True)
    assert rehearsal == []


def test_only_new_and_changed_stacks_are_deployed_again(tmp_path: Path) -> None:
    artifact = {"type": "aws:cloudformation:stack", "displayName": "a/B", "properties": {"templateFile": "t.json"}}
    (tmp_path / "t.json").write_text("{}")
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"B": artifact}}))
    before = assembly.stacks(tmp_path)
    assert assembly.changed({}, before) == ["a/B"]
    assert assembly.changed(before, before) == []
    (tmp_path / "t.json").write_text('{"Resources": {}}')
    assert assembly.changed(before, assembly.stacks(tmp_path)) == ["a/B"]
    assert assembly.stacks(tmp_path / "nowhere") == {}
