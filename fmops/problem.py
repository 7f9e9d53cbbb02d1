"""Errors that tell the user what to do next, and the exit codes of the command."""

import click


class Problem(click.ClickException):
    """What went wrong and what mends it.

    Exit codes: 1 a check found something, 2 the input is wrong (click's own usage errors too), 3 the embedded AWS or
    AWS itself refused or failed, 130 interrupted.
    """

    def __init__(self, message: str, remedy: str = "", exit_code: int = 2) -> None:
        super().__init__(message)
        self.remedy = remedy
        self.exit_code = exit_code  # type: ignore[misc] # click declares it of the class, and reads it of the instance

    def format_message(self) -> str:
        """The message and, on a line of its own, the remedy."""
        return self.message + (f"\n       {self.remedy}" if self.remedy else "")


FOUND, INPUT, FAILED, INTERRUPTED = 1, 2, 3, 130
