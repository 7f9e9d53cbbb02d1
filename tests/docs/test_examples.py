"""What the pages show can be typed, and what they point at is there. Each check has a twin that shows it failing."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from fmops.cli import main_group
from tests.assemblies import ROOT
from tests.docs.pages import blocks, inline, links, pages

PROMPT = re.compile(r"^(?:\$ )?(?:\.venv/bin/)?(?=(?:fmops|make) )")
PATH = re.compile(r"[\w.@-]+(?:/[\w.@-]+)+/?|[\w.-]+/")
MADE = ("build", "cdk.out", ".local-aws", ".venv", "node_modules")
"""Folders that commands make; a page may name what is in them."""
ANNOUNCED: tuple[str, ...] = ()
"""Commands that a page says will come."""
UNWANTED = ("constructs/__init__.py",)
"""Paths that a page says must not be."""


def commands(text: str) -> Iterator[tuple[str, bool]]:
    """(command line, whether it is whole) of each `fmops` and `make` that a page shows; in prose it may be a mention.

    Commands that are announced only (`ANNOUNCED`) are left out.
    """
    for lines, whole in ((blocks(text), True), (inline(text), False)):
        for line in lines:
            for part in re.split(r" && | \| ", PROMPT.sub("", line)):
                shown = re.split(r" > ", part)[0]
                if re.match(r"(fmops|make) ", shown) and shown not in ANNOUNCED:
                    yield shown, whole


def mistake(line: str, *, whole: bool = True) -> str | None:
    """What is wrong with a command line, or None. Nothing runs."""
    program, *words = shlex.split(line, comments=True)
    if program == "make":
        return _no_target(words)
    command: click.Command = main_group
    context = click.Context(command, info_name=program)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        if found is None:
            return f"{line}: {context.command_path} has no command {words[0]}"
        context = click.Context(found, info_name=words.pop(0), parent=context)
        command = found
    if isinstance(command, click.Group) and not words:
        return f"{line}: {context.command_path} wants a command" if whole else None
    wrong = _misused(command, context, words, whole=whole or bool(words))
    return wrong and f"{line}: {wrong}"


def _misused(command: click.Command, context: click.Context, words: list[str], *, whole: bool) -> str | None:
    try:
        given, extra, _ = command.make_parser(context).parse_args(list(words))
    except click.UsageError as error:
        return error.format_message()
    if extra:
        return f"unexpected {' '.join(extra)}"
    if given.get("help"):
        return None
    for parameter in command.params:
        value = given.get(parameter.name)
        if whole and parameter.required and not isinstance(value, str | tuple):
            return f"{parameter.name} is missing"
        if isinstance(parameter.type, click.Choice) and isinstance(value, str) and value not in parameter.type.choices:
            return f"{parameter.name} can't be {value}"
    return None


def _no_target(words: list[str]) -> str | None:
    known = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    unknown = [word for word in words if re.fullmatch(r"[a-z-]+", word) and word not in known]
    return f"make has no target {', '.join(unknown)}" if unknown else None


def anchors(page: Path) -> set[str]:
    """The ids of a page's headings, as the site makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower()) for heading in headings}


def dead_links(page: Path, text: str) -> Iterator[str]:
    """Relative links that lead nowhere."""
    for link in links(text):
        target, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        file = page.parent / target if target else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            yield link


def dead_paths(page: Path, text: str) -> Iterator[str]:
    """Code that looks like a path of the repository, by its first folder, and is none."""
    tops = {entry.name for entry in ROOT.iterdir()} - set(MADE)
    for code in inline(text):
        path = code.partition("::")[0]
        if PATH.fullmatch(path) and path.split("/")[0] in tops and path not in UNWANTED:
            bases = (ROOT, page.parent, page.parent / "seed")
            if not any((base / path).exists() for base in bases):
                yield path


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_what_is_shown_can_be_typed(page: Path) -> None:
    found = [mistake(line, whole=whole) for line, whole in commands(page.read_text(encoding="utf-8"))]
    assert [problem for problem in found if problem] == []


def test_there_is_something_to_type() -> None:
    shown = list(commands((ROOT / "README.md").read_text(encoding="utf-8")))
    assert ("make demo", True) in shown
    assert any(line.startswith("fmops launch ml-train") for line, _ in shown)


def test_what_is_announced_is_not_there_yet() -> None:
    """Once it is, it must leave the list, and be checked."""
    assert all(mistake(line, whole=False) for line in ANNOUNCED)
    assert not any((ROOT / path).exists() for path in UNWANTED)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("fmops lunch", "no command lunch"),
        ("fmops local restart", "no command restart"),
        ("fmops local", "wants a command"),
        ("fmops local up --prot 4570", "--prot"),
        ("fmops local up here", "unexpected here"),
        ("fmops nag --format pdf", "can't be pdf"),
        ("fmops launch --name churn --business-unit retail", "template is missing"),
        ("fmops launch ml-train-deploy-realtime --name churn", "business_unit is missing"),
        ("make demos", "no target demos"),
    ],
)
def test_a_wrong_command_would_be_seen(line: str, problem: str) -> None:
    assert problem in str(mistake(line))


def test_a_mention_needs_no_arguments_but_the_right_name() -> None:
    assert mistake("fmops launch", whole=False) is None
    assert mistake("fmops local", whole=False) is None
    assert mistake("fmops local --help", whole=False) is None
    assert mistake("fmops lunch", whole=False)
    assert mistake("fmops launch --nmae churn", whole=False)


def test_commands_are_found_wherever_they_stand() -> None:
    text = "Type `fmops nag`.\n```console\n$ fmops local up && fmops nag \\\n--json > x # it\n$ ls\n```\n"
    assert list(commands(text)) == [("fmops local up", True), ("fmops nag  --json", True), ("fmops nag", False)]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_what_is_pointed_at_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [*dead_links(page, text), *dead_paths(page, text)] == []


def test_a_dead_end_would_be_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A title, here\n[a](gone.md) [b](#a-title-here) [c](#no) [d](https://example.com) [e](page.md)\n")
    assert list(dead_links(page, page.read_text())) == ["gone.md", "#no"]
    text = "`stacks/gone.py` `stacks/base.py` `stacks/` `nosuch/folder.py` `build/demo.json` `tests/gone.py::test_x`"
    assert list(dead_paths(page, text)) == ["stacks/gone.py", "tests/gone.py"]
