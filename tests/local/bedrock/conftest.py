"""A team that may ask one model, through its own profile and only with its guardrail."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.local.conftest import REGION, Embedded

ACCOUNT = "000000000012"
MODEL = "anthropic.claude-sonnet-4-20250514-v1:0"
GEOGRAPHY = ("eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3")
ANY = f"arn:aws:bedrock:{REGION}:{ACCOUNT}"
GUARDRAIL: dict[str, Any] = {
    "blockedInputMessaging": "I can't talk about that.",
    "blockedOutputsMessaging": "I can't say that.",
    "topicPolicyConfig": {
        "topicsConfig": [
            {
                "name": "Investment",
                "definition": "Recommendations about which stocks, shares or funds to buy or sell",
                "examples": ["Should I buy shares of Acme?"],
                "type": "DENY",
            }
        ]
    },
    "contentPolicyConfig": {
        "filtersConfig": [
            {"type": "PROMPT_ATTACK", "inputStrength": "HIGH", "outputStrength": "NONE"},
            {"type": "VIOLENCE", "inputStrength": "MEDIUM", "outputStrength": "MEDIUM"},
        ]
    },
    "wordPolicyConfig": {"wordsConfig": [{"text": "frobnicate"}], "managedWordListsConfig": [{"type": "PROFANITY"}]},
    "sensitiveInformationPolicyConfig": {
        "piiEntitiesConfig": [
            {"type": "EMAIL", "action": "ANONYMIZE"},
            {"type": "CREDIT_DEBIT_CARD_NUMBER", "action": "BLOCK"},
        ],
        "regexesConfig": [{"name": "order", "pattern": r"ORD-\d+", "action": "ANONYMIZE"}],
    },
}
SYSTEM = "Answer from the context only. Context: The return window for shoes is 45 days."


def user(text: str) -> list[dict[str, Any]]:
    """A conversation of one question."""
    return [{"role": "user", "content": [{"text": text}]}]


@dataclass
class Team:
    """A profile, a guardrail with a version, and clients of roles with given statements."""

    aws: Embedded
    profile: str
    guardrail: str
    version: str

    @property
    def config(self) -> dict[str, Any]:
        """The guardrail as a Converse request names it."""
        return {"guardrailIdentifier": self.guardrail, "guardrailVersion": self.version, "trace": "enabled"}

    def ask(self, text: str, client: Any = None, **more: Any) -> Any:
        """Converse through the profile, with the guardrail unless told otherwise."""
        runtime = client or self.aws.client("bedrock-runtime", ACCOUNT)
        request = {
            "modelId": self.profile,
            "system": [{"text": SYSTEM}],
            "messages": user(text),
            "inferenceConfig": {"maxTokens": 32},
            "guardrailConfig": self.config,
            **more,
        }
        return runtime.converse(**{name: value for name, value in request.items() if value is not None})

    def role(self, name: str, *statements: dict[str, Any]) -> Any:
        """A runtime client of a role that may do what the statements say."""
        iam = self.aws.client("iam", ACCOUNT)
        trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=document(*statements))
        return self.aws.assume("bedrock-runtime", made, by=ACCOUNT)

    def models(self) -> list[str]:
        """The model's ARN in each region that the profile reaches."""
        return [f"arn:aws:bedrock:{region}::foundation-model/{MODEL}" for region in GEOGRAPHY]

    def guardrail_arn(self, suffix: str = "") -> str:
        """The guardrail's ARN."""
        return f"{ANY}:guardrail/{self.guardrail}{suffix}"


def document(*statements: dict[str, Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture(scope="session")
def team(embedded: Embedded) -> Team:
    """The team's things, made once by the API."""
    bedrock = embedded.client("bedrock", ACCOUNT)
    source = f"{ANY}:inference-profile/eu.{MODEL}"
    profile = bedrock.create_inference_profile(inferenceProfileName="team", modelSource={"copyFrom": source})
    guardrail = bedrock.create_guardrail(name="team", **GUARDRAIL)["guardrailId"]
    version = bedrock.create_guardrail_version(guardrailIdentifier=guardrail)["version"]
    return Team(embedded, profile["inferenceProfileArn"], guardrail, version)
