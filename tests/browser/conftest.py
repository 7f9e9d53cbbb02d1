"""A browser for the session, and a page per test as a phone shows it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import chromium

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Playwright's `Browser`."""
    with chromium.browser() as found:
        yield found


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """Playwright's `Page`, phone-sized, with nothing kept from the test before."""
    context = browser.new_context(viewport=PHONE)
    yield context.new_page()
    context.close()
