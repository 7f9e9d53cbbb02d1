"""The modelled time of AWS: the longest chain of what waits for what, with figures that say where they come from."""

import datetime
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fmops import deployment, estimate, products
from fmops.cli import main_group
from fmops.problem import Problem
from tests.assemblies import EXAMPLE, example

NODE = "AWS::SSM::Parameter"


def node(*after: str, kind: str = NODE, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "DependsOn": list(after), "Properties": properties}


def path(**resources: dict[str, Any]) -> list[str]:
    return [step.name for step in estimate.of_stack({"Resources": resources}).steps][1:]


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({}, []),
        ({"A": node(), "B": node("A"), "C": node("B"), "D": node()}, ["A", "B", "C"]),
        ({"A": node(), "Slow": node(kind="AWS::SageMaker::Domain"), "B": node("A")}, ["Slow"]),
        ({"A": node(), "B": node(Value={"Ref": "A"})}, ["A", "B"]),
        ({"A": node(), "B": node(Value={"Fn::GetAtt": ["A", "Value"]})}, ["A", "B"]),
        (
            {"A": node(), "B": node(Value={"Fn::Join": ["", ["x", {"Fn::Sub": "${A.Value}-${AWS::Region}"}]]})},
            ["A", "B"],
        ),
        ({"A": node(), "B": node(Value={"Fn::Sub": ["${x}", {"x": {"Ref": "A"}}]})}, ["A", "B"]),
        ({"A": {"Type": NODE, "Properties": {}}, "B": {"Type": NODE, "DependsOn": "A"}}, ["A", "B"]),
        ({"A": node(Value={"Ref": "AWS::Region"})}, ["A"]),
    ],
)
def test_the_longest_chain_is_found(resources: dict[str, Any], expected: list[str]) -> None:
    assert path(**resources) == expected


def chains(resources: dict[str, Any], name: str) -> Iterator[float]:
    """Every chain that ends with a resource, slowly but surely."""
    own = estimate.step(resources[name]["Type"]).slow
    before = [other for other in resources if other in estimate.references(resources[name])]
    yield own
    for other in before:
        yield from (own + rest for rest in chains(resources, other))


def test_the_longest_chain_of_the_products_is_the_longest_of_all(assembly: Path) -> None:
    for product in products.newest(assembly).values():
        resources = {k: r for k, r in product.template["Resources"].items() if r["Type"] != "Custom::Seed"}
        found = estimate.of_stack({"Resources": resources})
        every = [seconds for name in resources for seconds in chains(resources, name)]
        assert found.slow - estimate.step("stack").slow == max(every)


def test_a_circle_is_told() -> None:
    with pytest.raises(Problem, match="A -> B -> A: these wait for each other"):
        path(A=node("B"), B=node("A"))


@pytest.mark.parametrize(("at_once", "expected"), [(1, {"a", "b", "c"}), (2, {"a", "c"}), (3, {"a", "c"})])
def test_a_stack_waits_for_its_turn(at_once: int, expected: set[str]) -> None:
    waits: dict[str, list[str]] = {"a": [], "b": [], "c": ["a"]}
    chain = estimate.last_to_finish(waits, {"a": 2, "b": 1, "c": 3}, at_once)
    assert (set(chain), chain[-1]) == (expected, "c")
    assert estimate.last_to_finish({}, {}) == []


def test_as_many_at_once_as_the_deployment_asks_for() -> None:
    assert inspect.signature(deployment.deploy).parameters["concurrency"].default == estimate.AT_ONCE


def test_a_project_and_a_business_unit_take_less_than_an_hour(assembly: Path) -> None:
    """The headline's bar, modelled; R64, R65."""
    for name, product in products.newest(assembly).items():
        assert 60 < estimate.of_launch(product.template).slow < estimate.HOUR, name
    for unit in example().business_units:
        names = [e.name for e in example().environments() if e.business_unit == unit]
        found = estimate.of_environments(assembly, names)
        assert 300 < found.quick < found.slow < estimate.HOUR, unit
        assert sum(step.what == "deployment" for step in found.steps) >= 4


def test_an_hour_would_be_seen(assembly: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = {**estimate.table(), "deployment": {"seconds": [900, 3600], "basis": "estimate", "source": "stack"}}
    monkeypatch.setattr(estimate, "table", lambda: slow)
    result = CliRunner().invoke(
        main_group,
        ["estimate", "--business-unit", "retail", "--assembly", str(assembly), "--foundation", str(EXAMPLE), "--json"],
    )
    assert (result.exit_code, json.loads(result.output)["under_an_hour"]) == (1, False)


def test_every_figure_says_where_it_comes_from() -> None:
    table = estimate.table()
    assert datetime.date(2026, 1, 1) <= table["read"] <= datetime.date(2027, 12, 31)
    rows = [*table["types"].values(), *(table[name] for name in ("stack", "deployment", "launch", "other"))]
    for row in rows:
        quick, slow = row["seconds"]
        assert 0 < quick <= slow
        assert row["basis"] in ("documentation", "published", "estimate")
        assert table["sources"][row["source"]].startswith("https://")
    assert sum(row["basis"] != "estimate" for row in rows) >= 5
    assert set(table["sources"]) - {"parallel"} == {row["source"] for row in rows}


def run(assembly: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(
        main_group, ["estimate", *arguments, "--assembly", str(assembly), "--foundation", str(EXAMPLE)]
    )
    return result.exit_code, result.output


def test_the_command_shows_the_path(assembly: Path) -> None:
    code, output = run(assembly, "ml-train-deploy-realtime")
    assert code == 0
    assert "modelled, not measured" in output
    assert "Custom::Seed" in output
    code, output = run(assembly, "ml-train-deploy-realtime", "--json")
    found = json.loads(output)
    assert found["under_an_hour"]
    assert sum(step["seconds"][1] for step in found["path"]) == found["seconds"][1]
    assert all(step["source"].startswith("https://") for step in found["path"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Name a TEMPLATE, or a --business-unit"),
        (("ml-train-deploy-realtime", "--business-unit", "retail"), "Name a TEMPLATE, or a --business-unit"),
        (("no-such",), "TEMPLATE no-such: not in"),
        (("--business-unit", "bank"), "--business-unit bank: not in"),
    ],
)
def test_a_wrong_argument_is_named(assembly: Path, arguments: tuple[str, ...], said: str) -> None:
    code, output = run(assembly, *arguments)
    assert code == 2
    assert said in output


def test_nothing_synthesised_is_told(tmp_path: Path) -> None:
    code, output = run(tmp_path, "ml-train-deploy-realtime")
    assert code == 2
    assert "nothing is synthesised there" in output
    with pytest.raises(Problem, match="retail-dev: not in"):
        estimate.of_environments(tmp_path, ["retail-dev"])
