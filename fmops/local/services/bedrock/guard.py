"""A guardrail around a model: what goes in is judged, what comes out is judged, and the trace tells both."""

import math
import time
from dataclasses import dataclass, field
from typing import Any

from fmops.local.registry import Model, Params
from fmops.local.services.bedrock import access, guardrails
from fmops.local.services.bedrock.policies import Content, Verdict, judge

_UNITS = {
    "TopicPolicyConfig": "topicPolicyUnits",
    "ContentPolicyConfig": "contentPolicyUnits",
    "WordPolicyConfig": "wordPolicyUnits",
    "SensitiveInformationPolicyConfig": "sensitiveInformationPolicyUnits",
    "ContextualGroundingPolicyConfig": "contextualGroundingPolicyUnits",
}


def usage(guardrail: Model, content: Content) -> Params:
    """What AWS would bill: a text unit per 1,000 characters for each policy that the guardrail has."""
    units = math.ceil(sum(map(len, content.texts)) / 1000)
    regexes = guardrail.get("SensitiveInformationPolicyConfig", {})
    counted = {member: units if name in guardrail else 0 for name, member in _UNITS.items()}
    free = bool(regexes) and not regexes.get("PiiEntitiesConfig")
    counted["sensitiveInformationPolicyFreeUnits"] = units if free else 0
    return counted


def coverage(content: Content) -> Params:
    """How much of the text was guarded: all that was given to the guardrail."""
    length = sum(map(len, content.texts))
    return {"textCharacters": {"guarded": length, "total": length}}


@dataclass
class Guard:
    """A guardrail at work on one call; without one it lets everything pass.

    Args:
        guardrail: the draft or version that the call names, or None.
        traced: whether the answer tells what was found.
    """

    guardrail: Model | None
    traced: bool = False
    trace: dict[str, Any] = field(default_factory=dict)
    intervened: bool = False

    @classmethod
    def of(cls, identifier: str | None, version: str | None, trace: str | None) -> "Guard":
        """The guard that a request names.

        Raises:
            AwsError: `ValidationException` when it does not exist, `AccessDeniedException` when the caller may not
                apply it.
        """
        if not identifier:
            return cls(None)
        access.require_guardrail(identifier)
        found = guardrails.named(identifier, version or guardrails.DRAFT)
        return cls(found, (trace or "").lower().startswith("enabled"))

    def judge(self, content: Content) -> Verdict:
        """The verdict on a content; what it finds goes into the trace."""
        if self.guardrail is None:
            return Verdict(list(content.texts))
        started = time.monotonic()
        verdict = judge(self.guardrail, content)
        told = {**verdict.assessment, "invocationMetrics": self._metrics(content, started)}
        name = self.guardrail["GuardrailId"]
        if content.source == "INPUT":
            self.trace["inputAssessment"] = {name: told}
        else:
            self.trace["outputAssessments"] = {name: [told]}
        if verdict.intervened:
            self.intervened = True
            self.trace["actionReason"] = verdict.reason
        return verdict

    def _metrics(self, content: Content, started: float) -> Params:
        return {
            "guardrailProcessingLatency": int((time.monotonic() - started) * 1000),
            "usage": usage(self.guardrail or {}, content),
            "guardrailCoverage": coverage(content),
        }

    def message(self, source: str) -> str:
        """What is said instead of a blocked text."""
        return str((self.guardrail or {})["BlockedInputMessaging" if source == "INPUT" else "BlockedOutputsMessaging"])

    def shown(self) -> Params:
        """The `trace` member of an answer, when it was asked for."""
        return {"trace": {"guardrail": self.trace}} if self.traced and self.trace else {}
