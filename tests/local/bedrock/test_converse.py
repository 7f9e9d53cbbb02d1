"""Answers: from the context, counted, repeatable; as a stream; in each family's form; and the errors of AWS."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, EventStreamError

from tests.local.bedrock.conftest import ACCOUNT, ANY, MODEL, SYSTEM, Team, user

pytestmark = pytest.mark.e2e

NOVA = "amazon.nova-micro-v1:0"


def text_of(answer: Any) -> str:
    """The answer's text."""
    return str(answer["output"]["message"]["content"][0]["text"])


@pytest.fixture(name="runtime")
def _runtime(team: Team) -> Any:
    return team.aws.client("bedrock-runtime", ACCOUNT)


def test_answers_from_the_context_and_counts(team: Team) -> None:
    answer = team.ask("How long may I return shoes?")
    assert "45 days" in text_of(answer)
    assert (answer["stopReason"], answer["output"]["message"]["role"]) == ("end_turn", "assistant")
    usage = answer["usage"]
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"]
    assert usage["inputTokens"] > 20 > usage["outputTokens"] > 5


def test_another_context_another_answer(team: Team) -> None:
    other = team.ask("How long may I return shoes?", system=[{"text": SYSTEM.replace("45 days", "two weeks")}])
    assert "45" not in text_of(other)


def test_the_same_question_has_the_same_answer(runtime: Any) -> None:
    def ask(temperature: float, seed: int) -> str:
        return text_of(
            runtime.converse(
                modelId=NOVA,
                messages=user("Invent a name for a cat."),
                inferenceConfig={"maxTokens": 24, "temperature": temperature},
                additionalModelRequestFields={"seed": seed},
            )
        )

    assert ask(0.0, 1) == ask(0.0, 2)
    assert ask(1.0, 1) == ask(1.0, 1)
    assert len({ask(1.0, seed) for seed in range(4)}) > 1


def test_limits(runtime: Any) -> None:
    cut = runtime.converse(modelId=NOVA, messages=user("Tell me a long story."), inferenceConfig={"maxTokens": 5})
    assert (cut["stopReason"], cut["usage"]["outputTokens"]) == ("max_tokens", 5)
    stopped = runtime.converse(
        modelId=NOVA,
        messages=user("Count: one, two, three."),
        inferenceConfig={"maxTokens": 30, "stopSequences": [","]},
    )
    assert "," not in text_of(stopped)


def test_counted_before_as_after(runtime: Any) -> None:
    given = {"messages": user("How are you?"), "system": [{"text": SYSTEM}]}
    counted = runtime.count_tokens(modelId=NOVA, input={"converse": given})["inputTokens"]
    assert counted == runtime.converse(modelId=NOVA, **given, inferenceConfig={"maxTokens": 1})["usage"]["inputTokens"]
    body = {"messages": given["messages"], "system": given["system"]}
    form = {"invokeModel": {"body": json.dumps(body).encode()}}
    assert runtime.count_tokens(modelId=NOVA, input=form)["inputTokens"] == counted


def test_stream(team: Team, runtime: Any) -> None:
    request = {
        "modelId": team.profile,
        "system": [{"text": SYSTEM}],
        "messages": user("How long may I return shoes?"),
        "inferenceConfig": {"maxTokens": 32},
    }
    events = list(runtime.converse_stream(**request)["stream"])
    names = [next(iter(event)) for event in events]
    assert names[0] == "messageStart"
    assert names[-3:] == ["contentBlockStop", "messageStop", "metadata"]
    texts = [event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event]
    whole = runtime.converse(**request)
    assert len(texts) > 5
    assert "".join(texts) == text_of(whole)
    assert events[-1]["metadata"]["usage"] == whole["usage"]


def test_a_stream_comes_while_it_is_made(runtime: Any) -> None:
    request = {"modelId": NOVA, "messages": user("Tell me a long story."), "inferenceConfig": {"maxTokens": 150}}
    stream = runtime.converse_stream(**request)["stream"]
    events = iter(stream)
    next(events)
    first = next(events)["contentBlockDelta"]["delta"]["text"]
    stream.close()
    assert len(first) < 20


