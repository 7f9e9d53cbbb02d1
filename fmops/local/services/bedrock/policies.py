"""What a guardrail makes of a text: a pure function of the guardrail, the text and where it comes from.

Methods are transparent, and ours alone; only the shapes and the words of an assessment are AWS's:
denied topics by likeness of meaning, content filters by patterns and likeness, words and personal data by what they
look like, grounding by likeness to the source with every number checked.
"""

import functools
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from fmops.local.registry import Model
from fmops.local.services.bedrock.sentences import sentences, similarity

TOPIC_LIKENESS = 0.42
"""How near a sentence must be to a denied topic's definition, or to one of its examples."""
LEVELS = (("HIGH", 0.62), ("MEDIUM", 0.54), ("LOW", 0.46))
"""A content filter's confidence, by a sentence's likeness to the filter's examples."""
STRENGTHS = {"NONE": (), "LOW": ("HIGH",), "MEDIUM": ("HIGH", "MEDIUM"), "HIGH": ("HIGH", "MEDIUM", "LOW")}
"""Which confidences a filter's strength acts on (Bedrock User Guide, "Content filters")."""

Finding = dict[str, Any]


@dataclass(frozen=True)
class Content:
    """What is judged.

    Args:
        texts: what the guardrail guards.
        source: INPUT or OUTPUT.
        grounding: the texts that an answer must be grounded in.
        query: the question that an answer must be about.
    """

    texts: tuple[str, ...]
    source: str
    grounding: tuple[str, ...] = ()
    query: str = ""


@dataclass
class Verdict:
    """What came of it: `texts` with personal data masked, and the assessment in the API's shape."""

    texts: list[str]
    assessment: dict[str, Any] = field(default_factory=dict)
    blocked: bool = False
    masked: bool = False

    @property
    def intervened(self) -> bool:
        """Whether anything was blocked or masked."""
        return self.blocked or self.masked

    @property
    def reason(self) -> str:
        """As ApplyGuardrail's and Converse's `actionReason` say it."""
        if self.blocked:
            return "Guardrail blocked."
        return "Guardrail masked." if self.masked else "No action."


@functools.cache
def _data() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("filters.yaml").read_text(encoding="utf-8"))
    return found


def _active(row: Model, source: str) -> bool:
    return bool(row.get("InputEnabled" if source == "INPUT" else "OutputEnabled", True))


def _action(row: Model, source: str, default: str = "BLOCK") -> str:
    return str(row.get("InputAction" if source == "INPUT" else "OutputAction") or default)


_DONE = {"BLOCK": "BLOCKED", "ANONYMIZE": "ANONYMIZED", "NONE": "NONE"}


def _topics(policy: Model, content: Content) -> dict[str, list[Finding]]:
    found = []
    for topic in policy.get("TopicsConfig", ()):
        references = (topic["Definition"], *topic.get("Examples", ()))
        if _active(topic, content.source) and _nearest(content.texts, references) >= TOPIC_LIKENESS:
            done = _DONE[_action(topic, content.source)]
            found.append({"name": topic["Name"], "type": "DENY", "action": done, "detected": True})
    return {"topics": found} if found else {}


def _nearest(texts: tuple[str, ...], references: tuple[str, ...]) -> float:
    parts = [part for text in texts for part in sentences(text)]
    return max((similarity(part, reference) for part in parts for reference in references), default=0.0)


def _confidence(kind: str, texts: tuple[str, ...]) -> str:
    look = _data()["content"][kind]
    if any(re.search(pattern, text, re.IGNORECASE | re.MULTILINE) for pattern in look["patterns"] for text in texts):
        return "HIGH"
    nearest = _nearest(texts, tuple(look["examples"]))
    return next((level for level, least in LEVELS if nearest >= least), "NONE")


def _filters(policy: Model, content: Content) -> dict[str, list[Finding]]:
    found = []
    for row in policy.get("FiltersConfig", ()):
        strength = row["InputStrength" if content.source == "INPUT" else "OutputStrength"]
        if strength == "NONE" or not _active(row, content.source):
            continue
        confidence = _confidence(row["Type"], content.texts)
        if confidence in STRENGTHS[strength]:
            told = {"type": row["Type"], "confidence": confidence, "filterStrength": strength, "detected": True}
            found.append({**told, "action": _DONE[_action(row, content.source)]})
    return {"filters": found} if found else {}


def _words(policy: Model, content: Content) -> dict[str, list[Finding]]:
    custom: list[tuple[Model, str, dict[str, str]]] = [(row, row["Text"], {}) for row in policy.get("WordsConfig", ())]
    managed = [
        (row, word, {"type": row["Type"]})
        for row in policy.get("ManagedWordListsConfig", ())
        for word in _data()["profanity"]
    ]

    def found(rows: list[tuple[Model, str, dict[str, str]]]) -> list[Finding]:
        return [
            {"match": said[0], **more, "action": _DONE[_action(row, content.source)], "detected": True}
            for row, word, more in rows
            if _active(row, content.source) and (said := _said(word, content.texts))
        ]

    lists = {"customWords": found(custom), "managedWordLists": found(managed)}
    return lists if any(lists.values()) else {}


