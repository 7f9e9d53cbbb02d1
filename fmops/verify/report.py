"""Findings for people and for machines: text, JSON, SARIF 2.1.0, and a page with a picture."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from fmops.verify import picture
from fmops.verify.baseline import Entry
from fmops.verify.findings import Finding
from fmops.verify.values import World

ARROW = " → "
HEADS = {
    "Change-Replaced": "REPLACED",
    "Change-Moved": "MOVED",
    "Change-Deleted": "DELETED",
    "Change-Widened": "WIDENED",
    "Change-Path": "NEW PATH",
}
"""How a finding about a change begins, by the rule's first two words."""


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        found: what is open.
        accepted: what a baseline has, each with its entry.
        stale: entries of the baseline for which nothing is found.
    """

    world: World
    found: Sequence[Finding]
    accepted: Sequence[tuple[Finding, Entry]] = ()
    stale: Sequence[Entry] = ()

    @property
    def resources(self) -> int:
        """How many were looked at."""
        return sum(len(template.resources) for template in self.world.templates)


def text(outcome: Outcome) -> str:
    """One finding below the other, then how many there are."""
    return "\n".join([*(_lines(finding) for finding in outcome.found), summary(outcome)])


def _lines(finding: Finding) -> str:
    return "\n".join(
        [
            f"{head(finding):<11}{finding.rule}  {finding.where}",
            *([f"{'':<11}{ARROW.join(finding.path)}"] if finding.path else []),
            f"{'':<11}{finding.message} {finding.remedy}",
            f"{'':<11}{finding.file}  {finding.fingerprint}",
        ]
    )


def head(finding: Finding) -> str:
    """`FOUND`, `NOT PROVEN`, or what a change does."""
    if finding.verdict == "not proven":
        return "NOT PROVEN"
    return HEADS.get("-".join(finding.rule.split("-")[:2]), "FOUND")


def summary(outcome: Outcome) -> str:
    """What was looked at and what came of it, in a line."""
    open_ = sum(finding.verdict == "found" for finding in outcome.found)
    accepted = f", {len(outcome.accepted)} accepted" if outcome.accepted else ""
    return (
        f"{len(outcome.world.templates)} templates, {outcome.resources} resources: {open_} findings, "
        f"{len(outcome.found) - open_} not proven{accepted}"
    )


def as_json(outcome: Outcome) -> str:
    """For machines."""
    return json.dumps(
        {
            "templates": len(outcome.world.templates),
            "resources": outcome.resources,
            "findings": [_as_dict(finding) for finding in outcome.found],
            "accepted": [{**_as_dict(finding), "reason": entry.reason} for finding, entry in outcome.accepted],
            "stale": [asdict(entry) for entry in outcome.stale],
        },
        indent=2,
    )


def _as_dict(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "fingerprint": finding.fingerprint}


def sarif(outcome: Outcome) -> str:
    """For code scanning: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""
    listed = [(finding, "") for finding in outcome.found]
    listed += [(finding, entry.reason) for finding, entry in outcome.accepted]
    rules = {finding.rule: finding for finding, _ in listed}
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
    lines = _Lines()
    return json.dumps(
        {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{"tool": {"driver": driver}, "results": [_result(*one, lines) for one in listed]}],
        },
        indent=2,
    )


def _result(finding: Finding, reason: str, lines: "_Lines") -> dict[str, Any]:
    location = {
        "artifactLocation": {"uri": _uri(finding.file)},
        "region": {"startLine": lines.of(finding)},
    }
    return {
        "ruleId": finding.rule,
        "level": {"found": "error", "not proven": "warning"}[finding.verdict],
        "message": {"text": f"{finding.message} {finding.remedy}"},
        "partialFingerprints": {"fmopsVerify/v1": finding.fingerprint},
        "locations": [
            {
                "physicalLocation": location,
                "logicalLocations": [{"fullyQualifiedName": f"{finding.stack}/{finding.logical_id}"}],
            }
        ],
        **({"suppressions": [{"kind": "external", "justification": reason}]} if reason else {}),
    }


def _uri(file: str) -> str:
    """A file by its way from here, as code scanning wants it; elsewhere by its address."""
    path = Path(file)
    if not path.is_absolute():
        return path.as_posix()
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else path.as_uri()


class _Lines:
    """Where resources begin in their files, each file read once."""

    def __init__(self) -> None:
        self._files: dict[str, list[str]] = {}

    def of(self, finding: Finding) -> int:
        """A line, counted from 1; the first where it isn't told."""
        if finding.file not in self._files:
            path = Path(finding.file)
            self._files[finding.file] = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        begins = re.compile(rf'\s*"?{re.escape(finding.logical_id)}"?\s*:')
        lines = enumerate(self._files[finding.file], start=1)
        return next((number for number, line in lines if finding.logical_id and begins.match(line)), 1)


def html(outcome: Outcome) -> str:
    """A page for a reviewer: a picture, and each path as a row of boxes. It loads nothing from elsewhere."""
    page = Environment(
        loader=PackageLoader("fmops.verify", "pages"), autoescape=select_autoescape(default=True), trim_blocks=True
    )
    drawn = Markup(picture.svg(outcome.world, outcome.found))  # noqa: S704 # every text in it is escaped there
    return page.get_template("report.html").render(
        found=outcome.found,
        accepted=outcome.accepted,
        stale=outcome.stale,
        rules=_counted(outcome.found),
        summary=summary(outcome),
        picture=drawn,
        head=head,
    )


def _counted(found: Sequence[Finding]) -> list[tuple[str, int]]:
    names = [finding.rule for finding in found]
    return sorted((name, names.count(name)) for name in set(names))


FORMS = {"text": text, "json": as_json, "sarif": sarif, "html": html}
