"""What a file of ours is refused for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from foundation.loading import ConfigError


def mistakes(load: Callable[[Path], Any], file: Path, text: str) -> list[str]:
    """What loading the text as that file says, one entry per problem; none when it is right."""
    file.write_text(text, encoding="utf-8")
    try:
        load(file)
    except ConfigError as error:
        return error.lines
    return []
