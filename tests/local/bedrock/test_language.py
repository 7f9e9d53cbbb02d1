"""The model's queue, without the model: one answer at a time, room for some, and nothing left behind by an error."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from fmops.local.registry import AwsError
from fmops.local.services.bedrock import language
from fmops.local.services.bedrock.language import Request, Usage, answer, stream

ASKED = Request(({"role": "user", "content": "Hi"},))
Heard = Callable[[dict[str, Any]], bool]


def piece(text: str) -> dict[str, Any]:
    """A piece of an answer as llama.cpp gives it."""
    return {"choices": [{"delta": {"content": text}, "finish_reason": None}]}


class Server:
    """Stands in for llama.cpp's: says words until it is told to stop, once the gate is open."""

    def __init__(self, *words: str) -> None:
        self.words, self.gate, self.said = words, threading.Event(), 0
        self.gate.set()

    def handle_chat_completions(self, _asked: dict[str, Any], heard: Heard) -> None:
        self.gate.wait(10)
        for word in self.words:
            self.said += 1
            if heard(piece(word)):
                return
        heard({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": len(self.words)}})


@pytest.fixture(name="serve")
def _serve(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    def serve(server: Any) -> None:
        monkeypatch.setattr(language, "_server", lambda: server)
        monkeypatch.setattr(language, "_ROOM", threading.BoundedSemaphore(2))

    return serve


def test_an_answer_with_its_counts(serve: Any) -> None:
    serve(Server("Hello", " you"))
    found = answer(ASKED)
    assert (found.text, found.prompt, found.completion) == ("Hello you", 7, 2)


def test_who_comes_when_all_places_are_taken_is_throttled(serve: Any) -> None:
    server = Server("Hello")
    server.gate.clear()
    serve(server)
    waiting = [threading.Thread(target=answer, args=(ASKED,)) for _ in range(2)]
    for thread in waiting:
        thread.start()
    while language._ROOM._value:
        time.sleep(0.01)
    with pytest.raises(AwsError, match="Too many requests") as error:
        answer(ASKED)
    assert (error.value.code, error.value.status) == ("ThrottlingException", 429)
    server.gate.set()
    for thread in waiting:
        thread.join(10)
    assert answer(ASKED).text == "Hello"


def test_an_abandoned_answer_ends(serve: Any) -> None:
    server = Server(*["word "] * 100_000)
    serve(server)
    usage = Usage()
    begun = stream(ASKED, usage)
    next(begun)
    begun.close()
    assert answer(Request(ASKED.messages, max_tokens=1)).text  # the next one's turn came
    assert 0 < server.said < 200_000
    assert usage.completion == 1


class Broken:
    """Fails, in one of the ways in which a model does."""

    def __init__(self, how: Any) -> None:
        self.how = how

    def handle_chat_completions(self, _asked: dict[str, Any], heard: Heard) -> None:
        if isinstance(self.how, Exception):
            raise self.how
        heard({"error": self.how})


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"type": "exceed_context_size_error", "message": "long"}, "ValidationException"),
        ({"type": "server_error", "message": "no"}, "ModelErrorException"),
        (MemoryError("no"), "ModelErrorException"),
        (AwsError("ServiceUnavailableException", "run `make setup-genai`", 503), "ServiceUnavailableException"),
    ],
)
def test_errors_are_bedrocks_and_free_the_place(serve: Any, how: Any, code: str) -> None:
    serve(Broken(how))
    for _ in range(5):
        with pytest.raises(AwsError) as error:
            answer(ASKED)
        assert error.value.code == code


def test_missing_weights_are_told_with_the_remedy() -> None:
    from fmops.local.services.bedrock import weights

    with pytest.raises(AwsError, match="make setup-genai"):
        weights.file("no_such_package", "x.gguf")
