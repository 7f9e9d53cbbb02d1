"""What a resource needs of whoever makes it: on an update, the calls of what changes."""

from fmops.local.needs import needed

REPOSITORY = "AWS::CodeCommit::Repository"
OLD = {"RepositoryName": "churn", "RepositoryDescription": "1.0.0", "Tags": [{"Key": "version", "Value": "1.0.0"}]}
NEW = {"RepositoryName": "churn", "RepositoryDescription": "1.1.0", "Tags": [{"Key": "version", "Value": "1.1.0"}]}


def test_an_update_needs_the_calls_of_what_it_changes() -> None:
    assert set(needed(REPOSITORY, "update", NEW, OLD)) == {
        "codecommit:TagResource",
        "codecommit:UpdateRepositoryDescription",
    }
    assert set(needed(REPOSITORY, "update", OLD, OLD)) == set()


def test_and_those_of_a_new_name_when_the_name_changes() -> None:
    """The twin."""
    renamed = {**OLD, "RepositoryName": "other"}
    assert set(needed(REPOSITORY, "update", renamed, OLD)) == {"codecommit:UpdateRepositoryName"}


def test_what_a_types_own_call_is_is_needed_by_any_update() -> None:
    pipeline = "AWS::CodePipeline::Pipeline"
    assert "codepipeline:UpdatePipeline" in needed(pipeline, "update", {"Name": "a"}, {"Name": "a"})
