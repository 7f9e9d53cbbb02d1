"""The seeder's program: renders the real template, commits it once, and answers whatever happens."""

import json
import shutil
from pathlib import Path

import boto3
import pytest
import yaml
from botocore.stub import ANY, Stubber
from fmops_constructs.seeding.runtime.seeder.program import __main__ as program
from fmops_constructs.seeding.runtime.seeder.program.render import Answers, File, render
from fmops_constructs.seeding.runtime.seeder.program.repository import Repository

ROOT = Path(__file__).parents[2]
TEMPLATE = "ml-train-deploy-realtime"
ANSWERS = {"project": "churn", "business_unit": "retail", "dataset": "example", "seed_version": "1.0.0"}
COMMIT = "a" * 40
IGNORED = shutil.ignore_patterns("__pycache__", ".*_cache", "build")


@pytest.fixture(scope="session")
def templates(tmp_path_factory):
    """The catalog as the seeder's build carries it."""
    folder = tmp_path_factory.mktemp("packed")
    shutil.copytree(ROOT / "templates" / "ml_train_deploy_realtime" / "seed", folder / TEMPLATE, ignore=IGNORED)
    return folder


def answers(**changes):
    return Answers.parse(json.dumps(ANSWERS | changes))


def test_a_seed_is_rendered_with_the_answers(templates):
    files = render(templates, TEMPLATE, answers())
    project = yaml.safe_load(files["project.yaml"].content)
    assert project == {
        "project": "churn",
        "business_unit": "retail",
        "dataset": "example",
        "seed": {"template": TEMPLATE, "version": "1.0.0"},
    }
    assert b'name = "churn"' in files["pyproject.toml"].content
    assert files["README.md"].content.startswith(b"# churn\n")
    assert {"buildspec.yml", "steps/train.py", "deploy/app.py", "tests/test_steps.py"} <= set(files)
    assert not [path for path in files if path.endswith(".jinja") or path == "copier.yml"]
    assert render(templates, TEMPLATE, answers()) == files


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "not a JSON object"),
        (json.dumps(ANSWERS | {"project": "Churn"}), "project: 'Churn' does not match"),
        (json.dumps(ANSWERS | {"business_unit": "re-tail"}), "business_unit: 're-tail'"),
        (json.dumps(ANSWERS | {"seed_version": "1"}), "seed_version: '1'"),
        (json.dumps(ANSWERS | {"dataset": "a\nb: c"}), "one line"),
        (json.dumps(ANSWERS | {"dataset": 3}), "one line"),
        (json.dumps(ANSWERS | {"dataset": "x" * 2000}), "at most 1024"),
        (json.dumps(ANSWERS | {"_copier_conf": "x"}), "not a question's name"),
        (json.dumps({"project": "churn"}), "business_unit: None"),
    ],
)
def test_answers_are_not_trusted(text, words):
    with pytest.raises((ValueError, TypeError), match=words):
        Answers.parse(text)


@pytest.mark.parametrize("dataset", ['example"\nseed: {}', "{{ 7 * 7 }}", "s3://UPPER/x", 'a", project: "b'])
def test_an_answer_never_becomes_code(templates, dataset):
    with pytest.raises((ValueError, TypeError), match=r"dataset|one line"):
        render(templates, TEMPLATE, answers(dataset=dataset))


@pytest.mark.parametrize("template", ["no-such", "../packed/ml-train-deploy-realtime", ""])
def test_an_unknown_template_is_refused(templates, template):
    with pytest.raises(ValueError, match="the seeder carries"):
        render(templates, template, answers())


