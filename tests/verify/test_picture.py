"""The picture: an account's colour and arrows follow from the findings, and nothing is loaded from elsewhere."""

import re
from xml.etree import ElementTree

from fmops.verify import picture, report
from fmops.verify.findings import Finding
from fmops.verify.templates import Template
from fmops.verify.values import World

RESOURCES = {"A": {"Type": "AWS::SSM::Parameter"}, "B": {"Type": "AWS::SSM::Parameter"}}
WORLD = World(
    [
        Template("a.json", "a", {"Resources": RESOURCES}, "111111111111", "eu-west-1"),
        Template("b.json", "b", {"Resources": RESOURCES}, "111111111111", "eu-west-1"),
        Template("c.json", "c", {"Resources": RESOURCES}, "222222222222", "eu-west-1"),
        Template("d.json", "d", {"Resources": RESOURCES}),
    ]
)
PATH = Finding("Network-Route", "a.json", "a", "A", "", "")
FAULT = Finding("Posture-Tag", "c.json", "c", "A", "", "", verdict="not proven")


def test_it_counts_by_account() -> None:
    first, second, none = picture.rows(WORLD, [PATH, FAULT])
    assert (first.name, first.stacks, first.resources, first.found, first.paths) == ("111111111111", 2, 4, 1, 1)
    assert (first.state, second.state, none.state) == ("open", "unproven", "closed")
    assert none.name == "no account"


def drawn(*found: Finding) -> list[str]:
    tree = ElementTree.fromstring(picture.svg(WORLD, found))  # noqa: S314 # our own
    return [element.get("class", "") for element in tree.iter()]


def test_an_arrow_leads_to_the_internet_where_a_path_does() -> None:
    assert drawn().count("way") == 0
    assert drawn().count("wall") == 3
    assert drawn(PATH, FAULT).count("way") == 1
    assert drawn(PATH, FAULT).count("open") == 2  # the account, and the internet
    assert drawn(FAULT).count("unproven") == 1


def test_the_page_loads_nothing_from_elsewhere() -> None:
    page = report.html(report.Outcome(WORLD, [PATH, FAULT]))
    assert "<svg" in page
    assert not re.search(r"<(?:script|link|img|iframe)|@import|url\((?!#)|\bsrc=", page)


def test_a_strangers_names_are_escaped() -> None:
    world = World([Template("x.json", "x", {"Resources": RESOURCES}, "<b>1</b>")])
    assert "<b>" not in picture.svg(world, [])
    assert "&lt;b&gt;" in picture.svg(world, [])
