"""The bar of coverage: it is each package's, for lines and for branches alike."""

from typing import Any

import pytest

from tests import covered
from tests.assemblies import ROOT


def report(**branches: int) -> dict[str, Any]:
    """A report of two files in each package, with so many of 20 branches run."""
    files = {}
    for package, folder in covered.PACKAGES.items():
        summary = {"num_statements": 50, "covered_lines": 50, "num_branches": 10}
        files[f"{folder}/one.py"] = {"summary": {**summary, "covered_branches": 10}}
        files[f"{folder}/two.py"] = {"summary": {**summary, "covered_branches": branches.get(package, 10)}}
    files["elsewhere/three.py"] = {"summary": {**summary, "covered_lines": 0, "covered_branches": 0}}
    return {"files": files}


def test_a_share_is_that_of_all_files_of_the_package() -> None:
    found = covered.shares(report(stacks=5))
    assert found["stacks"] == covered.Share(lines=100, branches=75)
    assert found["foundation"] == found["constructs"] == covered.Share(100, 100)


def test_what_is_measured_is_there() -> None:
    assert all(list((ROOT / folder).glob("*.py")) for folder in (*covered.PACKAGES.values(),))
    assert all((ROOT / tests).exists() for tests in covered.TESTS)


def test_a_package_that_nothing_was_measured_of_fails() -> None:
    assert not covered.shares({"files": {}})["stacks"].enough


@pytest.mark.parametrize(("branches", "code"), [(10, 0), (5, 1)])
def test_one_package_below_the_bar_fails(
    branches: int, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(covered, "measured", lambda: report(constructs=branches))
    assert covered.main() == code
    assert ("Below 92 %: constructs." in capsys.readouterr().err) == bool(code)
