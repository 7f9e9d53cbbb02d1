"""What several tests need: settings as a launch gives them, and one local training run."""

from pathlib import Path
from typing import Any

import local_run
import pytest
from pipeline.settings import Accounts, Network, Project, Training


@pytest.fixture(scope="session")
def project() -> Project:
    return Project("churn", "retail", "example")


@pytest.fixture(scope="session")
def training() -> Training:
    return Training.load()


@pytest.fixture(scope="session")
def accounts() -> Accounts:
    return Accounts(
        "eu-west-1",
        "111111111111",
        "222222222222",
        "arn:aws:kms:eu-west-1:111111111111:key/1111aaaa-11aa-11aa-11aa-1111aaaa1111",
    )


@pytest.fixture(scope="session")
def network() -> Network:
    key = "arn:aws:kms:eu-west-1:222222222222:key/2222aaaa-22aa-22aa-22aa-2222aaaa2222"
    return Network(["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"], "sg-0123456789abcdef0", key)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, training: Training) -> tuple[Path, dict[str, Any]]:
    """The folder of a whole local run, and its evaluation."""
    output = tmp_path_factory.mktemp("local")
    return output, local_run.run(output, training)
