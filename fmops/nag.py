"""What cdk-nag and our own checks found in a cloud assembly, read from its `validation-report.json`."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fmops.problem import Problem

REPORT = "validation-report.json"


@dataclass(frozen=True, order=True)
class Finding:
    """One rule on one construct; `reason` is the acknowledgement's, or empty where nobody acknowledged it."""

    pack: str
    rule: str
    construct: str
    description: str
    reason: str = ""

    @property
    def acknowledged(self) -> bool:
        """Whether a reviewed acknowledgement stands for it."""
        return bool(self.reason)


def read(assembly: Path) -> list[Finding]:
    """The findings of an assembly, sorted.

    Raises:
        Problem: there is no report, or it isn't one.
    """
    path = assembly / REPORT
    try:
        reports = json.loads(path.read_text())["pluginReports"]
        return sorted(finding for report in reports for finding in findings(report))
    except FileNotFoundError:
        raise Problem(f"{path}: not there.", "Synthesise first: make synth") from None
    except (ValueError, KeyError, TypeError) as error:
        raise Problem(f"{path}: not a validation report ({error!r}).", "Synthesise again: make synth") from error


def findings(report: dict[str, Any]) -> Iterator[Finding]:
    """The findings of one pack, acknowledged or not; an acknowledged one is named as exactly as its acknowledgement.

    cdk-nag's rules carry their pack's name already; others get it.
    """
    pack = report["pluginName"]
    for entry in (*report["violations"], *report.get("suppressedViolations", ())):
        rule = entry.get("acknowledgedId", "").partition("::")[2] or entry["ruleName"]
        rule = rule if rule.startswith(pack) else f"{pack}::{rule}"
        for construct in entry["violatingConstructs"]:
            yield Finding(pack, rule, construct["constructPath"], entry["description"], entry.get("reason", ""))


def as_json(found: list[Finding]) -> str:
    """The findings for machines."""
    return json.dumps(
        {"unacknowledged": sum(not f.acknowledged for f in found), "findings": [asdict(f) for f in found]}, indent=2
    )
