"""Access to foundation models: one allow-list and a team give policies for exactly those models, filtered and counted.

Every call carries the team's guardrail, in its published version; a door that can't carry one is shut.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from constructs import Construct
from fmops_constructs import names
from fmops_constructs.iam import Policy, allow, deny
from fmops_constructs.models import CARRIES, INVOKE, NO_GUARDRAIL, Allowed

CONTENT = ("HATE", "INSULTS", "SEXUAL", "VIOLENCE", "MISCONDUCT")


@dataclass(frozen=True)
class Topic:
    """Something that is not talked about.

    Attributes:
        name: what it is called in answers and logs.
        definition: what it is, in a sentence; at most 200 characters.
        examples: how people ask for it; at most five, of 100 characters each.
    """

    name: str
    definition: str
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Rules:
    """What a guardrail keeps out. A project may add to it, never take away."""

    topics: tuple[Topic, ...] = (
        Topic(
            "Legal advice",
            "Advice on a person's legal position: contracts, disputes, lawsuits, what a law permits in their case.",
            ("Can I sue my landlord?", "Is my contract void?", "How do I win a lawsuit against my employer?"),
        ),
        Topic(
            "Investment advice",
            "Advice on buying, holding or selling shares, funds, currencies or other investments.",
            ("Which stocks should I buy?", "Should I invest my savings in bitcoin?", "Is it time to sell my shares?"),
        ),
    )
    masked: tuple[str, ...] = ("EMAIL", "PHONE")
    blocked: tuple[str, ...] = ("AWS_ACCESS_KEY", "AWS_SECRET_KEY", "CREDIT_DEBIT_CARD_NUMBER", "PASSWORD")

    @property
    def digest(self) -> str:
        """Changes when the rules do."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Team:
    """For whom models are opened.

    Attributes:
        name: the business unit.
        tags: of its costs, on each inference profile.
    """

    name: str
    tags: Mapping[str, str] = field(default_factory=dict)


class ModelAccess(Construct):
    """Guardrail, cost-tagged inference profiles, and the policy that opens both.

    Args:
        team: for whom.
        models: the lines of the allow-list that hold here.
        key: encrypts the guardrail.
        rules: what the guardrail keeps out.

    Attributes:
        policy: the managed policy to attach to whoever may call the models.
        profiles: per family, the ARN of the inference profile to call.
        guardrail_id, guardrail_version: what every call must carry.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        team: Team,
        models: Sequence[Allowed],
        key: kms.IKey,
        rules: Rules | None = None,
    ) -> None:
        super().__init__(scope, id)
        rules = rules or Rules()
        guardrail = self._guardrail(team, rules, key)
        version = bedrock.CfnGuardrailVersion(
            self, "Version", guardrail_identifier=guardrail.attr_guardrail_id, description=f"Rules {rules.digest}"
        )
        # Applications carry the version they were deployed with until they are deployed again.
        version.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.guardrail_id, self.guardrail_version = guardrail.attr_guardrail_id, version.attr_version
        made = {model.family: self._profile(team, model) for model in models}
        self.profiles = {family: profile.attr_inference_profile_arn for family, profile in made.items()}
        self.policy = Policy(
            self,
            "Call",
            description=f"Call the models that {team.name} may use, each time with its guardrail",
            statements=self._statements(models, guardrail.attr_guardrail_arn),
        )

    def _guardrail(self, team: Team, rules: Rules, key: kms.IKey) -> bedrock.CfnGuardrail:
        of = bedrock.CfnGuardrail
        filters = [
            of.ContentFilterConfigProperty(type=kind, input_strength="HIGH", output_strength="HIGH") for kind in CONTENT
        ]
        attack = of.ContentFilterConfigProperty(type="PROMPT_ATTACK", input_strength="HIGH", output_strength="NONE")
        topics = [
            of.TopicConfigProperty(
                name=topic.name, definition=topic.definition, examples=list(topic.examples), type="DENY"
            )
            for topic in rules.topics
        ]
        personal = [
            of.PiiEntityConfigProperty(type=kind, action=action)
            for action, kinds in (("ANONYMIZE", rules.masked), ("BLOCK", rules.blocked))
            for kind in kinds
        ]
        return of(
            self,
            "Guardrail",
            name=f"{names.PREFIX}-{team.name}",
            description=f"What applications of {team.name} neither ask nor say",
            blocked_input_messaging="This question can't be answered here.",
            blocked_outputs_messaging="The answer was held back.",
            kms_key_arn=key.key_arn,
            content_policy_config=of.ContentPolicyConfigProperty(filters_config=[*filters, attack]),
            topic_policy_config=of.TopicPolicyConfigProperty(topics_config=topics),
            sensitive_information_policy_config=of.SensitiveInformationPolicyConfigProperty(
                pii_entities_config=personal
            ),
        )

    def _profile(self, team: Team, model: Allowed) -> bedrock.CfnApplicationInferenceProfile:
        """What the team's calls of a model are counted under."""
        profile = bedrock.CfnApplicationInferenceProfile(
            self,
            f"Profile-{model.family}",
            inference_profile_name=f"{names.PREFIX}-{team.name}-{model.family.replace('.', '-')}",
            description=f"{model.family} for {team.name}: its costs bear the tags of this profile",
            model_source=bedrock.CfnApplicationInferenceProfile.InferenceProfileModelSourceProperty(
                copy_from=model.source
            ),
        )
        for tag, value in {**team.tags, "model": model.family}.items():
            cdk.Tags.of(profile).add(tag, value)
        return profile

    def _statements(self, models: Sequence[Allowed], guardrail_arn: str) -> list[iam.PolicyStatement]:
        """Profiles first; the models behind them only by way of a profile, so that no call goes uncounted."""
        ours = f"{guardrail_arn}:{self.guardrail_version}"
        carries = {"StringEquals": {CARRIES: ours}}
        profiles = sorted(self.profiles)
        by_profile = {**carries["StringEquals"], "bedrock:InferenceProfileArn": [self.profiles[f] for f in profiles]}
        behind = sorted({arn for model in models for arn in model.models})
        return [
            allow(*INVOKE, on=[self.profiles[family] for family in profiles], when=carries),
            allow(*INVOKE, on=behind, when={"StringEquals": by_profile}),
            allow("bedrock:ApplyGuardrail", on=guardrail_arn),
            deny(*INVOKE, on="*", when={"StringNotEquals": {CARRIES: ours}}),
            deny(*NO_GUARDRAIL, on="*"),
        ]
