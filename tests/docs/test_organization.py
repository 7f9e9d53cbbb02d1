"""docs/organization.md lists every rule as the code has it.

To write its tables anew: python -m tests.docs.test_organization
"""

import re
from collections.abc import Iterator

import pytest
from fmops_constructs.organization import RULES
from fmops_constructs.organization.declarative import ATTRIBUTES, GUARDRAIL
from fmops_constructs.organization.rule import SERVICE_CONTROL, Rule

from foundation.phases import ACCOUNT_TYPES
from tests.assemblies import ROOT
from tests.constructs.organization.asking import made
from tests.docs.pages import rows

PAGE = ROOT / "docs" / "organization.md"
MARK = "<!-- {} -->\n"
HEAD = "| rule | what it denies | where | why | for | source |\n|---|---|---|---|---|---|\n"


def where(rule: Rule) -> str:
    """The account types of a rule in as few words as there are."""
    if rule.on is None:
        return "every account"
    others = [kind for kind in ACCOUNT_TYPES if kind not in rule.on]
    if rule.id == "ModelsListed":
        return "each kind its own list"
    return f"all but {', '.join(others)}" if len(others) == 1 else ", ".join(rule.on)


def source(text: str) -> str:
    """A link with a short name."""
    url, _, example = text.partition(" ")
    name = example.strip("()") or url.rpartition("/")[2].removesuffix(".html")
    return f"[{name}]({url})"


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


def control(kind: str) -> str:
    """The table of the rules of control policies."""
    return HEAD + "".join(
        row(f"`{r.id}`", r.what, where(r), r.reason, " ".join(r.requirements), source(r.source))
        for r in RULES
        if r.kind == kind
    )


def declared() -> str:
    """The table of what declarative policies keep."""
    return HEAD.replace("| rule | what it denies |", "| kept | what is not there |") + "".join(
        row(f"`{a.id}`", a.what, "every account", a.reason, " ".join(a.requirements), source(a.source))
        for a in (*ATTRIBUTES, GUARDRAIL)
    )


def sizes() -> str:
    """The table of the example's policies."""
    return "| policy | type | characters | targets | rules |\n|---|---|---|---|---|\n" + "".join(
        row(f"`{p.name}`", p.type, str(len(p.text)), str(len(p.targets)), ", ".join(p.rules)) for p in made()
    )


TABLES = {
    "service control policies": control(SERVICE_CONTROL),
    "resource control policies": control("RESOURCE_CONTROL_POLICY"),
    "declarative policies": declared(),
    "policies": sizes(),
}


def written(text: str) -> str:
    """The page with its tables made anew."""
    for name, table in TABLES.items():
        mark = MARK.format(name)
        if text.count(mark) != 1:
            raise LookupError(f"{PAGE.name} has not one {mark.strip()}")
        before, _, after = text.partition(mark)
        text = before + mark + table + re.sub(r"\A(\|.*\n)*", "", after)
    return text


def test_the_tables_are_those_of_the_code() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == written(text), "python -m tests.docs.test_organization"


def test_every_rule_stands_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    names = {cells[0].strip("`") for first in ("rule", "kept") for cells in every(text, first)}
    assert names == {*(rule.id for rule in RULES), *(a.id for a in (*ATTRIBUTES, GUARDRAIL))}


def every(text: str, first: str) -> Iterator[list[str]]:
    """The rows of all tables that begin so."""
    for part in text.split("\n## "):
        try:
            yield from rows(part, first)
        except LookupError:
            continue


@pytest.mark.parametrize("change", [("`Membership`", "`Memberships`"), ("| every account |", "| some accounts |")])
def test_another_table_would_be_seen(change: tuple[str, str]) -> None:
    text = PAGE.read_text(encoding="utf-8").replace(*change, 1)
    assert text != written(text)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
