"""Settings of the organisation's policies: a mistake is told at its place."""

from pathlib import Path

import pytest

from tests.foundation.test_loading import TEXT, mistakes

NAMED = 'management_account: "000000000001"}'
GUARDRAIL = "arn:aws:bedrock:eu-west-1:000000000001:guardrail/abc:1"


def with_policies(settings: str) -> str:
    return TEXT.replace(NAMED, f"{NAMED[:-1]}, policies: {{{settings}}}}}")


def test_what_is_right_is_taken(tmp_path: Path) -> None:
    text = with_policies(
        f'deliver: stack, targets: {{all: [ou-ab12-workload1], prod: [ou-ab12-prodprod, "000000000024"]}}, '
        f"guardrails: {{eu-west-1: '{GUARDRAIL}'}}, block_public_access: organization, people: [emergency]"
    )
    assert mistakes(tmp_path, text) == []


@pytest.mark.parametrize(
    ("settings", "place", "words"),
    [
        ("targets: {everybody: [r-ab12]}", "organization.policies.targets.everybody", "'all'"),
        ("targets: {all: [workloads]}", "organization.policies.targets.all.0", "organisational unit"),
        ("targets: {all: [r-ab12, r-ab12]}", "organization.policies.targets.all.1", "already"),
        ("guardrails: {eu-west-1: abc}", "organization.policies.guardrails.eu-west-1", "ARN and numeric version"),
        (
            f"guardrails: {{eu-west-1: '{GUARDRAIL[:-1]}DRAFT'}}",
            "organization.policies.guardrails.eu-west-1",
            "numeric version",
        ),
        (f"guardrails: {{us-east-1: '{GUARDRAIL}'}}", "organization.policies.guardrails.us-east-1", "is in eu-west-1"),
        (
            "guardrails: {eu-central-1: '" + GUARDRAIL.replace("eu-west", "eu-central") + "'}",
            "organization.policies.guardrails.eu-central-1",
            "none of the regions",
        ),
        (
            "guardrails: {eu-west-1: '" + GUARDRAIL.replace("000000000001", "000000000010") + "'}",
            "organization.policies.guardrails.eu-west-1",
            "management account",
        ),
        ("administrators: ['a role']", "organization.policies.administrators.0", "role's name"),
    ],
)
def test_a_mistake_is_told_at_its_place(tmp_path: Path, settings: str, place: str, words: str) -> None:
    found = mistakes(tmp_path, with_policies(settings))
    assert [line for line in found if f"{place}: " in line and words in line], found
