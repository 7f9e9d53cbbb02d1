"""The access matrix: it is complete, it breaks no rule, and each rule has twins that break it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.access import FILE, Matrix, current, load, rules
from foundation.checks import people
from foundation.phases import ACCOUNT_TYPES
from tests.foundation import mistakes as refused

TEXT = FILE.read_text(encoding="utf-8")


def mistakes(folder: Path, text: str) -> list[str]:
    return refused.mistakes(load, folder / "matrix.yaml", text)


def test_ours_is_right(tmp_path: Path) -> None:
    assert mistakes(tmp_path, TEXT) == []
    assert len({persona.slide for persona in current().personas.values()}) == rules.SLIDES == 17


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("  architect:", "  architekt:", "personas.architekt", "is unknown"),
        ("  architect:", "  architekt:", "personas", '"architect" has no cells'),
        ("slide: architect and SysOps", "slide: security", "personas", "16 of the slides' 17"),
        ("role: product-owner", "role: owner", "personas.product_owner.role", 'the role "owner" is unknown'),
        (
            "{data-lake: [ingest]}",
            "{data-lake: [digest]}",
            "personas.data_engineer.may.data-lake",
            '"digest" is unknown',
        ),
        (
            "{data-lake: [ingest]}",
            "{tooling: [ingest]}",
            "personas.data_engineer.may.tooling",
            "nothing that tooling has",
        ),
        ("{data-lake: [ingest]}", "{data-lake: [ingest, ingest]}", "personas.data_engineer.may.data-lake", "twice"),
        (
            "may: {tooling: [follow]}\n    approves: {tooling: [approve-risk]}",
            "may: {tooling: [follow, approve-risk]}",
            "personas.risk.may.tooling",
            "kind decide",
        ),
        ("may: {data-lake: [ingest]}", "approves: {data-lake: [ingest]}", "personas.data_engineer", "kind work"),
        (
            "may: {tooling: [code, follow]}",
            "may: {tooling: [code, follow]}\n    approves: {tooling: [approve-risk]}",
            "personas.app_developer.may.tooling",
            "who approves never edits code",
        ),
        (
            "experimentation: [request, explore]}",
            "experimentation: [request, explore]}\n    approves: {tooling: [approve-promotions]}",
            "personas.data_scientist.may.experimentation",
            "who trains never approves",
        ),
        ("    peer: IAM", "    planned: true # IAM", "personas.ml_engineer.may.tooling", "who trains never approves"),
        ("[audit]}}", "[audit, code]}}", "personas.auditor.may.tooling", "who audits changes nothing"),
        (
            "role: data-scientist\n    may: {tooling: [launch, code, follow], experimentation: [request]}",
            "role: data-scientist\n    may: {tooling: [code, follow], experimentation: [request]}",
            "personas.fine_tuner.role",
            "may not do what data_scientist may",
        ),
        (
            "{tooling: [code, follow]}",
            "{tooling: [launch, code, follow], experimentation: [request]}",
            "roles",
            "may do what",
        ),
        ("slide: data owner,", "slide: data owner, role: risk,", "personas.data_owner", "a role that may do nothing"),
        ("role: data-engineer, ", "", "personas.data_engineer", "its cells need a role"),
        ("  risk: Approves the risk", "  spare: Nothing\n  risk: Approves the risk", "roles.spare", "no persona takes"),
        ("kind: emergency", "kind: emergenzy", "capabilities.break-glass.kind", "should be"),
        ("planned: true}", "planed: true}", "capabilities.grant-data.planed", 'Did you mean "planned"?'),
    ],
)
def test_a_mistake_names_its_cell_and_the_rule(tmp_path: Path, old: str, new: str, place: str, words: str) -> None:
    assert old in TEXT
    found = mistakes(tmp_path, TEXT.replace(old, new, 1))
    assert any(place in line and words in line for line in found), found


@pytest.mark.parametrize("account_type", ["dev", "preprod", "prod", "application-prod"])
def test_nobody_works_in_a_stage(tmp_path: Path, account_type: str) -> None:
    opened = TEXT.replace("follow: {kind: read, in: [tooling]", f"follow: {{kind: read, in: [tooling, {account_type}]")
    old = "may: {tooling: [follow]}\n    approves: {tooling: [approve-risk]}"
    entered = opened.replace(old, old.replace("[follow]}", f"[follow], {account_type}: [follow]}}"))
    assert mistakes(tmp_path, opened) == []
    (line,) = mistakes(tmp_path, entered)
    assert f'personas.risk.may.{account_type}: "follow" in {account_type}: nobody works in a stage.' in line


def test_every_cell_is_there_once() -> None:
    cells = [cell[:3] for cell in current().cells()]
    assert (
        len(cells)
        == len(set(cells))
        == sum(
            len(capability.account_types) * len(current().personas) for capability in current().capabilities.values()
        )
    )


def test_what_is_not_written_is_denied() -> None:
    matrix = current()
    held = {(name, *cell) for name, persona in matrix.personas.items() for cell in persona.held()}
    for cell in matrix.cells():
        assert (tuple(cell) in held) == (cell.effect != "deny")


def makers_and_deciders(matrix: Matrix) -> set[tuple[str, str]]:
    """(who decides, who makes) of a business unit's personas that one person must not be both."""
    kinds = {
        name: {
            matrix.capabilities[capability].kind
            for _, capability, _ in persona.held()
            if not matrix.capabilities[capability].peer
        }
        for name, persona in matrix.personas.items()
    }
    makers = [name for name, found in kinds.items() if found & {"train", "code"}]
    return {(decider, maker) for decider in ("product_owner", "risk") for maker in makers if "decide" in kinds[decider]}


def test_no_person_has_two_personas_that_are_apart() -> None:
    """`foundation.checks.people` holds of persons what the matrix holds of personas."""
    apart = {(one, other) for one, other, _ in people.APART}
    assert makers_and_deciders(current()) <= apart
    assert not makers_and_deciders(current()) <= apart - {("risk", "fine_tuner")}


CAPABILITIES = sorted(current().capabilities)


@given(
    persona=st.sampled_from(sorted(current().personas)),
    account_type=st.sampled_from(ACCOUNT_TYPES),
    key=st.sampled_from(["may", "approves"]),
    capabilities=st.lists(st.sampled_from(CAPABILITIES), min_size=1, unique=True),
)
def test_no_matrix_that_passes_breaks_a_duty(
    persona: str, account_type: str, key: str, capabilities: list[str]
) -> None:
    """Another row for a persona: a problem names it, or nobody makes and decides, and nobody works in a stage."""
    document: dict[str, Any] = current().model_dump(by_alias=True)
    document["personas"][persona][key] = {account_type: tuple(capabilities)}
    matrix = Matrix.model_validate(document)
    if list(rules.problems(matrix)):
        return
    for row in matrix.personas.values():
        kinds = {matrix.capabilities[c].kind for _, c, _ in row.held() if not matrix.capabilities[c].peer}
        assert "decide" not in kinds or not kinds & {"train", "code"}
        for place, capability, _ in row.held():
            kind = matrix.capabilities[capability].kind
            assert place not in rules.STAGES or kind == "use" or (kind == "emergency" and not place.endswith("dev"))
