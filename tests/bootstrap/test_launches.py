"""The launch role can make everything that the catalog's products hold, and nothing beside it."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fmops import products
from fmops.bootstrap import launches, plan, rights, symbols
from fmops.problem import Problem
from stacks import launching
from tests.assemblies import Template, Templates, as_list, example
from tests.bootstrap.reading import Policies, allowed, declared, schema

TOOLING, REGION = "000000000011", "eu-west-1"
HERE = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": TOOLING}
LAUNCHED = {**HERE, "ProjectName": "churn", "BusinessUnit": "retail"}
MISSING_BEFORE = (
    "codecommit:ListRepositories",
    "codepipeline:ListPipelines",
    "events:ListRules",
    "iam:GetRole",
    "logs:DescribeIndexPolicies",
    "logs:DescribeResourcePolicies",
    "logs:GetDataProtectionPolicy",
    "sagemaker:ListModelPackageGroups",
)
"""What a list that was written by hand had forgotten, and AWS's schemas declare."""


@pytest.fixture(scope="session")
def catalog(assembly: Path) -> dict[str, Template]:
    """Each product's template."""
    return {name: version.template for name, version in products.newest(assembly).items()}


@pytest.fixture(scope="session")
def given(templates: Templates) -> Policies:
    """The launch role's policies in tooling, as they are attached."""
    return attached(templates["tooling-Launching"])


def attached(template: Template) -> Policies:
    resources = template["Resources"]
    (role,) = (r for r in resources.values() if r["Properties"].get("RoleName") == "fmops-launch")
    return [resources[arn["Ref"]]["Properties"]["PolicyDocument"] for arn in role["Properties"]["ManagedPolicyArns"]]


def name_of(value: Any) -> str:
    """A name as a launch of `churn` for `retail` gives it; CDK writes names as a text, a Ref, Fn::Sub or Fn::Join."""
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    if function == "Ref":
        return LAUNCHED[argument]
    if function == "Fn::Join":
        return str(argument[0]).join(map(name_of, argument[1]))
    for name, text in LAUNCHED.items():
        argument = argument.replace(f"${{{name}}}", text)
    assert "${" not in argument
    return str(argument)


ARNS = {
    "AWS::CodeBuild::Project": ("Name", "arn:aws:codebuild:{place}:project/{name}"),
    "AWS::CodeCommit::Repository": ("RepositoryName", "arn:aws:codecommit:{place}:{name}"),
    "AWS::CodePipeline::Pipeline": ("Name", "arn:aws:codepipeline:{place}:{name}"),
    "AWS::Events::Rule": ("Name", "arn:aws:events:{place}:rule/{name}"),
    "AWS::Logs::LogGroup": ("LogGroupName", "arn:aws:logs:{place}:log-group:{name}"),
    "AWS::SageMaker::ModelPackageGroup": (
        "ModelPackageGroupName",
        "arn:aws:sagemaker:{place}:model-package-group/{name}",
    ),
    "AWS::SSM::Parameter": ("Name", "arn:aws:ssm:{place}:parameter{name}"),
}


def needed(catalog: dict[str, Template]) -> Iterator[tuple[str, str | None]]:
    """(action, ARN) of what a launch of `churn` calls, from AWS's schemas; no ARN where IAM knows none for it."""
    skipped = launches.supplement()["only_with"]
    for template in catalog.values():
        for resource in template["Resources"].values():
            kind = resource["Type"]
            for action in declared(kind, REGION) | set(rights.supplied(kind) or ()):
                names = rights.supplement()["aliases"].get(action, [action])
                if action in skipped.get(kind, ()):
                    assert f'"{skipped[kind][action]}":' not in json.dumps(resource)
                    continue
                for name in set(names) - set(rights.supplement()["withheld"]):
                    own = kind in ARNS and name.partition(":")[0] == ARNS[kind][1].split(":")[2]
                    anywhere = not (rights.known(name) or {}).get("Resources")
                    if own and not anywhere:
                        by, form = ARNS[kind]
                        yield name, form.format(place=f"{REGION}:{TOOLING}", name=name_of(resource["Properties"][by]))
                    else:
                        yield name, None


