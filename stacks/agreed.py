"""What stacks of several accounts agree on: where shared data is kept, and who releases to a stage."""

from typing import Literal

from foundation.phases import Stage

CODE, MODELS = "code/", "models/"
"""Prefixes of tooling's bucket of artifacts."""

READABLE = "curated"
"""The data lake's zone that other accounts read."""

RELEASES: dict[Literal["preprod", "prod"], str] = {"preprod": "deploy-preprod", "prod": "deploy-prod"}
"""Who deploys to a stage: a role for each, so that nothing that runs before the second approval reaches prod."""

APPLICATION_RELEASES: dict[Stage, str] = {
    "dev": "deploy-application-dev",
    "preprod": "deploy-application-preprod",
    "prod": "deploy-application-prod",
}
"""Who deploys applications to a stage, from tooling."""
TESTED: tuple[Stage, ...] = ("dev", "preprod")
"""The stages in which the role that deploys an application also tests it."""
