"""Mistakes in foundation.yaml: all at once, each with its place and its remedy, never a traceback."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from foundation import ConfigError, load
from tests.assemblies import EXAMPLE
from tests.foundation import mistakes as refused

TEXT = EXAMPLE.read_text(encoding="utf-8")


def mistakes(folder: Path, text: str) -> list[str]:
    return refused.mistakes(load, folder / "foundation.yaml", text)


def test_the_example_is_right(tmp_path: Path) -> None:
    assert mistakes(tmp_path, TEXT) == []


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        (
            'prod: "000000000024"',
            'prod: "000000000022"',
            "business_units.retail.accounts.prod",
            "already retail's dev account",
        ),
        ('"000000000011"', '"000000000001"', "accounts.tooling", "already the management account"),
        ("azs: 2", "azs: two", "network.azs", "is no whole number"),
        ("azs: 2", "azs: 9", "network.azs", "less than or equal to 4"),
        ('"000000000012"', "12", "accounts.data_lake", "Put the value in quotes"),
        ('"000000000012"', '"12"', "accounts.data_lake", "A 12-digit AWS account id"),
        ("phase: scalable", "phase: huge", "phase", "'reliable'"),
        ("people", "poeple", "business_units.retail.poeple", 'Did you mean "people"?'),
        ("supernet", "quatsch", "network.quatsch", "known here are"),
        ("supernet", "quatsch", "network.supernet", "it is missing"),
        ("10.64.0.0/12", "10.64.0.0/33", "network.supernet", "is no IPv4 network"),
        ("10.64.0.0/12", "10.64.0.0/20", "network.supernet", "/8 to /16"),
        ("10.64.0.0/12", "8.0.0.0/12", "network.supernet", "has public addresses"),
        ("  retail:", "  re-tail:", "business_units.re-tail", "2 to 12 lower-case letters"),
        ("  retail:", "  averyverylongname:", "business_units.averyverylongname", "2 to 12 lower-case letters"),
        ("eu-west-1", "europe", "regions.home", "e.g. eu-west-1"),
        ("o-exampleorgid", "example", "organization.id", "o-…"),
        ('tooling: "000000000011", ', "", "accounts.tooling", "phase scalable needs this account"),
        ("[ana, bo]", "[ana, Bo]", "business_units.retail.people.data_scientist.1", "source identity"),
        ("git: codecommit", "git: github", "git", "codecommit"),
        ("[ana, bo]", "[ana, ana]", "business_units.retail.people.data_scientist.1", "in this list already"),
        ("[ana, bo]", "[ana, di]", "business_units.retail.people.data_scientist.1", "may not have made it"),
        ("risk: [pat]", "risk: [di]", "business_units.retail.people.product_owner.0", "from two sides"),
        ("risk: [pat]", "risk: [cy]", "business_units.retail.people.ml_engineer.0", "may not have made what is risked"),
        ("[di]", "5", "business_units.retail.people.product_owner", "is no list"),
        ("[cy, uma]", "[c]", "business_units.retail.people.ml_engineer.0", "2 to 32"),
        ("retail:", "shared:", "business_units.shared", "the platform's own resources"),
        ("owner:", "stage:", "tags.stage", "the foundation sets this tag"),
        ("owner:", '"aws:owner":', "tags.aws:owner", "AWS sets this tag"),
    ],
)
def test_a_mistake_names_its_place_and_what_to_do(tmp_path: Path, old: str, new: str, place: str, words: str) -> None:
    assert old in TEXT
    found = mistakes(tmp_path, TEXT.replace(old, new))
    assert any(f"  {place}: " in line and words in line for line in found), found


def test_the_line_and_column_are_those_of_the_value(tmp_path: Path) -> None:
    text = TEXT.replace('prod: "000000000024"', 'prod: "000000000022"')
    line = next(n for n, content in enumerate(text.splitlines(), 1) if "prod:" in content)
    column = text.splitlines()[line - 1].rindex('"000000000022"') + 1
    assert mistakes(tmp_path, text)[0].startswith(f"foundation.yaml:{line}:{column}  ")


def test_the_last_line_counts_and_says_that_nothing_happened() -> None:
    assert str(ConfigError(["a", "b"])) == "a\nb\n2 problems; nothing was synthesised."
    assert str(ConfigError(["a"])).endswith("\n1 problem; nothing was synthesised.")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = (
        TEXT.replace("azs: 2", "azs: two")
        .replace("[ana, bo]", "[ana, ana]")
        .replace('"000000000024"', '"000000000022"')
    )
    assert len(mistakes(tmp_path, text)) == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n- b\n",
        "just words",
        TEXT.replace("{", "", 1),
        TEXT + "\nphase: initial\n",
        "a: &x [*x]\n",
        "? [1]\n: 2\n",
        "a: !!python/object:os.system x\n",
    ],
)
def test_broken_yaml_is_one_clear_problem(tmp_path: Path, text: str) -> None:
    assert mistakes(tmp_path, text)


def test_a_missing_file_says_how_to_name_another(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="-c foundation=FILE"):
        load(tmp_path / "none.yaml")


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    file = tmp_path / "foundation.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        load(file)


ODD: list[Any] = [None, 5, 1.5, True, "", "x", [], ["a", 1, None], {}, {"a": 1}, [[1]], {"dev": []}]


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a document."""
    yield path
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from places(value, (*path, key))


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_whatever_stands_for_a_value_there_is_no_traceback(tmp_path: Path, odd: Any) -> None:
    yaml = YAML(typ="safe")
    for path in places(yaml.load(TEXT)):
        holder: dict[Any, Any] = {"": yaml.load(TEXT)}
        node: Any = holder
        *above, last = ("", *path)
        for key in above:
            node = node[key]
        node[last] = odd
        text = StringIO()
        yaml.dump(holder[""], text)
        assert isinstance(mistakes(tmp_path, text.getvalue()), list)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_typed_there_is_no_traceback(tmp_path: Path, data: st.DataObject) -> None:
    """A piece of the file replaced by anything: either it is right or the mistake is told."""
    start = data.draw(st.integers(0, len(TEXT)))
    length = data.draw(st.integers(0, 30))
    typed = data.draw(
        st.one_of(
            st.text(max_size=12),
            st.sampled_from(["[]", "{}", "null", "1.5", "true", "2026-01-01", "&a", "*a", "!!set"]),
        )
    )
    for line in mistakes(tmp_path, TEXT[:start] + typed.replace("\r", "") + TEXT[start + length :]):
        assert "foundation.yaml" in line
