"""Tooling: what fills a launched project's repository."""

from pathlib import Path
from typing import Any, ClassVar

from fmops_constructs import names
from fmops_constructs.seeding.infrastructure import Seeding as Seeder

from stacks.base import FoundationStack
from stacks.baseline import Baseline
from stacks.network import Network
from stacks.shared_policies import READ_PACKAGES, RUN_CODEBUILD, USE_NETWORK

TEMPLATES = Path(__file__).parents[1] / "templates"


class Seeding(FoundationStack):
    """The seeder build and the function that starts it."""

    requires: ClassVar = (Baseline, Network)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        Seeder(
            self,
            "Seeding",
            templates=TEMPLATES,
            key=self.key(names.DATA_KEY_ARN),
            logs_key=self.key(names.LOGS_KEY_ARN),
            place=self.place(),
            run_build=[self.shared(name) for name in (USE_NETWORK, RUN_CODEBUILD, READ_PACKAGES)],
            run_function=[self.shared(USE_NETWORK)],
        )