@pytest.fixture
def client():
    return boto3.client("codecommit", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")


def branch(name="main", commit=COMMIT):
    return {"branch": {"branchName": name, "commitId": commit}}


def commit(number):
    return {"commitId": str(number) * 40, "treeId": "b" * 40}


def put(client_stub, branch_name, count, answer, parent=None):
    expected = {
        "repositoryName": "churn",
        "branchName": branch_name,
        "authorName": ANY,
        "email": ANY,
        "commitMessage": ANY,
        "putFiles": [ANY] * count,
    }
    client_stub.add_response("create_commit", answer, expected | ({"parentCommitId": parent} if parent else {}))


def test_an_empty_repository_gets_one_commit(client):
    with Stubber(client) as stub:
        stub.add_client_error("get_branch", "BranchDoesNotExistException")
        put(stub, "main", 2, commit(1))
        seeded = Repository(client, "churn").seed("t", "1.0.0", {"a": File(b"1"), "b.sh": File(b"2", executable=True)})
        stub.assert_no_pending_responses()
    assert seeded == {"Commit": "1" * 40, "Version": "1.0.0", "Seeded": "true"}


def test_many_files_grow_beside_main_and_become_it_at_once(client):
    files = {f"{number:03}": File(b"x") for number in range(201)}
    with Stubber(client) as stub:
        stub.add_client_error("get_branch", "BranchDoesNotExistException")
        stub.add_client_error("get_branch", "BranchDoesNotExistException")
        put(stub, "seeding", 100, commit(1))
        put(stub, "seeding", 100, commit(2), parent="1" * 40)
        put(stub, "seeding", 1, commit(3), parent="2" * 40)
        stub.add_response("create_branch", {}, {"repositoryName": "churn", "branchName": "main", "commitId": "3" * 40})
        stub.add_response("update_default_branch", {}, {"repositoryName": "churn", "defaultBranchName": "main"})
        stub.add_response("delete_branch", {}, {"repositoryName": "churn", "branchName": "seeding"})
        assert Repository(client, "churn").seed("t", "1.0.0", files)["Commit"] == "3" * 40
        stub.assert_no_pending_responses()


def project_file(text):
    return {
        "commitId": COMMIT,
        "blobId": "b" * 40,
        "filePath": "project.yaml",
        "fileMode": "NORMAL",
        "fileSize": len(text),
        "fileContent": text.encode(),
    }


@pytest.mark.parametrize("version", ["1.0.0", "0.9.0"])
def test_a_main_branch_that_stands_is_left_alone(client, version):
    with Stubber(client) as stub:
        stub.add_response("get_branch", branch())
        stub.add_response("get_file", project_file(f"seed: {{template: t, version: {version}}}"))
        seeded = Repository(client, "churn").seed("t", "1.0.0", {"a": File(b"1")})
        stub.assert_no_pending_responses()
    assert seeded == {"Commit": COMMIT, "Version": version, "Seeded": "false"}


@pytest.mark.parametrize("text", ["seed: {template: other, version: 1.0.0}", "- a list", "seed: x"])
def test_another_repository_is_not_taken_over(client, text):
    with Stubber(client) as stub:
        stub.add_response("get_branch", branch())
        stub.add_response("get_file", project_file(text))
        with pytest.raises(ValueError, match="was not seeded from t"):
            Repository(client, "churn").seed("t", "1.0.0", {"a": File(b"1")})


def environment(url, **changes):
    return {
        "TEMPLATE": TEMPLATE,
        "REPOSITORY": "churn",
        "ANSWERS": json.dumps(ANSWERS),
        "RESPONSE_URL": url,
        "STACK_ID": "s",
        "REQUEST_ID": "r",
        "LOGICAL_RESOURCE_ID": "Seed",
        **changes,
    }


@pytest.fixture
def somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_seeded_repository_is_answered_with_its_commit(somewhere, monkeypatch, client, cloudformation, templates):
    monkeypatch.setattr(boto3, "client", lambda name: client)
    with Stubber(client) as stub:
        stub.add_client_error("get_branch", "BranchDoesNotExistException")
        stub.add_response("create_commit", commit(1))
        assert program.main([], environment(cloudformation.url), templates) == 0
    (answer,) = cloudformation.answers
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "churn")
    assert answer["Data"] == {"Commit": "1" * 40, "Version": "1.0.0", "Seeded": "true"}
    assert program.main(["--died"], environment(cloudformation.url)) == 0
    assert len(cloudformation.answers) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"TEMPLATE": "no-such"}, "no template 'no-such'"),
        ({"ANSWERS": "{"}, "was not seeded"),
        ({"ANSWERS": "{}"}, "project"),
    ],
)
def test_a_failure_is_answered_with_its_reason(somewhere, cloudformation, templates, changes, words):
    assert program.main([], environment(cloudformation.url, **changes), templates) == 1
    assert cloudformation.answers[0]["Status"] == "FAILED"
    assert words in cloudformation.answers[0]["Reason"]


def test_a_program_that_died_is_answered_for(somewhere, cloudformation):
    assert program.main(["--died"], environment(cloudformation.url, CODEBUILD_BUILD_ID="fmops-seeder:1")) == 0
    assert cloudformation.answers[0]["Status"] == "FAILED"
    assert "fmops-seeder:1" in cloudformation.answers[0]["Reason"]
