"""What IAM is asked about a Bedrock call: actions, resources and Bedrock's own condition keys.

A call through an inference profile needs its action on the profile and on the foundation model in each region that the
profile may send it to (Bedrock User Guide, "Prerequisites for inference profiles"); `bedrock:InferenceProfileArn` is
the profile. `bedrock:GuardrailIdentifier` is the guardrail's ARN, with `:version` unless it is the draft ("Enforce the
use of specific guardrails in model inference requests"). Converse and ConverseStream need `bedrock:InvokeModel` and
`bedrock:InvokeModelWithResponseStream`, and a call with a guardrail `bedrock:ApplyGuardrail` on it.
"""

from ministack.core import iam_evaluator

from fmops.local import authz, context, permission, store
from fmops.local.registry import RESOURCES, AwsError, Model
from fmops.local.services.bedrock import models
from fmops.local.services.bedrock.guardrails import DRAFT, GUARDRAIL

_INFERENCE = ("Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream", "CountTokens")
_OF_GUARDRAILS = ("GetGuardrail", "UpdateGuardrail", "DeleteGuardrail", "CreateGuardrailVersion")
_OF_PROFILES = ("GetInferenceProfile", "DeleteInferenceProfile")


def guardrail_arn(identifier: str) -> str:
    """A guardrail's ARN from its id or ARN, whether it exists or not."""
    found = store.get(GUARDRAIL, identifier)
    if found is not None:
        return str(found["GuardrailArn"])
    if identifier.startswith("arn:"):
        return identifier
    return f"arn:aws:bedrock:{context.region()}:{context.account()}:guardrail/{identifier}"


def _named(members: Model) -> tuple[str, str] | None:
    """Guardrail and version that a call names: in its configuration (Converse), or in headers (InvokeModel)."""
    given = members.get("guardrailConfig") or members
    name, version = given.get("guardrailIdentifier"), given.get("guardrailVersion")
    return (str(name), str(version or DRAFT)) if name else None


def _profile_arn(identifier: str) -> str:
    if identifier.startswith("arn:"):
        return identifier
    own = models.application_profile(identifier)
    return str(own["InferenceProfileArn"]) if own else models.system_profile_arn(identifier)


def _touched(members: Model, account: str, region: str) -> list[str]:  # noqa: ARG001 - the context has them
    """Profile and models of an inference; of an id that is none, the model it would be."""
    wanted = str(members["modelId"])
    try:
        target = models.resolve(wanted)
    except AwsError:
        return [wanted if wanted.startswith("arn:") else models.foundation_arn(wanted)]
    return [*filter(None, (target.profile_arn,)), *target.model_arns]


def _keys(operation: str, members: Model) -> Model:
    if operation not in _INFERENCE:
        return {}
    keys, found = {}, _named(members)
    if found is not None:
        name, version = found
        keys["bedrock:guardrailidentifier"] = guardrail_arn(name) + ("" if version == DRAFT else f":{version}")
    try:
        profile = models.resolve(str(members["modelId"])).profile_arn
    except AwsError:
        profile = None
    if profile:
        keys["bedrock:inferenceprofilearn"] = profile
    return keys


def require_guardrail(identifier: str) -> None:
    """Refuses a caller who may not apply the guardrail. Raises AwsError `AccessDeniedException`."""
    key = iam_evaluator._verified_key.get()
    if key:  # an account's root has none, and may
        permission.require(key, "bedrock:ApplyGuardrail", guardrail_arn(identifier))


authz.CONTEXT["bedrock-runtime"] = _keys
authz.ACTIONS["bedrock-runtime", "Converse"] = "InvokeModel"
authz.ACTIONS["bedrock-runtime", "ConverseStream"] = "InvokeModelWithResponseStream"
RESOURCES.update({("bedrock-runtime", name): _touched for name in _INFERENCE})
RESOURCES["bedrock-runtime", "ApplyGuardrail"] = lambda members, *_: guardrail_arn(members["guardrailIdentifier"])
RESOURCES.update(
    {("bedrock", name): lambda members, *_: guardrail_arn(members["guardrailIdentifier"]) for name in _OF_GUARDRAILS}
)
RESOURCES.update(
    {
        ("bedrock", name): lambda members, *_: _profile_arn(members["inferenceProfileIdentifier"])
        for name in _OF_PROFILES
    }
)
