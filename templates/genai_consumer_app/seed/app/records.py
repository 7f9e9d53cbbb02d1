"""What functions write to their log: one line of JSON, never a question or an answer."""

import json
from typing import Any


def record(what: str, **about: Any) -> None:
    """Writes that something has happened."""
    print(json.dumps({"event": what, **about}, sort_keys=True))
