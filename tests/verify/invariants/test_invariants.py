"""What isn't told is not proven; the organisation's policies count; the example's templates, and holes made in them."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fmops.verify import invariants
from fmops.verify.findings import Finding
from fmops.verify.invariants import settings
from fmops.verify.invariants.settings import Settings
from fmops.verify.templates import Template, read
from fmops.verify.values import World
from tests.assemblies import ROOT as REPOSITORY
from tests.verify.invariants.parts import (
    LAMBDA,
    ORG,
    OTHERS,
    OURS,
    ROOT,
    THEIRS,
    assume,
    bucket,
    document,
    role,
    statement,
    trusted,
)
from tests.verify.invariants.parts import read as reads
from tests.verify.invariants.test_faults import rules, verified

GIVEN = {"Given": {"Type": "String"}}
OF_ORG = {"StringEquals": {"aws:PrincipalOrgID": {"Ref": "Given"}}}
ALL_IAM = statement("iam:AttachRolePolicy", "*")


def verified_body(body: dict[str, Any], known: Settings | None = None, account: str = OURS) -> list[Finding]:
    return list(invariants.verify(World([Template("stack.json", "stack", body, account, "eu-west-1")]), known))


@pytest.mark.parametrize(
    ("resources", "why"),
    [
        (bucket(reads({"AWS": {"Ref": "Given"}})), "Given is given at the launch"),
        (bucket(reads("*", OF_ORG)), "Given is given at the launch"),
        (bucket({"Fn::Transform": {"Name": "Macro"}, "Fn::If": 1}), "no such element"),
        (trusted(assume({"AWS": {"Fn::ImportValue": "elsewhere"}})), "elsewhere is in none of the templates"),
        (role(ManagedPolicyArns=[{"Ref": "Given"}]), "Given is given at the launch"),
        (role(ManagedPolicyArns=["arn:aws:iam::aws:policy/NeverHeardOf"]), "NeverHeardOf is in none"),
        (bucket(reads("*", {"StringMatches": {"aws:PrincipalOrgID": ORG}})), "StringMatches"),
        (bucket({**reads(ROOT), "Resources": "*"}), "Resources"),
        (
            trusted({"Effect": "Allow", "Principal": {"AWS": "AROAEXAMPLEID"}, "Action": "sts:AssumeRole"}),
            "AROAEXAMPLEID",
        ),
    ],
)
def test_what_the_template_does_not_tell_is_not_proven(resources: Any, why: str) -> None:
    found = verified_body({"Resources": resources, "Parameters": GIVEN})
    assert found
    assert {finding.verdict for finding in found} == {"not proven"}
    assert why in found[0].message


def test_what_is_not_told_does_not_hide_what_is() -> None:
    found = verified_body({"Resources": bucket(reads({"AWS": {"Ref": "Given"}}), reads("*")), "Parameters": GIVEN})
    assert rules(found) == {("Policy-Outsider", "found")}


def test_a_denial_that_is_not_told_denies_nothing_for_sure() -> None:
    denied = {"Resources": bucket(reads("*"), reads("*", OF_ORG, effect="Deny")), "Parameters": GIVEN}
    assert rules(verified_body(denied)) == {("Policy-Outsider", "not proven")}


def test_whose_an_account_is_must_be_told() -> None:
    body = {"Resources": bucket(reads(THEIRS))}
    (found,) = verified_body(body)
    assert (found.verdict, OTHERS in found.message) == ("not proven", True)
    assert verified_body(body, Settings(accounts=(OURS, OTHERS))) == []
    assert verified_body(body, Settings(accounts=(OURS,), trusted=(OTHERS,))) == []
    assert rules(verified_body(body, Settings(accounts=(OURS,)))) == {("Policy-Outsider", "found")}


def test_the_only_organisation_that_templates_name_is_theirs() -> None:
    assert verified_body({"Resources": bucket(reads("*", {"StringEquals": {"aws:PrincipalOrgID": ORG}}))}) == []


def test_a_finding_says_who_and_what() -> None:
    (found,) = verified(bucket(reads("*")))
    assert "s3:getobject" in found.message.lower()
    assert found.path == ("anybody outside", "stack/It Statement[0]", "bucket arn:aws:s3:::stack-bucket-minted")


def _control(kind: str, target: str, *statements: Any) -> dict[str, Any]:
    properties = {
        "Name": "c",
        "Type": f"{kind}_CONTROL_POLICY",
        "TargetIds": [target],
        "Content": document(*statements),
    }
    return {"Control": {"Type": "AWS::Organizations::Policy", "Properties": properties}}


DENY_IAM = statement("iam:*", "*", effect="Deny")
DENY_OTHERS = statement(
    "s3:*", "*", effect="Deny", who="*", when={"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORG}}
)


def test_service_control_policies_bind_their_accounts() -> None:
    assert rules(verified({**role(ALL_IAM), **_control("SERVICE", OURS, DENY_IAM)})) == set()
    elsewhere = {**role(ALL_IAM), **_control("SERVICE", OTHERS, DENY_IAM)}
    assert rules(verified(elsewhere)) == {("Policy-Raise", "found")}


def test_those_of_a_unit_bind_accounts_that_lie_in_it() -> None:
    resources = {**role(ALL_IAM), **_control("SERVICE", "ou-abcd-12345678", DENY_IAM)}
    assert rules(verified(resources)) == {("Policy-Raise", "found")}
    assert verified(resources, units={OURS: ["r-abcd", "ou-abcd-12345678"]}) == []


def test_resource_control_policies_close_what_a_bucket_opens() -> None:
    assert verified({**bucket(reads("*")), **_control("RESOURCE", OURS, DENY_OTHERS)}) == []
    assert rules(verified({**bucket(reads("*")), **_control("RESOURCE", OTHERS, DENY_OTHERS)})) == {
        ("Policy-Outsider", "found")
    }


def _cell(claim: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "it",
        "claim": claim,
        "principals": [f"arn:aws:iam::{OURS}:role/it"],
        "account": OURS,
        "reason": "R24: said so",
        "actions": ["s3:GetObject"],
        "resources": ["arn:aws:s3:::data/*"],
        **more,
    }


IT = {"AWS": f"arn:aws:iam::{OURS}:role/it"}
MAY = role(statement("s3:GetObject", "arn:aws:s3:::data/*"))
MAY_NOT = role(statement("s3:ListBucket", "*"))


def _data(*statements: Any) -> dict[str, Any]:
    made = bucket(*statements)
    made["Bucket"]["Properties"] = {"BucketName": "data"}
    return {"Bucket": made["Bucket"], "Guard": made["It"]}


IN_NAME = {"Null": {"sts:SourceIdentity": "false"}}
CELLS: tuple[tuple[str, dict[str, Any], Any, Any], ...] = (
    ("can", _cell("sometimes"), MAY, MAY_NOT),
    ("cannot", _cell("never"), MAY_NOT, MAY),
    (
        "each action",
        _cell("sometimes", actions=["s3:GetObject", "s3:PutObject"]),
        role(statement("s3:*Object", "*")),
        MAY,
    ),
    ("any action", _cell("never", actions=["s3:PutObject", "s3:GetObject"]), MAY_NOT, MAY),
    (
        "one of the resources",
        _cell("sometimes", resources=["arn:aws:s3:::other/*", "arn:aws:s3:::data/*"]),
        MAY,
        MAY_NOT,
    ),
    ("though the bucket denies", _cell("sometimes"), MAY, {**MAY, **_data(reads(IT, effect="Deny"))}),
    ("by the bucket's policy", _cell("never"), MAY_NOT, {**MAY_NOT, **_data(reads(IT))}),
    (
        "under a condition",
        _cell("never", where={"StringNotEquals": {"aws:ResourceTag/unit": "ours"}}),
        role(statement("s3:GetObject", "*", when={"StringEquals": {"aws:ResourceTag/unit": "ours"}})),
        MAY,
    ),
    (
        "with the role's tags",
        _cell("sometimes", tags={"unit": "ours"}),
        role(statement("s3:GetObject", "*", when={"StringEquals": {"aws:PrincipalTag/unit": "ours"}})),
        role(statement("s3:GetObject", "*", when={"StringEquals": {"aws:PrincipalTag/unit": "theirs"}})),
    ),
    ("nobody in their own name", _cell("no-person", principals=[]), trusted(LAMBDA), trusted(assume(ROOT, IN_NAME))),
    (
        "but one role",
        _cell("no-person", principals=[f"arn:aws:iam::{OURS}:role/it"]),
        trusted(assume(ROOT, IN_NAME)),
        trusted(assume(ROOT, IN_NAME), RoleName="another"),
    ),
)


@pytest.mark.parametrize(("name", "cell", "so", "not_so"), CELLS, ids=[name for name, *_ in CELLS])
def test_a_cell_of_the_access_matrix(name: str, cell: dict[str, Any], so: Any, not_so: Any) -> None:
    assert verified(so, cells=[cell]) == []
    assert ("Policy-Matrix", "found") in rules(verified(not_so, cells=[cell]))


def test_a_cell_about_nobody_is_not_proven() -> None:
    (found,) = verified(MAY, cells=[_cell("never", principals=["arn:aws:iam::*:role/nobody"])])
    assert (found.rule, found.verdict) == ("Policy-Matrix", "not proven")


@pytest.fixture(scope="module")
def known() -> Settings:
    return settings.load(REPOSITORY / "verify.yaml")


def test_the_example_is_proven(assembly: Path, known: Settings) -> None:
    found = list(invariants.verify(World(read([assembly])), known))
    assert found == [], "\n".join(f"{finding.rule}: {finding.message}" for finding in found)
    assert len(known.cells) > 400


def _open_bucket(body: dict[str, Any]) -> None:
    policy = next(one for one in body["Resources"].values() if one["Type"] == "AWS::S3::BucketPolicy")["Properties"]
    policy["PolicyDocument"]["Statement"] = [reads("*", Resource="*")]


def _open_key(body: dict[str, Any]) -> None:
    key = next(one for one in body["Resources"].values() if one["Type"] == "AWS::KMS::Key")["Properties"]
    key["KeyPolicy"]["Statement"].append(statement("kms:Decrypt", "*", who="*"))


def _each_role(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [one["Properties"] for one in body["Resources"].values() if one["Type"] == "AWS::IAM::Role"]


def _no_boundary(body: dict[str, Any]) -> None:
    _each_role(body)[0].pop("PermissionsBoundary")


def _any_source(body: dict[str, Any]) -> None:
    for made in _each_role(body):
        for one in made["AssumeRolePolicyDocument"]["Statement"]:
            if one["Principal"].get("Service") == "sagemaker.amazonaws.com":
                one.pop("Condition", None)


def _administrator(body: dict[str, Any]) -> None:
    made = _each_role(body)[0]
    made["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/IAMFullAccess"]
    made.pop("PermissionsBoundary")


def _any_role(body: dict[str, Any]) -> None:
    for one in body["Resources"].values():
        if one["Type"] == "AWS::IAM::ManagedPolicy":
            for said in one["Properties"]["PolicyDocument"]["Statement"]:
                if said["Action"] == "iam:PassRole":
                    said.update(Resource="*", Condition={})


HOLES = (
    ("dev-MlBuild", _open_bucket, "Policy-Outsider"),
    ("dev-Baseline", _open_key, "Policy-Outsider"),
    ("dev-MlBuild", _no_boundary, "Policy-Boundary"),
    ("dev-MlBuild", _any_source, "Policy-DeputyTrust"),
    ("dev-MlBuild", _administrator, "Policy-Raise"),
    ("dev-MlBuild", _any_role, "Policy-PassRole"),
)


@pytest.fixture(scope="module")
def dev(assembly: Path) -> list[Template]:
    """Every stack of one account."""
    return [one for one in read([assembly]) if one.account == "000000000022"]


def test_one_account_alone_is_proven(dev: list[Template], known: Settings) -> None:
    assert list(invariants.verify(World(dev), replace(known, cells=()))) == []


@pytest.mark.parametrize(("stack", "hole", "rule"), HOLES, ids=[hole.__name__ for _, hole, _ in HOLES])
def test_a_hole_in_the_example_is_found(stack: str, hole: Any, rule: str, dev: list[Template], known: Settings) -> None:
    whole = next(one for one in dev if one.stack == f"retail-{stack}")
    body = deepcopy(dict(whole.body))
    hole(body)
    broken = replace(whole, body=body)
    found = invariants.verify(World([broken if one is whole else one for one in dev]), replace(known, cells=()))
    assert (rule, "found") in rules(list(found))
