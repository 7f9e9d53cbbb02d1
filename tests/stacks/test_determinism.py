"""The same input gives the same bytes, wherever and with whatever hash seed."""

import filecmp
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.assemblies import ROOT

SOURCES = (
    "app.py",
    "cdk.json",
    "acknowledgements.yaml",
    "foundation.yaml",
    "foundation",
    "stacks",
    "templates",
    "constructs",
)


def synthesise_in(folder: Path, seed: str, *, sources: Path = ROOT) -> Path:
    """Copies the sources into a folder and runs app.py there, without credentials."""
    folder.mkdir(parents=True)
    for name in SOURCES:
        source = sources / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy2(source, folder / name)
    env = {
        "PATH": os.defpath,
        "HOME": os.environ.get("HOME", str(folder)),  # jsii unpacks itself there once
        "PYTHONHASHSEED": seed,
        "PYTHONPATH": os.pathsep.join([str(folder), str(folder / "constructs" / "src")]),
    }
    subprocess.run([sys.executable, "app.py"], cwd=folder, env=env, check=True, capture_output=True)
    return folder / "cdk.out"


def differences(one: Path, other: Path) -> list[str]:
    """Files that are not in both folders, or not the same."""
    names = {str(path.relative_to(root)) for root in (one, other) for path in root.rglob("*") if path.is_file()}
    return sorted(
        name
        for name in names
        if not (
            (one / name).is_file() and (other / name).is_file() and filecmp.cmp(one / name, other / name, shallow=False)
        )
    )


def test_two_syntheses_are_byte_identical(tmp_path: Path) -> None:
    one = synthesise_in(tmp_path / "one", "1")
    other = synthesise_in(tmp_path / "a" / "longer" / "path" / "two", "4711", sources=tmp_path / "one")
    assert len(list(one.rglob("*.template.json"))) > 20
    assert differences(one, other) == []
    assert str(tmp_path) not in "".join(path.read_text() for path in one.rglob("*.json"))


def test_a_difference_would_be_seen(tmp_path: Path) -> None:
    for name, text in (("one", "a"), ("two", "b")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same").write_text("same")
        (tmp_path / name / "file").write_text(text)
    (tmp_path / "two" / "more").write_text("")
    assert differences(tmp_path / "one", tmp_path / "two") == ["file", "more"]
