"""What stacks of several accounts agree on: where shared data is kept, and who releases to a stage."""

from typing import Literal

CODE, MODELS = "code/", "models/"
"""Prefixes of tooling's bucket of artifacts."""

READABLE = "curated"
"""The data lake's zone that other accounts read."""

RELEASES: dict[Literal["preprod", "prod"], str] = {"preprod": "deploy-preprod", "prod": "deploy-prod"}
"""Who deploys to a stage: a role for each, so that nothing that runs before the second approval reaches prod."""
