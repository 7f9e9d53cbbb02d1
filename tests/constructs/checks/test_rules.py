"""Each rule finds what breaks it, and nothing in its good twin."""

import importlib.resources
import json
from typing import Any

import pytest
from fmops_constructs.checks.compute import PLACES
from fmops_constructs.checks.rule import Rule, Template, at
from fmops_constructs.checks.rules import RULES
from fmops_constructs.checks.services import CLOSED

from tests.constructs.checks.cases import CASES, Case

BY_ID = {rule.id: rule for rule in RULES}
ALL = [
    pytest.param(BY_ID[id_], case, id=f"{id_}-{number}")
    for id_, cases in CASES.items()
    for number, case in enumerate(cases)
]


def template(case: Case, *, good: bool) -> Template:
    kind = case.good_type if good and case.good_type else case.type
    resource = {"Type": kind, "Properties": case.good if good else case.bad}
    beside = case.beside if good and case.beside else {}
    product = case.good_in_product if good else case.in_product
    return Template("t.template.json", {"It": resource, **beside}, product)


@pytest.mark.parametrize(("rule", "case"), ALL)
def test_finds_the_bad(rule: Rule, case: Case) -> None:
    assert [logical_id for logical_id, _ in rule.findings(template(case, good=False))] == ["It"]


@pytest.mark.parametrize(("rule", "case"), ALL)
def test_passes_the_good(rule: Rule, case: Case) -> None:
    assert list(rule.findings(template(case, good=True))) == []


def test_every_rule_has_a_case() -> None:
    assert set(CASES) == set(BY_ID)
    assert len(BY_ID) == len(RULES)


def test_every_rule_says_why_who_and_what_to_do() -> None:
    for rule in RULES:
        assert rule.why.endswith(".")
        assert rule.remedy.endswith(".")
        assert rule.source.startswith(("R", "https://docs.aws.amazon.com/", "docs/adr/"))
        assert all(part[0].isupper() for part in rule.id.split("-"))


def test_a_type_without_properties_is_looked_at() -> None:
    bare = Template("t", {"Group": {"Type": "AWS::EC2::SecurityGroup"}, "Odd": {"Type": "AWS::S3::Bucket"}})
    assert list(BY_ID["Network-UnsaidEgress"].findings(bare)) == [("Group", ["SecurityGroupEgress"])]


@pytest.mark.parametrize(
    ("value", "path", "found"),
    [
        ({"A": {"B": 1}}, "A.B", 1),
        ({"A": 1}, "A.B", None),
        ({}, "A.B", None),
        ({"A": {"Ref": "P"}}, "A.B", {"Ref": "P"}),
        ({"A": {"Fn::If": ["C", 1, 2]}}, "A", {"Fn::If": ["C", 1, 2]}),
    ],
)
def test_a_value_at_a_path(value: Any, path: str, found: Any) -> None:
    assert at(value, path) == found


@pytest.fixture(scope="module")
def schemas() -> dict[str, dict[str, Any]]:
    """CloudFormation's own schemas by type, as cfn-lint ships them."""
    folder = importlib.resources.files("cfnlint") / "data" / "schemas" / "resources"
    read = (json.loads(file.read_text(encoding="utf-8")) for file in folder.iterdir() if file.name.endswith(".json"))
    return {schema["typeName"]: schema for schema in read if "typeName" in schema}


def known(schema: dict[str, Any], node: Any, value: Any) -> list[str]:
    """Keys of a value that the schema does not know, as deep as the schema says."""
    while isinstance(node, dict) and "$ref" in node:
        node = schema["definitions"][node["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        return [key for item in value for key in known(schema, node.get("items", {}), item)]
    if not isinstance(value, dict) or not isinstance(node, dict) or not node.get("properties"):
        return []
    unknown = [key for key in value if key not in node["properties"] and not key.startswith(("Fn::", "Ref"))]
    return unknown + [
        key
        for name, item in value.items()
        if name in node["properties"]
        for key in known(schema, node["properties"][name], item)
    ]


@pytest.mark.parametrize(("rule", "case"), [one for one in ALL if not one.id.startswith("Closed-")])
def test_the_cases_are_cloudformations(rule: Rule, case: Case, schemas: dict[str, dict[str, Any]]) -> None:
    """A rule for a property that is spelt wrongly would pass every template."""
    schema = schemas[case.type]
    assert known(schema, schema, case.bad) + (known(schema, schema, case.good) if not case.good_type else []) == []


def test_closed_types_and_places_exist(schemas: dict[str, dict[str, Any]]) -> None:
    exact = [pattern for pattern in CLOSED if not pattern.endswith("*")]
    services = {name.rpartition("::")[0] for name in schemas}
    assert [pattern for pattern in exact if pattern not in schemas] == []
    assert [pattern for pattern in CLOSED if pattern.endswith("*") and pattern[:-3] not in services] == []
    for kind, path in PLACES.items():
        value: Any = "subnet"
        for step in reversed(path.split(".")):
            value = {step: value}
        assert known(schemas[kind], schemas[kind], value) == [], kind


def test_a_wrong_property_would_be_seen(schemas: dict[str, dict[str, Any]]) -> None:
    schema = schemas["AWS::SageMaker::Domain"]
    assert known(schema, schema, {"DomainSettings": {"Unknown": 1}, "Odd": 2}) == ["Odd", "Unknown"]
