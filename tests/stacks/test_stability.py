"""Who or what is added to the organisation changes nothing for the others: ids, names, and what holds data stay (R11).

Each addition is synthesised beside the organisation without it. Every one has a twin: the same comparison on templates
in which something did move.
"""

import copy
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from fmops.local import schemas
from foundation import Foundation
from foundation.phases import PHASES
from stacks import catalog, seeding
from stacks.application import Application, add_environment
from tests.assemblies import ROOT, Templates, example, read, resources, synthesise
from tests.stacks.conftest import changed

BANK: dict[str, dict[str, Any]] = {
    "accounts": {
        "experimentation": "000000000041",
        "dev": "000000000042",
        "preprod": "000000000043",
        "prod": "000000000044",
    },
    "people": {"data_scientist": ("pia",), "ml_engineer": ("quin",), "product_owner": ("ron",)},
}
APPLICATION = {"dev": "000000000035", "preprod": "000000000036", "prod": "000000000037"}
MODEL = {"family": "amazon.nova-lite", "residency": "region", "account_types": ("experimentation", "dev")}
SHARED = frozenset({"governance", "tooling", "data-lake"})


PRODUCT = ".product.template.json"


@dataclass(frozen=True)
class Addition:
    """Something that is added to the organisation.

    Attributes:
        after, before: the organisation with it and without it.
        makes: the environments that it adds.
        tells: the environments whose templates it changes, because they name who reads, asks or approves there.
        catalog: a function that adds to the catalog's folder, where that is what grows.
    """

    after: Callable[[], Foundation]
    before: Callable[[], Foundation] = example
    makes: frozenset[str] = frozenset()
    tells: frozenset[str] = frozenset()
    catalog: Callable[[Path], None] | None = None


Growth = tuple[Addition, Templates, Templates]
"""An addition, and the templates before and after it."""


def with_units(**units: Any) -> Foundation:
    return changed(example(), business_units={**example().model_dump()["business_units"], **units})


def with_in(unit: str, **values: Any) -> Foundation:
    """The example with other values of one of its units."""
    return with_units(**{unit: {**example().model_dump()["business_units"][unit], **values}})


def without_a_network_account() -> Foundation:
    return changed(example(), accounts={**example().model_dump()["accounts"], "network": None})


def with_one_more_model() -> Foundation:
    return changed(example(), models=(*example().model_dump()["models"], MODEL))


def with_one_more_person() -> Foundation:
    people = example().model_dump()["business_units"]["lending"]["people"]
    return with_in("lending", people={**people, "data_scientist": ("abe", *people["data_scientist"])})


def one_more_template(shelf: Path) -> None:
    """A template that sorts before the one that is there."""
    folder = next(path.parent for path in shelf.glob("*/template.yaml"))
    added = shutil.copytree(folder, shelf / "a_first")
    for name in ("template.yaml", "product.py"):
        text = (added / name).read_text(encoding="utf-8")
        (added / name).write_text(text.replace(folder.name.replace("_", "-"), "a-first"), encoding="utf-8")


ADDITIONS = {
    "business unit": Addition(
        lambda: with_units(bank=BANK), makes=frozenset(f"bank-{stage}" for stage in BANK["accounts"]), tells=SHARED
    ),
    "shared account": Addition(example, before=without_a_network_account, makes=frozenset({"network"})),
    "application stages": Addition(
        lambda: with_in("lending", application=APPLICATION),
        makes=frozenset(f"lending-application-{stage}" for stage in APPLICATION),
        tells=frozenset({"governance", "lending-experimentation", "lending-preprod", "lending-prod", "tooling"}),
    ),
    "region": Addition(
        lambda: with_in("lending", regions={"prod": ("us-east-1",)}),
        makes=frozenset({"lending-prod-us-east-1"}),
    ),
    "person": Addition(with_one_more_person, tells=frozenset({"lending-experimentation", "tooling"})),
    "model": Addition(with_one_more_model, tells=frozenset({"lending-experimentation", "retail-experimentation"})),
    "template": Addition(
        example,
        catalog=one_more_template,
        tells=frozenset({"governance", "lending-experimentation", "retail-experimentation", "tooling"}),
    ),
}


def environment(stack: str) -> str:
    """`retail-dev` of `retail-dev-Network`; products are governance's."""
    return "governance" if stack.endswith(PRODUCT) else stack.rpartition("-")[0]


