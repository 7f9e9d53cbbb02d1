"""A guarded answer while it is still being made: what may be let out, and when."""

import re
from collections.abc import Generator, Iterator

from fmops.local.services.bedrock.dialogue import Dialogue
from fmops.local.services.bedrock.guard import Guard

_SENTENCES = re.compile(r".*(?:[.!?]\s+|\n)", re.DOTALL)


def _windows(pieces: Iterator[str], *, whole: bool) -> Iterator[str]:
    """The text in whole sentences, or in one piece: half a sentence would hide what a filter looks for."""
    held = ""
    for piece in pieces:
        held += piece
        found = None if whole else _SENTENCES.match(held)
        if found:
            yield found[0]
            held = held[found.end() :]
    if held:
        yield held


def guarded(guard: Guard, said: Dialogue, pieces: Generator[str, None, None], mode: str) -> Iterator[str]:
    """The pieces that the caller gets.

    Args:
        guard: judges all that was said so far, each time a sentence is complete.
        said: the question, with what the answer must be grounded in.
        pieces: as the model makes them; they are closed when the guardrail blocks.
        mode: `sync` lets a sentence out once it is judged, masked where needed; `async` lets it out first, unmasked
            (Bedrock User Guide, "Configure streaming response behavior to filter content"). Grounding needs the whole
            answer.
    """
    if guard.guardrail is None:
        yield from pieces
        return
    text = shown = ""
    whole = mode == "sync" and "ContextualGroundingPolicyConfig" in guard.guardrail
    for window in _windows(pieces, whole=whole):
        text += window
        if mode == "async":
            yield window
        verdict = guard.judge(said.answered(text))
        if verdict.blocked:
            pieces.close()
            yield guard.message("OUTPUT")
            return
        if mode == "sync":
            yield verdict.texts[0][len(shown) :]
            shown = verdict.texts[0]