def missing(policies: Policies, catalog: dict[str, Template]) -> set[str]:
    return {action for action, arn in needed(catalog) if not allowed(policies, action, arn)}


def test_every_action_that_a_launch_calls_is_allowed(given: Policies, catalog: dict[str, Template]) -> None:
    assert len(set(needed(catalog))) > 60
    assert missing(given, catalog) == set()
    assert not [action for action in MISSING_BEFORE if not allowed(given, action)]


def test_any_action_taken_away_is_named(given: Policies, catalog: dict[str, Template], assembly: Path) -> None:
    """By the comparison that runs before a deployment; those of the schemas by this module's own reading too."""
    wanted = launches.document(assembly)["statements"]
    actions = {action for entry in wanted for action in entry["Action"]}
    called = {action for action, _ in needed(catalog)}
    assert len(actions) > 60
    for action in sorted(actions):
        rest = [{**entry, "Action": [a for a in entry["Action"] if a != action]} for entry in wanted]
        assert {found.partition(" on ")[0] for found in launches.lacking(rest, wanted)} == {action}
        if action in called and not action.startswith("s3:"):
            spoilt = copy.deepcopy(given)
            for policy in spoilt:
                for statement in policy["Statement"]:
                    statement["Action"] = [a for a in as_list(statement["Action"]) if a != action]
            assert missing(spoilt, catalog) == {action}


def test_a_resource_or_a_condition_taken_away_is_named(assembly: Path) -> None:
    wanted = launches.document(assembly)["statements"]
    for index, entry in enumerate(wanted):
        others = [*wanted[:index], *wanted[index + 1 :]]
        for arn in entry["Resource"]:
            rest = [*others, {**entry, "Resource": [a for a in entry["Resource"] if a != arn]}]
            assert {found.partition(" on ")[2] for found in launches.lacking(rest, wanted)} == {arn}
        narrower = {**entry, "Condition": {"StringEquals": {"aws:PrincipalTag/x": "y"}}}
        assert launches.lacking([*others, narrower], wanted)


def test_the_file_is_what_the_products_need(assembly: Path) -> None:
    kept = launches.FILE.read_text(encoding="utf-8")
    assert kept == launches.written(launches.document(assembly)), launches.REMEDY


