"""`make coverage`: what share of the foundation's code the fast tests run, in lines and in branches, held at a bar.

Run: python -m tests.covered
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BAR = 92.0
"""Percent that every package keeps, of its lines and of its branches. Raise it; what lowers it is a missing test."""

PACKAGES = {"foundation": "foundation", "stacks": "stacks", "constructs": "constructs/src/fmops_constructs"}
"""Whose code is measured, and where it is."""

TESTS = ("tests/foundation", "tests/stacks", "tests/constructs", "tests/seeding", "tests/docs/test_access.py")
SLOW = "not no_traceback and not test_lint and not test_determinism and not test_each_phase"
"""Tests that run no line which others don't, or that run it in another process: a tracer makes them minutes longer."""

DATA = Path("build/coverage")


@dataclass(frozen=True)
class Share:
    """How much of a package is run, in percent."""

    lines: float
    branches: float

    @property
    def enough(self) -> bool:
        """Both are at the bar or above."""
        return min(self.lines, self.branches) >= BAR


def shares(report: Mapping[str, Any]) -> dict[str, Share]:
    """The share of each package.

    Args:
        report: what `coverage json` writes: counts by file, whose paths start at the project's folder.
    """
    found = {}
    for package, folder in PACKAGES.items():
        files = [file["summary"] for path, file in report["files"].items() if path.startswith(f"{folder}/")]

        def percent(covered: str, there: str, files: list[dict[str, int]] = files) -> float:
            most = sum(file[there] for file in files)
            return 100 * sum(file[covered] for file in files) / most if most else 0.0

        found[package] = Share(percent("covered_lines", "num_statements"), percent("covered_branches", "num_branches"))
    return found


def measured() -> dict[str, Any]:
    """Runs the tests under coverage; its report.

    Raises:
        CalledProcessError: a test failed, and pytest has said which.
    """
    DATA.mkdir(parents=True, exist_ok=True)
    coverage = [sys.executable, "-m", "coverage"]
    data = f"--data-file={DATA / 'data'}"
    source = f"--source={','.join(PACKAGES.values())}"
    fast = ["-m", "not e2e", "-k", SLOW]
    subprocess.run([*coverage, "run", "--branch", data, source, "-m", "pytest", *fast, *TESTS], check=True)
    report = DATA / "report.json"
    subprocess.run([*coverage, "json", "--quiet", data, "-o", str(report)], check=True)
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found


def main() -> int:
    """Measures, prints each package's share; 1 if one is below the bar."""
    found = shares(measured())
    for package, share in found.items():
        print(f"{package:<12} lines {share.lines:5.1f} %  branches {share.branches:5.1f} %")
    lacking = [package for package, share in found.items() if not share.enough]
    if lacking:
        print(
            f"Below {BAR:g} %: {', '.join(lacking)}. Lines and branches that no test runs: "
            f"coverage report --show-missing --data-file={DATA / 'data'}",
            file=sys.stderr,
        )
    return int(bool(lacking))


if __name__ == "__main__":
    sys.exit(main())
