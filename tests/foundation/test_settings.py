"""The settings that the example leaves out: each is understood, and each mistake in one is told at its place."""

import copy
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from foundation import ConfigError, Foundation, load
from foundation.addressing import LARGEST_INDEX
from foundation.phases import PERSONAS
from tests.assemblies import EXAMPLE
from tests.foundation.test_loading import mistakes

ARN = "arn:aws:codeconnections:eu-west-1:000000000011:connection/0a1b2c3d-0000-4000-8000-000000000000"
UNIT = ("business_units", "retail")


def with_setting(place: tuple[str, ...], value: Any) -> str:
    """The example with another value at a place; None leaves it out."""
    document = YAML(typ="safe").load(EXAMPLE.read_text(encoding="utf-8"))
    node = document
    for key in place[:-1]:
        node = node.setdefault(key, {})
    node.pop(place[-1], None)
    if value is not None:
        node[place[-1]] = value
    text = StringIO()
    YAML(typ="safe").dump(document, text)
    return text.getvalue()


TGW, VGW = "tgw-0123456789abcdef0", "vgw-0123456789abcdef0"
GATEWAYS, EXISTING = "network.access.gateways.", "network.existing.retail-dev."
TRANSIT = {"cidrs": ["10.0.0.0/12"], "via": "transit-gateway", "gateways": {"eu-west-1": TGW}}


def there(one: dict[str, str] | None = None, **values: Any) -> dict[str, Any]:
    """A network that is there already; with other values, or others of its first subnet."""
    return {
        "vpc": "vpc-00000001",
        "cidr": "172.16.0.0/24",
        "subnets": {
            "subnet-00000001": {"cidr": "172.16.0.0/25", "zone": "eu-west-1a", **(one or {})},
            "subnet-00000002": {"cidr": "172.16.0.128/25", "zone": "eu-west-1b"},
        },
        "route_tables": ["rtb-00000001"],
        **values,
    }


THERE = there()
SMALL = there(
    subnets={
        "subnet-00000001": {"cidr": "172.16.0.0/28", "zone": "eu-west-1a"},
        "subnet-00000002": {"cidr": "172.16.0.16/28", "zone": "eu-west-1b"},
    }
)
ELSE = {
    "subnet-00000003": {"cidr": "172.17.0.0/25", "zone": "eu-west-1a"},
    "subnet-00000004": {"cidr": "172.17.0.128/25", "zone": "eu-west-1b"},
}
GOOD: list[tuple[tuple[str, ...], Any]] = [
    (("network", "access"), {"cidrs": ["10.0.0.0/12", "192.168.0.0/16"]}),
    (("network", "access"), {**TRANSIT, "resolver": True, "endpoints": ["sts"], "account_types": ["experimentation"]}),
    (("network", "access"), {**TRANSIT, "gateways": {"retail-dev-us-east-1": TGW}}),
    (("network", "access"), {**TRANSIT, "via": "virtual-private-gateway", "gateways": {"retail-dev": VGW}}),
    (
        ("network", "existing"),
        {"retail-dev": THERE, "lending-dev": there(vpc="vpc-00000002", cidr="172.17.0.0/24", subnets=ELSE)},
    ),
    (("network", "dns"), {"zones": ["corp.example.com", "xcorp.example.com"]}),
    (("models",), [{"family": "anthropic.claude-sonnet-4", "residency": "geography", "account_types": ["dev"]}]),
    (("people",), {"auditor": ["kim"], "security": ["lou"], "mlops_engineer": ["mo"]}),
    ((*UNIT, "budget"), {"monthly_usd": 500, "alerts": ["ml@example.com"]}),
    (("tags", "data-class"), "confidential"),
    ((*UNIT, "index"), 7),
]


@pytest.mark.parametrize(("place", "value"), GOOD, ids=lambda value: str(value)[:30])
def test_a_setting_is_understood(tmp_path: Path, place: tuple[str, ...], value: Any) -> None:
    assert mistakes(tmp_path, with_setting(place, value)) == []


