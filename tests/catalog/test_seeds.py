"""Every template's seed passes its own tests: where it lies, and rendered as a launch renders it."""

import subprocess
import sys
from pathlib import Path

import copier
import pytest

from fmops.catalog.discover import discover
from fmops.catalog.seeds import answers

ROOT = Path(__file__).parents[2]
ANSWERS = {"project": "churn", "business_unit": "retail", "seed_version": "1.0.0"}
TEMPLATES = {template.manifest.name: template for template in discover(ROOT / "templates")}

SPOILT = (
    (
        "steps/train.py",
        '"nthread": 1',
        '"nthread": 1, "max_depth": 0, "num_boost_round": 0, "eta": 0',
        "tests/test_steps.py",
    ),
    ("app/tokens.py", "not verified(signed.encode(), _bytes(signature), key)", "False", "tests/test_tokens.py"),
)
"""(file, what is in it, what is there instead, the tests that must see it) of each seed."""


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module", params=TEMPLATES)
def rendered(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    template = TEMPLATES[request.param]
    copier.run_copy(str(template.seed), folder, data=answers(template) | ANSWERS, defaults=True, quiet=True)
    return folder


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_seed_passes_its_tests_where_it_lies(name):
    done = run(TEMPLATES[name].seed, "pytest", "--confcutdir=.", "-p", "no:cacheprovider", "tests")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_a_rendered_seed_passes_its_tests(rendered):
    done = run(rendered, "pytest")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_a_rendered_seed_is_clean(rendered):
    assert (done := run(rendered, "ruff", "check", ".")).returncode == 0, done.stdout
    assert (done := run(rendered, "ruff", "format", "--check", ".")).returncode == 0, done.stdout


def test_a_broken_seed_fails_its_tests(rendered):
    """The twin: the same call does not pass whatever the seed does."""
    name, old, new, tests = next(spoilt for spoilt in SPOILT if (rendered / spoilt[0]).exists())
    file = rendered / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    try:
        assert run(rendered, "pytest", "-x", tests).returncode == 1
    finally:
        file.write_text(text)
