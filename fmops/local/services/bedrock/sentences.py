"""How near sentences are in meaning: a denied topic's definition and a question, an answer and its source."""

import re

from fmops.local.registry import AwsError


def similarity(one: str, other: str) -> float:
    """How near two texts are in meaning: 1 for the same, about 0 for strangers."""
    try:
        from fmops.local.services.bedrock.minilm import embed  # here: numpy is for who asks only
    except ImportError as error:
        message = f"the embedded AWS's Bedrock needs {error.name}: run `make setup-genai` and start it again"
        raise AwsError("ServiceUnavailableException", message, 503) from error
    return float(embed(one) @ embed(other))


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text, none of them empty."""
    return [part.strip() for part in re.split(r"(?<=[.!?])\s+|\n+", text) if part.strip()]
