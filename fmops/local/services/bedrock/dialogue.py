"""A Converse request as a dialogue: what the model reads, what the guardrail guards, what grounds the answer."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from fmops.local.registry import AwsError, Params
from fmops.local.services.bedrock import language
from fmops.local.services.bedrock.language import Message, Request
from fmops.local.services.bedrock.policies import Content

_QUERY, _SOURCE, _GUARDED = "query", "grounding_source", "guard_content"


@dataclass
class Part:
    """A text of the dialogue: who says it, and how the guardrail is told to treat it (None: it was not told)."""

    role: str
    text: str
    qualifiers: tuple[str, ...] | None = None


@dataclass
class Dialogue:
    """The texts in order, the system prompt's first."""

    parts: list[Part] = field(default_factory=list)

    def guarded(self) -> list[Part]:
        """What the guardrail judges on the way in: what is marked, else every message and no system prompt.

        A mark with the qualifiers of grounding only is for the answer's check (Bedrock User Guide, "Include a guardrail
        with the Converse API" and "Use contextual grounding check").
        """
        marked = [part for part in self.parts if part.qualifiers is not None]
        if any(part.role != "system" for part in marked):
            return [part for part in marked if not part.qualifiers or _GUARDED in part.qualifiers]
        messages = [part for part in self.parts if part.role != "system"]
        return [*(part for part in marked if not part.qualifiers or _GUARDED in part.qualifiers), *messages]

    def asked(self) -> Content:
        """What goes in."""
        return Content(tuple(part.text for part in self.guarded()), "INPUT")

    def answered(self, text: str) -> Content:
        """What comes out, with what it must be grounded in."""
        return Content((text,), "OUTPUT", self._of(_SOURCE), " ".join(self._of(_QUERY)))

    def _of(self, qualifier: str) -> tuple[str, ...]:
        return tuple(part.text for part in self.parts if qualifier in (part.qualifiers or ()))

    def mask(self, texts: list[str]) -> None:
        """Puts the guardrail's version of the guarded texts in their place."""
        for part, text in zip(self.guarded(), texts, strict=True):
            part.text = text

    def messages(self) -> tuple[Message, ...]:
        """As the model reads it: one message per turn."""
        found: list[Message] = []
        for part in self.parts:
            if found and found[-1]["role"] == part.role:
                found[-1]["content"] += "\n" + part.text
            else:
                found.append({"role": part.role, "content": part.text})
        return tuple(found)


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def _parts(role: str, blocks: list[Params]) -> Iterator[Part]:
    for block in blocks:
        if "text" in block:
            yield Part(role, block["text"])
        elif "text" in block.get("guardContent", {}):
            guarded = block["guardContent"]["text"]
            yield Part(role, guarded["text"], tuple(guarded.get("qualifiers", ())))
        elif "cachePoint" not in block:
            kind = next(iter(block), "empty")
            raise _invalid(
                f"This model doesn't support the {kind} content block that you provided. (embedded AWS: text)"
            )


def read(parameters: Params) -> Dialogue:
    """The dialogue of a Converse request.

    Raises:
        AwsError: `ValidationException` when it is none that a model can answer, or has what the small model has not.
    """
    messages = parameters.get("messages") or []
    if parameters.get("toolConfig"):
        raise _invalid("This model doesn't support tool use. (embedded AWS: the small model answers in text)")
    if not messages or messages[0]["role"] != "user":
        raise _invalid("A conversation must start with a user message. Try again with a conversation that starts so.")
    if messages[-1]["role"] != "user":
        raise _invalid("This model doesn't support prefilling an assistant message: the last message must be a user's.")
    for one, other in itertools.pairwise(messages):
        if one["role"] == other["role"]:
            raise _invalid("A conversation must alternate between user and assistant roles.")
    parts = [*_parts("system", parameters.get("system") or [])]
    for message in messages:
        parts += _parts(message["role"], message["content"])
    if not any(part.text.strip() for part in parts if part.role == "user"):
        raise _invalid("The text field in the ContentBlock object is blank. Add text to the text field, and try again.")
    return Dialogue(parts)


def request(dialogue: Dialogue, parameters: Params) -> Request:
    """What the small model is asked. Temperature is 0 unless the request says one: an answer can be had again."""
    given, more = parameters.get("inferenceConfig") or {}, parameters.get("additionalModelRequestFields") or {}
    return Request(
        dialogue.messages(),
        max_tokens=min(int(given.get("maxTokens") or language.DEFAULT_TOKENS), language.CONTEXT),
        temperature=float(given.get("temperature") or 0.0),
        top_p=float(given.get("topP") or 1.0),
        stop=tuple(given.get("stopSequences") or ()),
        seed=int(more.get("seed", language.SEED)),
    )
