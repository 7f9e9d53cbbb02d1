"""`fmops launch`: what is wrong with the arguments is told before anything is called."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from fmops.cli import main_group
from fmops.commands import launch
from fmops.problem import Problem

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = "ml-train-deploy-realtime"
GOOD = (TEMPLATE, "--name", "churn", "--business-unit", "retail", "--foundation", str(ROOT / "foundation.yaml"))


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(main_group, ["launch", *arguments, "--target", "embedded"])
    assert result.exit_code == 2
    return result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("no-such-template", *GOOD[1:]), "TEMPLATE no-such-template: there is none"),
        ((*GOOD, "--param", "colour=red"), "--param colour=red: not a parameter"),
        ((*GOOD, "--param", "dataset"), "--param dataset: not a parameter"),
        ((*GOOD, "--param", "dataset=http://x"), "Dataset: 'http://x' doesn't match"),
        ((TEMPLATE, "--name", "Churn!", *GOOD[3:]), "ProjectName: 'Churn!' doesn't match"),
        ((*GOOD[:4], "bank", *GOOD[5:]), "--business-unit bank: not in"),
        ((*GOOD, "--as", "zoe"), "--as zoe: not among retail's data-scientists"),
    ],
)
def test_a_wrong_argument_is_named(arguments: tuple[str, ...], said: str) -> None:
    output = refused(*arguments)
    assert said in output.replace("\n", " ")


def test_nothing_runs_and_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: with right arguments it goes on to the embedded AWS, which isn't there."""
    monkeypatch.chdir(tmp_path)
    assert "isn't running" in refused(*GOOD)


def test_defaults_are_part_of_the_request() -> None:
    """So that a repeated launch is compared with what was really asked."""
    wanted = launch.request(TEMPLATE, "churn", "retail", ("DATASET=s3://bucket/data/",))
    assert wanted.parameters == {"ProjectName": "churn", "BusinessUnit": "retail", "Dataset": "s3://bucket/data/"}
    assert launch.request(TEMPLATE, "churn", "retail", ()).parameters["Dataset"] == "example"


def test_all_mistakes_come_at_once() -> None:
    with pytest.raises(Problem) as caught:
        launch.request(TEMPLATE, "A", "B", ("dataset=x",))
    assert all(name in caught.value.message for name in ("ProjectName", "BusinessUnit", "Dataset"))
