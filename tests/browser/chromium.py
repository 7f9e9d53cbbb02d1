"""The browser that browser tests drive: the one that `make setup-browser` unpacks, or the one that FMOPS_CHROMIUM says.

It comes from the npm registry with its libraries and a font, so that a machine needs nothing but the C library. It is
built for Linux on x86-64; elsewhere FMOPS_CHROMIUM names an installed Chrome or Chromium.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.assemblies import ROOT

UNPACKED = ROOT / ".venv" / "chromium"
CHOSEN = "FMOPS_CHROMIUM"
_FONTS = (
    '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
    "<fontconfig><dir>{folder}/fonts</dir><cachedir>{folder}/fonts-cache</cachedir></fontconfig>"
)


class MissingBrowserError(Exception):
    """There is no browser to drive; the message says how to get one."""


def program(unpacked: Path = UNPACKED) -> tuple[Path, dict[str, str]]:
    """The browser, and the environment that it starts in.

    Raises:
        MissingBrowserError: there is none.
    """
    chosen = os.environ.get(CHOSEN)
    found = Path(chosen) if chosen else unpacked / "chromium"
    if not found.is_file():
        raise MissingBrowserError(f"{found} is not there: run `make setup-browser`, or say where Chrome is in {CHOSEN}")
    if chosen:
        return found, dict(os.environ)
    fonts = unpacked / "fonts.conf"
    fonts.write_text(_FONTS.format(folder=unpacked), encoding="utf-8")
    own = {"LD_LIBRARY_PATH": str(unpacked / "al2023" / "lib"), "FONTCONFIG_FILE": str(fonts)}
    return found, {**os.environ, **own}


@contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium, as Playwright's `Browser`; it is closed at the end."""
    from playwright.sync_api import sync_playwright  # here: only browser tests have it installed

    path, environment = program()
    with sync_playwright() as playwright:
        # No sandbox: tests open this project's own pages only, and a container often may not make one.
        found = playwright.chromium.launch(executable_path=path, env=environment, args=["--no-sandbox"])
        try:
            yield found
        finally:
            found.close()
