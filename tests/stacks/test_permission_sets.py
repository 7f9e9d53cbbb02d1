"""Identity Center: a permission set per role, which lets one take that role in the own name, and nothing else."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from fmops.verify.policy import Caller, Claim, Principal, Proven, Question, Situation, Target, conditions, parse, prove
from foundation import Foundation, load
from foundation.access import current
from foundation.loading import ConfigError
from foundation.phases import PHASES
from stacks import organization
from stacks.access import entrance
from stacks.application import Application, add_environment
from stacks.permission_sets import LARGEST, PermissionSets, entering, roles_of
from tests.assemblies import EXAMPLE, Template, Templates, as_list, example, read, resources
from tests.stacks.conftest import changed

INSTANCE = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
GROUP = "11111111-2222-3333-4444-555555555555"
GROUPS = {"shared": {"auditor": GROUP}, "retail": {"ml_engineer": GROUP, "data_scientist": GROUP}}


def asking(**values: Any) -> Foundation:
    """The example organisation with Identity Center."""
    center = {"instance": INSTANCE, "groups": GROUPS, **values}
    return changed(example(), people_access={"identity_center": center})


def made(foundation: Foundation) -> Template:
    app = cdk.App(analytics_reporting=False)
    stack = PermissionSets(app, foundation=foundation)
    found: Template = app.synth().get_stack_by_name(stack.stack_name).template
    return found


@pytest.fixture(scope="module")
def template() -> Template:
    return made(asking())


@pytest.fixture(scope="module")
def tooling(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Tooling where people come by Identity Center."""
    app = Application(outdir=tmp_path_factory.mktemp("center"))
    foundation = asking()
    add_environment(app, foundation, next(one for one in foundation.environments() if one.name == "tooling"))
    app.synth()
    return read(Path(app.outdir))


def sets(template: Template) -> dict[str, dict[str, Any]]:
    """Permission sets by name."""
    return {
        resource["Properties"]["Name"]: resource["Properties"]
        for _, resource in resources({"x": template}, "AWS::SSO::PermissionSet")
    }


def test_there_is_one_per_role_that_somebody_takes(template: Template) -> None:
    taken = {role for role in current().roles if list(roles_of(example(), role))}
    assert set(sets(template)) == {f"fmops-{role}" for role in taken}
    assert {"ml-engineer", "auditor", "data-engineer"} <= taken
    assert "lead-data-scientist" not in taken


def test_each_is_bounded_and_short_and_leads_nowhere(template: Template) -> None:
    for name, properties in sets(template).items():
        assert properties["InstanceArn"] == INSTANCE
        assert properties["SessionDuration"] == "PT8H"
        assert properties["PermissionsBoundary"] == {
            "CustomerManagedPolicyReference": {"Name": "fmops-boundary", "Path": "/"}
        }
        assert "RelayStateType" not in properties
        assert "ManagedPolicies" not in properties
        assert len(name) <= 32


@pytest.mark.parametrize(
    ("tags", "said", "allowed"),
    [
        ({"person": "cy"}, {"sts:SourceIdentity": "cy", "sts:RoleSessionName": "cy"}, True),
        ({"person": "cy"}, {"sts:SourceIdentity": "uma", "sts:RoleSessionName": "uma"}, False),
        ({"person": "cy"}, {"sts:SourceIdentity": "cy", "sts:RoleSessionName": "uma"}, False),
        ({}, {"sts:SourceIdentity": "cy", "sts:RoleSessionName": "cy"}, False),
    ],
)
def test_nobody_takes_a_role_in_anothers_name(
    template: Template, tags: dict[str, str], said: dict[str, str], allowed: bool
) -> None:
    policy = parse(sets(template)["fmops-ml-engineer"]["InlinePolicy"], "identity", "ml-engineer")
    signed_in = "arn:aws:iam::000000000011:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_fmops-ml-engineer_0a1b"
    caller = Caller(Principal("role", signed_in, "000000000011", tags=tags), (policy,))
    role = "arn:aws:iam::000000000011:role/fmops/fmops-retail-ml-engineer"
    question = Question(("sts:AssumeRole",), (role,), where=conditions({"StringEquals": said}, "said"))
    claim: Claim = "sometimes" if allowed else "never"
    assert isinstance(prove(claim, question, Situation(caller, Target("000000000011"))), Proven)


