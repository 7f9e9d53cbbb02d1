"""Where the two small models are: packages that carry weights, installed by requirements-genai.txt."""

from importlib.util import find_spec
from pathlib import Path

from fmops.local.registry import AwsError


def file(package: str, name: str) -> Path:
    """A file that an installed package carries; the package itself is not imported.

    Raises:
        AwsError: `ServiceUnavailableException` when the package is missing, with the remedy.
    """
    found = find_spec(package)
    if found is None or found.origin is None:
        message = f"the embedded AWS's Bedrock needs {package}: run `make setup-genai` and start it again"
        raise AwsError("ServiceUnavailableException", message, 503)
    return Path(found.origin).parent / name