BAD: list[tuple[tuple[str, ...], Any, str, str]] = [
    (("regions", "others"), ["us-east-2"], "regions.others.0", "Add us-east-2 to network.other_supernets"),
    (("regions", "others"), ["eu-west-1"], "regions.others.0", "is there already"),
    (("network", "other_supernets"), {"us-east-2": "10.80.0.0/12"}, "network.other_supernets.us-east-2", "no other"),
    (("network", "other_supernets"), {"us-east-1": "10.72.0.0/16"}, "network.other_supernets.us-east-1", "overlaps"),
    ((*UNIT, "regions"), {"dev": ["us-east-2"]}, "business_units.retail.regions.dev.0", "none of regions.others"),
    ((*UNIT, "regions"), {"dev": ["us-east-1"] * 2}, "business_units.retail.regions.dev.1", "is there already"),
    (("network", "access"), {"cidrs": ["10.65.0.0/16"]}, "network.access.cidrs.0", "overlaps network.supernet"),
    (("network", "access"), {"cidrs": []}, "network.access.cidrs", "at least 1 item"),
    (("network", "access"), {"cidrs": ["8.8.8.0/24"]}, "network.access.cidrs.0", "has public addresses"),
    (("network", "access"), {**TRANSIT, "gateways": {}}, "network.access.gateways", "it is missing"),
    (
        ("network", "access"),
        {**TRANSIT, "gateways": {"eu-west-1": VGW}},
        GATEWAYS + "eu-west-1",
        "Its id starts with tgw-",
    ),
    (("network", "access"), {**TRANSIT, "gateways": {"eu-west-9": TGW}}, GATEWAYS + "eu-west-9", "Correct the name"),
    (
        ("network", "access"),
        {**TRANSIT, "gateways": {"eu-west-1": "igw-1"}},
        GATEWAYS + "eu-west-1",
        "A transit gateway",
    ),
    (("network", "access"), {**TRANSIT, "via": "landing-zone"}, "network.access.gateways", "joins the networks itself"),
    (
        ("network", "access"),
        {**TRANSIT, "via": "virtual-private-gateway", "gateways": {"eu-west-1": VGW}},
        GATEWAYS + "eu-west-1",
        "an environment of this name is not there",
    ),
    (
        ("network", "access"),
        {"cidrs": ["10.0.0.0/12"], "console": True},
        "network.access.console",
        "Say in account_types",
    ),
    (
        ("network", "access"),
        {"cidrs": ["10.0.0.0/12"], "account_types": ["devs"]},
        "network.access.account_types.0",
        "'dev'",
    ),
    (("network", "existing"), {"retail-devs": THERE}, "network.existing.retail-devs", "Correct the name"),
    (
        ("network", "existing"),
        {"retail-dev": there(cidr="10.65.0.0/16")},
        EXISTING + "cidr",
        "overlaps network.supernet",
    ),
    (
        ("network", "existing"),
        {"retail-dev": there(cidr="172.16.0.0/25")},
        EXISTING + "subnets.subnet-00000002.cidr",
        "not in",
    ),
    (("network", "existing"), {"retail-dev": there(vpc="vpc-1")}, EXISTING + "vpc", "The network's id"),
    (
        ("network", "existing"),
        {"retail-dev": there(one={"zone": "us-east-1a"})},
        EXISTING + "subnets.subnet-00000001.zone",
        "eu-west-1",
    ),
    (
        ("network", "existing"),
        {"retail-dev": there(one={"zone": "eu-west-1b"})},
        EXISTING + "subnets",
        "all are in one zone",
    ),
    (
        ("network", "existing"),
        {"retail-dev": there(one={"cidr": "172.16.0.128/26"})},
        EXISTING + "subnets.subnet-00000002.cidr",
        "Name each subnet once",
    ),
    (
        ("network", "existing"),
        {"retail-dev": THERE, "lending-dev": there(cidr="172.17.0.0/24")},
        "network.existing.retail-dev.vpc",
        "already lending-dev's",
    ),
    (
        ("network", "existing"),
        {"retail-experimentation": SMALL},
        "network.existing.retail-experimentation.subnets",
        "are to spare",
    ),
    (("network", "endpoints"), "central", "network.endpoints", "Use per-account"),
    (("network", "dns"), {"zones": []}, "network.dns.zones", "at least 1 item"),
    (("network", "dns"), {"zones": ["com"]}, "network.dns.zones.0", "at least two labels"),
    (("network", "dns"), {"zones": ["*.corp.example.com"]}, "network.dns.zones.0", "at least two labels"),
    (("network", "dns"), {"zones": ["s3.amazonaws.com"]}, "network.dns.zones.0", "follows from the endpoints"),
    (
        ("network", "dns"),
        {"zones": ["example.com", "a.example.com"]},
        "network.dns.zones.1",
        'in "example.com" already',
    ),
    (("network", "dns"), {"zones": ["a.example.com"] * 2}, "network.dns.zones.1", "Name each zone once"),
    (("network", "azs"), 4, "network.azs", "4 is more than eu-west-1 has"),
    (("git",), {"github": {"connection_arn": ARN, "owner": "acme"}}, "git.github", "Use codecommit"),
    (("git",), {"github": {"connection_arn": "x", "owner": "acme"}}, "git.github.connection_arn", "CodeConnections"),
    (("git",), {"github": {"connection_arn": ARN}}, "git.github.owner", "it is missing"),
    (("git",), {"gitlab": {"connection_arn": ARN, "owner": "acme"}}, "git.gitlab", "Use codecommit"),
    (("git",), {"gitea": {"owner": "acme"}}, "git.gitea", "this key is unknown"),
    (("git",), {}, "git", "is none of codecommit"),
    (("models",), [{"family": "claude", "account_types": ["dev"]}], "models.0.family", "Provider and family"),
    (("models",), [{"family": "a.b", "account_types": ["devs"]}], "models.0.account_types.0", "'dev'"),
    (
        ("models",),
        [{"family": "a.b", "account_types": [kind]} for kind in ("dev", "prod")],
        "models.1.family",
        "is there already",
    ),
    (("tags", "data-class"), "secret", "tags.data-class", "Choose one of public"),
    (("tags", "owner"), None, "tags.owner", "this tag is missing"),
    (("tags", "project"), "x", "tags.project", "the foundation sets this tag"),
    (("people",), {"auditor": ["ana"]}, "business_units.retail.people.data_scientist.0", "is an auditor too"),
    (("people",), {"auditor": ["kim"], "security": ["kim"]}, "people.security.0", "is an auditor too"),
    ((*UNIT, "people", "product_owner"), [], "business_units.retail.people.product_owner", "needs a product owner"),
    ((*UNIT, "people", "prompt_engineer"), ["di"], "business_units.retail.people.prompt_engineer.0", "product owner"),
    ((*UNIT, "budget"), {"monthly_usd": 0}, "business_units.retail.budget.monthly_usd", "greater than or equal to 1"),
    ((*UNIT, "application"), {"dev": "000000000025"}, "business_units.retail.application.preprod", "it is missing"),
    ((*UNIT, "index"), 1, "", ""),
    (("business_units", "shared"), {"accounts": {}}, "business_units.shared", "no business unit"),
    (("network", "supernet"), "10.64.0.0/16", "network.supernet", "is too small"),
]


