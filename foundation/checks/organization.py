"""The organisation's policies: guardrails that can be enforced, targets that mean something."""

from collections.abc import Iterator
from typing import Any

from foundation.checks.reading import items, mapping
from foundation.problems import Problem

POLICIES = ("organization", "policies")


def guardrails(document: Any) -> Iterator[Problem]:
    """A guardrail of another account or region: Bedrock would then refuse every call in the organisation."""
    management = mapping(document, "organization").get("management_account")
    regions = mapping(document, "regions")
    for region, identifier in mapping(document, *POLICIES, "guardrails").items():
        place = (*POLICIES, "guardrails", region)
        if region not in (regions.get("home"), *items(regions.get("others"))):
            yield Problem(place, f'"{region}" is none of the regions.', "Name a region of regions.", at_key=True)
        parts = str(identifier).split(":")
        if len(parts) == 7 and parts[3] != region:
            yield Problem(place, f"this guardrail is in {parts[3]}.", "A guardrail is enforced in its own region only.")
        if len(parts) == 7 and parts[4] != management:
            remedy = "Make it in the management account, and share it by its resource policy."
            yield Problem(place, f"this guardrail is of account {parts[4]}.", remedy)


def targets(document: Any) -> Iterator[Problem]:
    """A target that is there twice for the same kind of account."""
    for audience, found in mapping(document, *POLICIES, "targets").items():
        for number, target in enumerate(items(found)):
            if target in items(found)[:number]:
                place = (*POLICIES, "targets", audience, number)
                yield Problem(place, f'"{target}" is there already.', "Name each target once.")


CHECKS = (guardrails, targets)
"""By name, as foundation.checks collects them."""
