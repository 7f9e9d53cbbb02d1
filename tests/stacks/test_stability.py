"""Who joins the organisation changes nothing for the others: ids, addresses, and what holds data stay."""

from pathlib import Path
from typing import Any

import pytest

from foundation import Foundation
from tests.assemblies import Templates, example, read, synthesise
from tests.stacks.conftest import changed

BANK = {
    "accounts": {
        "experimentation": "000000000031",
        "dev": "000000000032",
        "preprod": "000000000033",
        "prod": "000000000034",
    },
    "people": {"data_scientist": ("eva",), "ml_engineer": ("fox",), "product_owner": ("gus",)},
}


def moved(before: Templates, after: Templates) -> list[str]:
    """Resources of `before` that `after` has no more, or that changed their type."""
    return [
        f"{stack}/{logical_id}"
        for stack, template in before.items()
        for logical_id, resource in template["Resources"].items()
        if after.get(stack, {}).get("Resources", {}).get(logical_id, {}).get("Type") != resource["Type"]
    ]


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """The example organisation with one more business unit."""
    units: dict[str, Any] = example().model_dump()["business_units"]
    outdir = tmp_path_factory.mktemp("joined")
    assert synthesise(with_units({**units, "bank": BANK}), outdir)
    return read(outdir)


def with_units(units: dict[str, Any]) -> Foundation:
    return changed(example(), business_units=units)


def test_a_new_business_unit_moves_nothing(templates: Templates, joined: Templates) -> None:
    assert moved(templates, joined) == []
    assert {name for name in joined if name.startswith("bank-")}


def test_a_new_business_unit_changes_nothing_in_another_ones_accounts(templates: Templates, joined: Templates) -> None:
    of_retail = [name for name in templates if name.startswith("retail-")]
    assert of_retail
    assert [name for name in of_retail if templates[name] != joined[name]] == []


def test_a_move_would_be_seen(templates: Templates) -> None:
    without = {name: template for name, template in templates.items() if name != "retail-dev-MlBuild"}
    assert moved(templates, without) == [
        f"retail-dev-MlBuild/{id_}" for id_ in templates["retail-dev-MlBuild"]["Resources"]
    ]


def test_each_phase_keeps_all_of_the_phase_before(tmp_path: Path) -> None:
    previous: Templates = {}
    for phase in ("initial", "repeatable", "reliable", "scalable"):
        outdir = tmp_path / phase
        assert synthesise(changed(example(), phase=phase), outdir)
        current = {name: t for name, t in read(outdir).items() if not name.endswith(".product.template.json")}
        assert moved(previous, current) == []
        assert len(current) > len(previous)
        previous = current
