"""What the guardrails' methods find, and what they don't: no server, no language model."""

from typing import Any

import pytest

from fmops.local.services.bedrock.policies import Content, Verdict, grounded, judge
from fmops.local.services.bedrock.sentences import sentences, similarity


def judged(policy: str, config: dict[str, Any], text: str, source: str = "INPUT") -> Verdict:
    """The verdict of a guardrail with one policy."""
    return judge({policy: config}, Content((text,), source))


PERSONAL = {
    "EMAIL": ("Write to jo.doe+x@mail.example.com.", "jo.doe+x@mail.example.com", "I am @ home."),
    "PHONE": ("Call +44 20 7946 0958 now.", "+44 20 7946 0958", "On 2026-11-24 we sold 45 000 pairs."),
    "CREDIT_DEBIT_CARD_NUMBER": ("Card 4111-1111-1111-1111!", "4111-1111-1111-1111", "Order 4111-1111-1111-1112"),
    "CREDIT_DEBIT_CARD_CVV": ("The CVV is 123", "123", "I paid 123"),
    "CREDIT_DEBIT_CARD_EXPIRY": ("until 09/28", "09/28", "size 13/28"),
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER": (
        "to GB82 WEST 1234 5698 7654 32",
        "GB82 WEST 1234 5698 7654 32",
        "GB82 WEST 1234",
    ),
    "US_SOCIAL_SECURITY_NUMBER": ("SSN 536-22-1234", "536-22-1234", "SSN 000-22-1234"),
    "UK_NATIONAL_INSURANCE_NUMBER": ("NI AB 12 34 56 C", "AB 12 34 56 C", "BG 12 34"),
    "IP_ADDRESS": ("from 10.64.0.12", "10.64.0.12", "version 1.2.3.400"),
    "MAC_ADDRESS": ("on 00:1B:44:11:3A:B7", "00:1B:44:11:3A:B7", "at 00:11:22"),
    "URL": ("see https://example.com/a?b=c now", "https://example.com/a?b=c", "see example"),
    "AWS_ACCESS_KEY": ("key AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE", "AKIA"),
    "AWS_SECRET_KEY": (
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "commit da39a3ee5e6b4b0d3255bfef95601890afd80709",
    ),
    "PASSWORD": ("my password is hunter2", "hunter2", "I forgot my password"),
    "PIN": ("the PIN is 1234", "1234", "pin the page 1234"),
    "AGE": ("I am 34 years old", "34", "in 34 years"),
    "NAME": ("Hello, my name is Jo Doe.", "Jo Doe", "my name is on it"),
    "ADDRESS": ("at 12 Baker Street", "12 Baker Street", "12 Bakers on the street"),
}


@pytest.mark.parametrize("kind", PERSONAL)
def test_personal_data(kind: str) -> None:
    text, match, harmless = PERSONAL[kind]
    config = {"PiiEntitiesConfig": [{"Type": kind, "Action": "ANONYMIZE"}]}
    found = judged("SensitiveInformationPolicyConfig", config, text)
    assert [row["match"] for row in found.assessment["sensitiveInformationPolicy"]["piiEntities"]] == [match]
    assert found.texts == [text.replace(match, f"{{{kind}}}")]
    assert (found.masked, found.blocked) == (True, False)
    passed = judged("SensitiveInformationPolicyConfig", config, harmless)
    assert (passed.texts, passed.intervened, passed.assessment) == ([harmless], False, {})


def test_every_kind_that_is_looked_for_is_tested() -> None:
    from fmops.local.services.bedrock import policies

    assert set(policies._data()["pii"]) == set(PERSONAL)


@pytest.mark.parametrize(
    ("strength", "blocked"),
    [("HIGH", [True, True]), ("MEDIUM", [True, False]), ("LOW", [True, False]), ("NONE", [False] * 2)],
)
def test_a_filters_strength_says_which_confidence_it_acts_on(strength: str, blocked: list[bool]) -> None:
    config = {"FiltersConfig": [{"Type": "INSULTS", "InputStrength": strength, "OutputStrength": "NONE"}]}
    certain, faint = "You are stupid.", "He is a pathetic fool."
    assert [judged("ContentPolicyConfig", config, text).blocked for text in (certain, faint)] == blocked
    assert not judged("ContentPolicyConfig", config, certain, "OUTPUT").intervened


@pytest.mark.parametrize(
    ("more", "blocked", "found"),
    [({}, True, True), ({"InputAction": "NONE"}, False, True), ({"InputEnabled": False}, False, False)],
)
def test_detect_only_and_disabled(more: dict[str, Any], blocked: bool, found: bool) -> None:
    verdict = judged("WordPolicyConfig", {"WordsConfig": [{"Text": "alpha", **more}]}, "Alpha and omega")
    assert (verdict.blocked, bool(verdict.assessment)) == (blocked, found)


def test_words_are_whole_words() -> None:
    config = {"WordsConfig": [{"Text": "cat"}]}
    assert judged("WordPolicyConfig", config, "A cat!").blocked
    assert not judged("WordPolicyConfig", config, "A category").blocked


LEGAL = {
    "TopicsConfig": [
        {
            "Name": "Legal",
            "Definition": "Advice on a person's legal position: contracts, disputes, lawsuits.",
            "Examples": ["Can I sue my landlord?", "Is my contract void?"],
            "Type": "DENY",
        }
    ]
}


@pytest.mark.parametrize(
    ("text", "blocked"),
    [
        ("Should I sue the shop?", True),
        ("Thank you. Is this contract valid, by the way?", True),
        ("Can I get my money back?", False),
        ("How long is the contract with the carrier open for parcels?", False),
    ],
)
def test_topics(text: str, blocked: bool) -> None:
    assert judged("TopicPolicyConfig", LEGAL, text).blocked == blocked


def test_likeness_is_the_models_own() -> None:
    """Values that the model's authors publish for these pairs, to two digits."""
    eating = "A man is eating food."
    assert similarity(eating, "A man is eating a piece of bread.") == pytest.approx(0.755, abs=0.005)
    assert similarity(eating, eating) == pytest.approx(1)
    assert abs(similarity(eating, "The girl is carrying a baby.")) < 0.15


def test_grounded() -> None:
    source = ("The return window for shoes is 45 days. Worn shoes are not taken back.",)
    assert grounded("Shoes may be returned within 45 days.", source) > 0.7
    assert grounded("Shoes may be returned within 60 days.", source) == 0
    assert grounded("The moon is made of cheese.", source) < 0.3
    assert grounded("", source) == 0


def test_sentences() -> None:
    assert sentences(" One. Two?\nThree 3.5 \n\n") == ["One.", "Two?", "Three 3.5"]
