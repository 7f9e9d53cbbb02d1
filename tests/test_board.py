"""The scoreboard: what a terminal sees, what a pipe sees, and what a failure leaves."""

import io

import pytest

from fmops.board import Board


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_one_plain_line_a_step() -> None:
    out = io.StringIO()
    board = Board(out=out)
    with board.step("deploy") as step:
        step.progress("1 of 3")
        step.note = "3 accounts"
    assert out.getvalue().split() == ["✔", "deploy", "3", "accounts", "0", "s"]
    assert "\x1b" not in out.getvalue()


def test_long_work_shows_progress_in_a_pipe() -> None:
    out = io.StringIO()
    board = Board(out=out)
    with board.step("deploy") as step:
        step.shown -= 60  # as if a minute had gone by
        step.progress("1 of 3")
    assert "· deploy" in out.getvalue()
    assert "1 of 3" in out.getvalue()


def test_a_terminal_sees_its_line_rewritten_in_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    with Board(out=out).step("deploy") as step:
        step.progress("1 of 3")
    assert "\r\x1b[2K · deploy" in out.getvalue()
    assert "\x1b[32m✔" in out.getvalue()


def test_no_color_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    out = Terminal()
    with Board(out=out).step("deploy"):
        pass
    assert "\x1b[32m" not in out.getvalue()


def test_a_failure_marks_its_line_and_is_not_counted() -> None:
    out = io.StringIO()
    board = Board(out=out)
    with pytest.raises(ValueError, match="no"), board.step("deploy"):
        raise ValueError("no")
    assert "✘ deploy" in out.getvalue()
    assert board.steps == []


def test_quiet_prints_nothing() -> None:
    out = io.StringIO()
    with Board(quiet=True, out=out).step("deploy"):
        pass
    assert out.getvalue() == ""
