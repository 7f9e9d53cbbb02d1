"""Each place's toolkit is compared with the template that is derived for it."""

from typing import Any

import pytest

from fmops.bootstrap.apply import OFFICIAL, TOOLKIT
from fmops.bootstrap.plan import Plan
from fmops.bootstrap.template import STAMP, VARIANT
from fmops.doctor import bootstrapped
from fmops.doctor.asking import Unasked
from tests.doctor.telling import ACCOUNT, REGION, Telling, found, scene, told

MINE = "1-0123456789abcdef"
PLAN = Plan(ACCOUNT, REGION, ("retail-dev",), "000000000011", (), (), {"Outputs": {STAMP: {"Value": MINE}}})


def toolkit(stamp: str = MINE, *, status: str = "CREATE_COMPLETE", variant: str | None = VARIANT) -> dict[str, Any]:
    parameters = [{"ParameterKey": "BootstrapVariant", "ParameterValue": variant}] if variant else []
    outputs = [{"OutputKey": STAMP, "OutputValue": stamp}] if stamp else []
    return {"Stacks": [{"StackStatus": status, "Parameters": parameters, "Outputs": outputs}]}


def looked(answer: Any) -> Any:
    return scene(Telling(describe_stacks=answer), plans=[PLAN])


def test_the_derived_template_is_fine() -> None:
    aws = Telling(describe_stacks=toolkit())
    assert told(bootstrapped.CHECK, scene(aws, plans=[PLAN])) == []
    assert aws.asked == [(ACCOUNT, REGION, "describe_stacks", {"StackName": TOOLKIT})]


@pytest.mark.parametrize(
    ("answer", "verdict", "said"),
    [
        (Unasked("cloudformation answered: Stack with id CDKToolkit does not exist"), "WARNING", "isn't bootstrapped"),
        (toolkit("1-ffff"), "WARNING", f"1-ffff, and its templates need {MINE}"),
        (toolkit(""), "WARNING", "without a version"),
        (toolkit("", variant=OFFICIAL), "WARNING", "the CDK's own"),
        (toolkit("", variant="Acme: toolkit"), "PROBLEM", "another kind: Acme: toolkit"),
        (toolkit("", variant=None), "PROBLEM", "another kind: none"),
        (toolkit(status="UPDATE_ROLLBACK_COMPLETE"), "PROBLEM", "doesn't stand: UPDATE_ROLLBACK_COMPLETE"),
        (Unasked("no right to ask cloudformation:DescribeStacks"), "NOT CHECKED", "no right"),
    ],
)
def test_another_is_told(answer: Any, verdict: str, said: str) -> None:
    (finding,) = found(bootstrapped.CHECK, looked(answer))
    assert finding.verdict == verdict
    assert said in finding.message
    assert finding.place == "retail-dev (000000000022, eu-west-1)"
