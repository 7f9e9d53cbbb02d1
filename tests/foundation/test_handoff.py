"""Minted ids: the contract, the lock, and what is said when one is missing or wrong."""

from pathlib import Path

import pytest

from foundation import ConfigError
from foundation.handoff import CONTRACT, KINDS, LOCK, Handoff, missing, source, sources
from tests.assemblies import example

KNOWN = Handoff({"portfolio": {"retail": "port-abc123", "lending": "port-def456"}})


def write(folder: Path, text: str) -> Path:
    path = folder / LOCK
    path.write_text(text)
    return path


def test_a_lock_says_what_was_written(tmp_path: Path) -> None:
    text = KNOWN.text(sources(example()))
    assert Handoff.load(write(tmp_path, text)) == KNOWN
    assert "retail: port-abc123 # output PortfolioIdretail of governance-Catalog in 000000000010, eu-west-1" in text
    assert text == KNOWN.text(sources(example()))


def test_what_is_not_known_is_said_so(tmp_path: Path) -> None:
    text = Handoff().text(sources(example()))
    assert "# portfolio.retail is not known: there is no output PortfolioIdretail of governance-Catalog" in text
    assert Handoff.load(write(tmp_path, text)) == Handoff()


def test_no_lock_is_an_empty_one(tmp_path: Path) -> None:
    assert Handoff.load(tmp_path / LOCK) == Handoff()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("portfolio: {governance: prt-1}", 'handoff.lock.yaml:1:25  portfolio.governance: "prt-1" is no id of'),
        ("portfolio: {governance: 7}", "portfolio.governance"),
        ("portfolio: port-abc", "portfolio: it is no mapping of places to ids."),
        ("\nguardrial: {}", "handoff.lock.yaml:2:1  guardrial: this key is unknown."),
        ("- port-abc", "this is no mapping of keys."),
        ("portfolio: {governance: port-abc", "handoff.lock.yaml:1:"),
        ("portfolio: {}\nportfolio: {}", "Keep one of the two."),
    ],
)
def test_a_wrong_lock_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Handoff.load(write(tmp_path, text))
    assert said in str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        Handoff.load(write(tmp_path, "portfolio: {governance: x, other: y}\nmore: {}\n"))
    assert len(caught.value.lines) == 3
    assert str(caught.value).count("fmops handoff pull") == 3


def test_a_missing_id_names_the_place_and_the_command() -> None:
    foundation = example()
    tooling = next(e for e in foundation.environments() if e.account_type == "tooling")
    said = str(
        missing([("tooling/CatalogAccess", source(foundation, "portfolio", tooling, unit="retail"))], Path("x") / LOCK)
    )
    for part in (LOCK, "portfolio.retail", "tooling/CatalogAccess", "governance-Catalog", "fmops handoff pull"):
        assert part in said


def test_a_phase_without_the_producer_mints_nothing() -> None:
    foundation = example().model_copy(update={"phase": "reliable"})
    assert sources(foundation) == []
    with pytest.raises(LookupError, match="needs portfolio, which no environment of phase reliable mints"):
        source(foundation, "portfolio", foundation.environments()[0])


def test_the_contract_names_each_kind_once() -> None:
    assert len(KINDS) == len(CONTRACT)