def test_a_hang_up_frees_the_model(runtime: Any) -> None:
    request = {"modelId": NOVA, "messages": user("Tell me a very long story."), "inferenceConfig": {"maxTokens": 4000}}
    stream = runtime.converse_stream(**request)["stream"]
    next(iter(stream))
    stream.close()
    answer = runtime.converse(modelId=NOVA, messages=user("Hi"), inferenceConfig={"maxTokens": 3})
    assert answer["metrics"]["latencyMs"] < 20_000


MESSAGES = {"messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 12}
BODIES: dict[str, tuple[dict[str, Any], Any]] = {
    f"eu.{MODEL}": (
        {"anthropic_version": "bedrock-2023-05-31", **MESSAGES},
        lambda body: body["content"][0]["text"],
    ),
    NOVA: (
        {"messages": user("Say hello."), "inferenceConfig": {"maxTokens": 12}},
        lambda body: body["output"]["message"]["content"][0]["text"],
    ),
    "eu.meta.llama3-2-1b-instruct-v1:0": ({"prompt": "Say hello.", "max_gen_len": 12}, lambda body: body["generation"]),
    "mistral.mistral-7b-instruct-v0:2": (
        {"prompt": "Say hello.", "max_tokens": 12},
        lambda body: body["outputs"][0]["text"],
    ),
}


@pytest.mark.parametrize("model", BODIES)
def test_each_family_in_its_own_form(runtime: Any, model: str) -> None:
    body, read = BODIES[model]
    answer = runtime.invoke_model(modelId=model, body=json.dumps(body))
    assert answer["contentType"] == "application/json"
    assert "hello" in read(json.loads(answer["body"].read())).lower()
    streamed = runtime.invoke_model_with_response_stream(modelId=model, body=json.dumps(body))
    chunks = [json.loads(event["chunk"]["bytes"]) for event in streamed["body"]]
    assert len(chunks) > 3
    assert "hello" in json.dumps(chunks).lower()


def test_anthropic_chunks_are_those_of_its_sdk(runtime: Any) -> None:
    body, _ = BODIES[f"eu.{MODEL}"]
    streamed = runtime.invoke_model_with_response_stream(modelId=f"eu.{MODEL}", body=json.dumps(body))
    kinds = [json.loads(event["chunk"]["bytes"])["type"] for event in streamed["body"]]
    assert kinds[:2] == ["message_start", "content_block_start"]
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]


GONE = f"{ANY}:application-inference-profile/aaaabbbbcccc"


@pytest.mark.parametrize(
    ("request_", "code", "words"),
    [
        ({"modelId": "no.such-model"}, "ValidationException", "The provided model identifier is invalid"),
        ({"modelId": MODEL}, "ValidationException", "on-demand throughput isn’t supported"),
        ({"modelId": GONE}, "ResourceNotFoundException", "inference profile"),
        ({"modelId": "amazon.titan-embed-text-v2:0"}, "ValidationException", "doesn't support the model"),
        ({"messages": []}, "ValidationException", "must start with a user message"),
        ({"messages": [*user("a"), *user("b")]}, "ValidationException", "must alternate"),
        ({"messages": user(" ")}, "ValidationException", "is blank"),
        ({"messages": user("long " * 5000)}, "ValidationException", "Input is too long for requested model"),
        (
            {"guardrailConfig": {"guardrailIdentifier": "aaaa", "guardrailVersion": "1"}},
            "ValidationException",
            "guardrail identifier or version",
        ),
    ],
)
@pytest.mark.parametrize("operation", ["converse", "converse_stream"])
def test_what_aws_refuses(runtime: Any, operation: str, request_: dict[str, Any], code: str, words: str) -> None:
    with pytest.raises(ClientError, match=words) as error:
        getattr(runtime, operation)(**{"modelId": NOVA, "messages": user("Hi"), **request_})
    assert not isinstance(error.value, EventStreamError)  # an answer of its own, before the stream began
    assert error.value.response["Error"]["Code"] == code


def test_a_body_that_the_family_cannot_read(runtime: Any) -> None:
    for body in (b"no json", b"{}", b"[]"):
        with pytest.raises(ClientError, match="Malformed input request"):
            runtime.invoke_model(modelId=NOVA, body=body)
