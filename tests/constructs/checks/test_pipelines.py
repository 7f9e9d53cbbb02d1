"""What a reviewer can read of a SageMaker pipeline: its text, though CloudFormation fills in some of it."""

import json
from typing import Any

import pytest
from fmops_constructs.checks.pipelines import BODY, steps
from fmops_constructs.checks.rule import Resource, Template

STEP = {"Name": "Train", "Type": "Training", "Arguments": {"RoleArn": "ROLE"}}
NESTED = {"Name": "If", "Type": "Condition", "Arguments": {"IfSteps": [STEP], "ElseSteps": ["no step"]}}


def definition(steps_: list[Any]) -> str:
    return json.dumps({"Version": "2020-12-01", "Steps": steps_})


def joined(text: str) -> dict[str, Any]:
    """The text with a role that is known on deployment only."""
    before, _, after = text.partition("ROLE")
    return {"Fn::Join": ["", [before, {"Fn::GetAtt": ["Role", "Arn"]}, after]]}


def names(body: Any) -> list[str]:
    """The paths of all steps, below the definition."""
    properties = {"PipelineDefinition": {"PipelineDefinitionBody": body}}
    template = Template("Stack.template.json", {"Pipeline": {"Properties": properties}})
    return [name.removeprefix(f"{BODY}.") for name, _ in steps(Resource("Pipeline", template))]


@pytest.mark.parametrize("body", [definition([STEP]), joined(definition([STEP])), {"Fn::Sub": definition([STEP])}])
def test_a_text_is_read_however_it_is_put_together(body: Any) -> None:
    assert names(body) == ["Train"]


def test_steps_inside_of_conditions_are_read_too() -> None:
    assert names(definition([NESTED])) == ["If", "If.IfSteps.Train"]


@pytest.mark.parametrize("body", [None, {"Fn::GetAtt": ["Other", "Body"]}, 5])
def test_a_text_that_is_not_there_is_said_to_be_unreadable(body: Any) -> None:
    with pytest.raises(ValueError, match="no text"):
        names(body)


def test_a_text_that_is_no_json_is_said_to_be_unreadable() -> None:
    with pytest.raises(json.JSONDecodeError):
        names("Steps:")
