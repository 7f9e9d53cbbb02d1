"""The bootstrap plans of the example organisation."""

from tests.bootstrap.conftest import official, planned

__all__ = ["official", "planned"]
