"""Whatever organisation is described: a foundation or its mistakes, and of a foundation templates that are valid."""

from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from foundation import ConfigError, Foundation, load
from foundation.phases import PHASES
from tests.assemblies import synthesise
from tests.stacks.test_lint import ACCEPTED, findings

UNITS = st.lists(st.from_regex(r"[a-z][a-z0-9]{1,11}", fullmatch=True), unique=True, min_size=1, max_size=2)
STAGES = ("experimentation", "dev", "preprod", "prod")


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Organisations of any size, most of them right: some have regions without a network, or too few addresses."""
    account = (f"{number:012d}" for number in range(1, 10_000)).__next__
    home, other = draw(st.permutations(["eu-west-1", "us-east-1", "eu-central-1"]))[:2]
    others: list[str] = [other][: draw(st.integers(0, 1))]
    networks = {other: "10.80.0.0/12"} if draw(st.booleans()) and others else {}
    units = {}
    for name in draw(UNITS):
        stage = draw(st.sampled_from(STAGES[1:]))
        units[name] = {
            "accounts": {stage: account() for stage in STAGES},
            "people": {
                "data_scientist": [f"ana{n}" for n in range(draw(st.integers(1, 4)))],
                "ml_engineer": ["cy"],
                "product_owner": ["di"],
            },
            **({"budget": {"monthly_usd": draw(st.integers(0, 100))}} if draw(st.booleans()) else {}),
            **({"application": {s: account() for s in STAGES[1:]}} if draw(st.booleans()) else {}),
            **({"regions": {stage: others}} if draw(st.booleans()) and others else {}),
        }
    return {
        "organization": {"id": "o-exampleorgid", "name": "Acme", "management_account": account()},
        "regions": {"home": home, "others": others},
        "phase": draw(st.sampled_from(PHASES)),
        "accounts": {name: account() for name in ("governance", "tooling", "data_lake")},
        "network": {
            "supernet": draw(st.sampled_from(["10.64.0.0/12", "10.0.0.0/8", "172.16.0.0/16"])),
            "other_supernets": networks,
            "azs": draw(st.integers(2, 4)),
        },
        "tags": {"owner": "a", "cost-center": "b"},
        "business_units": units,
    }


def loaded(folder: Path, document: dict[str, Any]) -> Foundation | None:
    """The foundation, or None where the file's mistakes were told."""
    text = StringIO()
    YAML(typ="safe").dump(document, text)
    file = folder / "foundation.yaml"
    file.write_text(text.getvalue(), encoding="utf-8")
    try:
        return load(file)
    except ConfigError:
        return None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=documents())
def test_a_foundation_or_its_mistakes(tmp_path: Path, document: dict[str, Any]) -> None:
    foundation = loaded(tmp_path, document)
    if foundation:
        environments = foundation.environments()
        assert len({environment.name for environment in environments}) == len(environments)
        networks = sorted(environment.cidr for environment in environments)
        assert not any(one.overlaps(other) for one, other in pairwise(networks))


@pytest.mark.e2e
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=documents())
def test_templates_of_any_foundation_are_valid(
    tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("random")
    foundation = loaded(folder, document)
    if foundation:
        synthesise(foundation, folder / "out")
        found = {
            (file.name, rule, message)
            for file in (folder / "out").rglob("*.template.json")
            for rule, message in findings(file.read_bytes())
        }
        assert {one for one in found if one[1] not in ACCEPTED} == set()
