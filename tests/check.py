"""`make check`, beside ruff and mypy: the assembly through cdk-nag, cloudformation-validate (strict) and cfn-lint.

Run: python -m tests.check
"""

import subprocess
import sys
from pathlib import Path

from fmops import deployment, nag
from fmops.catalog.lint import lint
from fmops.commands.catalog import ROOT as CATALOG
from fmops.problem import Problem
from tests.stacks.test_lint import ACCEPTED, findings

ASSEMBLY = Path("build/check/cdk.out")


def nagged() -> list[str]:
    """Unacknowledged findings of cdk-nag: AwsSolutions and NIST 800-53 r5."""
    return [f"{f.rule} {f.construct}: {f.description}" for f in nag.read(ASSEMBLY) if not f.acknowledged]


def validated() -> list[str]:
    """What cloudformation-validate says, less the rules that stand with a reason."""
    return [
        f"{rule} {file.name} {message}"
        for file in sorted(ASSEMBLY.rglob("*.template.json"))
        for rule, message in findings(file.read_bytes())
        if rule not in ACCEPTED
    ]


def linted() -> list[str]:
    """What cfn-lint says, one process for all templates."""
    files = sorted(map(str, ASSEMBLY.rglob("*.template.json")))
    command = [str(Path(sys.prefix) / "bin" / "cfn-lint"), "--format", "parseable", "--template", *files]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()


def catalogued() -> list[str]:
    """What breaks the contract of a template folder."""
    return [str(problem) for problem in lint(CATALOG)]


CHECKS = {
    "cdk-nag": nagged,
    "cloudformation-validate": validated,
    "cfn-lint": linted,
    "catalog": catalogued,
}


def main() -> int:
    """Synthesises, runs every check, prints what they found; 1 if anything."""
    try:
        deployment.synth(ASSEMBLY)
    except Problem as problem:
        print(problem.format_message(), file=sys.stderr)
        return problem.exit_code
    failed = False
    for name, check in CHECKS.items():
        found = check()
        print(f"{name:<24} {len(found)} findings")
        print("".join(f"  {line}\n" for line in found), end="")
        failed = failed or bool(found)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
