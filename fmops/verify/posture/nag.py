"""What cdk-nag and other validation plugins of CDK found, read from an assembly's `validation-report.json`.

Source: https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fmops.verify.findings import Finding
from fmops.verify.templates import UnreadableError
from fmops.verify.values import World

REPORT = "validation-report.json"
SOURCE = "https://github.com/cdklabs/cdk-nag"


def verify(world: World, places: Sequence[Path]) -> Iterator[Finding]:
    """A finding for each violation that nobody acknowledged, at the resource of its construct where that is known.

    Raises:
        UnreadableError: a report isn't one.
    """
    made = {
        construct: (template.file, template.stack, logical_id)
        for template in world.templates
        for logical_id, construct in template.constructs.items()
    }
    for place in places:
        report = place / REPORT
        if report.is_file():
            for pack, violation in _violations(report):
                for construct in violation.get("violatingConstructs", ()):
                    path = str(construct.get("constructPath", ""))
                    file, stack, logical_id = made.get(path, (str(report), path.partition("/")[0], ""))
                    yield _finding(pack, violation, path, file, stack, logical_id)


def _violations(report: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        packs = json.loads(report.read_text(encoding="utf-8"))["pluginReports"]
        yield from ((str(pack["pluginName"]), found) for pack in packs for found in pack["violations"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableError(f"{report}: not a validation report ({error!r}). Synthesise again.") from error


def _finding(
    pack: str, violation: Mapping[str, Any], construct: str, file: str, stack: str, logical_id: str
) -> Finding:
    rule = str(violation.get("ruleName", ""))
    return Finding(
        rule=f"Nag-{rule if rule.startswith(pack) else f'{pack}-{rule}'}",
        file=file,
        stack=stack,
        logical_id=logical_id,
        construct=construct,
        message=str(violation.get("description", "")).rstrip(".") + ".",
        remedy=str(violation.get("fix") or "Mend it, or acknowledge this one finding with a reason."),
        requirement="R8",
        source=SOURCE,
    )