@pytest.mark.parametrize(("place", "value", "where", "words"), BAD, ids=lambda value: str(value)[:30])
def test_a_mistake_is_told_at_its_place(
    tmp_path: Path, place: tuple[str, ...], value: Any, where: str, words: str
) -> None:
    text = with_setting(place, value)
    if where == "network.supernet":  # fourteen Studio users are more than the smallest supernet has room for
        document = YAML(typ="safe").load(text)
        document["business_units"]["retail"]["people"]["data_scientist"] = [f"person{n}" for n in range(14)]
        stream = StringIO()
        YAML(typ="safe").dump(document, stream)
        text = stream.getvalue()
    found = mistakes(tmp_path, text)
    assert (found == []) == (where == "")
    assert where == "" or any(f"  {where}: " in line and words in line for line in found), found


def test_accounts_are_told_apart_across_everything(tmp_path: Path) -> None:
    application = {"dev": "000000000025", "preprod": "000000000026", "prod": "000000000031"}
    found = mistakes(tmp_path, with_setting((*UNIT, "application"), application))
    assert any("is already retail's application-prod account" in line or "lending" in line for line in found), found


def with_units(number: int, *indexes: int) -> str:
    """The example with copies of its smaller unit besides, the first of them with the indexes given."""
    document = YAML(typ="safe").load(EXAMPLE.read_text(encoding="utf-8"))
    units = document["business_units"]
    for n in range(number):
        units[f"unit{n}"] = copy.deepcopy(units["lending"])
        units[f"unit{n}"]["accounts"] = {
            stage: f"{n + 1:03}{k:09}" for k, stage in enumerate(units["lending"]["accounts"])
        }
    for n, index in enumerate(indexes):
        units[f"unit{n}"]["index"] = index
    text = StringIO()
    YAML(typ="safe").dump(document, text)
    return text.getvalue()


def test_two_units_cannot_have_one_index(tmp_path: Path) -> None:
    assert mistakes(tmp_path, with_units(2, 5, 6)) == []
    (found,) = mistakes(tmp_path, with_units(2, 5, 5))
    assert "business_units.unit1.index: 5 is already unit0's index." in found


def test_a_supernet_holds_so_many_units_and_no_more(tmp_path: Path) -> None:
    most = LARGEST_INDEX + 1
    there = len(load(EXAMPLE).business_units)
    assert mistakes(tmp_path, with_units(most - there)) == []
    (found,) = mistakes(tmp_path, with_units(most - there + 1))
    assert f"business_units: {most + 1} business units do not fit." in found
    assert found.endswith(f"One supernet holds {most}.")


def test_another_git_host_has_the_same_interface() -> None:
    values = {**load(EXAMPLE).model_dump(), "git": {"gitlab": {"connection_arn": ARN, "owner": "acme"}}}
    git = Foundation.model_validate(values).git
    assert (git.host, git.connection and git.connection.owner) == ("gitlab", "acme")
    assert (load(EXAMPLE).git.host, load(EXAMPLE).git.connection) == ("codecommit", None)
    assert Foundation.model_validate(Foundation.model_validate(values).model_dump()).git == git


def test_every_phase_says_which_personas_it_cannot_do_without(tmp_path: Path) -> None:
    text = with_setting((*UNIT, "people"), {})
    assert len(mistakes(tmp_path, text)) == sum(map(len, PERSONAS.values()))
    assert len(mistakes(tmp_path, text.replace("phase: scalable", "phase: initial"))) == 1


def test_all_is_told_in_one_go(tmp_path: Path) -> None:
    file = tmp_path / "foundation.yaml"
    text = with_setting(("network", "access"), {"cidrs": ["10.65.0.0/16"]})
    file.write_text(text.replace(" owner:", " stage:").replace("azs: 2", "azs: 4"))
    with pytest.raises(ConfigError, match=r"4 problems; nothing was synthesised\.$"):
        load(file)
