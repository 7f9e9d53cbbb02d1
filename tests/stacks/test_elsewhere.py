"""The same code with other accounts in another region: no account and no region is written into it (R4)."""

import json
import re
from collections.abc import Iterator

import pytest

from foundation import Foundation
from tests.assemblies import Templates, example
from tests.stacks.test_stability import templates_of

HOME, ELSEWHERE = "eu-west-1", "eu-central-1"


def moved_away(foundation: Foundation) -> Foundation:
    """The same organisation with other account ids, at home in another region."""
    text = foundation.model_dump_json().replace("0000000000", "7777777777").replace(HOME, ELSEWHERE)
    return Foundation.model_validate_json(text)


def left_behind(templates: Templates) -> Iterator[str]:
    """Where an account or the region of the example is named all the same."""
    accounts = {environment.account for environment in example().environments()}
    words = re.compile("|".join(sorted({HOME, HOME.replace("-", ""), *accounts})))
    for stack, template in templates.items():
        for section in (section for section in template.values() if isinstance(section, dict)):
            for name, content in section.items():
                if found := words.search(json.dumps(content)):
                    yield f"{stack}/{name}: {found[0]}"


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return templates_of(moved_away(example()), tmp_path_factory.mktemp("elsewhere"))


def shape(templates: Templates) -> dict[str, set[tuple[str, str]]]:
    """Logical ids and types by stack."""
    return {
        stack: {(logical_id, resource["Type"]) for logical_id, resource in template["Resources"].items()}
        for stack, template in templates.items()
    }


def test_nothing_of_the_first_organisation_is_left(elsewhere: Templates) -> None:
    assert list(left_behind(elsewhere)) == []


def test_all_of_it_is_there(elsewhere: Templates, templates: Templates) -> None:
    assert shape(elsewhere) == shape(templates)


def test_a_literal_would_be_seen(templates: Templates) -> None:
    found = {where.partition("/")[0] for where in left_behind({"retail-dev-MlBuild": templates["retail-dev-MlBuild"]})}
    assert found == {"retail-dev-MlBuild"}
    answers = "cloudformation-custom-resource-response-euwest1"
    spoilt: Templates = {"x-Y": {"Resources": {"A": {"Type": "T", "Properties": {"Bucket": answers}}}}}
    assert list(left_behind(spoilt)) == ["x-Y/A: euwest1"]
    assert list(left_behind({"x-Y": {"Mappings": {"Units": {"retail": {"dev": "000000000022"}}}}})) == [
        "x-Y/Units: 000000000022"
    ]
