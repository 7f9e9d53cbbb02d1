"""The command's manners: help with examples, one clear error on standard error, exit codes."""

import errno
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from fmops import cli
from fmops.problem import Problem


@pytest.mark.parametrize("command", sorted(cli.COMMANDS))
def test_every_command_has_help(command: str) -> None:
    result = CliRunner().invoke(cli.main_group, [command, "--help"])
    assert result.exit_code == 0, result.output
    assert "Usage" in result.output


def test_help_lists_commands_with_examples() -> None:
    output = CliRunner().invoke(cli.main_group, ["--help"]).output
    assert all(name in output for name in cli.COMMANDS)
    assert "Examples:" in output


def raising(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(cli.main_group, "main", fail)
    with pytest.raises(SystemExit) as caught:
        cli.main([])
    assert isinstance(caught.value.code, int)
    return caught.value.code


def test_a_problem_goes_to_stderr_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert raising(Problem("It broke.", "Mend it.", 3), monkeypatch) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.split() == ["Error:", "It", "broke.", "Mend", "it."]


def test_an_interrupt_says_that_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert raising(click.Abort(), monkeypatch) == 130
    assert "goes on from there" in capsys.readouterr().err


def test_a_full_disk_is_told_as_that(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert raising(OSError(errno.ENOSPC, "No space left on device", "build/x"), monkeypatch) == 3
    said = capsys.readouterr().err
    assert "build/x" in said
    assert "Free some disk space" in said


def test_an_unknown_command_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli.main_group, ["lunch"])
    assert result.exit_code == 2
    assert "No such command 'lunch'" in result.output
