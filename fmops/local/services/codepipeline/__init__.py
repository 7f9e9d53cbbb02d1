"""CodePipeline: `declaration` keeps pipelines, `engine` moves executions, `actions` does their work."""

from fmops.local import events
from fmops.local.services.codepipeline import declaration, engine, executions, lifecycle

__all__ = ["declaration", "engine", "executions", "install", "lifecycle"]


def install() -> None:
    """Makes pipelines and builds targets of EventBridge rules; the server calls this at start."""
    events.install()
