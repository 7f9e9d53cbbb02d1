"""Declarative policies: what AWS keeps so in every account, whatever its APIs grow to.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_ec2_syntax.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_bedrock_syntax.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fmops_constructs.organization.scope import Scope

EC2 = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_ec2_syntax.html"
BEDROCK = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_bedrock_syntax.html"
MESSAGE = "FMOps keeps this setting in every account: see docs/organization.md."


@dataclass(frozen=True)
class Attribute:
    """One thing that a declarative policy of EC2 keeps.

    Attributes:
        name: as the policy calls it.
        id, what, reason, requirements: as a rule's.
        values: its fields; nested where EC2 nests.
    """

    name: str
    id: str
    what: str
    reason: str
    requirements: tuple[str, ...]
    values: Mapping[str, Any]
    source: str = EC2


BLOCK_PUBLIC_ACCESS = Attribute(
    "vpc_block_public_access",
    "BlockPublicAccess",
    "Traffic of VPCs through internet gateways, both ways, without exceptions "
    "(`block_public_access: organization` only: then the accounts don't set it themselves)",
    "A route to the internet leads nowhere.",
    ("R12", "R16"),
    {"internet_gateway_block": {"mode": "block_bidirectional", "exclusions_allowed": "disabled"}},
)
ATTRIBUTES = (
    BLOCK_PUBLIC_ACCESS,
    Attribute(
        "serial_console_access",
        "SerialConsole",
        "The serial console of machines",
        "It is a way in beside the network.",
        ("R9",),
        {"status": "disabled"},
    ),
    Attribute(
        "image_block_public_access",
        "PublicImages",
        "Publishing machine images",
        "An image holds what was on the disk.",
        ("R9",),
        {"state": "block_new_sharing"},
    ),
    Attribute(
        "snapshot_block_public_access",
        "PublicSnapshots",
        "Publishing snapshots, and using what was published",
        "A snapshot is the disk.",
        ("R9",),
        {"state": "block_all_sharing"},
    ),
    Attribute(
        "instance_metadata_defaults",
        "Metadata",
        "Instance metadata without a session token, or over more than one hop",
        "A request that is forged into the metadata service gives away a role.",
        ("R9", "R102"),
        {
            "http_tokens": "required",
            "http_put_response_hop_limit": "1",
            "http_endpoint": "no_preference",
            "instance_metadata_tags": "no_preference",
        },
    ),
)
GUARDRAIL = Attribute(
    "guardrail_inference",
    "EnforcedGuardrail",
    "Every call of a model, without the organisation's guardrail (`guardrails` only)",
    "It is applied by Bedrock itself: who calls needs to know nothing, but may ask for a stricter one besides. Callers "
    "need bedrock:ApplyGuardrail, which the team's policy gives.",
    ("R53", "R103"),
    {},
    BEDROCK,
)


def assigned(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as management policies write them: `@@assign` at the leaves."""
    return {
        key: assigned(value) if isinstance(value, Mapping) else {"@@assign": value} for key, value in values.items()
    }


def ec2(scope: Scope) -> dict[str, Any]:
    """The declarative policy of EC2, for every account."""
    kept = [found for found in ATTRIBUTES if found is not BLOCK_PUBLIC_ACCESS or scope.blocks_public_access]
    return {
        "ec2_attributes": {
            **{found.name: assigned(found.values) for found in kept},
            "exception_message": {"@@assign": MESSAGE},
        }
    }


def bedrock(scope: Scope) -> dict[str, Any]:
    """The Bedrock policy: a guardrail version of the management account for each region that has one;
    for all models, and whole messages."""
    return {
        "bedrock": {
            "guardrail_inference": {
                region: {
                    "organization": {
                        "identifier": {"@@assign": identifier},
                        "selective_content_guarding": assigned(
                            {"system": "comprehensive", "messages": "comprehensive"}
                        ),
                    }
                }
                for region, identifier in scope.guardrails.items()
            }
        }
    }
