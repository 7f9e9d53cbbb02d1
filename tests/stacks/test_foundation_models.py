"""Who may ask which foundation models: what foundation.yaml opens for the account, each call guarded (R39)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation import Foundation
from stacks.application import Application, add_environment
from tests.assemblies import Templates, as_list, example, read, resources, statements
from tests.stacks.conftest import changed

ASKS = "bedrock:InvokeModel"


def opened(templates: Templates) -> Iterator[tuple[str, str, dict[str, object]]]:
    """(where, resource, condition) of every right to ask a model."""
    for where, statement in statements(templates):
        if statement["Effect"] == "Allow" and ASKS in as_list(statement.get("Action")) and "Principal" not in statement:
            for resource in as_list(statement["Resource"]):
                yield where, str(resource), statement.get("Condition", {})


def experimentation(foundation: Foundation, folder: Path) -> Templates:
    """Retail's experimentation account, synthesised alone."""
    app = Application(outdir=folder)
    add_environment(app, foundation, next(e for e in foundation.environments() if e.name == "retail-experimentation"))
    app.synth()
    return read(folder)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return experimentation(example(), tmp_path_factory.mktemp("models"))


def test_a_notebook_asks_the_models_of_the_list_and_no_other(here: Templates) -> None:
    found = [resource for _, resource, _ in opened(here)]
    models = {resource.partition("foundation-model/")[2] for resource in found if "foundation-model/" in resource}
    assert models == {"anthropic.claude-sonnet-4-20250514-v1:0"}
    assert len([resource for resource in found if "InferenceProfileArn" in resource]) == 1


def test_every_call_carries_the_guardrail(here: Templates) -> None:
    conditions = [condition for _, _, condition in opened(here)]
    assert conditions
    for condition in conditions:
        assert "Guardrail" in str(condition["StringEquals"]["bedrock:GuardrailIdentifier"])  # type: ignore[index]


def test_the_studio_role_has_it(here: Templates) -> None:
    (policy,) = {where.rpartition("/")[2] for where, _, _ in opened(here)}
    roles = [role["Properties"] for _, role in resources(here, "AWS::IAM::Role")]
    (having,) = [role for role in roles if {"Ref": policy} in role["ManagedPolicyArns"]]
    assert having["RoleName"] == "fmops-retail-studio"


def test_what_is_not_listed_is_shut(tmp_path: Path) -> None:
    without = tuple(line for line in example().models if "experimentation" not in line.account_types)
    templates = experimentation(changed(example(), models=without), tmp_path)
    assert list(opened(templates)) == []
    assert list(resources(templates, "AWS::Bedrock::Guardrail")) == []
    assert [where for where, _ in resources(templates, "AWS::EC2::VPCEndpoint") if "Bedrock" in where] == []
