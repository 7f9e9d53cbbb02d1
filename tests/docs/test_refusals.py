"""The page's table of refusals is that of the rows. The check has a twin."""

from tests.refusals import page
from tests.refusals.sources import backing


def test_the_table_is_todays() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    assert page.written(text) == text, "write it anew: python -m tests.refusals.page"


def test_another_table_would_be_seen() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    other = text.replace("`BucketNotEmpty`", "`BucketFull`", 1)
    assert other != text
    assert page.written(other) == text


def test_most_answers_are_aws_own() -> None:
    """In AWS's model of the operation, or in a list of the service's errors; the others name the page of the rule."""
    found = [row.backing for row in page.rows()]
    assert set(found) == set(page.SAYS)
    assert len([backing for backing in found if backing != "rule"]) >= 40


def test_an_invented_error_is_only_a_rule() -> None:
    operation = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html"
    assert backing(operation, "EntityAlreadyExists") == "model"
    assert backing(operation, "RoleIsTakenException") == "rule"
    assert backing("https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html", "EntityAlreadyExists") == "rule"
