"""What the invariants must be told: errors that name the place, and the example's own, which follows its foundation."""

from pathlib import Path
from typing import Any

import pytest

from fmops.bootstrap import boundary
from fmops.verify.invariants import settings
from fmops.verify.templates import UnreadableError
from tests.assemblies import ROOT, example

FILE = ROOT / "verify.yaml"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"organisation": "o-ours0000000"}, "'organisation' was unexpected"),
        ({"organization": "ours"}, "organization: 'ours' does not match"),
        ({"accounts": ["1"]}, "accounts.0: '1' does not match"),
        ({"administrators": [{"arn": "*"}]}, "administrators.0: 'reason' is a required property"),
        ({"trusted": [{"account": "111111111111", "reason": "why"}]}, "trusted.0.reason: 'why' is too short"),
        ({"cells": [{"id": "x", "claim": "always", "reason": "r"}]}, "cells.0.claim: 'always' is not one of"),
        ([], "[] is not of type 'object'"),
    ],
)
def test_a_mistake_names_its_place(content: Any, says: str) -> None:
    with pytest.raises(UnreadableError, match="mine") as error:
        settings.read(content, "mine")
    assert says in str(error.value)


def test_files_are_named_when_they_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"absent\.yaml: No such file"):
        settings.load(tmp_path / "absent.yaml")
    (tmp_path / "broken.yaml").write_text("a: [")
    with pytest.raises(UnreadableError, match=r"broken\.yaml: neither JSON nor YAML"):
        settings.load(tmp_path / "broken.yaml")
    (tmp_path / "more.yaml").write_text("matrix: [cells.json]")
    with pytest.raises(UnreadableError, match=r"cells\.json: No such file"):
        settings.load(tmp_path / "more.yaml")


def test_an_empty_file_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / "verify.yaml").write_text("# nothing yet\n")
    assert settings.load(tmp_path / "verify.yaml") == settings.Settings()


def test_the_examples_own_follows_its_foundation() -> None:
    known, foundation = settings.load(FILE), example()
    assert known.organization == foundation.organization.id
    theirs = {foundation.organization.management_account, *(one.account for one in foundation.environments())}
    assert set(known.accounts) == theirs
    assert list(known.policies.values()) == [boundary.document()]
    assert known.trusted == known.administrators == ()
    for model in foundation.models:
        assert any(model.family in pattern for pattern in known.models)
