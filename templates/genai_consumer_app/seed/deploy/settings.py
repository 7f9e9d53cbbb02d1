"""project.yaml, stages.yaml, and where a build stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from fmops_constructs import names

ROOT = Path(__file__).parents[1]
BUNDLE = "{}/{}.zip"


@dataclass(frozen=True)
class Project:
    """project.yaml: what the launch chose."""

    name: str
    business_unit: str
    model: str

    @classmethod
    def load(cls, path: Path = ROOT / "project.yaml") -> "Project":
        """Reads the file.

        Raises:
            SystemExit: a name is missing or malformed.
        """
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        project = cls(*(str(content.get(key, "")) for key in ("project", "business_unit", "model")))
        for value, pattern in ((project.name, names.PROJECT), (project.business_unit, names.BUSINESS_UNIT)):
            if not pattern.fullmatch(value):
                raise SystemExit(
                    f"{path.name}: {value!r} does not match {pattern.pattern}. The launch chose it: restore it."
                )
        return project

    @property
    def names(self) -> names.Project:
        """What the foundation calls this project's resources."""
        return names.Project(self.name, self.business_unit)


@dataclass(frozen=True)
class Capacity:
    """stages.yaml for one stage."""

    requests_per_second: int
    concurrency: int
    keep_days: int
    answer_seconds: int

    @classmethod
    def load(cls, stage: str, path: Path = ROOT / "deploy/stages.yaml") -> "Capacity":
        """Reads the file.

        Raises:
            SystemExit: the stage or a key is missing, or a key is unknown.
        """
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        stages = content.pop("stages", {})
        if stage not in stages:
            raise SystemExit(f"{path.name}: there is no stage {stage!r} among stages: {sorted(stages)}.")
        values = {**content, **stages[stage]}
        if wrong := sorted(set(values) ^ set(cls.__dataclass_fields__)):
            raise SystemExit(f"{path.name}: keys {wrong} are missing or unknown.")
        return cls(**values)


@dataclass(frozen=True)
class Build:
    """What a pipeline tells its builds.

    Attributes:
        stage, account, region: what is deployed to.
        bucket: of releases, in tooling.
        tests_from: tooling's private endpoint for interfaces, from which a stage is tested.
        release: the digest of the bundle.
    """

    stage: str
    account: str
    region: str
    bucket: str
    tests_from: str
    release: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Build":
        """Reads the environment.

        Raises:
            SystemExit: a variable is missing, or the stage is none.
        """
        stage = environment.get("STAGE", "")
        if stage not in names.STAGES:
            raise SystemExit(f"STAGE is {stage!r}; it must be one of {', '.join(names.STAGES)}.")
        account = f"{stage.upper()}_ACCOUNT"
        variables = (account, "AWS_REGION", "ARTIFACTS_BUCKET", "TESTS_FROM", "RELEASE_SHA256")
        if absent := [name for name in variables if not environment.get(name)]:
            raise SystemExit(f"The environment lacks {', '.join(absent)}; the project's pipelines set them.")
        return cls(stage, *(environment[name] for name in variables))
