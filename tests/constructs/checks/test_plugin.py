"""The checks in synthesis: an open finding fails it, an acknowledged one is reported, products are looked at."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_servicecatalog as servicecatalog
from fmops_constructs.checks import plugin
from fmops_constructs.checks.rule import Rule, never

from fmops import nag


def app(folder: Path, **settings: Any) -> tuple[cdk.App, cdk.Stack]:
    """An app of one stage with one stack, checked by us alone."""
    made = cdk.App(outdir=str(folder), analytics_reporting=False, builtin_cloud_formation_validation=False)
    cdk.Validations.of(made).add_plugins(plugin.FmopsChecks(**settings))
    stage = cdk.Stage(made, "here", env=cdk.Environment(account="111111111111", region="eu-west-1"))
    return made, cdk.Stack(stage, "Stack")


def findings(folder: Path) -> list[tuple[str, str, bool]]:
    return [(found.rule, found.construct, found.acknowledged) for found in nag.read(folder)]


def test_an_open_finding_fails_synthesis(tmp_path: Path) -> None:
    made, stack = app(tmp_path)
    ec2.CfnInternetGateway(stack, "WayOut")
    with pytest.raises(RuntimeError, match="Network-Gateway"):
        made.synth()
    assert findings(tmp_path) == [("Fmops::Network-Gateway", "here/Stack/WayOut", False)]


def test_a_template_without_finding_passes(tmp_path: Path) -> None:
    made, stack = app(tmp_path)
    ec2.CfnSubnet(stack, "Subnet", vpc_id="vpc-1", cidr_block="10.0.0.0/24", map_public_ip_on_launch=False)
    made.synth()
    assert findings(tmp_path) == []


def test_an_acknowledged_finding_is_reported_with_its_reason(tmp_path: Path) -> None:
    made, stack = app(tmp_path)
    gateway = ec2.CfnInternetGateway(stack, "WayOut")
    reason = "R12: this once"
    cdk.Validations.of(gateway).acknowledge(cdk.Acknowledgment(id="Fmops::Network-Gateway", reason=reason))
    made.synth()
    assert [(found.rule, found.reason) for found in nag.read(tmp_path)] == [("Fmops::Network-Gateway", reason)]


def test_an_acknowledgement_excuses_no_other_place(tmp_path: Path) -> None:
    made, stack = app(tmp_path)
    gateway = ec2.CfnInternetGateway(stack, "WayOut")
    ec2.CfnInternetGateway(stack, "Another")
    cdk.Validations.of(gateway).acknowledge(cdk.Acknowledgment(id="Fmops::Network-Gateway", reason="R12: this once"))
    with pytest.raises(RuntimeError, match="Another"):
        made.synth()
    assert sorted(findings(tmp_path)) == [
        ("Fmops::Network-Gateway", "here/Stack/Another", False),
        ("Fmops::Network-Gateway", "here/Stack/WayOut", True),
    ]


def test_a_product_is_looked_at(tmp_path: Path) -> None:
    class WithRole(servicecatalog.ProductStack):
        def __init__(self, scope: cdk.Stack, id: str) -> None:
            super().__init__(scope, id)
            boundary = iam.ManagedPolicy.from_managed_policy_name(self, "Boundary", "fmops-boundary")
            trusted = iam.ServicePrincipal("lambda.amazonaws.com")
            iam.Role(self, "Role", assumed_by=trusted, permissions_boundary=boundary)

    made, stack = app(tmp_path)
    template = servicecatalog.CloudFormationTemplate.from_product_stack(WithRole(stack, "Template"))
    version = servicecatalog.CloudFormationProductVersion(product_version_name="1", cloud_formation_template=template)
    product = servicecatalog.CloudFormationProduct(
        stack, "Product", product_name="p", owner="o", product_versions=[version]
    )
    cdk.Tags.of(product).add("sagemaker:studio-visibility", "true")
    with pytest.raises(RuntimeError, match="Catalog-NoIdentity"):
        made.synth()
    assert ("Fmops::Catalog-NoIdentity", "here/Stack/Template/Role/Resource", False) in findings(tmp_path)


def test_a_rule_that_breaks_fails_synthesis(tmp_path: Path) -> None:
    """A check that could not be made is not a check that was passed."""

    def raises(_: object) -> Any:
        raise ValueError("broken")

    made, stack = app(tmp_path, rules=[Rule("Odd-Rule", ("*",), raises, "Why.", "R1", "Do.")])
    ec2.CfnInternetGateway(stack, "WayOut")
    with pytest.raises(RuntimeError):
        made.synth()


def test_the_plugin_says_who_it_is() -> None:
    checks = plugin.FmopsChecks([Rule("Odd-Rule", ("*",), never, "Why.", "R1", "Do.")])
    assert (checks.name, checks.version, checks.rule_ids) == ("Fmops", plugin.VERSION, ["Odd-Rule"])


def test_the_whole_assembly_was_looked_at(assembly: Path) -> None:
    """Every stack's template and every product's is read; no finding of ours is open."""
    stacks = [
        str(file) for file in assembly.rglob("*.template.json") if not file.name.endswith(".product.template.json")
    ]
    found = plugin.templates(stacks)
    assert {Path(one.path) for one in found} == set(assembly.rglob("*.template.json"))
    assert [Path(one.path).name.endswith(".product.template.json") for one in found].count(True) == sum(
        one.is_product for one in found
    )
    assert any(one.is_product for one in found)
    report = json.loads((assembly / nag.REPORT).read_text(encoding="utf-8"))
    assert [one for plugins in report["pluginReports"] for one in plugins["violations"]] == []
