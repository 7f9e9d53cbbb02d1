"""Problems between values: they are found whether or not each value is right by itself."""

from collections.abc import Iterator
from typing import Any

from foundation.checks import access, accounts, entry, network, organization, people, settings
from foundation.problems import Problem

CHECKS = (
    *access.CHECKS,
    *accounts.CHECKS,
    *entry.CHECKS,
    *network.CHECKS,
    *organization.CHECKS,
    *people.CHECKS,
    *settings.CHECKS,
)


def of_document(document: Any) -> Iterator[Problem]:
    """All problems between the values of a document that YAML gave."""
    for check in CHECKS:
        yield from check(document)
