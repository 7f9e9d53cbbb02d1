"""An answer passes the guardrail or isn't given; whatever goes wrong, the reader is told no internals."""

import pytest
from app.answer import FAILED, answer
from app.prompt import LONGEST_QUESTION, Prompt, QuestionError, checked
from app.settings import Settings


def asked(messages, question="When does the canteen open?"):
    return messages.add("ana", question)["id"]


def test_every_question_carries_the_guardrail(messages, settings, model):
    told = model("At ", "11:30.")
    id = asked(messages)
    answer(id, messages, settings, told)
    assert told.asked["guardrailConfig"] == {
        "guardrailIdentifier": "guard",
        "guardrailVersion": "1",
        "streamProcessingMode": "sync",
    }
    assert told.asked["modelId"] == "arn:profile"
    message = messages.of("ana", id)
    assert (message["status"], message["text"]) == ("answered", "At 11:30.")


def test_an_answer_says_what_it_was_made_with(messages, table, settings, model):
    id = asked(messages)
    answer(id, messages, settings, model("At 11:30."))
    item = table.items[id]
    assert item["prompt"] == f"answer {Prompt.load().version}"
    assert (item["model"], item["release"]) == ("arn:profile", "ab12")
    assert (item["input_tokens"], item["output_tokens"]) == (7, 3)
    assert len(item["output_sha256"]) == 64


def test_what_the_guardrail_holds_back_is_not_an_answer(messages, settings, model):
    id = asked(messages)
    answer(id, messages, settings, model("This can't be answered.", reason="guardrail_intervened"))
    assert messages.of("ana", id)["status"] == "blocked"


@pytest.mark.parametrize("told", [{"fails_after": 1}, {"fails_after": 0}, {"reason": None}])
def test_it_fails_closed(messages, settings, model, told, capsys):
    """What was shown of an answer is taken back when its end doesn't come."""
    id = asked(messages)
    answer(id, messages, settings, model("The secret ", "is", **told))
    message = messages.of("ana", id)
    assert (message["status"], message["text"]) == ("failed", FAILED)
    assert "secret" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["GUARDRAIL", "GUARDRAIL_VERSION", "PROFILE"])
def test_without_a_guardrail_nothing_starts(name):
    environment = dict.fromkeys(
        ("TABLE", "ANSWERER", "PROFILE", "GUARDRAIL", "GUARDRAIL_VERSION", "RELEASE_SHA256"), "x"
    ) | {"KEEP_DAYS": "90"}
    assert Settings.of(environment)
    for value in ({}, {name: ""}):
        with pytest.raises(KeyError, match=name):
            Settings.of({key: v for key, v in environment.items() if key != name} | value)


@pytest.mark.parametrize("question", ["", "  ", None, 1, [], "x" * (LONGEST_QUESTION + 1)])
def test_what_is_no_question_is_not_asked(question):
    with pytest.raises(QuestionError):
        checked(question)


def test_the_prompt_holds_its_texts():
    prompt = Prompt.load()
    assert "11:30" in prompt.system
    assert prompt.temperature == 0