def test_a_product_that_needs_more_is_refused_before_a_deployment(
    assembly: Path, tmp_path: Path, official: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    document = json.loads(launches.FILE.read_text(encoding="utf-8"))
    document["statements"] = [s for s in document["statements"] if "codebuild:CreateProject" not in s["Action"]]
    file = tmp_path / "rights.json"
    file.write_text(json.dumps(document))
    with pytest.raises(Problem, match=r"codebuild:CreateProject on arn.*project/\*-build") as caught:
        launches.check(assembly, file)
    assert "fmops catalog rights --write" in caught.value.remedy
    launches.check(assembly)
    monkeypatch.setattr(plan.launches, "check", lambda _: (_ for _ in ()).throw(Problem("asked")))
    with pytest.raises(Problem, match="asked"):
        plan.plans(assembly, example(), official)


@pytest.mark.parametrize(
    ("action", "arn"),
    [
        ("codebuild:UpdateProject", f"arn:aws:codebuild:{REGION}:{TOOLING}:project/fmops-seeder"),
        ("codepipeline:DeletePipeline", f"arn:aws:codepipeline:{REGION}:{TOOLING}:other"),
        ("events:DeleteRule", f"arn:aws:events:{REGION}:{TOOLING}:rule/fmops-audit"),
        ("logs:DeleteLogGroup", f"arn:aws:logs:{REGION}:{TOOLING}:log-group:/fmops/network/flow-logs"),
        ("logs:DeleteLogGroup", f"arn:aws:logs:{REGION}:{TOOLING}:log-group:/aws/codebuild/shared/fmops-seeder"),
        ("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{TOOLING}:function:fmops-other"),
        ("ssm:GetParameters", f"arn:aws:ssm:{REGION}:{TOOLING}:parameter/cdk-bootstrap/hnb659fds/version"),
        ("cloudformation:UpdateStack", f"arn:aws:cloudformation:{REGION}:{TOOLING}:stack/tooling-Launching/1"),
        ("iam:PassRole", f"arn:aws:iam::{TOOLING}:role/fmops/fmops-seeder"),
        ("iam:PassRole", f"arn:aws:iam::{TOOLING}:role/fmops-launch"),
        ("iam:CreateRole", f"arn:aws:iam::{TOOLING}:role/fmops/fmops-x"),
        ("codebuild:CreateProject", f"arn:aws:codebuild:us-east-1:{TOOLING}:project/churn-build"),
    ],
)
def test_what_is_not_a_projects_is_out_of_reach(given: Policies, action: str, arn: str) -> None:
    assert not allowed(given, action, arn)


def test_roles_are_handed_to_their_service_only(given: Policies) -> None:
    for policy in given:
        for statement in policy["Statement"]:
            if "iam:PassRole" in as_list(statement["Action"]):
                ((operator, keys),) = statement["Condition"].items()
                assert (operator, list(keys)) == ("StringEquals", ["iam:PassedToService"])
                assert not [arn for arn in as_list(statement["Resource"]) if "*" in arn]


def test_the_boundary_lets_it_all_through(given: Policies, templates: Templates) -> None:
    """All but identity, account and organisation administration; of these, what is said."""
    administration = {
        (action, arn)
        for policy in given
        for statement in policy["Statement"]
        for action in as_list(statement["Action"])
        for arn in as_list(statement["Resource"])
        if action.startswith(("iam:", "account:", "organizations:"))
    }
    assert {action for action, _ in administration} == {"iam:GetRole", "iam:PassRole"}
    assert all(arn.startswith(f"arn:aws:iam::{TOOLING}:role/fmops/") for _, arn in administration)


def units(count: int) -> list[dict[str, Any]]:
    """The file's statements with the roles of many units, as `Launching` places them."""
    found = json.loads(launches.FILE.read_text(encoding="utf-8"))["statements"]
    names = [f"unit{number:08}" for number in range(count)]
    return [
        {
            **s,
            "Resource": sorted(
                {a.replace(launches.UNIT, unit if ":role/" in a else "*") for a in s["Resource"] for unit in names}
            ),
        }
        for s in found
    ]


def test_policies_fit_with_many_units(given: Policies) -> None:
    assert len(given) <= 10
    assert all(len(json.dumps(policy, separators=(",", ":"))) <= 6144 for policy in given)
    for count in (1, 30):
        wanted = units(count)
        found = launching.policies(iter(copy.deepcopy(wanted)))
        assert len(found) <= 10
        assert len({id for id, _, _ in found}) == len(found)
        assert all(launching.size(part) <= launching.SIZE for _, _, part in found)
        assert launches.lacking([s for _, _, part in found for s in part], wanted) == []


def test_more_policies_than_a_role_can_have_are_refused() -> None:
    many = [{"Action": [f"dynamodb:A{n:06}"], "Resource": [f"arn:aws:dynamodb:::table/{n:0100}"]} for n in range(500)]
    with pytest.raises(ValueError, match="a role can have 10"):
        launching.policies(iter(many))


def test_a_service_of_its_own_has_a_policy() -> None:
    rights = [
        {"Action": ["dynamodb:CreateTable", "logs:CreateLogGroup"], "Resource": ["arn:x"]},
        {"Action": ["dynamodb:ListTables"], "Resource": ["*"]},
    ]
    found = {id: part[0]["Action"] for id, _, part in launching.policies(iter(rights))}
    assert found == {
        "Stacks": ["dynamodb:ListTables"],
        "Delivery": ["logs:CreateLogGroup"],
        "Others": ["dynamodb:CreateTable"],
    }


def grants(*resources: Template) -> list[str]:
    template = {"Resources": {f"R{number}": resource for number, resource in enumerate(resources)}}
    return [f"{g.action} {g.resources}" for g in launches.grants({"p": template}, REGION)]


def test_a_type_that_nobody_knows_is_told() -> None:
    with pytest.raises(Problem, match=r"AWS::No::Such \(in the product p\)"):
        grants({"Type": "AWS::No::Such", "Properties": {}})


def test_a_role_for_an_unknown_service_is_told() -> None:
    with pytest.raises(Problem, match="nobody says which service takes it") as caught:
        grants({"Type": "AWS::SageMaker::NotebookInstance", "Properties": {"RoleArn": "arn:aws:iam::1:role/x"}})
    assert "passed_to" in caught.value.remedy


def test_a_role_that_code_is_told_of_is_not_handed_over() -> None:
    own = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/fmops/fmops-${BusinessUnit}-build"}
    told = [{"Name": "ROLE", "Value": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/fmops/other"}}]
    foreign = "arn:aws:iam::222222222222:role/fmops/foreign"
    environment = {"EnvironmentVariables": told}
    properties = {"ServiceRole": own, "Environment": environment, "ResourceAccessRole": foreign}
    passed = [g for g in grants({"Type": "AWS::CodeBuild::Project", "Properties": properties}) if "PassRole" in g]
    assert len(passed) == 1
    assert "-build" in passed[0]
    assert not {"other", "foreign"} & set(passed[0].split("/"))


def test_a_pattern_that_another_covers_is_not_repeated() -> None:
    assert launches.widest({"a:*", "a:*-x", "b:*-x", "a:y"}) == {"a:*", "b:*-x"}


def test_a_right_for_one_property_comes_with_it() -> None:
    plain = {"Type": "AWS::CodeCommit::Repository", "Properties": {"RepositoryName": {"Ref": "ProjectName"}}}
    assert not [grant for grant in grants(plain) if grant.startswith("codecommit:CreateCommit")]
    seeded = {**plain, "Properties": {**plain["Properties"], "Code": {"S3": {"Bucket": "b", "Key": "k"}}}}
    assert [grant for grant in grants(seeded) if grant.startswith("codecommit:CreateCommit")]
    assert any(grant.startswith("s3:GetObject ") for grant in grants(seeded))


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        ("plain", "plain"),
        ({"Ref": "ProjectName"}, "*"),
        ({"Ref": "BusinessUnit"}, "${BusinessUnit}"),
        ({"Ref": "AWS::Region"}, "${AWS::Region}"),
        ({"Ref": "Key"}, "${/fmops/keys/data-arn}"),
        ({"Fn::GetAtt": ["Repository", "Arn"]}, "*"),
        ({"Fn::Join": ["-", ["a", {"Ref": "ProjectName"}, {"Fn::GetAtt": ["X", "Y"]}]]}, "a-*-*"),
        ({"Fn::Sub": "a-${ProjectName}${Other}-${AWS::AccountId}"}, "a-*-${AWS::AccountId}"),
        ({"Fn::Sub": ["${x}-${ProjectName}", {"x": "b"}]}, "b-*"),
        ({"Fn::If": ["C", "a", "b"]}, "*"),
    ],
)
def test_values_become_patterns(value: Any, pattern: str) -> None:
    parameters = {"Key": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/fmops/keys/data-arn"}}
    assert symbols.symbol(value, {"Parameters": parameters}) == pattern


def test_the_supplement_is_needed_and_right() -> None:
    data = launches.supplement()
    for entry in data["always"]:
        assert all(rights.known(action) is not None for action in entry["actions"])
    for kind, entry in data["identified"].items():
        service, _, name = entry["kind"].partition(":")
        assert name.lower() in {other.lower() for other in rights.schemas.policies()[service]["Resources"]}, kind
        assert entry["by"] in schema(kind, REGION)["properties"], kind
    for kind, actions in data["only_with"].items():
        assert set(actions) <= declared(kind, REGION), kind
        words = json.dumps(schema(kind, REGION))
        assert all(word is None or word == "ConnectionArn" or f'"{word}"' in words for word in actions.values()), kind
    for kind, entry in data["keys"].items():
        assert entry["property"] in schema(kind, REGION)["properties"]
        assert all(rights.known(action) is not None for action in entry["actions"])
    for kind in data["passed_to"]:
        assert "iam:PassRole" in declared(kind, REGION) | set(rights.supplied(kind) or ()), kind