def _said(word: str, texts: tuple[str, ...]) -> list[str]:
    pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
    return [match[0] for text in texts for match in pattern.finditer(text)]


def _luhn(text: str) -> bool:
    digits = [int(character) for character in text if character.isdigit()][::-1]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _iban(text: str) -> bool:
    plain = text.replace(" ", "")
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1


def _dialled(text: str) -> bool:
    return 7 <= sum(character.isdigit() for character in text) <= 15


_PROOFS: dict[str, Callable[[str], bool]] = {
    "PHONE": _dialled,
    "CREDIT_DEBIT_CARD_NUMBER": _luhn,
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER": _iban,
}
"""Check digits and lengths, so that not every number is one."""


def _matches(pattern: str, text: str, proof: Callable[[str], bool]) -> Iterator[str]:
    for match in re.finditer(pattern, text):
        found = match[1] if match.re.groups else match[0]
        if found and proof(found):
            yield found


def _sensitive(policy: Model, content: Content, verdict: Verdict) -> dict[str, list[Finding]]:
    """Personal data and the guardrail's own patterns; what is to be anonymised is masked in the verdict's texts."""
    lists: dict[str, list[Finding]] = {"piiEntities": [], "regexes": []}
    rules = [
        ("piiEntities", row, row["Type"], {"type": row["Type"]}, _data()["pii"].get(row["Type"]))
        for row in policy.get("PiiEntitiesConfig", ())
    ]
    rules += [
        ("regexes", row, row["Name"], {"name": row["Name"], "regex": row["Pattern"]}, row["Pattern"])
        for row in policy.get("RegexesConfig", ())
    ]
    for where, row, name, told, pattern in rules:
        if pattern is None or not _active(row, content.source):
            continue
        action, proof = _action(row, content.source, row["Action"]), _PROOFS.get(name, bool)
        for number, text in enumerate(list(verdict.texts)):
            for match in dict.fromkeys(_matches(pattern, text, proof)):
                lists[where].append({**told, "match": match, "action": _DONE[action], "detected": True})
                if action == "ANONYMIZE":
                    verdict.texts[number] = verdict.texts[number].replace(match, f"{{{name}}}")
                    verdict.masked = True
    return lists if any(lists.values()) else {}


def _grounding(policy: Model, content: Content) -> dict[str, list[Finding]]:
    """Scores of an answer against its source and its question; nothing without them, and nothing on input."""
    if content.source == "INPUT":
        return {}
    answer = " ".join(content.texts)
    scores = {
        "GROUNDING": grounded(answer, content.grounding) if content.grounding else None,
        "RELEVANCE": max(0.0, similarity(content.query, answer)) if content.query and answer else None,
    }
    found = []
    for row in policy.get("FiltersConfig", ()):
        score = scores[row["Type"]]
        if score is None or not row.get("Enabled", True):
            continue
        low = score < row["Threshold"]
        done = _DONE[row.get("Action", "BLOCK")] if low else "NONE"
        told = {"type": row["Type"], "threshold": row["Threshold"], "score": round(score, 2)}
        found.append({**told, "action": done, "detected": low})
    return {"filters": found} if found else {}


def grounded(answer: str, sources: tuple[str, ...]) -> float:
    """How well sources support an answer: each sentence's likeness to the nearest of theirs, the mean of all.

    A sentence with a number that no source has counts as 0.
    """
    parts = [part for source in sources for part in sentences(source)]
    pairs = [f"{one} {other}" for one, other in itertools.pairwise(parts)]
    known = set(re.findall(r"\d+(?:[.,]\d+)*", " ".join(sources)))
    scores = [
        0.0
        if set(re.findall(r"\d+(?:[.,]\d+)*", sentence)) - known
        else max((similarity(sentence, part) for part in (*parts, *pairs)), default=0.0)
        for sentence in sentences(answer)
    ]
    return max(0.0, sum(scores) / len(scores)) if scores else 0.0


def judge(guardrail: Model, content: Content) -> Verdict:
    """A guardrail's verdict on a content.

    Args:
        guardrail: as a template describes it (`TopicPolicyConfig` ...).
        content: what is said, by whom.
    """
    verdict = Verdict(list(content.texts))
    rules: dict[str, tuple[str, Callable[[Model], dict[str, list[Finding]]]]] = {
        "TopicPolicyConfig": ("topicPolicy", lambda policy: _topics(policy, content)),
        "ContentPolicyConfig": ("contentPolicy", lambda policy: _filters(policy, content)),
        "WordPolicyConfig": ("wordPolicy", lambda policy: _words(policy, content)),
        "SensitiveInformationPolicyConfig": (
            "sensitiveInformationPolicy",
            lambda policy: _sensitive(policy, content, verdict),
        ),
        "ContextualGroundingPolicyConfig": ("contextualGroundingPolicy", lambda policy: _grounding(policy, content)),
    }
    for name, (member, rule) in rules.items():
        found = rule(guardrail[name]) if name in guardrail else {}
        if found:
            verdict.assessment[member] = found
    findings = [row for lists in verdict.assessment.values() for rows in lists.values() for row in rows]
    verdict.blocked = any(row["action"] == "BLOCKED" for row in findings)
    return verdict
