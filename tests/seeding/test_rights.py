"""The seeder may do what its program does, and nothing more."""

import ast
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template
from fmops_constructs.network import Place
from fmops_constructs.seeding import infrastructure
from fmops_constructs.seeding.runtime.seeder.program import repository

ROOT = Path(__file__).parents[2]


def calls(program: str) -> set[str]:
    """The IAM actions of the CodeCommit operations that a program calls on its client."""
    return {
        "codecommit:" + "".join(word.capitalize() for word in node.func.attr.split("_"))
        for node in ast.walk(ast.parse(program))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Attribute)
        and node.func.value.attr == "_client"
    }


@pytest.fixture(scope="module")
def statements() -> list[dict]:
    """The statements of the seeder's own policy."""
    app = cdk.App(context={"@aws-cdk/core:enablePartitionLiterals": True})
    stack = cdk.Stack(app, "S", env=cdk.Environment(account="000000000011", region="eu-west-1"))
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:eu-west-1:000000000011:key/a")
    infrastructure.Seeding(
        stack,
        "Seeding",
        templates=ROOT / "templates",
        key=key,
        logs_key=key,
        place=Place("vpc-1", ["subnet-1"], "sg-1"),
        run_build=[],
        run_function=[],
    )
    (policy,) = (
        Template.from_stack(stack)
        .find_resources(
            "AWS::IAM::ManagedPolicy",
            {"Properties": {"Description": "Read the seeds and make the first commit of a repository"}},
        )
        .values()
    )
    return policy["Properties"]["PolicyDocument"]["Statement"]


def granted(statements: list[dict]) -> set[str]:
    actions = [one["Action"] for one in statements]
    flat = {action for one in actions for action in ([one] if isinstance(one, str) else one)}
    return {action for action in flat if action.startswith("codecommit:")}


def test_the_seeder_may_call_what_its_program_calls(statements):
    assert granted(statements) == calls(Path(repository.__file__).read_text(encoding="utf-8"))


def test_a_call_that_is_not_granted_would_be_seen(statements):
    assert not calls("self._client.delete_repository(repositoryName='x')") <= granted(statements)


def test_it_deletes_its_own_staging_branch_only(statements):
    (delete,) = [one for one in statements if "DeleteBranch" in str(one["Action"])]
    assert delete["Condition"] == {"StringEquals": {"codecommit:References": f"refs/heads/{repository.STAGING}"}}
