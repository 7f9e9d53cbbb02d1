"""What a stack is given: an account that the phase lacks, or an id that nobody minted yet, is one clear error."""

import pytest

from foundation import ConfigError, Environment, Foundation
from foundation.handoff import Handoff
from stacks.application import Application
from stacks.base import FoundationStack
from stacks.placement import load
from tests.assemblies import example

PORTFOLIO = Handoff({"portfolio": {"governance": "port-abc123"}})


class Reader(FoundationStack):
    """A stack that reads the catalog's id."""

    needs = ("portfolio",)


def environment(foundation: Foundation, name: str) -> Environment:
    return next(one for one in foundation.environments() if one.name == name)


def reader(foundation: Foundation, name: str, handoff: Handoff = PORTFOLIO) -> Reader:
    """A stack of an environment, outside of any assembly."""
    return Reader(Application(), foundation=foundation, environment=environment(foundation, name), handoff=handoff)


def test_a_shared_account_belongs_to_no_unit() -> None:
    assert reader(example(), "retail-dev").business_unit == "retail"
    with pytest.raises(ValueError, match="tooling belongs to no business unit"):
        _ = reader(example(), "tooling").business_unit


def test_an_account_that_the_phase_lacks_is_named(first_phase: Foundation) -> None:
    stack = reader(first_phase, "retail-experimentation")
    assert stack.data_lake == first_phase.accounts.data_lake
    with pytest.raises(ValueError, match="phase initial has no tooling account"):
        _ = stack.tooling


def test_an_id_that_aws_minted_comes_from_the_lock() -> None:
    assert reader(example(), "tooling").minted("portfolio") == "port-abc123"
    with pytest.raises(ConfigError, match=r"portfolio\.governance: it is missing\. Reader needs the catalog's portf"):
        reader(example(), "tooling", Handoff()).minted("portfolio")


def test_production_is_protected_from_deletion() -> None:
    foundation = example()
    environments = foundation.environments()
    protected = {one.name for one in environments if reader(foundation, one.name).termination_protection}
    shared = {one.name for one in environments if one.business_unit is None}
    assert "data-lake" in shared
    assert protected == shared | {"retail-prod", "retail-application-prod", "lending-prod"}


def test_a_table_that_names_no_stack_is_told() -> None:
    assert load("network:Network").__name__ == "Network"
    with pytest.raises(TypeError, match=r"stacks\.placement:PLACEMENT is no FoundationStack: put it right"):
        load("placement:PLACEMENT")
