"""From a file to a `Foundation`, or to all of its mistakes at once."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.tokens import AliasToken, AnchorToken, TagToken

from foundation.checks import of_document
from foundation.model import Foundation
from foundation.problems import Problem, of_model

Read = TypeVar("Read", bound=BaseModel)

UNUSED = (
    (AnchorToken, "anchors are not used here.", "Remove it."),
    (AliasToken, "aliases are not used here.", "Write the value out."),
    (TagToken, "tags are not used here.", "Remove it."),
)
"""What YAML has and this file needs not; it would only make mistakes harder to place."""


class ConfigError(Exception):
    """The file cannot be used; the text is for the person who edits it.

    Attributes:
        lines: one entry per problem, `file:line:column  path: what is wrong`, with the remedy on a line of its own.
    """

    def __init__(self, lines: list[str]) -> None:
        noun = "problem" if len(lines) == 1 else "problems"
        super().__init__("\n".join([*lines, f"{len(lines)} {noun}; nothing was synthesised."]))
        self.lines = lines


def load(path: Path | str) -> Foundation:
    """Reads and checks a foundation file.

    Args:
        path: the YAML file.

    Raises:
        ConfigError: the file is missing, unreadable, broken or wrong; it names every problem.
    """
    return read(Path(path), Foundation, start="foundation.yaml", of_document=of_document)


def read(
    path: Path,
    model: type[Read],
    *,
    start: str,
    of_document: Callable[[Any], Iterable[Problem]] = lambda _: (),
    of_value: Callable[[Read], Iterable[Problem]] = lambda _: (),
) -> Read:
    """Reads and checks a YAML file of one model.

    Args:
        start: the file to start from, for whoever has written no mapping at all.
        of_document: the problems between the values of what YAML gave, whether or not each is right by itself.
        of_value: the problems of what the model has taken.

    Raises:
        ConfigError: the file is missing, unreadable, broken or wrong; it names every problem.
    """
    document = parse(path)
    problems: list[Problem] = []
    value: Read | None = None
    if not isinstance(document, CommentedMap):
        raise ConfigError([line_of(path.name, (1, 1), "", "this is no mapping of keys.", f"Start from {start}.")])
    try:
        value = model.model_validate(_plain(document))
        problems += of_value(value)
    except ValidationError as error:
        problems += of_model(model, error.errors(include_url=False))
    problems += of_document(document)
    if value is None or problems:
        found = {(_position(document, p), p) for p in problems}
        raise ConfigError(
            [
                line_of(path.name, place, ".".join(map(str, p.location)), p.message, p.remedy)
                for place, p in sorted(found, key=lambda item: (item[0], item[1].message))
            ]
        )
    return value


def parse(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        remedy = "Name another file with -c foundation=FILE."
        raise ConfigError([f"{path}: {error.strerror or error}. {remedy}"]) from None
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: byte {error.start} is not UTF-8. Save the file as UTF-8."]) from None
    try:
        unused = [
            line_of(path.name, (token.start_mark.line + 1, token.start_mark.column + 1), "", message, remedy)
            for token in YAML(typ="rt").scan(text)
            for kind, message, remedy in UNUSED
            if isinstance(token, kind)
        ]
        if unused:
            raise ConfigError(unused)
        return YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        what = (error.problem or "broken YAML").splitlines()[0]
        remedy = (
            "Keep one of the two." if isinstance(error, DuplicateKeyError) else "Correct the YAML there or just above."
        )
        raise ConfigError([line_of(path.name, place, "", f"{what}.", remedy)]) from None
    except (YAMLError, ValueError) as error:
        raise ConfigError([line_of(path.name, (1, 1), "", f"{error}", "Correct the YAML.")]) from None


def _plain(node: Any) -> Any:
    """The document as the plain types that strict validation takes; sequences become tuples."""
    if isinstance(node, CommentedMap):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return tuple(_plain(value) for value in node)
    for kind in (bool, str, int, float):
        if isinstance(node, kind):
            return kind(node)
    return node


def _position(document: CommentedMap, problem: Problem) -> tuple[int, int]:
    """Line and column, from 1, of a problem: its value's, its key's, or those of the nearest key above it."""
    node: Any = document
    place = (1, 1)
    for depth, step in enumerate(problem.location):
        if isinstance(node, CommentedMap) and step in node:
            last = depth == len(problem.location) - 1
            line, column = (node.lc.key if last and problem.at_key else node.lc.value)(step)
        elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
            line, column = node.lc.item(step)
        else:
            break
        place = (line + 1, column + 1)
        node = node[step]
    return place


def line_of(name: str, place: tuple[int, int], where: str, message: str, remedy: str) -> str:
    head = f"{name}:{place[0]}:{place[1]}  "
    return f"{head}{where}{': ' if where else ''}{message}\n{' ' * len(head)}{remedy}"
