"""A template's seed with a launch's answers: files in, files out."""

import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import copier
from fmops_constructs import names

TEMPLATE = re.compile(r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,63}")
QUESTION = re.compile(r"[a-z][a-z0-9_]{0,63}")
VERSION = re.compile(r"\d+\.\d+\.\d+")
ANSWER_LENGTH = 1024


@dataclass(frozen=True)
class File:
    """One file of a rendered seed."""

    content: bytes
    executable: bool = False


@dataclass(frozen=True)
class Answers:
    """A launch's answers, checked: whoever launches chooses them."""

    values: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> "Answers":
        """Reads the JSON object that the starter handed over.

        Raises:
            TypeError: not an object.
            ValueError: an answer that is not one short line, or a name that the foundation does not allow.
        """
        values = json.loads(text)
        if not isinstance(values, dict):
            raise TypeError("The answers are not a JSON object.")
        for question, answer in values.items():
            if not QUESTION.fullmatch(question):
                raise ValueError(f"{question!r} is not a question's name.")
            if not isinstance(answer, str) or len(answer) > ANSWER_LENGTH or not answer.isprintable():
                raise ValueError(f"{question}: the answer must be one line of at most {ANSWER_LENGTH} characters.")
        required = {"project": names.PROJECT, "business_unit": names.BUSINESS_UNIT, "seed_version": VERSION}
        for question, pattern in required.items():
            if not pattern.fullmatch(values.get(question, "")):
                raise ValueError(f"{question}: {values.get(question)!r} does not match {pattern.pattern}.")
        return cls(values)

    @property
    def version(self) -> str:
        """The template's version."""
        return self.values["seed_version"]


def render(templates: Path, template: str, answers: Answers) -> dict[str, File]:
    """The seed's files by path, in the order of their paths.

    Args:
        templates: folder with one copier template per product, named as the product.

    Raises:
        ValueError: no such template, or copier refused an answer.
    """
    source = templates / template
    if not TEMPLATE.fullmatch(template) or not (source / "copier.yml").is_file():
        known = sorted(path.parent.name for path in templates.glob("*/copier.yml"))
        raise ValueError(f"There is no template {template!r}; the seeder carries {known}.")
    with tempfile.TemporaryDirectory() as folder:
        copier.run_copy(
            str(source.resolve()), folder, data=dict(answers.values), defaults=True, unsafe=False, quiet=True
        )
        paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        return {
            path.relative_to(folder).as_posix(): File(path.read_bytes(), executable=os.access(path, os.X_OK))
            for path in paths
        }
