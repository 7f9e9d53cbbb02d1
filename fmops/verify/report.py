"""Findings for people and for machines: text, JSON, SARIF 2.1.0, and a page."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from jinja2 import Environment, PackageLoader, select_autoescape

from fmops.verify.findings import Finding
from fmops.verify.values import World

ARROW = " → "


def text(found: Sequence[Finding], world: World) -> str:
    """One finding below the other, then how many there are."""
    return "\n".join([*(_lines(finding) for finding in found), summary(found, world)])


def _lines(finding: Finding) -> str:
    head = {"found": "FOUND", "not proven": "NOT PROVEN"}[finding.verdict]
    where = finding.construct or f"{finding.stack}/{finding.logical_id}"
    return "\n".join(
        [
            f"{head:<11}{finding.rule}  {where}",
            *([f"{'':<11}{ARROW.join(finding.path)}"] if finding.path else []),
            f"{'':<11}{finding.message} {finding.remedy}",
            f"{'':<11}{finding.file}",
        ]
    )


def summary(found: Sequence[Finding], world: World) -> str:
    """What was looked at and what came of it, in a line."""
    resources = sum(len(template.resources) for template in world.templates)
    open_ = sum(finding.verdict == "found" for finding in found)
    unproven = len(found) - open_
    return f"{len(world.templates)} templates, {resources} resources: {open_} findings, {unproven} not proven"


def as_json(found: Sequence[Finding], world: World) -> str:
    """For machines."""
    return json.dumps(
        {
            "templates": len(world.templates),
            "resources": sum(len(template.resources) for template in world.templates),
            "findings": [asdict(finding) for finding in found],
        },
        indent=2,
    )


def sarif(found: Sequence[Finding], _world: World) -> str:
    """For code scanning: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""
    rules = {finding.rule: finding for finding in found}
    driver = {
        "name": "fmops verify",
        "rules": [
            {
                "id": name,
                "shortDescription": {"text": finding.remedy},
                **({"helpUri": finding.source} if finding.source else {}),
            }
            for name, finding in sorted(rules.items())
        ],
    }
    results = [
        {
            "ruleId": finding.rule,
            "level": {"found": "error", "not proven": "warning"}[finding.verdict],
            "message": {"text": f"{finding.message} {finding.remedy}"},
            "locations": [
                {
                    "physicalLocation": {"artifactLocation": {"uri": finding.file}},
                    "logicalLocations": [{"fullyQualifiedName": f"{finding.stack}/{finding.logical_id}"}],
                }
            ],
        }
        for finding in found
    ]
    return json.dumps(
        {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{"tool": {"driver": driver}, "results": results}],
        },
        indent=2,
    )


def html(found: Sequence[Finding], world: World) -> str:
    """A page for a reviewer, each path as a row of boxes."""
    page = Environment(
        loader=PackageLoader("fmops.verify", "pages"), autoescape=select_autoescape(default=True), trim_blocks=True
    )
    return page.get_template("report.html").render(found=found, summary=summary(found, world))


FORMS = {"text": text, "json": as_json, "sarif": sarif, "html": html}
