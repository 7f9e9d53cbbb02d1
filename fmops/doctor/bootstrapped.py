"""Whether each account has the bootstrap that its templates need: ours, in the version that is derived from them."""

from collections.abc import Iterator
from typing import Any

from fmops.bootstrap.apply import OFFICIAL, STANDS, TOOLKIT
from fmops.bootstrap.plan import Plan
from fmops.bootstrap.template import STAMP, VARIANT
from fmops.doctor.asking import Unasked
from fmops.doctor.check import Check
from fmops.doctor.findings import Said, problem, warning
from fmops.doctor.scene import Scene, Spot

BOOTSTRAP = "fmops bootstrap (fmops rollout does it too)"


def look(scene: Scene, spot: Spot) -> Iterator[Said]:
    """Compares a place's toolkit with its plan."""
    plan: Plan = spot.about
    stack = _toolkit(scene, spot)
    if stack is None:
        yield warning("it isn't bootstrapped yet", BOOTSTRAP)
        return
    variant = _value(stack, "Parameters", "BootstrapVariant") or "none"
    if variant not in (VARIANT, OFFICIAL):
        yield problem(
            f"its toolkit is of another kind: {variant}; fmops bootstrap doesn't replace it",
            f"Look at its stack {TOOLKIT}; if it may be replaced, delete the stack.",
        )
    elif stack["StackStatus"] not in STANDS:
        yield problem(
            f"its toolkit doesn't stand: {stack['StackStatus']}",
            f"See the events of its stack {TOOLKIT}; then {BOOTSTRAP}",
        )
    elif variant == OFFICIAL:
        yield warning("its toolkit is the CDK's own, whose deployments are administrators", BOOTSTRAP)
    elif (found := _value(stack, "Outputs", STAMP)) != plan.stamp:
        yield warning(f"its toolkit is {found or 'without a version'}, and its templates need {plan.stamp}", BOOTSTRAP)


def _toolkit(scene: Scene, spot: Spot) -> dict[str, Any] | None:
    try:
        answer = scene.aws.ask(spot.account, spot.region, "cloudformation", "describe_stacks", StackName=TOOLKIT)
    except Unasked as why:
        if "does not exist" in why.why:
            return None
        raise
    found: dict[str, Any] = answer["Stacks"][0]
    return found


def _value(stack: dict[str, Any], part: str, name: str) -> str:
    """A parameter's or an output's value; empty where it has none."""
    kind = part.removesuffix("s")
    return next((str(one.get(f"{kind}Value", "")) for one in stack.get(part, ()) if one[f"{kind}Key"] == name), "")


CHECK = Check(
    "bootstrap",
    "each account's toolkit, and the template that is derived from its stacks",
    "https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html",
    lambda scene: scene.planned(),
    look,
)
