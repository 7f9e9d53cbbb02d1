"""The organisation in one validated file: accounts, regions, business units, people (it knows no AWS library)."""

from foundation.loading import ConfigError, load
from foundation.model import Environment, Foundation

__all__ = ["ConfigError", "Environment", "Foundation", "load"]
