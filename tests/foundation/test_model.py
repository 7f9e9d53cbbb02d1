"""Environments, addresses, phases and the schema."""

import json
from ipaddress import IPv4Network
from itertools import pairwise

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from foundation import addressing, phases, schema
from tests.assemblies import EXAMPLE, ROOT, example
from tests.stacks.conftest import changed

SUPERNET = IPv4Network("10.64.0.0/12")
UNITS = st.lists(st.from_regex(r"[a-z][a-z0-9]{1,5}", fullmatch=True), unique=True, min_size=1, max_size=8)


def test_environments_are_the_accounts_of_the_file() -> None:
    found = {environment.name: environment.account for environment in example().environments()}
    assert found == {
        "governance": "000000000010",
        "tooling": "000000000011",
        "data-lake": "000000000012",
        "network": "000000000013",
        "retail-experimentation": "000000000021",
        "retail-dev": "000000000022",
        "retail-dev-us-east-1": "000000000022",
        "retail-preprod": "000000000023",
        "retail-prod": "000000000024",
        "retail-application-dev": "000000000025",
        "retail-application-preprod": "000000000026",
        "retail-application-prod": "000000000027",
        "lending-experimentation": "000000000031",
        "lending-dev": "000000000032",
        "lending-preprod": "000000000033",
        "lending-prod": "000000000034",
    }


@pytest.mark.parametrize(
    ("phase", "names"),
    [
        ("initial", ["data-lake", "network", "retail-experimentation"]),
        (
            "repeatable",
            ["tooling", "data-lake", "network", "retail-experimentation", "retail-dev", "retail-dev-us-east-1"],
        ),
    ],
)
def test_a_phase_has_its_accounts_only(phase: str, names: list[str]) -> None:
    environments = changed(example(), phase=phase).environments()
    assert [environment.name for environment in environments if environment.business_unit != "lending"] == names


def test_each_phase_keeps_every_capability_where_it_was() -> None:
    for earlier, later in pairwise(phases.PHASES):
        assert phases.capabilities(earlier).items() <= phases.capabilities(later).items()
        assert phases.account_types(earlier) <= phases.account_types(later)


def test_stage_is_that_of_a_models_or_an_applications_way() -> None:
    assert {e.name: e.stage for e in example().environments() if e.stage and e.business_unit == "retail"} == {
        "retail-dev": "dev",
        "retail-dev-us-east-1": "dev",
        "retail-preprod": "preprod",
        "retail-prod": "prod",
        "retail-application-dev": "dev",
        "retail-application-preprod": "preprod",
        "retail-application-prod": "prod",
    }


def parts(units: dict[str, int | None]) -> dict[tuple[str | None, str], IPv4Network]:
    """Every environment's network."""
    shared = {(None, kind): addressing.network(SUPERNET, kind, None) for kind in addressing.SHARED}
    return shared | {
        (unit, kind): addressing.network(SUPERNET, kind, index)
        for unit, index in addressing.indexes(units).items()
        for kind in addressing.OF_BUSINESS_UNIT
    }


@given(units=UNITS)
def test_no_two_environments_share_addresses(units: list[str]) -> None:
    networks = sorted(parts(dict.fromkeys(units)).values())
    assert all(network.subnet_of(SUPERNET) for network in networks)
    assert not any(one.overlaps(other) for one, other in pairwise(networks))


@given(units=UNITS, more=UNITS)
def test_a_unit_that_is_added_at_the_end_moves_nobody(units: list[str], more: list[str]) -> None:
    before = parts(dict.fromkeys(units))
    after = parts(dict.fromkeys([*units, *more]))
    assert {key: after[key] for key in before} == before


@given(units=UNITS, place=st.integers(0, 8))
def test_with_indexes_a_unit_may_be_added_anywhere(units: list[str], place: int) -> None:
    before: dict[str, int | None] = dict(addressing.indexes(dict.fromkeys(units)))
    names = [*units[:place], "newcomer", *units[place:]]
    after = parts({name: before.get(name) for name in names})
    assert {key: after[key] for key in parts(before)} == parts(before)


def test_a_unit_added_in_the_middle_without_indexes_would_move_others() -> None:
    assert parts({"a": None, "b": None})["b", "dev"] != parts({"a": None, "new": None, "b": None})["b", "dev"]


def test_the_schema_in_docs_is_the_models() -> None:
    assert (ROOT / "docs" / "foundation.schema.json").read_text(encoding="utf-8") == schema.text()


def test_the_example_meets_the_schema_and_a_wrong_one_does_not() -> None:
    document = YAML(typ="safe").load(EXAMPLE.read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(json.loads(schema.text()))
    assert list(validator.iter_errors(document)) == []
    document["accounts"]["tooling"] = 11
    assert list(validator.iter_errors(document))
