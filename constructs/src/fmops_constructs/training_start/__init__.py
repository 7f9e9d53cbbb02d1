"""The one way to start a model pipeline: a step of the platform's in a project's build pipeline.

The build before it runs the repository's code and hands over a definition only. This step's program is part of the
product, its folder holds nothing but that definition, and its role alone may start pipelines in dev. So the name under
which a training runs is not the repository's to say.
"""

from pathlib import Path
from textwrap import indent

PROGRAM = Path(__file__).with_name("program.py")
DEFINITION = "pipeline.json"
"""What the build hands over."""


def buildspec() -> str:
    """The step's buildspec, with the program in it: `-I` keeps python from importing anything beside it."""
    command = f"python3 -I - <<'PROGRAM'\n{PROGRAM.read_text(encoding='utf-8')}PROGRAM\n"
    return "version: 0.2\nphases:\n  build:\n    commands:\n      - |\n" + indent(command, " " * 8)
