"""`fmops catalog rights`, `test` and `publish`: what they say, and what they refuse before anything is called."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fmops import launching, s3_templates
from fmops.bootstrap import launches
from fmops.catalog.discover import Problem, discover
from fmops.cli import main_group
from fmops.commands import catalog as command
from fmops.commands import catalog_trial, launch
from fmops.target import Target
from tests.assemblies import EXAMPLE, ROOT

NAME = "ml-train-deploy-realtime"
FOUNDATION = ("--foundation", str(EXAMPLE))
TEMPLATE = next(one for one in discover(ROOT / "templates") if one.manifest.name == NAME)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main_group, ["catalog", *arguments])
    return result.exit_code, result.output


def test_rights_that_are_there_are_none_to_add(assembly: Path) -> None:
    code, output = run("rights", "--assembly", str(assembly), "--json")
    found = json.loads(output)
    assert (code, found["lacking"], found["spare"], found["written"]) == (0, [], [], False)


def test_rights_that_lack_are_shown_and_written(
    assembly: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = launches.FILE.read_text()
    kept = json.loads(whole)
    first, *rest = kept["statements"]
    file = tmp_path / "rights.json"
    file.write_text(json.dumps({**kept, "statements": [*rest, {"Action": ["x:Y"], "Resource": ["*"]}]}))
    monkeypatch.setattr(launches, "FILE", file)
    code, output = run("rights", "--assembly", str(assembly))
    assert code == 1
    assert f" + {first['Action'][0]} on {first['Resource'][0]}" in output
    assert " - x:Y on *" in output
    assert "x:Y" in file.read_text()
    assert run("rights", "--assembly", str(assembly), "--write")[0] == 0
    assert file.read_text() == whole
    assert run("rights", "--assembly", str(assembly))[0] == 0


class Tried:
    """What a trial asked for, on no AWS."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, outputs: Mapping[str, str]) -> None:
        self.launched: list[launching.Launch] = []
        self.removed: list[str] = []
        self._outputs = outputs
        monkeypatch.setattr(catalog_trial.target, "choose", lambda *_: self)
        monkeypatch.setattr(launching, "launch", self._launch)
        monkeypatch.setattr(launching, "remove", lambda _, name, __: self.removed.append(name))
        monkeypatch.setattr(catalog_trial, "_tidy", lambda *_: 2)
        monkeypatch.setattr(catalog_trial.seeds, "check", lambda _: [])

    def person(self, role: str, person: str) -> str:
        assert role.endswith("-data-scientist")
        return person

    def client(self, session: str, service: str) -> str:
        return service

    def _launch(self, _: Any, session: str, wanted: launching.Launch, __: Any) -> launching.Launched:
        self.launched.append(wanted)
        return launching.Launched("pp-1", self._outputs, 1.5)


def test_a_trial_launches_checks_and_removes(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = Tried(monkeypatch, dict.fromkeys(TEMPLATE.manifest.outputs, "x"))
    monkeypatch.setattr(catalog_trial, "lint", lambda _: [])
    code, output = run("test", NAME, *FOUNDATION, "--json")
    assert code == 0, output
    assert json.loads(output)["seconds"] == 1.5
    (wanted,) = tried.launched
    assert wanted.parameters["ProjectName"] == tried.removed[0] == "try-ml-train-deploy-real"
    assert run("test", NAME, *FOUNDATION, "--keep")[0] == 0
    assert len(tried.removed) == 1


def test_an_output_that_is_promised_and_missing_fails_the_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = Tried(monkeypatch, {"RepositoryUrl": "x"})
    monkeypatch.setattr(catalog_trial, "lint", lambda _: [])
    code, output = run("test", NAME, *FOUNDATION)
    assert code == 3
    assert "BuildPipelineName" in output
    assert tried.removed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("test", "no-such", *FOUNDATION), "NAME no-such: there is no such template"),
        (("test", NAME, "--param", "colour=red", *FOUNDATION), "--param colour=red: not a parameter"),
        (("test", NAME, *FOUNDATION), "isn't running"),
        (("release", "no-such", "--assembly", "."), "NAME no-such: there is no such template"),
        (("publish", "--assembly", ".", *FOUNDATION), "publishes no template to Studio"),
    ],
)
def test_a_wrong_argument_is_named(
    arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(catalog_trial, "lint", lambda _: [])
    monkeypatch.setattr(catalog_trial.seeds, "check", lambda _: [])
    code, output = run(*arguments)
    assert code == 2
    assert said in output


def test_a_seed_that_fails_its_tests_is_not_launched(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = Tried(monkeypatch, {})
    failing = Problem(TEMPLATE.seed, "", "The seed fails its own tests: 1 failed", "Mend it.")
    monkeypatch.setattr(catalog_trial, "lint", lambda _: [])
    monkeypatch.setattr(catalog_trial.seeds, "check", lambda _: [failing])
    code, output = run("test", NAME, *FOUNDATION)
    assert code == 2
    assert "The seed fails its own tests" in output
    assert tried.launched == []


def test_a_folder_that_breaks_its_contract_is_not_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / TEMPLATE.folder.name
    folder.mkdir()
    (folder / "template.yaml").write_text((TEMPLATE.folder / "template.yaml").read_text())
    for module in (command, launch):
        monkeypatch.setattr(module, "templates", lambda: discover(tmp_path))
    code, output = run("test", NAME, *FOUNDATION)
    assert code == 2
    assert "product.py" in output
    assert "fmops catalog lint" in output


def test_publishing_says_what_it_changed(assembly: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command.target, "choose", lambda *_: Target("a test", "eu-west-1"))
    monkeypatch.setattr(s3_templates, "publish", lambda _, found: len(found))
    code, output = run("publish", "--assembly", str(assembly), *FOUNDATION, "--json")
    found = json.loads(output)
    assert code == 0
    assert found["changed"] == len(found["templates"]) > 0
    assert "objects changed" in run("publish", "--assembly", str(assembly), *FOUNDATION)[1]
