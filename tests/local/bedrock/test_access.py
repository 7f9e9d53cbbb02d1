"""Who may ask which model, through which profile, with which guardrail."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.bedrock.conftest import ACCOUNT, ANY, MODEL, Team, user

pytestmark = pytest.mark.e2e

INVOKE = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
QUESTION = "How long may I return shoes?"


def allow(actions: Any, resources: Any, **more: Any) -> dict[str, Any]:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def applying(team: Team) -> dict[str, Any]:
    """The right to apply the team's guardrail."""
    return allow("bedrock:ApplyGuardrail", team.guardrail_arn())


def refused(ask: Any) -> str:
    """The message of the AccessDeniedException that a call ends with."""
    with pytest.raises(ClientError) as error:
        ask()
    assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    return str(error.value)


def test_a_profile_needs_itself_and_the_model_in_each_region(team: Team) -> None:
    whole = team.role("whole", allow(INVOKE, [team.profile, *team.models()]), applying(team))
    assert "45 days" in team.ask(QUESTION, whole)["output"]["message"]["content"][0]["text"]
    for name, resources in (
        ("profile-only", [team.profile]),
        ("models-only", team.models()),
        ("one-region-less", [team.profile, *team.models()[:-1]]),
    ):
        client = team.role(name, allow(INVOKE, resources), applying(team))
        assert "bedrock:InvokeModel" in refused(lambda client=client: team.ask(QUESTION, client))


def test_a_model_only_through_its_profile(team: Team) -> None:
    through = {"StringLike": {"bedrock:InferenceProfileArn": f"{ANY}:application-inference-profile/*"}}
    statements = (allow(INVOKE, f"{ANY}:*"), allow(INVOKE, team.models(), Condition=through), applying(team))
    client = team.role("through", *statements)
    assert team.ask(QUESTION, client)["stopReason"] == "end_turn"
    refused(lambda: team.ask(QUESTION, client, modelId=f"eu.{MODEL}"))


def test_another_model_is_refused(team: Team) -> None:
    client = team.role("one-model", allow(INVOKE, [team.profile, *team.models()]), applying(team))
    refused(lambda: team.ask(QUESTION, client, modelId="amazon.nova-micro-v1:0"))
    refused(lambda: client.invoke_model(modelId="no.such-model", body=b"{}"))


@pytest.mark.parametrize(
    ("suffix", "versions"),
    [(":1", {"1"}), (":*", {"1", "2"}), ("", {"DRAFT"}), ("*", {"1", "2", "DRAFT"})],
)
def test_the_guardrail_that_a_policy_requires(team: Team, suffix: str, versions: set[str]) -> None:
    bedrock = team.aws.client("bedrock", "000000000012")
    known = {row["version"] for row in bedrock.list_guardrails(guardrailIdentifier=team.guardrail)["guardrails"]}
    if "2" not in known:
        bedrock.create_guardrail_version(guardrailIdentifier=team.guardrail)
    required = {"StringNotLike": {"bedrock:GuardrailIdentifier": team.guardrail_arn(suffix)}}
    deny = {"Effect": "Deny", "Action": INVOKE, "Resource": "*", "Condition": required}
    name = f"requires-{sorted(versions)}".replace("[", "").replace("]", "").replace("'", "").replace(", ", "-")
    client = team.role(name, allow(INVOKE, "*"), allow("bedrock:ApplyGuardrail", "*"), deny)
    for version in ("1", "2", "DRAFT"):
        config = {**team.config, "guardrailVersion": version}
        if version in versions:
            assert team.ask(QUESTION, client, guardrailConfig=config)["output"]
        else:
            refused(lambda config=config: team.ask(QUESTION, client, guardrailConfig=config))
    refused(lambda: team.ask(QUESTION, client, guardrailConfig=None))
    refused(lambda: client.invoke_model(modelId="amazon.nova-micro-v1:0", body=b"{}"))
    refused(lambda: client.converse_stream(modelId=team.profile, messages=user(QUESTION)))


def test_a_guardrail_needs_the_right_to_apply_it(team: Team) -> None:
    client = team.role("may-not-apply", allow(INVOKE, "*"))
    assert "bedrock:ApplyGuardrail" in refused(lambda: team.ask(QUESTION, client))
    assert team.ask(QUESTION, client, guardrailConfig=None)["stopReason"] == "end_turn"


def test_streaming_is_a_right_of_its_own(team: Team) -> None:
    client = team.role("no-stream", allow("bedrock:InvokeModel", "*"), applying(team))
    assert team.ask(QUESTION, client)["output"]
    denied = refused(lambda: client.converse_stream(modelId=team.profile, messages=user(QUESTION)))
    assert "bedrock:InvokeModelWithResponseStream" in denied


def test_a_profiles_tags_count(team: Team) -> None:
    bedrock = team.aws.client("bedrock", ACCOUNT)
    bedrock.tag_resource(resourceARN=team.profile, tags=[{"key": "team", "value": "desk"}])
    for value, may in (("desk", True), ("till", False)):
        tagged = {"StringEquals": {"aws:ResourceTag/team": value}}
        through = allow(INVOKE, f"{ANY}:application-inference-profile/*", Condition=tagged)
        client = team.role(f"tagged-{value}", through, allow(INVOKE, team.models()), applying(team))
        if may:
            assert team.ask(QUESTION, client)["stopReason"] == "end_turn"
        else:
            refused(lambda client=client: team.ask(QUESTION, client))
