"""ApplyGuardrail: a guardrail's verdict on texts that no model of Bedrock was asked about."""

import time

from fmops.local.registry import AwsError, Params, operation
from fmops.local.services.bedrock import guard, guardrails, invocations
from fmops.local.services.bedrock.policies import Content, judge


def _content(blocks: list[Params], source: str) -> Content:
    """The guarded texts, the sources and the query among the blocks, by their qualifiers."""
    texts = [block["text"] for block in blocks if "text" in block]
    if len(texts) != len(blocks):
        raise AwsError("ValidationException", "The embedded AWS guards text only; images are not supported.")

    def of(qualifier: str) -> tuple[str, ...]:
        return tuple(text["text"] for text in texts if qualifier in text.get("qualifiers", ()))

    plain = tuple(t["text"] for t in texts if not t.get("qualifiers") or "guard_content" in t["qualifiers"])
    return Content(plain, source, of("grounding_source"), " ".join(of("query")))


@operation("bedrock-runtime", "ApplyGuardrail")
def apply_guardrail(parameters: Params) -> Params:
    """The action, the texts to show instead, and the assessment."""
    started = time.monotonic()
    found = guardrails.named(parameters["guardrailIdentifier"], parameters["guardrailVersion"])
    content = _content(parameters["content"], parameters["source"])
    verdict = judge(found, content)
    blocked = found["BlockedInputMessaging" if content.source == "INPUT" else "BlockedOutputsMessaging"]
    outputs = [blocked] if verdict.blocked else verdict.texts if verdict.masked else []
    usage, coverage = guard.usage(found, content), guard.coverage(content)
    metrics = {
        "guardrailProcessingLatency": int((time.monotonic() - started) * 1000),
        "usage": usage,
        "guardrailCoverage": coverage,
    }
    invocations.count_guardrail(found, "ApplyGuardrail", verdict.intervened)
    return {
        "usage": usage,
        "action": "GUARDRAIL_INTERVENED" if verdict.intervened else "NONE",
        "actionReason": verdict.reason,
        "outputs": [{"text": text} for text in outputs],
        "assessments": [{**verdict.assessment, "invocationMetrics": metrics}],
        "guardrailCoverage": coverage,
    }
