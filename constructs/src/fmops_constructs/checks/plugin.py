"""The rules as a validation plugin of CDK: it runs in synthesis, beside the packs of cdk-nag."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import aws_cdk as cdk
import jsii

from fmops_constructs.checks.rule import Rule, Template
from fmops_constructs.checks.rules import RULES

PACK = "Fmops"
VERSION = "1.0.0"
"""Of the rules: a new rule is a new minor version, since it can fail what passed."""

PRODUCTS = "*.product.template.json"
"""Service Catalog's templates: assets of the stack that publishes them, which CDK does not list as stacks."""


@jsii.implements(cdk.IPolicyValidationPlugin)
class FmopsChecks:
    """Reads every template once, in Python: one call from CDK for the whole assembly.

    A finding is acknowledged like those of the packs, at the construct, as `Fmops::<rule>`.

    Args:
        rules: other rules than all of ours.
    """

    def __init__(self, rules: Sequence[Rule] = RULES) -> None:
        self._rules = rules

    # jsii reads these three as properties only; class attributes would not be seen.
    @property
    def name(self) -> str:
        """The pack's name in reports."""
        return PACK

    @property
    def version(self) -> str:
        """The rules' version."""
        return VERSION

    @property
    def rule_ids(self) -> list[str]:
        """Every rule's id."""
        return [rule.id for rule in self._rules]

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Looks at every template of the assembly."""
        violations = list(self._violations(templates(context.template_paths)))
        return cdk.PolicyValidationPluginReport(success=not violations, violations=violations)

    def _violations(self, found: Sequence[Template]) -> Iterator[cdk.PolicyViolation]:
        for rule in self._rules:
            places = [
                cdk.PolicyViolatingResource(
                    resource_logical_id=logical_id,
                    template_path=template.path,
                    locations=[f"Properties.{path}" if path else "Type" for path in paths],
                )
                for template in found
                for logical_id, paths in rule.findings(template)
            ]
            if places:
                yield cdk.PolicyViolation(
                    rule_name=rule.id,
                    description=f"{rule.why} ({rule.source})",
                    fix=rule.remedy,
                    severity="error",  # without one, CDK takes a report with acknowledged findings for passed
                    violating_resources=places,
                )


def templates(stacks: Sequence[str]) -> list[Template]:
    """The templates of stacks, and the products beside them."""
    folders = sorted({Path(stack).parent for stack in stacks})
    products = [product for folder in folders for product in sorted(folder.glob(PRODUCTS))]
    return [
        *(read(Path(stack)) for stack in sorted(stacks)),
        *(read(product, is_product=True) for product in products),
    ]


def read(file: Path, *, is_product: bool = False) -> Template:
    """One template."""
    content = json.loads(file.read_text(encoding="utf-8"))
    return Template(str(file), content.get("Resources", {}), is_product)
