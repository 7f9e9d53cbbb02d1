"""What needs a minted id: left out without it, there with it, and nothing else moves. Keys of other accounts too."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foundation import ConfigError
from foundation.handoff import CONTRACT, KINDS, Handoff, sources
from stacks.application import require
from stacks.base import FoundationStack
from stacks.placement import EVERYWHERE, PLACEMENT, load
from tests.assemblies import Templates, as_list, example, read, resources, statements
from tests.stacks.test_determinism import differences
from tests.test_app import run

LOCK = "portfolio: {retail: port-abc123, lending: port-def456}\n"
KNOWN = Handoff({"portfolio": {"retail": "port-abc123", "lending": "port-def456"}})


def all_stacks() -> Iterator[type[FoundationStack]]:
    for name in (*EVERYWHERE, *(stack for _, stacks in PLACEMENT for stack in stacks)):
        yield load(name)


@pytest.fixture(scope="module")
def tooling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tooling's assembly, with a lock."""
    folder = tmp_path_factory.mktemp("handoff")
    (folder / "lock.yaml").write_text(LOCK)
    out = folder / "cdk.out"
    answer = run(out, accounts="tooling", handoff=str(folder / "lock.yaml"), **{"require-handoff": "true"})
    assert answer.returncode == 0, answer.stderr
    return out


def test_a_clean_clone_leaves_out_what_needs_an_id_and_nothing_else(templates: Templates, tooling: Path) -> None:
    known = read(tooling)
    assert "tooling-CatalogAccess" not in templates
    assert set(known) - set(templates) == {"tooling-CatalogAccess"}
    assert {name: template for name, template in known.items() if name in templates} == {
        name: template for name, template in templates.items() if name in known
    }


def test_the_launching_personas_get_the_catalog_and_no_one_else(tooling: Path) -> None:
    template = {"tooling-CatalogAccess": read(tooling)["tooling-CatalogAccess"]}
    accepted = [r["Properties"] for _, r in resources(template, "AWS::ServiceCatalog::AcceptedPortfolioShare")]
    assert accepted == [{"PortfolioId": portfolio} for portfolio in ("port-abc123", "port-def456")]
    granted = {
        (resource["Properties"]["PortfolioId"], resource["Properties"]["PrincipalARN"].rsplit("/", 1)[-1])
        for _, resource in resources(template, "AWS::ServiceCatalog::PortfolioPrincipalAssociation")
    }
    known = KNOWN.ids["portfolio"]
    assert granted == {(portfolio, "fmops-provisioner") for portfolio in known.values()} | {
        (known[unit], f"fmops-{unit}-{role}")
        for unit, business_unit in example().business_units.items()
        for role, persons in (
            ("data-scientist", business_unit.people.data_scientist),
            ("ml-engineer", business_unit.people.ml_engineer),
        )
        if persons
    }


def test_the_same_lock_gives_the_same_bytes(tooling: Path, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("# other words\nportfolio:\n  lending: port-def456\n  retail: port-abc123\n")
    answer = run(tmp_path / "out", accounts="tooling", handoff=str(tmp_path / "other.yaml"))
    assert answer.returncode == 0, answer.stderr
    assert differences(tooling, tmp_path / "out") == []


def test_a_required_id_that_is_missing_is_one_clear_error(tmp_path: Path) -> None:
    none = str(tmp_path / "handoff.lock.yaml")
    answer = run(tmp_path / "out", accounts="tooling", handoff=none, **{"require-handoff": "true"})
    assert answer.returncode == 2
    assert answer.stderr.startswith("handoff.lock.yaml  portfolio.retail: it is missing. tooling/CatalogAccess")
    assert "fmops handoff pull" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not list((tmp_path / "out").glob("assembly-*"))


def test_environments_that_need_nothing_require_nothing() -> None:
    environments = {environment.name: environment for environment in example().environments()}
    require(example(), [environments["retail-dev"]], Handoff(), "lock")
    require(example(), [environments["tooling"]], KNOWN, "lock")
    with pytest.raises(ConfigError):
        require(example(), [environments["tooling"]], Handoff(), "lock")


def test_every_kind_has_its_output_and_every_need_its_kind(templates: Templates) -> None:
    for source in sources(example()):
        assert source.output in templates[source.stack_name]["Outputs"]
    assert {name for stack in all_stacks() for name in stack.needs} == set(KINDS)
    assert all(minted.pattern.fullmatch("port-zfr3vr3y6bfpt") for minted in CONTRACT if minted.name == "portfolio")


def aliases_across_accounts(templates: Templates) -> Iterator[str]:
    """A key is used by its ARN, or by `kms:ResourceAliases`; an alias resolves in its own account only."""
    for where, resource in resources(templates):
        if ":alias/" in json.dumps(resource):
            yield where
    for where, statement in statements(templates):
        actions = [str(action) for action in as_list(statement.get("Action"))]
        if not any(action.startswith("kms:") for action in actions) or "Principal" in statement:
            continue
        for resource in as_list(statement.get("Resource")):
            any_key = isinstance(resource, str) and resource.endswith(":key/*")
            if any_key and "kms:ResourceAliases" not in json.dumps(statement.get("Condition", {})):
                yield where


def _spoil(templates: Templates, **statement: Any) -> Templates:
    spoilt = copy.deepcopy(templates)
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", **statement}]}
    policy = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}
    spoilt["retail-dev-MlBuild"]["Resources"]["Spoilt"] = policy
    return spoilt


def test_a_foreign_key_is_never_named_by_alias(templates: Templates) -> None:
    assert list(aliases_across_accounts(templates)) == []


@pytest.mark.parametrize(
    "resource",
    ["arn:aws:kms:eu-west-1:000000000011:alias/fmops/artifacts", "arn:aws:kms:eu-west-1:000000000011:key/*"],
)
def test_a_foreign_key_by_alias_would_be_seen(templates: Templates, resource: str) -> None:
    assert list(aliases_across_accounts(_spoil(templates, Resource=resource))) == ["retail-dev-MlBuild/Spoilt"]
