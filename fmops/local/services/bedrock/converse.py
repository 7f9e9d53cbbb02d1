"""Converse, ConverseStream and CountTokens."""

import time
from collections.abc import Iterator

from fmops.local.eventstream import Event
from fmops.local.registry import AwsError, Params, operation
from fmops.local.services.bedrock import dialogue, families, invocations, language, models, spoken
from fmops.local.services.bedrock.dialogue import Dialogue
from fmops.local.services.bedrock.guard import Guard
from fmops.local.services.bedrock.invocations import Invocation
from fmops.local.services.bedrock.language import Usage

STOPPED = {"stop": "end_turn", "length": "max_tokens"}
INTERVENED = "guardrail_intervened"


def target_of(parameters: Params) -> models.Target:
    """The model that is called. AwsError `ValidationException` when it is none, or makes no text."""
    target = models.resolve(parameters["modelId"])
    if target.model.output != "TEXT":
        message = (
            f"This action doesn't support the model that you provided: {target.model.id} makes {target.model.output}."
        )
        raise AwsError("ValidationException", message)
    return target


def _guard(parameters: Params) -> Guard:
    given = parameters.get("guardrailConfig") or {}
    return Guard.of(given.get("guardrailIdentifier"), given.get("guardrailVersion"), given.get("trace"))


def _counts(usage: Usage) -> Params:
    return {
        "inputTokens": usage.prompt,
        "outputTokens": usage.completion,
        "totalTokens": usage.prompt + usage.completion,
    }


def admitted(guard: Guard, said: Dialogue) -> bool:
    """Whether the guardrail lets the question through, masked where it says so."""
    verdict = guard.judge(said.asked())
    if not verdict.blocked:
        said.mask(verdict.texts)
    return not verdict.blocked


@operation("bedrock-runtime", "Converse")
def converse(parameters: Params) -> Params:
    """The model's answer to a conversation, or the guardrail's message."""
    started, target, guard = time.monotonic(), target_of(parameters), _guard(parameters)
    said = dialogue.read(parameters)
    usage, text = Usage(), ""
    if admitted(guard, said):
        usage = language.answer(dialogue.request(said, parameters))
        verdict = guard.judge(said.answered(usage.text))
        text = guard.message("OUTPUT") if verdict.blocked else verdict.texts[0]
    else:
        text = guard.message("INPUT")
    answer = {
        "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
        "stopReason": INTERVENED if guard.intervened else STOPPED.get(usage.reason, "end_turn"),
        "usage": _counts(usage),
        "metrics": {"latencyMs": int((time.monotonic() - started) * 1000)},
        **guard.shown(),
    }
    invocations.record(Invocation("Converse", target, parameters, answer, usage, guard, started))
    return answer


@operation("bedrock-runtime", "ConverseStream")
def converse_stream(parameters: Params) -> Params:
    """The same, as it comes. What is wrong with the request is told before the stream begins."""
    started, target, guard = time.monotonic(), target_of(parameters), _guard(parameters)
    said = dialogue.read(parameters)
    mode = (parameters.get("guardrailConfig") or {}).get("streamProcessingMode", "sync")
    return {"stream": _events(parameters, target, guard, said, mode, started)}


def _events(
    parameters: Params, target: models.Target, guard: Guard, said: Dialogue, mode: str, started: float
) -> Iterator[Event]:
    usage, texts = Usage(), []
    heard = pieces(guard, said, parameters, usage, mode)
    texts.append(next(heard, ""))  # before anything is told: what fails up to the first word is an error, not a stream
    yield "messageStart", {"role": "assistant"}
    yield _delta(texts[0])
    for piece in heard:
        texts.append(piece)
        yield _delta(piece)
    yield "contentBlockStop", {"contentBlockIndex": 0}
    reason = INTERVENED if guard.intervened else STOPPED.get(usage.reason, "end_turn")
    yield "messageStop", {"stopReason": reason}
    metrics = {"latencyMs": int((time.monotonic() - started) * 1000)}
    answer = {"usage": _counts(usage), "metrics": metrics, **guard.shown()}
    message = {"role": "assistant", "content": [{"text": "".join(texts)}]}
    whole = {"output": {"message": message}, "stopReason": reason, **answer}
    invocations.record(Invocation("ConverseStream", target, parameters, whole, usage, guard, started))
    yield "metadata", answer


def _delta(text: str) -> Event:
    return "contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}}


def pieces(guard: Guard, said: Dialogue, parameters: Params, usage: Usage, mode: str) -> Iterator[str]:
    """What the caller reads: the model's answer as the guardrail lets it out, or the guardrail's message."""
    if not admitted(guard, said):
        yield guard.message("INPUT")
        return
    asked = dialogue.request(said, parameters)
    yield from spoken.guarded(guard, said, language.stream(asked, usage), mode)
    usage.prompt = usage.prompt or language.count(asked.messages)  # an answer that was cut off has none yet


@operation("bedrock-runtime", "CountTokens")
def count_tokens(parameters: Params) -> Params:
    """How many tokens a request has, by the small model's own tokenizer."""
    target, given = target_of(parameters), parameters["input"]
    if "converse" in given:
        return {"inputTokens": language.count(dialogue.read(given["converse"]).messages())}
    asked = families.read(target.model, given["invokeModel"]["body"])
    return {"inputTokens": language.count(dialogue.read(asked).messages())}
