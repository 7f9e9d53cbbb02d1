"""Tooling's side of the catalog: the share is accepted, then each launching persona of each unit is let in."""

from pathlib import Path
from typing import Any

import pytest

from foundation import Foundation
from foundation.handoff import Handoff
from stacks.application import Application, add_environment
from tests.assemblies import example, read
from tests.stacks.conftest import changed

KNOWN = Handoff({"portfolio": {"retail": "port-abc123", "lending": "port-def456"}})
LAUNCHING = {"data_scientist": "data-scientist", "ml_engineer": "ml-engineer"}
PROVISIONER = {"fmops-provisioner"}


def tooling(foundation: Foundation, outdir: Path) -> dict[str, dict[str, Any]]:
    """Tooling's templates, with the catalog's id known."""
    app = Application(outdir=outdir)
    environment = next(one for one in foundation.environments() if one.name == "tooling")
    add_environment(app, foundation, environment, KNOWN)
    app.synth()
    return read(outdir)


def roles(templates: dict[str, dict[str, Any]], type_: str, property_: str) -> set[str]:
    """The last part of a property that names a role, e.g. `fmops-retail-data-scientist`."""
    return {
        resource["Properties"][property_].rpartition("/")[2]
        for template in templates.values()
        for resource in template["Resources"].values()
        if resource["Type"] == type_
    }


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return tooling(example(), tmp_path_factory.mktemp("known"))


def test_nobody_is_let_in_before_the_share_is_accepted(known: dict[str, dict[str, Any]]) -> None:
    resources = known["tooling-CatalogAccess"]["Resources"]
    kinds = {name: resource["Type"].rpartition("::")[2] for name, resource in resources.items()}
    accepted = {
        resources[name]["Properties"]["PortfolioId"]: name
        for name, kind in kinds.items()
        if kind == "AcceptedPortfolioShare"
    }
    entries = [name for name, kind in kinds.items() if kind == "PortfolioPrincipalAssociation"]
    assert set(accepted) == set(KNOWN.ids["portfolio"].values())
    assert len(entries) == (len(LAUNCHING) + len(PROVISIONER)) * len(example().business_units)
    for name in entries:
        assert accepted[resources[name]["Properties"]["PortfolioId"]] in resources[name].get("DependsOn", [])


def test_who_is_let_in_has_a_role(known: dict[str, dict[str, Any]]) -> None:
    let_in = roles(known, "AWS::ServiceCatalog::PortfolioPrincipalAssociation", "PrincipalARN")
    people = {f"fmops-{unit}-{role}" for unit in example().business_units for role in LAUNCHING.values()}
    assert let_in == people | PROVISIONER
    assert let_in <= roles(known, "AWS::IAM::Role", "RoleName")


def test_a_persona_that_nobody_takes_has_no_role_and_no_entry(tmp_path: Path) -> None:
    units = example().model_dump()["business_units"]
    units["lending"]["people"] = {**units["lending"]["people"], "ml_engineer": ()}
    templates = tooling(changed(example(), business_units=units), tmp_path)
    let_in = roles(templates, "AWS::ServiceCatalog::PortfolioPrincipalAssociation", "PrincipalARN")
    named = roles(templates, "AWS::IAM::Role", "RoleName")
    assert "fmops-retail-ml-engineer" in let_in & named
    assert "fmops-lending-ml-engineer" not in let_in | named
