"""A seed passes its own tests as a launch renders it, or nobody should start from it."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fmops.catalog.discover import Problem, Template

ANSWERS = {"project": "try", "business_unit": "retail", "seed_version": "0.0.0"}
SECONDS = 600
LINES = 15
NOBODYS = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_DEFAULT_REGION": "eu-west-1"}
"""A seed's tests ask no AWS, whoever runs them."""


def answers(template: Template) -> dict[str, str]:
    """What a launch answers to a seed's questions where nobody chooses: names, and the manifest's defaults."""
    asked = template.manifest.parameters
    return ANSWERS | {name.lower(): asked[name].default or "" for name in asked if asked[name].default is not None}


def check(template: Template) -> Iterator[Problem]:
    """Renders a seed into a folder of its own and runs its tests there."""
    import copier  # slow to import, and wanted here only

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "seed"
        try:
            copier.run_copy(str(template.seed), folder, data=answers(template), defaults=True, quiet=True)
        except Exception as error:  # noqa: BLE001 - copier's errors have no common kind, nor have a template's
            yield Problem(template.seed, "", f"The seed can't be rendered: {error}", "Correct its copier.yml.")
            return
        kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        done = subprocess.run(
            command, cwd=folder, env=kept | NOBODYS, capture_output=True, text=True, check=False, timeout=SECONDS
        )
        if done.returncode:
            told = "\n".join((done.stdout + done.stderr).strip().splitlines()[-LINES:])
            yield Problem(template.seed, "", f"The seed fails its own tests:\n{told}", "Mend it, or them.")
