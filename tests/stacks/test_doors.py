"""Every door: who may ask for which business unit's projects, as policies and constraints say it."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fmops_constructs import names
from fmops_constructs.catalog import TemplateFolder, discover

from fmops import products
from stacks.catalog import TEMPLATES, facts_of, offered
from tests.assemblies import Templates, as_list, example, resources

UNITS = tuple(example().business_units)


def publishers(templates: Templates) -> Iterator[tuple[str, str, str]]:
    """(unit of the topic, account, role) of everyone who may publish on a topic of requests."""
    template = {"t": templates["tooling-Provisioning"]}
    topics = {
        where.partition("/")[2]: resource["Properties"]["TopicName"]
        for where, resource in resources(template, "AWS::SNS::Topic")
    }
    for _, policy in resources(template, "AWS::SNS::TopicPolicy"):
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Allow" and "sns:Publish" in as_list(statement["Action"]):
                topic = topics[statement["Resource"]["Ref"]]
                for principal in as_list(statement["Principal"]["AWS"]):
                    roles = statement.get("Condition", {}).get("StringEquals", {}).get("aws:PrincipalArn", ["anyone"])
                    for role in as_list(roles):
                        yield topic, json.dumps(principal), str(role)


def test_only_a_units_own_two_roles_ask_on_its_topic(templates: Templates) -> None:
    found = sorted((topic, role) for topic, principal, role in publishers(templates))
    assert found == sorted(
        (names.requests_topic(unit), names.role_arn(str(example().account("experimentation", unit)), role))
        for unit in UNITS
        for role in ("launch", "project-starter")
    )
    assert all(role.split(":")[4] in principal for _, principal, role in publishers(templates))


def test_another_publisher_would_be_seen(templates: Templates) -> None:
    spoilt = copy.deepcopy(templates)
    _, policy = next(resources({"t": spoilt["tooling-Provisioning"]}, "AWS::SNS::TopicPolicy"))
    for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
        statement.pop("Condition", None) if statement["Effect"] == "Allow" else None
    assert "anyone" in {role for _, _, role in publishers(spoilt)}


@pytest.mark.parametrize("unit", UNITS)
def test_a_request_names_its_units_topic_and_takes_no_unit(templates: Templates, unit: str) -> None:
    found = {name: t for name, t in templates.items() if name.startswith(f"{unit}-experimentation")}
    requests = [r for _, r in resources(found, "Custom::Project")]
    wanted = [folder for folder in discover(TEMPLATES) if offered(folder, facts_of(example()), unit)]
    if not requests:  # a product's template is an asset of its own, outside the stacks' templates
        product = [r for _, r in resources(found, "AWS::ServiceCatalog::CloudFormationProduct")]
        assert sorted(p["Properties"]["Name"] for p in product) == sorted(folder.name for folder in wanted)
    for request in requests:
        assert names.requests_topic(unit) in json.dumps(request["Properties"]["ServiceToken"])
        assert "BusinessUnit" not in json.dumps(request["Properties"])


def asked_versions(assembly: Path, unit: str) -> list[tuple[str, str, str]]:
    """(product, its version, the version that its request names) of everything that a unit's Studio offers."""
    (stack,) = (
        file
        for file in assembly.rglob(f"{unit}experimentationRequests*.template.json")
        if not file.name.endswith(".product.template.json")
    )
    return [
        (one.name, one.version, one.template["Resources"]["Project"]["Properties"]["Version"])
        for one in products.of_stack(stack)
    ]


@pytest.mark.parametrize("unit", UNITS)
def test_studio_has_every_version_that_tooling_has(assembly: Path, unit: str) -> None:
    folders = [folder for folder in discover(TEMPLATES) if offered(folder, facts_of(example()), unit)]
    wanted = [(folder.name, version.name) for folder in folders for version in folder.versions]
    assert len(wanted) > len(folders), "else it is shown of no earlier version"
    assert sorted(asked_versions(assembly, unit)) == sorted((name, version, version) for name, version in wanted)


def test_a_request_asks_and_gives_what_its_own_version_does() -> None:
    """A released version, and the manifest that has moved on: the release counts."""
    (folder,) = (one for one in discover(TEMPLATES) if one.name == "genai-consumer-app")
    manifest = {
        **folder.manifest,
        "version": "9.0.0",
        "parameters": {"Model": {"pattern": "^new$", "description": "New"}},
        "outputs": {"New": "new"},
    }
    first, *_, last = TemplateFolder(folder.path, manifest).versions
    assert (first.name, last.name, list(last.parameters)) == ("1.0.0", "9.0.0", ["Model"])
    assert list(first.parameters) == ["ProjectName", "BusinessUnit", "Model"]
    assert first.parameters["Model"]["default"] == "amazon.nova-lite"
    assert first.parameters["ProjectName"]["pattern"] == folder.manifest["parameters"]["ProjectName"]["pattern"]
    assert dict(first.outputs) == folder.manifest["outputs"]


def constraints(templates: Templates) -> dict[str, set[str]]:
    """The units that each portfolio's template constraints let through, by the portfolio's name."""
    template = templates["governance-Catalog"]
    found: dict[str, set[str]] = {}
    for _, constraint in resources({"t": template}, "AWS::ServiceCatalog::LaunchTemplateConstraint"):
        portfolio = template["Resources"][constraint["Properties"]["PortfolioId"]["Ref"]]["Properties"]["DisplayName"]
        (rule,) = json.loads(constraint["Properties"]["Rules"]).values()
        (assertion,) = rule["Assertions"]
        parameter, unit = assertion["Assert"]["Fn::Equals"]
        assert parameter == {"Ref": "BusinessUnit"}
        found.setdefault(portfolio, set()).add(unit)
    return found


def unconstrained(templates: Templates) -> list[Any]:
    """Products in a portfolio without a constraint on their unit."""
    template = {"t": templates["governance-Catalog"]}

    def pairs(kind: str) -> set[tuple[str, str]]:
        rows = [r["Properties"] for _, r in resources(template, f"AWS::ServiceCatalog::{kind}")]
        return {(json.dumps(row["PortfolioId"]), json.dumps(row["ProductId"])) for row in rows}

    return sorted(pairs("PortfolioProductAssociation") - pairs("LaunchTemplateConstraint"))


def test_a_portfolio_launches_for_its_own_unit_only(templates: Templates) -> None:
    assert constraints(templates) == {names.portfolio(unit): {unit} for unit in UNITS}
    assert unconstrained(templates) == []


def test_a_product_without_the_constraint_would_be_seen(templates: Templates) -> None:
    spoilt = copy.deepcopy(templates)
    template = spoilt["governance-Catalog"]["Resources"]
    gone = next(k for k, r in template.items() if r["Type"] == "AWS::ServiceCatalog::LaunchTemplateConstraint")
    template.pop(gone)
    assert unconstrained(spoilt)


def test_a_template_is_offered_to_units_that_have_its_accounts() -> None:
    folder = next(folder for folder in discover(TEMPLATES) if folder.name == "ml-train-deploy-realtime")
    assert offered(folder, facts_of(example()), "retail")
    without = example().model_copy(update={"phase": "repeatable"})  # preprod and prod come later
    assert not offered(folder, facts_of(without), "retail")
