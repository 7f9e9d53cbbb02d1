"""stages.yaml and what a release hands to the deploy app."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

STAGES = ("preprod", "prod")


@dataclass(frozen=True)
class Serving:
    """stages.yaml for one stage."""

    instance_type: str
    instances: int
    canary_minutes: int
    alarms: Mapping[str, int]
    data_capture_percent: int
    data_capture_uri: str

    @classmethod
    def load(cls, stage: str, path: Path | None = None) -> "Serving":
        """Reads the file.

        Raises:
            SystemExit: the stage or a key is missing, or a key is unknown.
        """
        path = path or Path(__file__).with_name("stages.yaml")
        content = yaml.safe_load(path.read_text())
        stages = content.pop("stages", {})
        if stage not in stages:
            raise SystemExit(f"{path.name}: there is no stage {stage!r} among stages: {sorted(stages)}.")
        values = {**content, **stages[stage]}
        if wrong := sorted(set(values) ^ set(cls.__dataclass_fields__)):
            raise SystemExit(f"{path.name}: keys {wrong} are missing or unknown.")
        return cls(**values)


@dataclass(frozen=True)
class Release:
    """What is deployed: one verified artifact to one stage."""

    project: str
    business_unit: str
    stage: str
    account: str
    region: str
    model_package_arn: str
    model_data_url: str
    model_sha256: str
    image: str
    environment: Mapping[str, str]

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=2, sort_keys=True) + "\n")

    @classmethod
    def read(cls, path: Path) -> "Release":
        content: dict[str, Any] = json.loads(path.read_text())
        return cls(**content)
