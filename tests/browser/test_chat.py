"""The chat page of genai-consumer-app, driven on a phone's screen: asked, answered, rated, by keyboard too."""

import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.assemblies import ROOT
from tests.thread.conftest import free_port

pytestmark = pytest.mark.browser
SEED = ROOT / "templates/genai_consumer_app/seed"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The page as `make run` serves it."""
    port = free_port()
    running = subprocess.Popen([sys.executable, "-m", "local_run", str(port)], cwd=SEED)
    address = f"http://127.0.0.1:{port}/local/"
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(address)
                break
            except OSError:
                assert running.poll() is None
                with pytest.raises(subprocess.TimeoutExpired):
                    running.wait(0.1)
        yield address
    finally:
        running.kill()
        running.wait()


@pytest.fixture
def chat(page: Any, address: str) -> Any:
    """The page of somebody who is signed in; a message in the browser's console fails the test."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{address}#token=you")
    yield page
    assert said == []


def ask(chat: Any, question: str) -> Any:
    """Asks, and waits for the end of the answer; gives the message."""
    chat.get_by_label("Your question").fill(question)
    chat.get_by_label("Your question").press("Enter")
    message = chat.locator("#messages li").last
    message.locator(".answer[aria-busy=false]").wait_for()
    return message


def test_a_question_is_answered_and_rated(chat: Any) -> None:
    message = ask(chat, "When does the canteen open?")
    assert "11:30" in message.locator(".answer").inner_text()
    message.get_by_role("button", name="Yes").click()
    message.locator("button[aria-pressed=true]").wait_for()
    assert "kept" in chat.get_by_role("status").inner_text()


def test_nothing_is_wider_than_the_screen_and_buttons_fit_a_finger(chat: Any) -> None:
    ask(chat, "What about a-very-long-word-" + "x" * 300 + "?")
    assert chat.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for button in chat.get_by_role("button").all():
        assert button.bounding_box()["height"] >= 44


def test_markup_in_a_question_is_text(chat: Any) -> None:
    message = ask(chat, "<img src=x onerror=alert(1)> canteen?")
    assert message.locator("img").count() == 0
    assert "<img" in message.locator(".question").inner_text()


def test_everything_has_a_name(chat: Any) -> None:
    """What a screen reader reads out: every control has a name, the conversation is a live region."""
    ask(chat, "When does the canteen close?")
    for control in chat.locator("button:visible, textarea:visible, input:visible").all():
        assert control.evaluate("one => (one.labels?.[0] ?? one).textContent.trim()")
    assert chat.locator("#messages").get_attribute("aria-live") == "polite"
    assert chat.locator("html").get_attribute("lang") == "en"


def test_without_a_token_one_is_asked_for(page: Any, address: str) -> None:
    page.goto(address)
    page.get_by_label("Your access token").fill("you")
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_label("Your question").is_visible()


def test_a_token_does_not_stay_in_the_address(chat: Any) -> None:
    assert "token" not in chat.url
