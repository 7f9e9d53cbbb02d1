"""Every cell of the access matrix is proven on the synthesised policies; another cell or another policy is seen."""

import copy
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from fmops.bootstrap import boundary
from fmops.verify.policy import Caller, Policy, Principal, Proven, Question, Situation, Target, conditions, parse, prove
from foundation.access import FILE, Matrix, current
from stacks.access_cells import Cell, cells, overlap
from tests.assemblies import Templates, as_list, example, resources

FOUNDATION = example()
CELLS = cells(FOUNDATION)
KEY = "arn:aws:kms:eu-west-1:{account}:key/minted"


def filled(node: Any, account: str) -> Any:
    """A document without references: what is left to deployment in a person's policy is a key's ARN."""
    if isinstance(node, dict):
        return KEY.format(account=account) if "Ref" in node else {k: filled(v, account) for k, v in node.items()}
    return [filled(one, account) for one in node] if isinstance(node, list) else node


def people(templates: Templates) -> dict[str, Caller]:
    """Every role that a person takes, by its ARN, with what limits it."""
    accounts = {environment.name: environment.account for environment in FOUNDATION.environments()}
    documents: dict[tuple[str, str], Any] = {}
    for where, resource in resources(templates, "AWS::IAM::ManagedPolicy"):
        stack, _, logical_id = where.partition("/")
        properties = resource["Properties"]
        name = str(properties.get("ManagedPolicyName"))
        place = accounts[stack.rpartition("-")[0]]
        documents[stack, logical_id] = documents[place, name] = properties["PolicyDocument"]
    found = {}
    for where, role in resources(templates, "AWS::IAM::Role"):
        stack = where.partition("/")[0]
        account, properties = accounts[stack.rpartition("-")[0]], role["Properties"]
        if not is_persons(properties):
            continue
        arn = f"arn:aws:iam::{account}:role{properties['Path']}{properties['RoleName']}"
        attached = [
            documents[stack, one["Ref"]] if isinstance(one, dict) else documents[account, one.rpartition("/")[2]]
            for one in as_list(properties["ManagedPolicyArns"])
        ]
        identity = tuple(parse(filled(document, account), "identity", where) for document in attached)
        tags = {tag["Key"]: tag["Value"] for tag in properties["Tags"]}
        principal = Principal("role", arn, account, tags=tags, organisation=FOUNDATION.organization.id)
        found[arn] = Caller(principal, identity, boundary=bound(account))
    return found


def is_persons(role: Mapping[str, Any]) -> bool:
    """Whether its sessions must carry a person's name."""
    return any(
        "sts:SourceIdentity" in statement.get("Condition", {}).get("StringEquals", {})
        for statement in as_list(role["AssumeRolePolicyDocument"]["Statement"])
    )


def bound(account: str) -> Policy:
    """The boundary, as the bootstrap makes it in an account."""
    text = json.dumps(filled_sub(boundary.document()))
    text = text.replace("${AWS::Partition}", "aws").replace("${AWS::AccountId}", account)
    return parse(text, "boundary", "bootstrap")


def filled_sub(node: Any) -> Any:
    """A document whose `Fn::Sub` are their texts."""
    if isinstance(node, dict):
        return node["Fn::Sub"] if "Fn::Sub" in node else {key: filled_sub(value) for key, value in node.items()}
    return [filled_sub(one) for one in node] if isinstance(node, list) else node


def refuted(asked: list[Cell], callers: Mapping[str, Caller]) -> Iterator[str]:
    """The cells that the policies do not bear out."""
    for cell in asked:
        if cell.claim == "no-person":
            taken = [arn for arn in callers if f"::{cell.account}:" in arn and arn not in cell.principals]
            if taken:
                yield cell.id
            continue
        (arn,) = cell.principals
        question = Question(cell.actions, cell.resources, where=conditions(cell.where, cell.id))
        situation = Situation(callers[arn], Target(cell.account, organisation=FOUNDATION.organization.id))
        if not isinstance(prove(cell.claim, question, situation), Proven):
            yield cell.id


@pytest.fixture(scope="module")
def callers(templates: Templates) -> dict[str, Caller]:
    return people(templates)


def test_every_cell_holds(callers: dict[str, Caller]) -> None:
    assert list(refuted(CELLS, callers)) == []
    assert Counter(cell.claim for cell in CELLS)["never"] > 100


def test_every_persons_role_is_asked_about(callers: dict[str, Caller]) -> None:
    assert {arn for cell in CELLS for arn in cell.principals} == set(callers)


def test_ids_are_unique() -> None:
    assert len({cell.id for cell in CELLS}) == len(CELLS)


