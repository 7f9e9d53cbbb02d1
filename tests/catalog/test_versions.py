"""Versions: the old one stays beside the new one, a withdrawn one is refused, a released one never changes."""

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner
from fmops_constructs.catalog import TemplateFolder
from fmops_constructs.catalog import discover as folders

from fmops import launching, products
from fmops.catalog import releasing
from fmops.catalog.discover import Template, discover
from fmops.catalog.published import check
from fmops.cli import main_group
from fmops.commands import catalog as command
from fmops.commands import launch
from fmops.problem import Problem
from stacks import catalog as stack
from stacks.application import Application, add_environment
from tests.assemblies import ROOT, example

NAME = "ml-train-deploy-realtime"
NOW = next(one.manifest.version for one in discover(ROOT / "templates") if one.manifest.name == NAME)
"""The version that the repository's own folder publishes."""


@pytest.fixture
def shelf(tmp_path: Path, assembly: Path) -> Path:
    """A catalog of one template whose version 1.0.0 is released, and whose manifest says 1.1.0."""
    source = ROOT / "templates" / "ml_train_deploy_realtime"
    folder = shutil.copytree(
        source, tmp_path / "shelf" / source.name, ignore=shutil.ignore_patterns("seed", "released", "__pycache__")
    )
    say(folder, f"version: {NOW}", "version: 1.0.0")
    (template,) = discover(folder.parent)
    file = releasing.file(template)
    file.parent.mkdir()
    file.write_text(releasing.bare(template, products.newest(assembly)[NAME].template))
    say(folder, "version: 1.0.0", "version: 1.1.0")
    return folder.parent


def say(folder: Path, old: str, new: str) -> None:
    manifest = folder / "template.yaml"
    assert old in manifest.read_text()
    manifest.write_text(manifest.read_text().replace(old, new))


def the_template(shelf: Path) -> Template:
    (template,) = discover(shelf)
    return template


@dataclasses.dataclass(frozen=True)
class Published(TemplateFolder):
    """A folder of the shelf whose product is the repository's own: its module isn't importable from the shelf."""

    def product(self) -> Any:
        (real,) = (one for one in folders(ROOT / "templates") if one.name == NAME)
        return real.product()


def publish(shelf: Path, outdir: Path, monkeypatch: pytest.MonkeyPatch) -> list[products.Published]:
    monkeypatch.setattr(stack, "discover", lambda _: [Published(one.path, one.manifest) for one in folders(shelf)])
    app = Application(outdir=outdir)
    (governance,) = (one for one in example().environments() if one.name == "governance")
    add_environment(app, example(), governance)
    assert app.passes()
    return products.published(outdir)


def test_the_old_version_stays_beside_the_new_one(
    shelf: Path, assembly: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = publish(shelf, tmp_path / "out", monkeypatch)
    assert [(one.name, one.version) for one in (old, new)] == [(NAME, "1.0.0"), (NAME, "1.1.0")]
    before = products.newest(assembly)[NAME]
    assert old.template == before.template
    assert old.template["Mappings"]["BusinessUnits"]["retail"]
    again = publish(shelf, tmp_path / "again", monkeypatch)
    assert [one.body for one in again] == [old.body, new.body]
    assert [one.file.name for one in again] == [old.file.name, new.file.name]


def test_a_withdrawn_version_is_published_no_more(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    say(shelf / "ml_train_deploy_realtime", "journey: ml", "withdrawn: {1.0.0: Its tests never ran.}\njourney: ml")
    (only,) = publish(shelf, tmp_path / "out", monkeypatch)
    assert only.version == "1.1.0"


def test_a_release_knows_no_foundation(shelf: Path) -> None:
    kept = (shelf / "ml_train_deploy_realtime" / "released" / "1.0.0.json").read_text()
    assert not [e.account for e in example().environments() if e.account in kept]
    assert "retail" not in kept


def test_a_released_version_never_changes(shelf: Path, assembly: Path) -> None:
    say(shelf / "ml_train_deploy_realtime", "version: 1.1.0", "version: 1.0.0")
    product = products.newest(assembly)[NAME].template
    assert list(check(the_template(shelf), "1.0.0", json.dumps(product))) == []
    product["Resources"]["Repository"]["Properties"]["RepositoryDescription"] = "another"
    (found,) = check(the_template(shelf), "1.0.0", json.dumps(product))
    assert "Raise version in template.yaml" in str(found)


def run(shelf: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    monkeypatch.setattr(command, "templates", lambda: discover(shelf))
    result = CliRunner().invoke(main_group, ["catalog", *arguments])
    return result.exit_code, result.output


def test_the_command_releases_and_lists(shelf: Path, assembly: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    say(shelf / "ml_train_deploy_realtime", "version: 1.1.0", "version: 0.1.0")
    code, output = run(shelf, monkeypatch, "release", NAME, "--assembly", str(assembly))
    assert code == 2
    assert f"{NOW} is published" in output
    say(shelf / "ml_train_deploy_realtime", "version: 0.1.0", f"version: {NOW}")
    shutil.rmtree(shelf / "ml_train_deploy_realtime" / "released")
    code, output = run(shelf, monkeypatch, "release", NAME, "--assembly", str(assembly))
    assert code == 0
    say(shelf / "ml_train_deploy_realtime", f"version: {NOW}", "version: 99.0.0\nwithdrawn: {0.9.0: It leaks.}")
    _, output = run(shelf, monkeypatch, "show", NAME, "--json")
    assert json.loads(output)["versions"] == {
        "99.0.0": "is launched",
        NOW: "can still be launched",
        "0.9.0": "withdrawn: It leaks.",
    }
    assert "withdrawn: It leaks." in run(shelf, monkeypatch, "show", NAME)[1]


def test_a_withdrawn_version_is_refused_before_anything_is_called(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    say(shelf / "ml_train_deploy_realtime", "journey: ml", "withdrawn: {1.0.0: Its tests never ran.}\njourney: ml")
    monkeypatch.setattr(launch, "templates", lambda: discover(shelf))
    with pytest.raises(Problem, match=r"--version 1.0.0: withdrawn. Its tests never ran."):
        launch.request(NAME, "churn", "retail", (), "1.0.0")
    assert launch.request(NAME, "churn", "retail", (), "1.1.0").version == "1.1.0"


class Offering:
    """A catalog that offers two versions."""

    def describe_product(self, Name: str) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
        if Name != NAME:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "DescribeProduct")
        versions = [{"Id": f"pa-{n}", "Name": f"1.{n}.0", "CreatedTime": n} for n in (1, 0)]
        return {"ProductViewSummary": {"ProductId": "prod-1", "Name": Name}, "ProvisioningArtifacts": versions}


def test_a_launch_takes_the_newest_or_the_one_that_was_asked_for() -> None:
    assert launching.find(Offering(), NAME) == ("prod-1", "pa-1")
    assert launching.find(Offering(), NAME, "1.0.0") == ("prod-1", "pa-0")
    with pytest.raises(Problem, match=r"Version 3.0.0 of .* is not offered") as caught:
        launching.find(Offering(), NAME, "3.0.0")
    assert "1.0.0, 1.1.0" in caught.value.remedy
