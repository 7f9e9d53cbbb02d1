"""What finds mistakes in a template's text, without a cloud."""

import cfnlint.api
import cloudformation_validate

ROLES_BY_NAME = "W9002"
"""Flags each RoleArn that is no Ref or GetAtt. The product's roles are the foundation's, known by name."""


def validate(text: str) -> list[str]:
    """What cloudformation-validate finds, strictly: its warnings count."""
    report = cloudformation_validate.CompositeEngine().validate_template(
        cloudformation_validate.TemplateContent(text), cloudformation_validate.ValidateConfig(strict=True)
    )
    found = [one for one in report.diagnostics if one.severity != cloudformation_validate.Severity.INFO]
    return [f"{one.rule_id} {one.property_path}: {one.message}" for one in found if one.rule_id != ROLES_BY_NAME]


def lint(text: str) -> list[str]:
    """What cfn-lint finds, its warnings too."""
    return [str(match) for match in cfnlint.api.lint(text)]
