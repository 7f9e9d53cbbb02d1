"""Network paths that the new templates have and the old ones hadn't: the same proof, over both."""

from collections.abc import Iterator
from dataclasses import replace

from fmops.verify import network
from fmops.verify.change.pairs import Change
from fmops.verify.findings import Finding


def verify(change: Change) -> Iterator[Finding]:
    """A finding for each path that wasn't there before."""
    before = {found.fingerprint for found in network.verify(change.old)}
    for found in network.verify(change.new):
        if found.fingerprint not in before:
            yield replace(found, rule=found.rule.replace("Network-", "Change-Path-"))
