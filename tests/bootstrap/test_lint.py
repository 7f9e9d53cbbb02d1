"""The bootstrap templates under the same eyes as the stacks: cdk-nag, cloudformation-validate, cfn-lint."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import cloudformation_include as include

from fmops.bootstrap import rights
from fmops.bootstrap.plan import Plan
from tests.bootstrap.reading import statements
from tests.stacks.test_lint import findings

ACCEPTED = {
    "W2001": "The CDK CLI sends these parameters; the template has decided what they would choose.",
    "W2512": "The boundary says what is never allowed; it gives nothing.",
}
"""Rules of the linters whose findings stand, and why."""

ACCEPTED_NAG = {
    "AwsSolutions-S1": "The toolkit is older than the account's bucket of access logs.",
    "NIST.800.53.R5-S3BucketLoggingEnabled": "The toolkit is older than the account's bucket of access logs.",
    "NIST.800.53.R5-S3BucketReplicationEnabled": "Assets can be published again from the repository.",
}
"""Rules of cdk-nag whose findings stand in the assets bucket, and why."""

WILDCARDS = (
    ("BootstrapBoundary", "", "A boundary gives nothing: it limits. It knows NotAction, which the rule can't read."),
    ("FoundationBoundary", "", "The same."),
    ("Execution[0-9]+", r"\*", "Actions that IAM knows no resource for; a test below holds it to that."),
    (
        "Execution[0-9]+",
        r"arn:<AWS::Partition>:[a-z0-9-]+:(<AWS::Region>:(<AWS::AccountId>)?:.*|:<AWS::AccountId>:.*|::[a-z]+/\*)",
        "Ids are minted by AWS, or names are known by their beginning only: what the account holds, and no other.",
    ),
    ("Execution[0-9]+", r"arn:<AWS::Partition>:s3:::(fmops-\*|cdk-.*-<AWS::Region>/\*)", "Buckets and assets of ours."),
    ("(Execution[0-9]+|.*RolePolicy)", r"<StagingBucket.Arn>/\*", "Assets are named by the hash of their content."),
    (
        "DeploymentActionRolePolicy",
        r"\*",
        "Templates are looked at before there is a stack.",
    ),
    (
        "(DeploymentActionRolePolicy|LookupRolePolicy)",
        r"arn:<AWS::Partition>:cloudformation:<AWS::Region>:<AWS::AccountId>:(stack|changeSet)/\*",
        "Every stack of the account is deployed by this role.",
    ),
    (
        "(Execution[0-9]+|DeploymentActionRolePolicy|LookupRolePolicy)",
        r"arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/cdk-bootstrap/<Qualifier>/\*",
        "The bootstrap's versions, CDK's and ours.",
    ),
)
"""(construct, resource, reason) of the wildcards that stand, as regular expressions."""


def different(planned: list[Plan]) -> list[Plan]:
    """One plan for each different template."""
    return list({plan.stamp: plan for plan in planned}.values())


def test_linters_have_nothing_to_say(planned: list[Plan], tmp_path: Path) -> None:
    files = []
    for plan in different(planned):
        body = json.dumps(plan.template).encode()
        assert [found for found in findings(body) if found[0] not in ACCEPTED] == []
        files.append(tmp_path / f"{plan.account}.json")
        files[-1].write_bytes(body)
    command = [str(Path(sys.prefix) / "bin/cfn-lint"), "--format", "parseable", "--ignore-checks", *ACCEPTED]
    answer = subprocess.run([*command, "--template", *map(str, files)], capture_output=True, text=True, check=False)
    assert answer.stdout.splitlines() == []


def nagged(template: Mapping[str, Any], outdir: Path) -> set[tuple[str, str]]:
    """(construct, finding) of both packs on a template."""
    outdir.mkdir(exist_ok=True)
    file = outdir / "toolkit.json"
    file.write_text(json.dumps(template))
    app = cdk.App(outdir=str(outdir), analytics_reporting=False, builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Toolkit")
    include.CfnInclude(stack, "T", template_file=str(file))
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app), cdk_nag.NIST80053R5Checks(app))
    try:
        app.synth()
    except RuntimeError as error:
        if "ValidationFailed" not in str(error):
            raise
    report = json.loads((outdir / "validation-report.json").read_text(encoding="utf-8"))
    return {
        (construct["constructPath"].rpartition("/")[2], violation["ruleName"])
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    }


def accepted(construct: str, finding: str) -> bool:
    """Whether a finding stands for a reason."""
    if construct == "StagingBucket":
        return finding in ACCEPTED_NAG
    rule, _, resource = finding.partition("[Resource::")
    return rule == "AwsSolutions-IAM5" and any(
        re.fullmatch(where, construct) and re.fullmatch(what, resource.removesuffix("]"))
        for where, what, _ in WILDCARDS
    )


def test_cdk_nag(planned: list[Plan], tmp_path: Path) -> None:
    for plan in different(planned):
        found = nagged(plan.template, tmp_path / plan.account)
        assert {entry for entry in found if not accepted(*entry)} == set()
        assert {finding for _, finding in found} >= set(ACCEPTED_NAG)


def test_cdk_nag_would_see_more(official: dict[str, Any], tmp_path: Path) -> None:
    found = {entry for entry in nagged(official, tmp_path) if not accepted(*entry)}
    assert ("FilePublishingRoleDefaultPolicy", "AwsSolutions-IAM5[Action::s3:GetObject*]") in found
    assert {finding for _, finding in found} >= {
        "NIST.800.53.R5-IAMNoInlinePolicy",
        "NIST.800.53.R5-KMSBackingKeyRotationEnabled",
    }


@pytest.mark.parametrize(
    ("construct", "finding"),
    [
        ("Execution1", "AwsSolutions-IAM5[Action::s3:*]"),
        ("Execution1", "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::*]"),
        ("FilePublishingRolePolicy", "AwsSolutions-IAM5[Resource::*]"),
        ("StagingBucket", "AwsSolutions-S10"),
    ],
)
def test_what_would_not_stand(construct: str, finding: str) -> None:
    assert not accepted(construct, finding)


def test_anywhere_means_that_iam_knows_no_resource(planned: list[Plan]) -> None:
    for plan in planned:
        for name, statement in statements(plan):
            if name.startswith("Execution") and statement["Resource"] == ["*"]:
                for action in statement["Action"]:
                    assert not (rights.known(action) or {}).get("Resources"), (name, action)
