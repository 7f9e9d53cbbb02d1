"""The browser of the browser tests really is one; and what is told when there is none."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser import chromium

PAGE = """<label>Name <input id="name"></label>
<button onclick="out.textContent = 'Hello ' + document.getElementById('name').value">Greet</button>
<output id="out"></output>"""


@pytest.mark.browser
def test_it_runs_a_page(page: Any) -> None:
    page.set_content(PAGE)
    page.get_by_label("Name").fill("Jo")
    assert page.locator("#out").text_content() == ""
    page.get_by_role("button", name="Greet").click()
    assert page.locator("#out").text_content() == "Hello Jo"
    assert page.evaluate("[innerWidth, innerHeight]") == [390, 844]


@pytest.mark.browser
def test_text_has_a_font(page: Any) -> None:
    page.set_content("<span style='font-size: 40px'>Wide</span>")
    assert page.locator("span").bounding_box()["width"] > 60


def test_a_missing_browser_is_told_with_its_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(chromium.CHOSEN, raising=False)
    with pytest.raises(chromium.MissingBrowserError, match="make setup-browser"):
        chromium.program(tmp_path)


def test_another_browser_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "chrome"
    other.touch()
    monkeypatch.setenv(chromium.CHOSEN, str(other))
    path, environment = chromium.program()
    assert path == other
    assert "FONTCONFIG_FILE" not in environment
