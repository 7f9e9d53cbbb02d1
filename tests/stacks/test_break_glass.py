"""Breaking glass: one role in preprod and prod, in the own name, with a reason, for an hour, and everybody hears it."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foundation import Foundation, load
from foundation.loading import ConfigError
from stacks import review
from stacks.access import entrance
from stacks.access_cells import cells
from stacks.application import Application, add_environment
from stacks.permission_sets import roles_of
from tests.assemblies import EXAMPLE, Templates, as_list, example, read, resources
from tests.stacks.conftest import changed
from tests.stacks.test_access_cells import people, refuted
from tests.stacks.test_permission_sets import INSTANCE, made, sets

ROLE = "arn:aws:iam::000000000024:role/fmops/fmops-break-glass"
ASKED = {"identity_center": {"instance": INSTANCE}, "break_glass": {"notify": ("soc@example.com",)}}


def asking() -> Foundation:
    """The example organisation where glass may be broken."""
    return changed(example(), people_access=ASKED)


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """A stage of models and one of applications, with cdk-nag's word on them."""
    app = Application(outdir=tmp_path_factory.mktemp("glass"))
    foundation = asking()
    chosen = [one for one in foundation.environments() if one.name in ("retail-prod", "retail-application-preprod")]
    for environment in chosen:
        add_environment(app, foundation, environment)
    review.attach(app, foundation, chosen)
    assert app.passes()
    return read(Path(app.outdir))


def glass(templates: Templates) -> dict[str, dict[str, Any]]:
    """What prod has for it, by type."""
    found = {
        resource["Type"]: resource["Properties"]
        for where, resource in resources({"x": templates["retail-prod-Hosting"]})
        if "BreakGlass" in where
    }
    assert len(found) == 7
    return found


def loose(templates: Templates) -> Iterator[str]:
    """What a way into prod lacks."""
    found = glass(templates)
    role = found["AWS::IAM::Role"]
    statements = as_list(role["AssumeRolePolicyDocument"]["Statement"])
    if {action for one in statements for action in as_list(one["Action"])} != {
        "sts:AssumeRole",
        "sts:SetSourceIdentity",
        "sts:TagSession",
    }:
        yield "it is taken in another way"
    for one in statements:
        said = one["Condition"]
        if said.get("ArnLike") != {"aws:PrincipalArn": entrance("000000000024", "break-glass")}:
            yield f"{one['Action']}: somebody comes in beside Identity Center"
        if one["Action"] == "sts:AssumeRole":
            equal = said["StringEquals"]
            if as_list(equal.get("sts:SourceIdentity")) != ["ida"] or "sts:RoleSessionName" not in equal:
                yield "nobody knows who it is"
            if equal.get("aws:RequestedRegion") != "eu-west-1":
                yield "it is recorded elsewhere"
            if said.get("StringLike") != {"aws:RequestTag/reason": "?*"}:
                yield "nobody knows why"
    if role.get("MaxSessionDuration", 3600) > 3600:
        yield "it lasts longer than an hour"
    detail = found["AWS::Events::Rule"]["EventPattern"]["detail"]
    if detail != {"eventName": ["AssumeRole"], "requestParameters": {"roleArn": [ROLE]}}:
        yield "its use is not seen"
    topic = found["AWS::SNS::Topic"]
    if topic.get("Subscription") != [{"Endpoint": "soc@example.com", "Protocol": "email"}]:
        yield "nobody is told"
    if "KmsMasterKeyId" not in topic:
        yield "the message is not encrypted"


def test_it_is_tight(stages: Templates) -> None:
    assert list(loose(stages)) == []


def _statement(found: dict[str, Any], action: str) -> dict[str, Any]:
    statements = as_list(found["AWS::IAM::Role"]["AssumeRolePolicyDocument"]["Statement"])
    one: dict[str, Any] = next(one for one in statements if one["Action"] == action)
    return one


