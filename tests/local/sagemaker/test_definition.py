"""The pipeline language: each mistake is named, each expression has its value."""

import copy
import json
from typing import Any

import pytest

from fmops.local.registry import AwsError
from fmops.local.services.sagemaker.definition import bind, parse
from fmops.local.services.sagemaker.expressions import Scope, dig, path_of

CLUSTER = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}
PROCESSING = {
    "AppSpecification": {"ImageUri": "image", "ContainerEntrypoint": ["python3", "a.py"]},
    "RoleArn": "arn:aws:iam::111122223333:role/r",
    "ProcessingResources": {"ClusterConfig": CLUSTER},
}
BODY: dict[str, Any] = {
    "Version": "2020-12-01",
    "Parameters": [
        {"Name": "Rows", "Type": "Integer", "DefaultValue": 5},
        {"Name": "Kind", "Type": "String", "EnumValues": ["a", "b"], "DefaultValue": "a"},
        {"Name": "Fast", "Type": "Boolean", "DefaultValue": True},
    ],
    "Steps": [
        {
            "Name": "A",
            "Type": "Processing",
            "Arguments": PROCESSING,
            "PropertyFiles": [{"PropertyFileName": "F", "OutputName": "o", "FilePath": "f.json"}],
        },
        {
            "Name": "B",
            "Type": "Condition",
            "Arguments": {
                "Conditions": [{"Type": "LessThan", "LeftValue": {"Get": "Parameters.Rows"}, "RightValue": 9}],
                "IfSteps": [{"Name": "C", "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": "Steps.A.RoleArn"}}}],
                "ElseSteps": [],
            },
        },
    ],
}


def changed(path: str, value: Any) -> str:
    """The body with one value changed, as JSON."""
    body = copy.deepcopy(BODY)
    *parents, leaf = path_of(path)
    target = dig(body, parents)
    target[leaf] = value
    return json.dumps(body)


def test_steps_inside_conditions_wait_for_them() -> None:
    steps = parse(json.dumps(BODY)).steps
    assert (steps["C"].after, steps["C"].branch) == (frozenset({"A", "B"}), ("B", True))
    assert steps["B"].after == frozenset()


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("Version", "2021-01-01", "Version '2021-01-01' is not supported"),
        ("Steps", {}, "Expecting start of Json Array"),
        ("Steps[0].Type", "Dance", "Step 'A' has type 'Dance'"),
        ("Steps[1].Name", "A", "Duplicate step name 'A'"),
        ("Steps[0].Name", "a step", "Step name 'a step'"),
        ("Steps[0].DependsOn", ["Z"], "refers to step 'Z', which is not defined"),
        ("Steps[0].DependsOn", ["C"], "wait for each other"),
        ("Steps[0].Arguments.RoleArn", {"Get": "Parameters.Nope"}, "Invalid property reference 'Parameters.Nope'"),
        ("Steps[0].Arguments.RoleArn", {"Get": "Execution.Nope"}, "Invalid property reference 'Execution.Nope'"),
        ("Steps[1].Arguments.IfSteps[0].Arguments.ErrorMessage", {"Get": "Steps.A.Nope"}, "no 'Nope' there"),
        (
            "Steps[1].Arguments.IfSteps[0].Arguments.ErrorMessage",
            {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.A.PropertyFiles.G"}, "Path": "x"}},
            "property files are \\['F'\\]",
        ),
        ("Steps[0].Arguments.Colour", "red", "Unknown Argument member 'Colour'"),
        ("Steps[0].Arguments.ProcessingInputs", {}, "Expecting start of Json Array"),
        ("Steps[0].Arguments.AppSpecification", "image", "Expecting start of Json Object"),
        ("Steps[0].Arguments.AppSpecification", {}, "required member 'ImageUri'"),
        (
            "Steps[0].Arguments.ProcessingResources.ClusterConfig.InstanceType",
            "ml.tiny",
            "failed to satisfy enum value",
        ),
        ("Steps[1].Arguments.Conditions[0].Type", "Resembles", "Unknown condition type 'Resembles'"),
        ("Steps[1].Arguments.Conditions[0]", {"Type": "Not"}, "'Not' needs 'Expression'"),
        ("Parameters[0].Type", "Number", "has type 'Number'"),
    ],
)
def test_a_mistake_is_refused_by_name(path: str, value: Any, words: str) -> None:
    with pytest.raises(AwsError, match=words) as error:
        parse(changed(path, value))
    assert error.value.code == "ValidationException"
    assert error.value.message.startswith("Unable to parse pipeline definition. ")


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(AwsError, match="Malformed JSON"):
        parse("{")


