"""What a function is told by its environment. A function that is told too little does not start: it fails closed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Environment variables, all set by deploy/app.py.

    Attributes:
        table: of messages.
        answerer: the function that answers a question.
        profile: ARN of the inference profile that is asked.
        guardrail, guardrail_version: what every question and answer passes.
        keep_days: how long a message is kept.
        release: the digest of the bundle that runs.
    """

    table: str
    answerer: str
    profile: str
    guardrail: str
    guardrail_version: str
    keep_days: int
    release: str

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Reads the environment.

        Raises:
            KeyError: a variable is missing or empty.
        """

        def value(name: str) -> str:
            if not environment.get(name):
                raise KeyError(f"{name} is not set: the function can't work without it")
            return environment[name]

        return cls(
            value("TABLE"),
            value("ANSWERER"),
            value("PROFILE"),
            value("GUARDRAIL"),
            value("GUARDRAIL_VERSION"),
            int(value("KEEP_DAYS")),
            value("RELEASE_SHA256"),
        )
