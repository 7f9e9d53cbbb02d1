"""The routes: who sees what, and how mistakes are told."""

import json

import pytest
from app.api import Interface


@pytest.fixture
def started() -> list[str]:
    return []


@pytest.fixture
def interface(messages, started) -> Interface:
    return Interface(messages, started.append, "ab12")


def event(method, resource, who="ana", body=None, **parameters):
    return {
        "httpMethod": method,
        "resource": resource,
        "pathParameters": parameters or None,
        "body": body if body is None or isinstance(body, str) else json.dumps(body),
        "requestContext": {"stage": "dev", "requestId": "r-1", "authorizer": {"principalId": who}},
    }


def call(interface, *arguments, **named):
    reply = interface.answer(event(*arguments, **named))
    return reply["statusCode"], json.loads(reply["body"])


def test_a_question_waits_for_its_answer(interface, started):
    status, message = call(interface, "POST", "/messages", body={"question": " When? "})
    assert (status, message["status"], message["question"]) == (202, "waiting", "When?")
    assert started == [message["id"]]
    assert "owner" not in message


def test_an_answer_is_its_owners_alone(interface, messages):
    id = messages.add("ana", "When?")["id"]
    messages.tell(id, "answered", "At 11:30.")
    assert call(interface, "GET", "/messages/{id}", id=id)[1]["text"] == "At 11:30."
    assert call(interface, "GET", "/messages/{id}", who="bo", id=id)[0] == 404
    rating = {"rating": "good"}
    assert call(interface, "PUT", "/messages/{id}/rating", who="bo", id=id, body=rating)[0] == 404
    assert call(interface, "PUT", "/messages/{id}/rating", id=id, body=rating)[1]["rating"] == "good"


@pytest.mark.parametrize("rating", [{}, {"rating": "best"}, {"rating": "good", "comment": 1}, {"rating": None}])
def test_a_bad_rating_is_refused(interface, messages, table, rating):
    id = messages.add("ana", "When?")["id"]
    messages.tell(id, "answered", "At 11:30.")
    assert call(interface, "PUT", "/messages/{id}/rating", id=id, body=rating)[0] == 400
    assert "rating" not in table.items[id]


def test_what_is_not_answered_is_not_rated(interface, messages):
    id = messages.add("ana", "When?")["id"]
    assert call(interface, "PUT", "/messages/{id}/rating", id=id, body={"rating": "bad"})[0] == 400


@pytest.mark.parametrize("body", [None, "", "[]", "{", {}, {"question": ""}])
def test_a_malformed_question_is_told(interface, started, body):
    status, answer = call(interface, "POST", "/messages", body=body)
    assert (status, set(answer)) == (400, {"error"})
    assert not started


def test_what_goes_wrong_inside_stays_inside(messages, capsys):
    def broken(_id):
        raise RuntimeError("arn:aws:lambda:secret")

    status, answer = call(Interface(messages, broken, "ab12"), "POST", "/messages", body={"question": "When?"})
    assert (status, answer["request"]) == (500, "r-1")
    assert "secret" not in json.dumps(answer) + capsys.readouterr().out


def test_the_page_loads_from_here_only(interface):
    reply = interface.answer(event("GET", "/"))
    assert reply["statusCode"] == 200
    assert '<base href="/dev/">' in reply["body"]
    assert "default-src 'none'" in reply["headers"]["Content-Security-Policy"]
    assert "http" not in reply["body"].replace('http-equiv="', "")


@pytest.mark.parametrize("file", ["../api.py", "api.py", "", "chat.js/..", "%2e%2e/api.py"])
def test_no_other_file_is_served(interface, file):
    assert call(interface, "GET", "/page/{file}", file=file)[0] == 404


def test_the_page_is_labelled():
    """Each field has a label, the conversation is announced, the language is said, small screens are thought of."""
    from app.api import PAGE

    text = (PAGE / "index.html").read_text()
    for needed in (
        'lang="en"',
        'for="question"',
        'for="token"',
        'aria-live="polite"',
        "width=device-width",
        "<legend>",
    ):
        assert needed in text
