"""The organisation in one validated file: accounts, regions, business units, people (it knows no AWS library)."""

from foundation.loading import FoundationError, load
from foundation.model import Environment, Foundation

__all__ = ["Environment", "Foundation", "FoundationError", "load"]
