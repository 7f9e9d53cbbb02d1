"""One synthesis of the example organisation, shared by all tests that look at what it made."""

from pathlib import Path

import pytest

from tests.assemblies import Templates, example, read, synthesise


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of foundation.yaml. Read it, never write to it."""
    outdir = tmp_path_factory.mktemp("assembly") / "cdk.out"
    assert synthesise(example(), outdir), "cdk-nag found something; see the lines above"
    return outdir


@pytest.fixture(scope="session")
def templates(assembly: Path) -> Templates:
    """Every template by its stack's name. Copy before you change one."""
    return read(assembly)
