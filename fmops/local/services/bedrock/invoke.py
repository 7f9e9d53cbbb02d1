"""InvokeModel and InvokeModelWithResponseStream: the same answers in each family's own form."""

import json
import time
from collections.abc import Iterator
from typing import Any

from fmops.local.eventstream import Event
from fmops.local.registry import Params, operation
from fmops.local.services.bedrock import dialogue, families, invocations
from fmops.local.services.bedrock.converse import INTERVENED, STOPPED, pieces, target_of
from fmops.local.services.bedrock.families import Answer
from fmops.local.services.bedrock.guard import Guard
from fmops.local.services.bedrock.invocations import Invocation
from fmops.local.services.bedrock.language import Usage

_JSON = "application/json"


def _guard(parameters: Params) -> Guard:
    return Guard.of(parameters.get("guardrailIdentifier"), parameters.get("guardrailVersion"), parameters.get("trace"))


def _marked(guard: Guard) -> Params:
    """What a guardrail adds to an answer's body."""
    if guard.guardrail is None:
        return {}
    traced = {"amazon-bedrock-trace": {"guardrail": guard.trace}} if guard.traced and guard.trace else {}
    return {"amazon-bedrock-guardrailAction": "INTERVENED" if guard.intervened else "NONE", **traced}


def _answer(text: str, guard: Guard, usage: Usage) -> Answer:
    reason = INTERVENED if guard.intervened else STOPPED.get(usage.reason, "end_turn")
    return Answer(text, reason, usage.prompt, usage.completion)


@operation("bedrock-runtime", "InvokeModel")
def invoke_model(parameters: Params) -> Params:
    """The answer's body."""
    started, target, guard = time.monotonic(), target_of(parameters), _guard(parameters)
    asked = families.read(target.model, parameters.get("body") or b"")
    said, usage = dialogue.read(asked), Usage()
    text = "".join(pieces(guard, said, asked, usage, "sync"))
    body = {**families.of(target.model).write(_answer(text, guard, usage)), **_marked(guard)}
    sent = json.loads(parameters["body"])
    invocations.record(Invocation("InvokeModel", target, sent, body, usage, guard, started))
    return {"body": json.dumps(body).encode(), "contentType": _JSON}


@operation("bedrock-runtime", "InvokeModelWithResponseStream")
def invoke_model_with_response_stream(parameters: Params) -> Params:
    """The answer's chunks, as they come."""
    started, target, guard = time.monotonic(), target_of(parameters), _guard(parameters)
    asked = families.read(target.model, parameters.get("body") or b"")
    said, usage, texts = dialogue.read(asked), Usage(), list[str]()

    def heard() -> Iterator[str]:
        for piece in pieces(guard, said, asked, usage, "sync"):
            texts.append(piece)
            yield piece

    def events() -> Iterator[Event]:
        family, bodies = families.of(target.model), list[Any]()
        for body in family.chunks(heard(), lambda: _answer("".join(texts), guard, usage)):
            bodies.append(body)
            yield "chunk", {"bytes": json.dumps(body).encode()}
        sent = json.loads(parameters["body"])
        invocations.record(Invocation("InvokeModelWithResponseStream", target, sent, bodies, usage, guard, started))

    return {"body": events(), "contentType": _JSON}
