"""The scoreboard of long work: one line a step, with what it did and how long it took.

On a terminal the running step's line is rewritten; elsewhere its progress is printed now and then, without colours.
"""

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TextIO

import click

QUIET_SECONDS = 10.0  # between two lines of progress where a line can't be rewritten


@dataclass
class Step:
    """A step under way: set `note` to what it achieved; call `progress` with what it is doing."""

    name: str
    board: "Board"
    note: str = ""
    seconds: float = 0.0
    started: float = field(default_factory=time.monotonic)
    shown: float = field(default_factory=time.monotonic)

    def progress(self, text: str) -> None:
        """Says what the step is doing now."""
        self.board.show_progress(self, text)


class Board:
    """Prints steps as they end. `steps` holds them for a report; `quiet` prints nothing (`--json`)."""

    def __init__(self, *, quiet: bool = False, out: TextIO | None = None) -> None:
        self.out = out or sys.stdout
        self.quiet = quiet
        self.live = not quiet and self.out.isatty() and os.environ.get("TERM") != "dumb"
        self.colour = self.live and "NO_COLOR" not in os.environ
        self.steps: list[Step] = []

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Runs a step; a failure marks its line and goes on to the caller."""
        step = Step(name, self)
        self.show_progress(step, "…")
        try:
            yield step
        except BaseException:
            self.finish(step, "✘", "red")
            raise
        self.finish(step, "✔", "green")
        self.steps.append(step)

    def finish(self, step: Step, mark: str, colour: str) -> None:
        """Prints a step's last line."""
        step.seconds = time.monotonic() - step.started
        if self.quiet:
            return
        mark = click.style(mark, fg=colour) if self.colour else mark
        self.write(f" {mark} {step.name:<22} {step.note:<58} {step.seconds:5.0f} s", end="\n")

    def show_progress(self, step: Step, text: str) -> None:
        """Shows what a running step does: at once on a terminal, every ten seconds elsewhere."""
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            self.write(f" · {step.name:<22} {text}"[:width])
        elif not self.quiet and time.monotonic() - step.shown > QUIET_SECONDS:
            step.shown = time.monotonic()
            self.write(f" · {step.name:<22} {text}", end="\n")

    def write(self, line: str, end: str = "") -> None:
        """Writes one line, over the current one where the terminal can."""
        self.out.write(("\r\x1b[2K" if self.live else "") + line + end)
        self.out.flush()