def moved(before: Templates, after: Templates) -> list[str]:
    """Resources of `before` that `after` lacks, made another type, or would make anew in the same place.

    CloudFormation makes a resource anew when a property changes that can be given on creation only.
    """
    found = []
    for where, resource in resources(before):
        stack, _, logical_id = where.partition("/")
        same = after.get(stack, {}).get("Resources", {}).get(logical_id, {})
        if same.get("Type") != resource["Type"]:
            found.append(where)
            continue
        schema = schemas.load(resource["Type"], "eu-west-1") or {}
        found += [
            f"{where}: {path}"
            for path in schemas.paths(schema, "createOnlyProperties")
            if schemas.at(resource.get("Properties"), path) != schemas.at(same.get("Properties"), path)
        ]
    return found


def told(before: Templates, after: Templates) -> set[str]:
    """Environments of `before` in which a template differs."""
    return {environment(stack) for stack, template in before.items() if after.get(stack) != template}


def made(before: Templates, after: Templates) -> set[str]:
    """Environments that `before` lacks."""
    return {environment(stack) for stack in after} - {environment(stack) for stack in before}


def templates_of(foundation: Foundation, outdir: Path) -> Templates:
    """Every template of a foundation; what reviewers would say of it is no matter here."""
    app = Application(outdir=outdir)
    for one in foundation.environments():
        add_environment(app, foundation, one)
    app.synth()
    return read(outdir)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the catalog's folder, in its place while the tests of this module run."""
    root = tmp_path_factory.mktemp("catalog") / "shelf"
    shutil.copytree(ROOT / "templates", root, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(root.parent)
        for module in (catalog, seeding):
            patch.setattr(module, "TEMPLATES", root)
        yield root
    for name in [name for name in sys.modules if name.partition(".")[0] == root.name]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def plain(shelf: Path, tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return templates_of(example(), tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module", params=ADDITIONS)
def grown(
    request: pytest.FixtureRequest, shelf: Path, plain: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Growth]:
    addition = ADDITIONS[request.param]
    make = partial(templates_of, outdir=tmp_path_factory.mktemp("grown"))
    before = plain if addition.before is example else templates_of(addition.before(), tmp_path_factory.mktemp("before"))
    if addition.catalog:
        addition.catalog(shelf)
    after = plain if addition.after is example and not addition.catalog else make(addition.after())
    yield addition, before, after
    if addition.catalog:
        shutil.rmtree(shelf / "a_first")


def test_an_addition_moves_nothing(grown: Growth) -> None:
    addition, before, after = grown
    assert moved(before, after) == []
    assert made(before, after) == addition.makes
    assert told(before, after) == addition.tells


def test_what_it_moves_would_be_seen(grown: Growth) -> None:
    """A resource that has another id, or that is made anew under its own."""
    _, before, after = grown
    spoilt = copy.deepcopy(after)
    network = spoilt["retail-prod-Network"]["Resources"]
    vpc = next(name for name, resource in network.items() if resource["Type"] == "AWS::EC2::VPC")
    network[vpc]["Properties"]["CidrBlock"] = "10.0.0.0/20"
    subnet = next(name for name, resource in network.items() if resource["Type"] == "AWS::EC2::Subnet")
    network["Other"] = network.pop(subnet)
    assert moved(before, spoilt) == [f"retail-prod-Network/{vpc}: CidrBlock", f"retail-prod-Network/{subnet}"]


def test_whom_it_tells_would_be_seen(grown: Growth) -> None:
    addition, before, after = grown
    spoilt = {**after, "retail-prod-Hosting": {}}
    assert told(before, spoilt) == addition.tells | {"retail-prod"}
    assert made(before, {**after, "retail-lab-Network": {}}) == addition.makes | {"retail-lab"}


def test_a_business_unit_in_front_of_the_others_needs_an_index(plain: Templates, tmp_path: Path) -> None:
    """Without one it takes the first unit's addresses, and every network after it would be made anew."""
    units = example().model_dump()["business_units"]
    in_front = changed(example(), business_units={"bank": BANK, **units})
    renewed = {where.partition("/")[0] for where in moved(plain, templates_of(in_front, tmp_path / "moved"))}
    assert {"retail-dev-Network", "retail-prod-Network", "lending-dev-Network"} <= renewed

    placed = {"bank": {**BANK, "index": len(units)}, **units}
    assert moved(plain, templates_of(changed(example(), business_units=placed), tmp_path / "placed")) == []


def test_each_phase_keeps_all_of_the_phase_before(tmp_path: Path) -> None:
    previous: Templates = {}
    for phase in PHASES:
        assert synthesise(changed(example(), phase=phase), tmp_path / phase)
        current = {name: t for name, t in read(tmp_path / phase).items() if not name.endswith(PRODUCT)}
        assert moved(previous, current) == []
        assert len(current) > len(previous)
        previous = current
