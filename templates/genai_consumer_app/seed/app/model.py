"""The foundation model, asked so that question and answer pass the guardrail; without it nothing is asked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from app.prompt import Prompt
from app.settings import Settings

TIMES = Config(connect_timeout=3, read_timeout=30, retries={"total_max_attempts": 3, "mode": "standard"})
"""A model that is busy is asked three times at most, a little later each time."""
BLOCKED = "guardrail_intervened"


@dataclass(frozen=True)
class Answer:
    """The end of an answer.

    Attributes:
        blocked: the guardrail has held back the question or the answer; `text` is then what it says instead.
        tokens: how many came in and went out.
    """

    text: str
    blocked: bool
    tokens: tuple[int, int]


def client() -> Any:
    """Bedrock's runtime, with patience in measure."""
    return boto3.client("bedrock-runtime", config=TIMES)


def ask(question: str, prompt: Prompt, settings: Settings, bedrock: Any, show: Callable[[str], None]) -> Answer:
    """Asks, and shows the answer as it grows.

    Args:
        show: is given the whole text so far, after the guardrail has passed each piece of it.

    Raises:
        botocore's errors: the model or the guardrail didn't answer; what was shown is to be taken back.
        RuntimeError: the answer ended without saying why.
    """
    reply = bedrock.converse_stream(
        modelId=settings.profile,
        system=[{"text": prompt.system}],
        messages=[{"role": "user", "content": [{"text": question}]}],
        inferenceConfig={"maxTokens": prompt.max_tokens, "temperature": prompt.temperature},
        guardrailConfig={
            "guardrailIdentifier": settings.guardrail,
            "guardrailVersion": settings.guardrail_version,
            "streamProcessingMode": "sync",
        },
    )
    text, reason, usage = "", "", {}
    for event in reply["stream"]:
        text += event.get("contentBlockDelta", {}).get("delta", {}).get("text", "")
        reason = event.get("messageStop", {}).get("stopReason", reason)
        usage = event.get("metadata", {}).get("usage", usage)
        if "contentBlockDelta" in event:
            show(text)
    if not reason:
        raise RuntimeError("the answer broke off")
    return Answer(text.strip(), reason == BLOCKED, (usage.get("inputTokens", 0), usage.get("outputTokens", 0)))
