"""InvokeModel's bodies: each model family has a form of its own for question and answer.

A family is read into a Converse request and written from its answer, so that one path serves both APIs (Bedrock User
Guide, "Inference request parameters and response fields for foundation models").
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from fmops.local.registry import AwsError, Params
from fmops.local.services.bedrock.models import Known

Body = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a body is written from: `reason` is Converse's stop reason."""

    text: str
    reason: str
    prompt: int
    completion: int


@dataclass(frozen=True)
class Family:
    """How a family says things.

    Args:
        read: a request's body as a Converse request.
        write: the answer's body.
        chunks: the bodies of a streamed answer, from its pieces and, at the end, the whole.
    """

    read: Callable[[Body], Params]
    write: Callable[[Answer], Body]
    chunks: Callable[[Iterator[str], Callable[[], Answer]], Iterator[Body]]


def _limits(body: Body, tokens: str, top_p: str = "top_p", stop: str = "stop_sequences") -> Params:
    named = {"maxTokens": tokens, "temperature": "temperature", "topP": top_p, "stopSequences": stop}
    return {name: body[given] for name, given in named.items() if given in body}


def _blocks(content: Any) -> list[Params]:
    if isinstance(content, str):
        return [{"text": content}]
    return [{"text": block["text"]} if "text" in block else {str(block.get("type", "image")): {}} for block in content]


def _read_anthropic(body: Body) -> Params:
    system = body.get("system")
    return {
        "messages": [{"role": row["role"], "content": _blocks(row["content"])} for row in body["messages"]],
        "inferenceConfig": _limits({"max_tokens": body["max_tokens"], **body}, "max_tokens"),
        **({"system": _blocks(system)} if system else {}),
    }


_ANTHROPIC_REASONS = {"guardrail_intervened": "end_turn"}


def _write_anthropic(answer: Answer) -> Body:
    return {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": answer.text}],
        "stop_reason": _ANTHROPIC_REASONS.get(answer.reason, answer.reason),
        "stop_sequence": None,
        "usage": {"input_tokens": answer.prompt, "output_tokens": answer.completion},
    }


def _chunks_anthropic(pieces: Iterator[str], end: Callable[[], Answer]) -> Iterator[Body]:
    first = next(pieces, "")
    yield {"type": "message_start", "message": {"type": "message", "role": "assistant", "content": []}}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": first}}
    for piece in pieces:
        yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
    answer = end()
    yield {"type": "content_block_stop", "index": 0}
    reason = _ANTHROPIC_REASONS.get(answer.reason, answer.reason)
    yield {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": answer.completion}}
    yield {"type": "message_stop"}


def _read_nova(body: Body) -> Params:
    given = body.get("inferenceConfig") or {}
    spelled = {"maxTokens": given.get("maxTokens", given.get("max_new_tokens")), **given}
    return {
        "messages": body["messages"],
        "inferenceConfig": {name: value for name, value in spelled.items() if value is not None},
        **({"system": body["system"]} if body.get("system") else {}),
    }


def _write_nova(answer: Answer) -> Body:
    message = {"role": "assistant", "content": [{"text": answer.text}]}
    counted = {"inputTokens": answer.prompt, "outputTokens": answer.completion}
    usage = {**counted, "totalTokens": answer.prompt + answer.completion}
    return {"output": {"message": message}, "stopReason": answer.reason, "usage": usage}


def _chunks_nova(pieces: Iterator[str], end: Callable[[], Answer]) -> Iterator[Body]:
    first = next(pieces, "")
    yield {"messageStart": {"role": "assistant"}}
    yield {"contentBlockDelta": {"delta": {"text": first}, "contentBlockIndex": 0}}
    for piece in pieces:
        yield {"contentBlockDelta": {"delta": {"text": piece}, "contentBlockIndex": 0}}
    answer = end()
    yield {"contentBlockStop": {"contentBlockIndex": 0}}
    yield {"messageStop": {"stopReason": answer.reason}}
    yield {"metadata": {"usage": _write_nova(answer)["usage"]}}


def _read_prompt(tokens: str) -> Callable[[Body], Params]:
    """For families that take a bare prompt."""

    def read(body: Body) -> Params:
        limits = _limits(body, tokens, stop="stop")
        return {"messages": [{"role": "user", "content": [{"text": body["prompt"]}]}], "inferenceConfig": limits}

    return read


_SHORT_REASONS = {"end_turn": "stop", "max_tokens": "length"}


def _write_meta(answer: Answer) -> Body:
    return {
        "generation": answer.text,
        "prompt_token_count": answer.prompt,
        "generation_token_count": answer.completion,
        "stop_reason": _SHORT_REASONS.get(answer.reason, "stop"),
    }


def _write_mistral(answer: Answer) -> Body:
    return {"outputs": [{"text": answer.text, "stop_reason": _SHORT_REASONS.get(answer.reason, "stop")}]}


def _plain_chunks(write: Callable[[Answer], Body]) -> Callable[..., Iterator[Body]]:
    """For families whose chunks look like their answers."""

    def chunks(pieces: Iterator[str], end: Callable[[], Answer]) -> Iterator[Body]:
        for piece in pieces:
            yield write(Answer(piece, "", 0, 0))
        answer = end()
        yield write(Answer("", answer.reason, answer.prompt, answer.completion))

    return chunks


FAMILIES: dict[str, Family] = {
    "anthropic.": Family(_read_anthropic, _write_anthropic, _chunks_anthropic),
    "amazon.nova": Family(_read_nova, _write_nova, _chunks_nova),
    "meta.": Family(_read_prompt("max_gen_len"), _write_meta, _plain_chunks(_write_meta)),
    "mistral.": Family(_read_prompt("max_tokens"), _write_mistral, _plain_chunks(_write_mistral)),
}
"""By how their model ids begin."""


def of(model: Known) -> Family:
    """A model's family."""
    return next(family for prefix, family in FAMILIES.items() if model.id.startswith(prefix))


def read(model: Known, body: bytes) -> Params:
    """A request's body as a Converse request.

    Raises:
        AwsError: `ValidationException` when it is no JSON, or lacks what the family requires.
    """
    try:
        given = json.loads(body)
        return of(model).read(given)
    except KeyError as error:
        raise AwsError(
            "ValidationException", f"Malformed input request: required key [{error.args[0]}] not found"
        ) from error
    except (ValueError, TypeError, AttributeError) as error:
        raise AwsError("ValidationException", f"Malformed input request: {error}") from error
