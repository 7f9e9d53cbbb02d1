"""What the pipeline is made from: project.yaml, training.yaml and the build's environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from fmops_constructs import names

EXAMPLE = "example"
"""The data set's name that means: the example data."""


@dataclass(frozen=True)
class Project:
    """project.yaml: what the launch chose."""

    name: str
    business_unit: str
    dataset: str

    @classmethod
    def load(cls, path: Path = Path("project.yaml")) -> "Project":
        """Reads the file.

        Raises:
            SystemExit: a name is missing or malformed.
        """
        content = yaml.safe_load(path.read_text())
        project = cls(str(content["project"]), str(content["business_unit"]), str(content["dataset"]))
        for value, pattern in ((project.name, names.PROJECT), (project.business_unit, names.BUSINESS_UNIT)):
            if not pattern.fullmatch(value):
                raise SystemExit(
                    f"{path}: {value!r} does not match {pattern.pattern}. The launch chose it: restore it."
                )
        if project.dataset != EXAMPLE and not project.dataset.startswith("s3://"):
            raise SystemExit(f"{path}: dataset {project.dataset!r} is neither {EXAMPLE!r} nor an s3:// folder.")
        return project

    @property
    def names(self) -> names.Project:
        """What the foundation calls this project's resources."""
        return names.Project(self.name, self.business_unit)


@dataclass(frozen=True)
class Training:
    """training.yaml: what a data scientist tunes."""

    target: str
    minimum_auc: float
    hyperparameters: Mapping[str, Any]
    jobs: Mapping[str, Mapping[str, Any]]
    serve_on: list[str]
    model_card: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path | None = None) -> "Training":
        """Reads the file.

        Raises:
            SystemExit: a key is missing or unknown.
        """
        path = path or Path(__file__).parent.parent / "training.yaml"
        content = yaml.safe_load(path.read_text())
        expected = set(cls.__dataclass_fields__)
        if set(content) != expected:
            wrong = sorted(set(content) ^ expected)
            raise SystemExit(f"{path.name}: keys {wrong} are missing or unknown; it holds {sorted(expected)}.")
        return cls(**content)


@dataclass(frozen=True)
class Accounts:
    """Where things are: the CodeBuild project's environment says it."""

    region: str
    tooling: str
    dev: str
    artifacts_key: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Accounts":
        """Reads the variables.

        Raises:
            SystemExit: one is missing.
        """
        variables = ("AWS_REGION", "TOOLING_ACCOUNT", "DEV_ACCOUNT", "ARTIFACTS_KEY_ARN")
        absent = [name for name in variables if not environment.get(name)]
        if absent:
            raise SystemExit(
                f"The build's environment lacks {', '.join(absent)}: the project's CodeBuild project sets them."
            )
        return cls(*(environment[name] for name in variables))

    @property
    def artifacts_bucket(self) -> str:
        """Tooling's bucket of code and models."""
        return names.bucket("artifacts", self.tooling, self.region)

    @property
    def ml_bucket(self) -> str:
        """Dev's bucket for what jobs hand to each other."""
        return names.bucket("ml", self.dev, self.region)

    @property
    def image(self) -> str:
        """The container of all jobs and endpoints, from tooling's registry; the platform pins it by its digest."""
        return f"{self.tooling}.dkr.ecr.{self.region}.amazonaws.com/fmops/images:ml-1"


@dataclass(frozen=True)
class Network:
    """Dev's private network and key, as its foundation publishes them in Systems Manager."""

    subnets: list[str]
    security_group: str
    data_key: str
