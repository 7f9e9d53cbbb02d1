"""Findings of cdk-nag and of our own checks: none open, few acknowledged, each for a reason, none of them stale."""

import json
import re
from dataclasses import replace
from pathlib import Path

from foundation import Foundation
from stacks import review
from tests.assemblies import Templates, example, resources, synthesise

MOST_PER_RESOURCE = 0.25
MOST_REASONS = 30
NOT_COUNTED = re.compile(r"AWS::(EC2::Route|SSM::Parameter|.*Association)")
"""Resources that are many, small, and never meet a finding: they would make any share look good."""


def acknowledged(assembly: Path) -> list[tuple[str, str]]:
    """(construct, finding) of each acknowledged finding in the report."""
    return findings(assembly, "suppressedViolations")


def findings(assembly: Path, kind: str) -> list[tuple[str, str]]:
    """(construct, finding) of each finding of a kind: `violations` or `suppressedViolations`."""
    report = json.loads((assembly / "validation-report.json").read_text(encoding="utf-8"))
    return [
        (construct["constructPath"], violation["ruleName"])
        for plugin in report["pluginReports"]
        for violation in plugin.get(kind, [])
        for construct in violation["violatingConstructs"]
    ]


def stale(
    entries: list[review.Acknowledgement], assembly: Path, foundation: Foundation
) -> list[review.Acknowledgement]:
    """Entries that meet no finding anywhere. The report names our own rules without their pack."""
    met = set(acknowledged(assembly))
    return [
        entry
        for entry in entries
        if not any(
            (entry.at.replace(review.ENVIRONMENT, environment.name), found.removeprefix("Fmops::")) in met
            for environment in foundation.environments()
            for found in [entry.finding(review.facts(foundation, environment))]
        )
    ]


def counted(templates: Templates) -> int:
    """Resources, without routes, associations and parameters."""
    return sum(not NOT_COUNTED.fullmatch(resource["Type"]) for _, resource in resources(templates))


def reasons(entries: list[review.Acknowledgement]) -> set[tuple[str, str]]:
    """The distinct decisions: a rule, and why it need not hold."""
    return {(entry.rule, entry.reason) for entry in entries}


def test_both_packs_ran_and_left_nothing_open(assembly: Path) -> None:
    report = json.loads((assembly / "validation-report.json").read_text(encoding="utf-8"))
    packs = {plugin["pluginName"]: plugin["violations"] for plugin in report["pluginReports"]}
    assert packs["AwsSolutions"] == packs["NIST.800.53.R5"] == packs.get("Fmops", []) == []


def test_acknowledgements_are_few(assembly: Path, templates: Templates) -> None:
    assert 0 < len(acknowledged(assembly)) <= MOST_PER_RESOURCE * counted(templates)
    assert len(reasons(review.acknowledgements())) <= MOST_REASONS


def test_entries_are_no_more_than_roles_and_buckets(templates: Templates) -> None:
    assert len(review.acknowledgements()) <= len(list(resources(templates, "AWS::IAM::Role", "AWS::S3::Bucket")))


def test_a_route_is_not_counted() -> None:
    one = {
        "Resources": {name: {"Type": f"AWS::{name}"} for name in ("EC2::Route", "EC2::RouteTable", "SSM::Parameter")}
    }
    assert counted({"stack": one}) == 1


def test_no_entry_is_stale(assembly: Path) -> None:
    assert stale(review.acknowledgements(), assembly, example()) == []


def test_a_stale_entry_would_be_seen(assembly: Path) -> None:
    entry = replace(review.acknowledgements()[0], rule="AwsSolutions-S2")
    assert stale([entry], assembly, example()) == [entry]


def test_every_entry_names_one_finding_at_one_place_and_says_why() -> None:
    for entry in review.acknowledgements():
        assert "*" not in entry.at
        assert entry.at.count(review.ENVIRONMENT) <= 1
        assert len(entry.reason) > 40
        assert entry.requirement.startswith("R")
        assert entry.reviewer
        assert (entry.rule != "AwsSolutions-IAM5") or entry.exactly


def test_no_entry_is_there_twice() -> None:
    found = [(entry.at, entry.rule, entry.exactly) for entry in review.acknowledgements()]
    assert len(found) == len(set(found))


def test_a_rule_names_its_pack_once() -> None:
    entry = replace(review.acknowledgements()[0], rule="AwsSolutions-IAM5", exactly="Resource::{account}/*")
    ours = replace(entry, rule="Fmops::Studio-VpcOnly", exactly="")
    assert entry.identifier({"account": "1"}) == "AwsSolutions::AwsSolutions-IAM5[Resource::1/*]"
    assert ours.identifier({}) == "Fmops::Studio-VpcOnly"


def test_an_unacknowledged_finding_fails_synthesis(tmp_path: Path, first_phase: Foundation) -> None:
    rule = "NIST.800.53.R5-S3BucketReplicationEnabled"
    entries = [entry for entry in review.acknowledgements() if entry.rule != rule]
    assert not synthesise(first_phase, tmp_path / "cdk.out", entries=entries)
    assert {finding for _, finding in findings(tmp_path / "cdk.out", "violations")} == {rule}
    assert synthesise(first_phase, tmp_path / "again")
