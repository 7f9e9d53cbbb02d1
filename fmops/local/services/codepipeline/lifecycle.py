"""What happens when a pipeline is made, changed or deleted."""

from fmops.local.registry import Model, lifecycle
from fmops.local.services.codepipeline import engine
from fmops.local.services.codepipeline.declaration import TYPE, arn, check, to_api


@lifecycle(TYPE)
def pipeline(model: Model | None, previous: Model | None) -> None:
    """Checks the structure, counts versions; a new pipeline runs once, a deleted one leaves no executions."""
    if model is None:
        engine.forget((previous or {})["Name"])
        return
    model["Arn"] = arn(model["Name"])
    model["Version"] = str(int(previous["Version"]) + 1 if previous else 1)
    check(to_api(model))
    engine.set_transitions(model["Name"], model.get("DisableInboundStageTransitions", []))
    if previous is None:
        engine.start_when_created(to_api(model))
