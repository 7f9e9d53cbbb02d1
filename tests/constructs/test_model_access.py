"""What the allow-list opens: exactly its models, each call with the guardrail and counted, and no other door."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Match, Template
from fmops_constructs.checks.bedrock import MANTLE
from fmops_constructs.model_access import ModelAccess, Rules, Team, Topic
from fmops_constructs.models import INVOKE, NO_GUARDRAIL, Allowed

HERE = {"account": "222222222222", "region": "eu-west-1"}
LIST = (Allowed("amazon.nova-lite", "geography", **HERE),)


def synthesised(rules: Rules | None = None) -> Template:
    stack = cdk.Stack(cdk.App(), "S", env=cdk.Environment(**HERE))
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:eu-west-1:222222222222:key/1111aaaa")
    ModelAccess(stack, "Models", team=Team("retail", {"cost-center": "4711"}), models=LIST, key=key, rules=rules)
    return Template.from_stack(stack)


@pytest.fixture(scope="module")
def template() -> Template:
    return synthesised()


@pytest.fixture(scope="module")
def statements(template: Template) -> list[dict[str, Any]]:
    (policy,) = template.find_resources("AWS::IAM::ManagedPolicy").values()
    found: list[dict[str, Any]] = policy["Properties"]["PolicyDocument"]["Statement"]
    return found


def invoking(statements: list[dict[str, Any]], effect: str) -> list[dict[str, Any]]:
    return [one for one in statements if one["Effect"] == effect and INVOKE[0] in one["Action"]]


def test_every_call_carries_the_guardrail_in_its_version(statements: list[dict[str, Any]]) -> None:
    for one in invoking(statements, "Allow"):
        required = json.dumps(one["Condition"]["StringEquals"]["bedrock:GuardrailIdentifier"])
        assert "GuardrailArn" in required
        assert "Version" in required
    (denied,) = invoking(statements, "Deny")
    assert denied["Resource"] == "*"
    assert set(denied["Condition"]) == {"StringNotEquals"}


def test_models_are_reached_by_a_profile_of_the_team_only(statements: list[dict[str, Any]]) -> None:
    profiles, models = invoking(statements, "Allow")
    assert "bedrock:InferenceProfileArn" not in profiles["Condition"]["StringEquals"]
    assert "bedrock:InferenceProfileArn" in models["Condition"]["StringEquals"]
    assert {arn.split("/")[1] for arn in models["Resource"]} == {"amazon.nova-lite-v1:0"}
    regions = {arn.split(":")[3] for arn in models["Resource"]}
    assert regions
    assert all(region.startswith("eu-") for region in regions), "a request leaves the geography"


def test_doors_without_a_guardrail_are_shut(statements: list[dict[str, Any]]) -> None:
    (shut,) = [one for one in statements if one["Effect"] == "Deny" and INVOKE[0] not in one["Action"]]
    assert set(shut["Action"]) == set(NO_GUARDRAIL) >= {*MANTLE, "bedrock:RetrieveAndGenerate"}
    assert "Condition" not in shut


def test_a_profile_tells_the_costs(template: Template) -> None:
    template.has_resource_properties(
        "AWS::Bedrock::ApplicationInferenceProfile",
        {
            "ModelSource": {"CopyFrom": LIST[0].source},
            "Tags": Match.array_with([{"Key": "cost-center", "Value": "4711"}]),
        },
    )


def test_the_guardrail_filters_and_is_encrypted(template: Template) -> None:
    template.has_resource_properties(
        "AWS::Bedrock::Guardrail",
        {
            "KmsKeyArn": Match.any_value(),
            "ContentPolicyConfig": {
                "FiltersConfig": Match.array_with(
                    [{"Type": "PROMPT_ATTACK", "InputStrength": "HIGH", "OutputStrength": "NONE"}]
                )
            },
            "TopicPolicyConfig": {"TopicsConfig": Match.array_with([Match.object_like({"Type": "DENY"})])},
        },
    )


def version(template: Template) -> Any:
    (found,) = template.find_resources("AWS::Bedrock::GuardrailVersion").values()
    return found["Properties"]["Description"]


def test_other_rules_are_another_version() -> None:
    more = Rules(topics=(Topic("Weather", "What the weather will be.", ("Will it rain?",)),))
    assert version(synthesised()) == version(synthesised())
    assert version(synthesised(more)) != version(synthesised())


def test_topics_are_as_long_as_bedrock_takes_them() -> None:
    for topic in Rules().topics:
        assert len(topic.definition) <= 200
        assert len(topic.examples) <= 5
        assert all(len(example) <= 100 for example in topic.examples)