def test_it_opens_its_own_role_and_no_other(template: Template) -> None:
    (statement,) = sets(template)["fmops-risk"]["InlinePolicy"]["Statement"]
    assert statement["Action"] == ["sts:AssumeRole", "sts:SetSourceIdentity"]
    assert statement["Resource"] == [
        "arn:aws:iam::000000000011:role/fmops/fmops-retail-risk",
        "arn:aws:iam::000000000011:role/fmops/fmops-lending-risk",
    ]


def test_groups_are_assigned_where_their_people_have_the_role(template: Template) -> None:
    assigned = {
        (where.partition("/")[2], resource["Properties"]["TargetId"], resource["Properties"]["PrincipalId"])
        for where, resource in resources({"x": template}, "AWS::SSO::Assignment")
    }
    assert {account for _, account, _ in assigned} == {"000000000011", "000000000021"}
    assert len(assigned) == 5


def test_a_role_lets_in_its_permission_set_only(tooling: Templates) -> None:
    for where, role in resources({"x": tooling["tooling-Personas"]}, "AWS::IAM::Role"):
        name = role["Properties"]["RoleName"].rpartition("fmops-")[2].partition("-")[2]
        for statement in as_list(role["Properties"]["AssumeRolePolicyDocument"]["Statement"]):
            assert statement["Condition"]["ArnLike"] == {"aws:PrincipalArn": entrance("000000000011", name)}, where


def test_without_it_nothing_asks_for_it(templates: Templates) -> None:
    assert "aws-reserved" not in json.dumps(templates)
    assert not organization.wanted(example())
    assert organization.wanted(asking())


def test_it_goes_where_identity_center_is() -> None:
    app = cdk.App(analytics_reporting=False)
    stack = PermissionSets(app, foundation=asking(account="000000000099", region="us-east-1"))
    assert (stack.account, stack.region) == ("000000000099", "us-east-1")
    home = PermissionSets(cdk.App(analytics_reporting=False), foundation=asking())
    assert (home.account, home.region) == ("000000000001", "eu-west-1")


def test_the_same_input_gives_the_same_ids_and_a_group_moves_none(template: Template) -> None:
    assert made(asking()) == template
    fewer = made(asking(groups={}))["Resources"]
    assert set(fewer) < set(template["Resources"])
    assert {name: template["Resources"][name] for name in fewer} == fewer


@pytest.mark.parametrize("phase", PHASES)
def test_each_phase_has_the_roles_that_it_makes(phase: str) -> None:
    foundation = changed(example(), phase=phase)
    kinds = {environment.account_type for role in current().roles for environment, _, _ in roles_of(foundation, role)}
    tooling = {"tooling"} if phase != "initial" else set()
    last = {"experimentation", "governance"} if phase == "scalable" else set()
    assert kinds == {"data-lake", "network"} | tooling | last


def test_what_iam_would_not_take_is_refused() -> None:
    arns = [f"arn:aws:iam::0000000000{number:02}:role/fmops/fmops-unit{number}-ml-engineer" for number in range(99)]
    assert len(json.dumps(entering(arns, "person"))) < LARGEST
    with pytest.raises(ValueError, match=r"takes \d+ characters; IAM takes 10240"):
        entering(arns * 2, "person")


@pytest.mark.parametrize(
    ("added", "place", "words"),
    [
        ("identity_center: {instance: ssoins-1}", "people_access.identity_center.instance", "has the wrong form"),
        ("identity_center: {instance: '%s', session_hours: 13}", "session_hours", "12"),
        ("identity_center: {instance: '%s', groups: {bank: {risk: '%s'}}}", "groups.bank", "is no business unit"),
        ("identity_center: {instance: '%s', groups: {retail: {auditor: '%s'}}}", "retail.auditor", "unknown here"),
        ("identity_center: {instance: '%s', groups: {retail: {labeler: '%s'}}}", "retail.labeler", "nobody is"),
        ("identity_center: {instance: '%s', groups: {shared: {auditor: all}}}", "shared.auditor", "wrong form"),
    ],
)
def test_a_mistake_names_its_place(tmp_path: Path, added: str, place: str, words: str) -> None:
    text = added.replace("%s", INSTANCE, 1).replace("%s", GROUP)
    file = tmp_path / "foundation.yaml"
    file.write_text(EXAMPLE.read_text(encoding="utf-8") + f"people_access: {{{text}}}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert any(place in line and words in line for line in caught.value.lines), caught.value.lines