@pytest.mark.parametrize(
    ("loosen", "seen"),
    [
        (lambda f: _statement(f, "sts:AssumeRole")["Condition"].pop("ArnLike"), "beside Identity Center"),
        (lambda f: _statement(f, "sts:AssumeRole")["Condition"].pop("StringLike"), "nobody knows why"),
        (
            lambda f: _statement(f, "sts:AssumeRole")["Condition"]["StringEquals"].pop("sts:SourceIdentity"),
            "nobody knows who",
        ),
        (
            lambda f: _statement(f, "sts:AssumeRole")["Condition"]["StringEquals"].pop("aws:RequestedRegion"),
            "recorded elsewhere",
        ),
        (lambda f: f["AWS::IAM::Role"].update(MaxSessionDuration=7200), "longer than an hour"),
        (lambda f: f["AWS::Events::Rule"]["EventPattern"]["detail"].pop("requestParameters"), "not seen"),
        (lambda f: f["AWS::SNS::Topic"].pop("Subscription"), "nobody is told"),
        (lambda f: f["AWS::SNS::Topic"].pop("KmsMasterKeyId"), "not encrypted"),
    ],
)
def test_a_loose_one_would_be_seen(loosen: Any, seen: str, stages: Templates) -> None:
    spoilt = copy.deepcopy(stages)
    loosen(glass(spoilt))
    assert any(seen in problem for problem in loose(spoilt))


def test_it_reads_no_data_and_changes_no_rights(stages: Templates) -> None:
    (document,) = as_list(glass(stages)["AWS::IAM::ManagedPolicy"]["PolicyDocument"])
    actions = {action for one in document["Statement"] for action in as_list(one["Action"])}
    assert not {action for action in actions if action.startswith(("s3:", "kms:", "iam:", "sts:"))}
    changing = {action for action in actions if not action.partition(":")[2].startswith(("Get", "Describe", "Filter"))}
    assert changing == {"sagemaker:DeleteEndpoint", "lambda:PutFunctionConcurrency"}


def test_the_cells_know_the_exception() -> None:
    asked = {cell.account: cell for cell in cells(asking()) if cell.claim == "no-person"}
    assert asked["000000000024"].principals == (ROLE,)
    assert asked["000000000022"].principals == ()
    assert {cell.capability for cell in cells(asking()) if cell.account == "000000000024"} == {None, "break-glass"}


def test_every_cell_of_a_stage_holds(stages: Templates) -> None:
    accounts = ("000000000024", "000000000026")
    asked = [cell for cell in cells(asking()) if cell.account in accounts]
    assert len(asked) > 15
    assert list(refuted(asked, people(stages))) == []
    unexpected = [cell for cell in cells(example()) if cell.account in accounts]
    assert len(list(refuted(unexpected, people(stages)))) == 2


def test_its_permission_set_brings_a_reason() -> None:
    statements = sets(made(asking()))["fmops-break-glass"]["InlinePolicy"]["Statement"]
    assert [one["Action"] for one in statements] == [["sts:AssumeRole", "sts:SetSourceIdentity"], "sts:TagSession"]
    assert {environment.stage for environment, _, _ in roles_of(asking(), "break-glass")} == {"preprod", "prod"}


def test_nobody_breaks_glass_unless_it_is_asked_for(templates: Templates) -> None:
    assert "break-glass" not in json.dumps(templates)
    assert not list(roles_of(example(), "break-glass"))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("security: [ida], ", "", "nobody may break glass"),
        (f"identity_center: {{instance: '{INSTANCE}'}}, ", "", "nobody can prove who breaks glass"),
        ("[soc@example.com]", "[]", "people_access.break_glass.notify"),
    ],
)
def test_a_mistake_names_its_place(tmp_path: Path, old: str, new: str, words: str) -> None:
    added = f"identity_center: {{instance: '{INSTANCE}'}}, break_glass: {{notify: [soc@example.com]}}"
    text = EXAMPLE.read_text(encoding="utf-8") + f"people_access: {{{added}}}\n"
    file = tmp_path / "foundation.yaml"
    file.write_text(text, encoding="utf-8")
    load(file)
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        load(file)