def near(asked: list[Cell], id: str) -> list[Cell]:
    """The cells of the same unit and persona."""
    return [cell for cell in asked if cell.id.split("/")[:2] == id.split("/")[:2]]


def flipped(persona: str, key: str, account_type: str, capabilities: tuple[str, ...]) -> Matrix:
    document: dict[str, Any] = current().model_dump(by_alias=True)
    document["personas"][persona][key] = {
        **document["personas"][persona][key],
        account_type: capabilities,
    }
    return Matrix.model_validate(document)


@pytest.mark.parametrize(
    ("matrix", "seen"),
    [
        (flipped("product_owner", "may", "tooling", ("code", "follow")), "retail/product_owner/tooling/code/"),
        (flipped("product_owner", "may", "tooling", ()), "retail/product_owner/tooling/follow/none-of"),
        (flipped("risk", "approves", "tooling", ("approve-promotions",)), "lending/risk/tooling/approve-"),
        (flipped("ml_engineer", "approves", "tooling", ()), "lending/ml_engineer/tooling/approve-models/none-of"),
        (flipped("data_scientist", "may", "experimentation", ()), "retail/data_scientist/retail-experimentation/"),
    ],
)
def test_a_flipped_cell_is_seen(matrix: Matrix, seen: str, callers: dict[str, Caller]) -> None:
    found = list(refuted(near(cells(FOUNDATION, matrix), seen), callers))
    assert list(refuted(near(CELLS, seen), callers)) == []
    assert any(cell.startswith(seen) for cell in found), found


def widened(templates: Templates, policy: str, action: str) -> Templates:
    """The templates with one more action in a policy of Personas, for everything and without a condition."""
    spoilt = copy.deepcopy({name: template for name, template in templates.items() if not name.endswith(".json")})
    for where, resource in resources(spoilt, "AWS::IAM::ManagedPolicy"):
        if where.startswith(f"tooling-Personas/{policy}"):
            statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
            resource["Properties"]["PolicyDocument"]["Statement"].append(statement)
    return spoilt


@pytest.mark.parametrize(
    ("policy", "action", "seen"),
    [
        ("Follow", "codecommit:GitPush", "retail/product_owner/tooling/code/none-of"),
        ("Code", "codecommit:GitPush", "retail/data_scientist/tooling/code/codecommit:BatchGetCommits-of-others"),
        (
            "ApproveModels",
            "sagemaker:*",
            "retail/ml_engineer/tooling/approve-models/sagemaker:UpdateModelPackage-by-",
        ),
        ("Launch", "codepipeline:PutApprovalResult", "lending/data_scientist/tooling/approve-risk/none-of"),
    ],
)
def test_a_wider_policy_is_seen(policy: str, action: str, seen: str, templates: Templates) -> None:
    found = list(refuted(near(CELLS, seen), people(widened(templates, policy, action))))
    assert any(cell.startswith(seen) for cell in found), found


def test_a_narrower_policy_is_seen(templates: Templates) -> None:
    spoilt = copy.deepcopy({name: template for name, template in templates.items() if not name.endswith(".json")})
    for where, resource in resources(spoilt, "AWS::IAM::ManagedPolicy"):
        if where.startswith("tooling-Personas/Code"):
            resource["Properties"]["PolicyDocument"]["Statement"][0]["Action"].remove("codecommit:GitPush")
    found = list(refuted(CELLS, people(spoilt)))
    assert "retail/data_scientist/tooling/code/codecommit:GitPush" in found
    assert all(cell.endswith("/codecommit:GitPush") for cell in found)


def test_an_inhabited_stage_is_seen(templates: Templates, callers: dict[str, Caller]) -> None:
    caller = next(iter(callers.values()))
    prod = FOUNDATION.account("prod", "retail")
    assert list(refuted(CELLS, {**callers, f"arn:aws:iam::{prod}:role/fmops/x": caller})) == [
        "retail/everybody/retail-prod"
    ]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a*", "*b", True),
        ("*-promotion/Approve/Risk", "*-promotion/Approve/ProductOwner", False),
        ("*", "", True),
        ("ab", "ab", True),
        ("ab", "a", False),
        ("a*c", "abbbc", True),
        ("a*c", "abbbd", False),
    ],
)
def test_patterns_overlap(one: str, other: str, expected: bool) -> None:
    assert overlap(one, other) == overlap(other, one) == expected


def test_the_file_is_what_is_read() -> None:
    assert set(current().personas) == {cell.persona for cell in current().cells()}
    assert FILE.name == "matrix.yaml"