def test_parameters_are_typed_and_checked() -> None:
    body = parse(json.dumps(BODY))
    assert bind(body, []) == {"Rows": 5, "Kind": "a", "Fast": True}
    given = [{"Name": "Rows", "Value": "7"}, {"Name": "Fast", "Value": "false"}]
    assert bind(body, given) == {"Rows": 7, "Kind": "a", "Fast": False}
    for name, value, words in (
        ("Rows", "many", "is of type Integer"),
        ("Kind", "c", "must be one of"),
        ("Nope", "1", "Invalid parameters"),
    ):
        with pytest.raises(AwsError, match=words):
            bind(body, [{"Name": name, "Value": value}])


SCOPE = Scope(
    parameters={"Rows": 5, "Name": "x"},
    execution={"PipelineExecutionId": "abc"},
    steps={"A": {"Outputs": [{"OutputName": "train", "S3Output": {"S3Uri": "s3://b/train"}}]}},
    document=lambda where: {"auc": [{"value": 0.9}], "a-b": {"c": where}},
)


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ({"Get": "Parameters.Rows"}, 5),
        ({"Get": "Steps.A.Outputs['train'].S3Output.S3Uri"}, "s3://b/train"),
        ({"Get": "Steps.A.Outputs[0].OutputName"}, "train"),
        ({"Std:Join": {"On": "/", "Values": ["s3:/", {"Get": "Execution.PipelineExecutionId"}, 1]}}, "s3://abc/1"),
        (
            {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.A.PropertyFiles.F"}, "Path": "auc[0].value"}},
            0.9,
        ),
        ({"Std:JsonGet": {"S3Uri": {"Std:Join": {"On": "", "Values": ["s3://", "b"]}}, "Path": "['a-b'].c"}}, "s3://b"),
        ({"plain": [{"Get": "Parameters.Name"}, 1]}, {"plain": ["x", 1]}),
    ],
)
def test_expressions_have_their_value(node: Any, value: Any) -> None:
    assert SCOPE.value(node) == value


@pytest.mark.parametrize("reference", ["Steps.A.Outputs['test'].S3Output", "Steps.B.Outputs", "Steps.A.Outputs[3]"])
def test_an_expression_without_a_value_is_named(reference: str) -> None:
    with pytest.raises(ValueError, match="has no value"):
        SCOPE.value({"Get": reference})


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"Type": "Equals", "LeftValue": {"Get": "Parameters.Name"}, "RightValue": "x"}, True),
        ({"Type": "GreaterThan", "LeftValue": 5, "RightValue": {"Get": "Parameters.Rows"}}, False),
        ({"Type": "GreaterThanOrEqualTo", "LeftValue": 5, "RightValue": {"Get": "Parameters.Rows"}}, True),
        ({"Type": "In", "QueryValue": {"Get": "Parameters.Rows"}, "Values": [4, 5]}, True),
        ({"Type": "Not", "Expression": {"Type": "LessThan", "LeftValue": 1, "RightValue": 2}}, False),
        (
            {
                "Type": "Or",
                "Conditions": [
                    {"Type": "Equals", "LeftValue": 1, "RightValue": 2},
                    {"Type": "LessThanOrEqualTo", "LeftValue": 2, "RightValue": 2},
                ],
            },
            True,
        ),
    ],
)
def test_conditions(condition: dict[str, Any], holds: bool) -> None:
    assert SCOPE.holds(condition) is holds


def test_a_comparison_of_text_with_a_number_is_an_error() -> None:
    with pytest.raises(ValueError, match="cannot compare 'x' with 1"):
        SCOPE.holds({"Type": "LessThan", "LeftValue": {"Get": "Parameters.Name"}, "RightValue": 1})
