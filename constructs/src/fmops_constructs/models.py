"""Which foundation models a family's name stands for, and where a request to one may travel (pure data: no CDK).

`foundation.yaml` names families and a residency; ids and regions are AWS's, and change. They stand here and nowhere
else. Check an entry with `aws bedrock get-inference-profile --inference-profile-identifier eu.<id>`.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

INVOKE = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
"""What the runtime's doors ask for: Converse and ConverseStream ask for the same two."""

CARRIES = "bedrock:GuardrailIdentifier"
"""The key that tells which guardrail a call carries, and in which version.

https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html
"""

NO_GUARDRAIL = (
    "bedrock-mantle:CallWithBearerToken",
    "bedrock-mantle:CreateInference",
    "bedrock:CallWithBearerToken",
    "bedrock:CreateModelInvocationJob",
    "bedrock:InvokeAgent",
    "bedrock:InvokeFlow",
    "bedrock:InvokeInlineAgent",
    "bedrock:RetrieveAndGenerate",
)
"""The doors to a model on which AWS documents no condition for a guardrail: batches, agents, flows, knowledge bases'
answers, the second endpoint, and long-lived API keys. Asynchronous and two-way calls have no action of their own: they
ask for `bedrock:InvokeModel`, without a guardrail, and so are denied with it."""

Residency = Literal["region", "geography", "global"]


@dataclass(frozen=True)
class Model:
    """A family's current model.

    Attributes:
        id: as Bedrock names it.
        geographies: per geography (the prefix of its inference profile) the regions that a request may travel to.
        everywhere: it has a global inference profile.
    """

    id: str
    geographies: Mapping[str, tuple[str, ...]]
    everywhere: bool = False


_US = ("us-east-1", "us-east-2", "us-west-2")
_EU = ("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3")

FAMILIES: dict[str, Model] = {
    "amazon.nova-lite": Model("amazon.nova-lite-v1:0", {"eu": _EU, "us": _US}),
    "amazon.nova-micro": Model("amazon.nova-micro-v1:0", {"eu": _EU, "us": _US}),
    "anthropic.claude-sonnet-4": Model(
        "anthropic.claude-sonnet-4-20250514-v1:0",
        {"eu": tuple(sorted((*_EU, "eu-south-1", "eu-south-2"))), "us": _US},
        everywhere=True,
    ),
}


@dataclass(frozen=True)
class Allowed:
    """A line of the allow-list, as seen from one account and region."""

    family: str
    residency: Residency
    account: str
    region: str

    @property
    def model(self) -> Model:
        """What the family stands for.

        Raises:
            LookupError: the family is not known.
        """
        if self.family not in FAMILIES:
            raise LookupError(
                f"models: the family {self.family} is not known, only {', '.join(sorted(FAMILIES))}. "
                "Add its id and regions to fmops_constructs/models.py."
            )
        return FAMILIES[self.family]

    @property
    def offered(self) -> bool:
        """AWS offers the model to this region, under this residency.

        Raises:
            LookupError: the family is not known.
        """
        within = any(self.region in regions for regions in self.model.geographies.values())
        return {"region": True, "geography": within, "global": self.model.everywhere}[self.residency]

    @property
    def source(self) -> str:
        """The ARN that requests start from: the model in this region, or the inference profile that AWS defines."""
        prefix = self._profile_prefix()
        if prefix is None:
            return self._model_in(self.region)
        return f"arn:aws:bedrock:{self.region}:{self.account}:inference-profile/{prefix}.{self.model.id}"

    @property
    def models(self) -> list[str]:
        """The ARNs of the model wherever a request may end.

        A global profile is also evaluated on the model's ARN without a region.
        """
        if self.residency == "region":
            return [self._model_in(self.region)]
        if self.residency == "global":
            return [self._model_in(""), self._model_in(self.region)]
        return [self._model_in(region) for region in self.model.geographies[self._geography()]]

    def _geography(self) -> str:
        """The geography that holds this region.

        Raises:
            LookupError: AWS offers the model in none that does.
        """
        found = next((name for name, regions in self.model.geographies.items() if self.region in regions), None)
        if found is None:
            offered = ", ".join(sorted({region for regions in self.model.geographies.values() for region in regions}))
            raise LookupError(f"models: {self.family} has no inference profile in {self.region}, only in {offered}.")
        return found

    def _profile_prefix(self) -> str | None:
        if self.residency == "region":
            return None
        if self.residency == "geography":
            return self._geography()
        if not self.model.everywhere:
            raise LookupError(f"models: {self.family} has no global inference profile. Use residency: geography.")
        return "global"

    def _model_in(self, region: str) -> str:
        return f"arn:aws:bedrock:{region}::foundation-model/{self.model.id}"


def endpoint_policy(models: Sequence[Allowed], *, organization_id: str, region: str, account: str) -> dict[str, Any]:
    """The policy of a network's endpoint to the models: the organisation's principals, and nothing but the list.

    Whether AWS's own models count as a resource of any organisation is documented nowhere: they are named instead.
    """
    called = sorted({arn for model in models for arn in model.models})
    named = [f"arn:aws:bedrock:{region}:{account}:{kind}/*" for kind in ("application-inference-profile", "guardrail")]
    ours = {"aws:PrincipalOrgID": organization_id}
    statements = (
        ("OwnPrincipalsListedModels", list(INVOKE), called, ours),
        (
            "OwnPrincipalsOwnResources",
            ["bedrock:ApplyGuardrail", *INVOKE],
            named,
            {**ours, "aws:ResourceOrgID": organization_id},
        ),
    )
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": sid,
                "Effect": "Allow",
                "Principal": "*",
                "Action": actions,
                "Resource": resources,
                "Condition": {"StringEquals": condition},
            }
            for sid, actions, resources, condition in statements
        ],
    }
