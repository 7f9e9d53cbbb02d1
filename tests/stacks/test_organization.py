"""The organisation's stage: there only if asked for, beside everything else, with the policies as they are."""

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_all
from fmops_constructs.organization import policies, scope

from foundation import Foundation
from stacks import organization
from stacks.application import Application
from tests.assemblies import example, read
from tests.assemblies import resources as of_type
from tests.stacks.conftest import changed
from tests.stacks.test_lint import ACCEPTED, findings

GUARDRAIL = "arn:aws:bedrock:eu-west-1:000000000001:guardrail/abc:1"
STACK = "organization-OrganizationPolicies"


def asking(foundation: Foundation, **settings: Any) -> Foundation:
    """The same foundation, with its organisation's policies delivered as a stack."""
    organization_ = foundation.organization.model_dump()
    return changed(foundation, organization={**organization_, "policies": {"deliver": "stack", **settings}})


def synthesised(foundation: Foundation, outdir: Path, accounts: str = "") -> Path:
    app = Application(outdir=outdir, context={"accounts": accounts} if accounts else None)
    app.build(foundation)
    assert app.passes(), "cdk-nag found something; see the lines above"
    return outdir


@pytest.fixture(scope="module")
def asked() -> Foundation:
    return asking(
        example(),
        guardrails={"eu-west-1": GUARDRAIL},
        block_public_access="organization",
        account="000000000002",
        targets={"all": ("ou-ab12-workload1",)},
    )


@pytest.fixture(scope="module")
def template(asked: Foundation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    outdir = synthesised(asked, tmp_path_factory.mktemp("organization") / "cdk.out", "organization")
    (found,) = outdir.rglob("*.template.json")
    return found


def resources(template: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(template.read_text(encoding="utf-8"))["Resources"]
    return found


def linted(template: str) -> list[str]:
    """What cfn-lint says, but for hints."""
    return [str(found) for found in lint_all(template) if found.rule.severity != "informational"]


def test_it_is_there_only_if_asked_for(asked: Foundation) -> None:
    assert organization.wanted(asked)
    assert not organization.wanted(example())


def test_it_is_there_beside_what_was_there(first_phase: Foundation, tmp_path: Path) -> None:
    """Not a byte of another stack changes."""
    before = read(synthesised(first_phase, tmp_path / "before"))
    after = read(synthesised(asking(first_phase), tmp_path / "after"))
    assert {name: template for name, template in after.items() if name != STACK} == before
    assert STACK in after


def test_it_is_built_only_when_it_is_named(first_phase: Foundation, tmp_path: Path) -> None:
    assert STACK not in read(synthesised(asking(first_phase), tmp_path / "out", "data-lake"))
    with pytest.raises(LookupError, match="organization"):
        Application(outdir=tmp_path / "none", context={"accounts": "nowhere"}).build(asking(first_phase))


def test_public_access_is_blocked_once(first_phase: Foundation, tmp_path: Path) -> None:
    """By the account, or by the declarative policy: AWS refuses an account's setting where there is one."""
    setting = "AWS::EC2::VPCBlockPublicAccessOptions"
    kept = asking(first_phase, block_public_access="organization")
    for foundation, by_account in ((first_phase, 1), (kept, 0)):
        templates = read(synthesised(foundation, tmp_path / str(by_account), "data-lake"))
        assert len(list(of_type(templates, setting))) == by_account
        (declared,) = (p.text for p in policies(scope(foundation)) if p.type == "DECLARATIVE_POLICY_EC2")
        assert ("block_bidirectional" in declared) is (not by_account)


def test_it_holds_every_policy_as_it_is(asked: Foundation, template: Path) -> None:
    made = [resource["Properties"] for resource in resources(template).values()]
    wanted = [(p.name, p.type, p.content, sorted(p.targets)) for p in policies(scope(asked))]
    assert [(m["Name"], m["Type"], m["Content"], sorted(m["TargetIds"])) for m in made] == wanted
    assert {m["Type"] for m in made} == {
        "SERVICE_CONTROL_POLICY",
        "RESOURCE_CONTROL_POLICY",
        "DECLARATIVE_POLICY_EC2",
        "BEDROCK_POLICY",
    }
    assert all({"Key": "environment", "Value": "organization"} in m["Tags"] for m in made)


def test_one_change_at_a_time(template: Path) -> None:
    names = list(resources(template))
    after = [resource.get("DependsOn") for resource in resources(template).values()]
    assert after == [None, *([name] for name in names[:-1])]


def test_it_goes_to_who_administers(template: Path) -> None:
    manifest = json.loads((template.parent / "manifest.json").read_text(encoding="utf-8"))
    (stack,) = (a for a in manifest["artifacts"].values() if a["type"] == "aws:cloudformation:stack")
    assert stack["environment"] == "aws://000000000002/eu-west-1"
    assert stack["properties"]["terminationProtection"] is True


def test_it_is_valid(template: Path) -> None:
    assert [found for found in findings(template.read_bytes()) if found[0] not in ACCEPTED] == []
    assert linted(template.read_text(encoding="utf-8")) == []


def test_an_invalid_policy_would_be_seen(template: Path) -> None:
    text = template.read_text(encoding="utf-8").replace('"SERVICE_CONTROL_POLICY"', '"SERVICE_POLICY"', 1)
    assert findings(text.encode())
    assert linted(text)
