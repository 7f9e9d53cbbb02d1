"""The function that answers a question, at its leisure: the interface does not wait for it, the page looks again."""

import hashlib
import time
from typing import Any

from app import model
from app.messages import Messages
from app.prompt import Prompt
from app.records import record
from app.settings import Settings

FAILED = "The model can't be asked at the moment. Ask again in a while."
SHOW_EVERY = 0.2
"""Seconds between two looks that a reader may take at a growing answer."""


def handler(event: dict[str, Any], _context: object) -> None:
    """Answers the question of the message `event["id"]`.

    Whatever goes wrong, the reader is told that it did, and not what; what was shown before is taken back.
    """
    settings = Settings.of()
    answer(event["id"], Messages(settings.table, settings.keep_days), settings, model.client())


def answer(id: str, messages: Messages, settings: Settings, bedrock: Any) -> None:
    """Answers one question; see `handler`."""
    prompt = Prompt.load()
    about = {"prompt": f"{prompt.id} {prompt.version}", "model": settings.profile, "release": settings.release}
    started = last = time.monotonic()

    def show(text: str) -> None:
        nonlocal last
        if time.monotonic() - last > SHOW_EVERY:
            last = time.monotonic()
            messages.tell(id, "answering", text)

    try:
        found = model.ask(messages.question(id), prompt, settings, bedrock, show)
    except Exception as error:
        messages.tell(id, "failed", FAILED, **about)
        record("failed", message=id, error=type(error).__name__)
        return
    incoming, outgoing = found.tokens
    messages.tell(
        id,
        "blocked" if found.blocked else "answered",
        found.text,
        output_sha256=hashlib.sha256(found.text.encode()).hexdigest(),
        input_tokens=incoming,
        output_tokens=outgoing,
        **about,
    )
    record(
        "blocked" if found.blocked else "answered",
        message=id,
        input_tokens=incoming,
        output_tokens=outgoing,
        milliseconds=int(1000 * (time.monotonic() - started)),
    )
